"""Small changes that are chosen to do harm, and equally large ones that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.chapters.ch07.gradients import gradient
from cgan_tutorial.data import check_images


def attack(
    loss: Callable[..., Any],
    images: np.ndarray,
    eps: float,
    *known: np.ndarray,
    steps: int = 1,
) -> np.ndarray:
    """Raise the loss while no pixel changes by more than eps: x + ε·sign(∇ₓ loss).

    One step is the fast gradient sign method, FGSM (Goodfellow et al., 2015, section 4).
    More are projected gradient ascent, PGD (Madry et al., 2018), with steps of 2.5·ε/steps
    from the image itself, which finds worse places.

    Args:
        loss: tensors, images and what is known of them, → one number for each image, (n,).
        images: float32 in [0, 1], (n, 28, 28, 1).
        eps: the largest change of a pixel, from 0 to 1.
        *known: rows that go with the images, such as labels (n,).
        steps: how often the gradient is asked.

    Returns:
        Images of the same shape, in [0, 1], each pixel within eps of what it was.

    Raises:
        ValueError: bad images, eps or steps.
    """
    check_images(images)
    check_strength(eps)
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps is {steps!r}; give an integer of at least 1")
    low, high = np.maximum(images - np.float32(eps), 0), np.minimum(images + np.float32(eps), 1)
    step = eps if steps == 1 else 2.5 * eps / steps
    shown = images
    for _ in range(steps):
        moved = shown + np.float32(step) * np.sign(gradient(loss, shown, *known))
        shown = np.clip(moved, low, high)
    return shown


def random_signs(images: np.ndarray, eps: float, seed: int = 0) -> np.ndarray:
    """Change each pixel by +eps or −eps at random: as large as FGSM's step, but not chosen.

    The fair comparison for an attack. The result is clipped to [0, 1].

    Raises:
        ValueError: bad images or eps.
    """
    check_images(images)
    check_strength(eps)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], images.shape)
    return np.clip(images + eps * signs, 0.0, 1.0).astype("float32")


def cross_entropy(network: keras.Model) -> Callable[[Any, Any], Any]:
    """What FGSM raises against a classifier: images and labels → cross-entropy in nats, (n,).

    Args:
        network: images (n, 28, 28, 1) → logits (n, classes), before any softmax.
    """

    def loss(images, labels):
        """Images (n, 28, 28, 1) and labels (n,) → cross-entropy of each in nats, (n,)."""
        logits = network(images, training=False)
        return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)

    return loss


def reconstruction_error(encoder: keras.Model, decoder: keras.Model) -> Callable[[Any, Any], Any]:
    """What an attack raises against an autoencoder: shown and clean images → MSE of each, (n,).

    The reconstruction of what is shown is compared with the clean image.
    """
    latent_dim = decoder.input_shape[-1]

    def loss(images, clean):
        """Images that are shown and clean ones, (n, 28, 28, 1) → MSE of each, (n,)."""
        again = decoder(encoder(images, training=False)[:, :latent_dim], training=False)
        return ops.mean(ops.square(again - clean), axis=(1, 2, 3))

    return loss


def check_strength(eps: float) -> None:
    """Refuse a change of a pixel that is not from 0 to 1.

    Raises:
        ValueError: eps is out of that range.
    """
    if not 0 <= eps <= 1:
        raise ValueError(f"eps is {eps!r}; give a change of a pixel's value from 0 to 1")
