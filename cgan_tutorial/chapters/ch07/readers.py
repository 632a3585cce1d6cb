"""Small classifiers, plain or made robust, and what may stand before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import keras
import numpy as np
from keras import layers

from cgan_tutorial import networks
from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.chapters.ch07.attacks import attack, cross_entropy
from cgan_tutorial.chapters.ch07.damage import tidy
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.models.base import in_batches

EPOCHS, WIDTH, RATE, BATCH = 6, 8, 2e-3, 64
EPS = 0.1


@dataclass(frozen=True)
class Reader:
    """A classifier with what stands before it.

    Attributes:
        network: images (n, 28, 28, 1) → logits (n, 10); gradients flow through all of it.
        prepare: what is done to the images first, outside the network.
    """

    network: keras.Model
    prepare: Callable[[np.ndarray], np.ndarray] = lambda images: images

    def read(self, images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1), float32 in [0, 1] → the likeliest digit of each, (n,)."""
        return in_batches(self.network, self.prepare(images)).argmax(axis=-1)

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Share of images that are read as their labels (n,) say."""
        return float(np.mean(self.read(images) == labels))


@dataclass(frozen=True)
class Training:
    """How a reader's network is trained; the defaults regularize nothing.

    Attributes:
        noise: σ of the Gaussian noise on the images; each image has its own σ, up to it.
        dropout: share of the hidden units that is left out.
        decay: of the weights, in AdamW (Loshchilov & Hutter, 2019).
        eps: of FGSM on a random half of the images, made anew before each epoch
            (Goodfellow et al., 2015, section 6).
    """

    noise: float = 0.0
    dropout: float = 0.0
    decay: float = 0.0
    eps: float = 0.0


TRAININGS = {
    "plain": Training(),
    "dropout and weight decay": Training(dropout=0.5, decay=0.05),
    "noise in training": Training(noise=0.6),
    "attacks in training": Training(eps=EPS),
}
BEHIND = "behind a denoiser", "behind tidying"


@cache
def reader(name: str, data: Dataset, seed: int) -> Reader:
    """Train a reader, or put a denoiser or `tidy` before the plain one, once for each seed.

    Args:
        name: a name in `TRAININGS` or in `BEHIND`.
        data: its training split is learned.
        seed: of the weights, the order, the noise and the denoiser.

    Raises:
        ValueError: the name is unknown.
    """
    if name in TRAININGS:
        return Reader(_trained(TRAININGS[name], data.train, seed))
    if name not in BEHIND:
        known = ", ".join([*TRAININGS, *BEHIND])
        raise ValueError(f"unknown reader {name!r}; choose one of {known}")
    plain = reader("plain", data, seed).network
    if name == "behind tidying":
        return Reader(plain, tidy)
    denoiser = cached_models.trained("denoiser", data, seed)
    return Reader(keras.Sequential([denoiser.encoder, denoiser.decoder, plain]))


def _trained(training: Training, split: Split, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    network = _network(training)
    steps = EPOCHS * (len(split) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=training.decay)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer, loss)
    rng = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        images = _prepared(training, network, split, rng)
        network.fit(images, split.labels, batch_size=BATCH, verbose=0)
    network.train_function = None
    return network


def _network(training: Training) -> keras.Model:
    *body, last = networks.discriminator(WIDTH, classes=10).layers
    dropout = [layers.Dropout(training.dropout)] if training.dropout else []
    return keras.Sequential([keras.Input(networks.IMAGE_SHAPE), *body, *dropout, last])


def _prepared(training, network, split, rng) -> np.ndarray:
    images = split.images
    if training.noise:
        sigmas = rng.uniform(0, training.noise, (len(images), 1, 1, 1))
        images = np.clip(images + sigmas * rng.normal(size=images.shape), 0, 1).astype("float32")
    if training.eps:
        worse = attack(cross_entropy(network), images, training.eps, split.labels)
        half = rng.random((len(images), 1, 1, 1)) < 0.5
        images = np.where(half, worse, images)
    return images
