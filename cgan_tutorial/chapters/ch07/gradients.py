"""Gradients of a score with respect to the images, and the attacks that follow them.

Keras has no public function for such a gradient, so `gradient` asks the backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_count, check_images
from cgan_tutorial.models.base import EncodingModel

BATCH = 250


def gradient(score: Callable[..., Any], inputs: np.ndarray, *targets: np.ndarray) -> np.ndarray:
    """Compute the gradient of each row's score with respect to that row.

    For images its magnitude is a saliency map (Simonyan et al., 2014).

    Args:
        score: tensors, a batch of inputs and of each target → one number per row, (n,). Rows
            must not influence each other: call networks with `training=False`.
        inputs: (n, …), real numbers.
        *targets: what else the score takes for each row, such as labels (n,).

    Returns:
        float32 of the inputs' shape, in units of the score per unit of input.

    Raises:
        ValueError: no rows, unequal numbers of rows, or a score that is not of shape (n,).
    """
    inputs = np.asarray(inputs, "float32")
    counts = {len(rows) for rows in (inputs, *targets)}
    if len(counts) > 1 or 0 in counts:
        raise ValueError(
            f"inputs and targets have {sorted(counts)} rows; give equally many of each, at least 1"
        )
    pieces = []
    for first in range(0, len(inputs), BATCH):
        batch, *others = (rows[first : first + BATCH] for rows in (inputs, *targets))
        pieces.append(_of_batch(score, batch, [ops.convert_to_tensor(rows) for rows in others]))
    return np.concatenate(pieces)


def _of_batch(score, inputs, targets) -> np.ndarray:
    def total(inputs):
        """Sum the scores: row i of its gradient is the gradient of score i."""
        scores = score(inputs, *targets)
        if tuple(scores.shape) != (inputs.shape[0],):
            raise ValueError(
                f"the score has shape {tuple(scores.shape)} for {inputs.shape[0]} inputs; "
                "return one number for each, for example network(inputs)[:, 0]"
            )
        return ops.sum(scores)

    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(total)(jax.numpy.asarray(inputs)))
    inputs = ops.convert_to_tensor(inputs)
    if keras.backend.backend() == "torch":
        import torch

        inputs.requires_grad_()
        return ops.convert_to_numpy(torch.autograd.grad(total(inputs), inputs)[0])
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        found = total(inputs)
    zero = tf.UnconnectedGradients.ZERO
    return tape.gradient(found, inputs, unconnected_gradients=zero).numpy()


def attack(
    loss: Callable[..., Any],
    images: np.ndarray,
    eps: float,
    *targets: np.ndarray,
    steps: int = 1,
) -> np.ndarray:
    """Raise the loss while no pixel changes by more than eps: x + ε·sign(∇ₓ loss).

    One step is the fast gradient sign method, FGSM (Goodfellow et al., 2015, section 4).
    More steps are projected gradient ascent, PGD (Madry et al., 2018): steps of 2.5·ε/steps
    that start at the image itself.

    Args:
        loss: tensors, images and targets → one number per image, (n,).
        images: float32 in [0, 1], (n, 28, 28, 1).
        eps: the largest change of a pixel, from 0 to 1.
        *targets: what else the loss takes for each image, such as labels (n,).
        steps: how many gradients are followed.

    Returns:
        Images of the same shape, in [0, 1], each pixel within eps of the original.

    Raises:
        ValueError: bad images, eps or steps.
    """
    check_images(images)
    check_eps(eps)
    check_count("steps", steps)
    low, high = np.maximum(images - np.float32(eps), 0), np.minimum(images + np.float32(eps), 1)
    step = eps if steps == 1 else 2.5 * eps / steps
    attacked = images
    for _ in range(steps):
        moved = attacked + np.float32(step) * np.sign(gradient(loss, attacked, *targets))
        attacked = np.clip(moved, low, high)
    return attacked


def random_signs(images: np.ndarray, eps: float, seed: int = 0) -> np.ndarray:
    """Change each pixel by +eps or −eps at random: the control for FGSM, equally large.

    The result is clipped to [0, 1].

    Raises:
        ValueError: bad images or eps.
    """
    check_images(images)
    check_eps(eps)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], images.shape)
    return np.clip(images + eps * signs, 0.0, 1.0).astype("float32")


def cross_entropy(network: keras.Model) -> Callable[[Any, Any], Any]:
    """Return the loss to attack a classifier by: images and labels → cross-entropy in nats, (n,).

    Args:
        network: images (n, 28, 28, 1) → logits (n, classes), before any softmax.
    """
    return lambda images, labels: ops.sparse_categorical_crossentropy(
        labels, network(images, training=False), from_logits=True
    )


def reconstruction_error(model: EncodingModel) -> Callable[[Any, Any], Any]:
    """Return the loss to attack an autoencoder by: its inputs and clean images → MSE, (n,)."""

    def loss(images, clean):
        """Compare the reconstructions of the images with the clean ones, image by image."""
        latents = model.encoder(images, training=False)[:, : model.latent_dim]
        return ops.mean(ops.square(model.decoder(latents, training=False) - clean), axis=(1, 2, 3))

    return loss


def check_eps(eps: float) -> None:
    """Refuse an eps outside [0, 1] by a ValueError."""
    if not 0 <= eps <= 1:
        raise ValueError(f"eps is {eps!r}; give the largest change of a pixel, from 0 to 1")
