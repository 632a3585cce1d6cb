"""Classifiers and autoencoders under damage: what regularization and preprocessing buy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from keras import ops
from sklearn.decomposition import PCA

from cgan_tutorial import metrics, models, networks
from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.chapters.ch07.attacks import (
    attack,
    cross_entropy,
    random_signs,
    reconstruction_error,
)
from cgan_tutorial.chapters.ch07.damage import DAMAGES
from cgan_tutorial.chapters.ch07.probes import flat
from cgan_tutorial.chapters.ch07.readers import BEHIND, EPS, TRAININGS, Reader, reader
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import classifier

# How much of each damage a table's row asks for.
ASKED = {"noise": 0.6, "missing part": 12, "shift": 3, "inversion": 1.0}
# Test digits that are attacked: ten gradients for each take their time.
ATTACKED = 500


def curve(found: Reader, kind: str, split: Split, seed: int = 0) -> list[float]:
    """Accuracy at each level of a damage of `DAMAGES`.

    Raises:
        ValueError: the kind is unknown.
    """
    if kind not in DAMAGES:
        raise ValueError(f"unknown damage {kind!r}; choose one of {', '.join(DAMAGES)}")
    damage = DAMAGES[kind]
    return [
        found.accuracy(damage.apply(split.images, level, seed), split.labels)
        for level in damage.levels
    ]


def attacked(found: Reader, split: Split, eps: float, steps: int = 1) -> float:
    """Accuracy when the attacker knows all: the gradient goes through the whole network.

    Through `prepare`, which has no gradient, it goes as if nothing were done there (Athalye et
    al., 2018, section 4.1).
    """
    images, labels = split.images[:ATTACKED], split.labels[:ATTACKED]
    return found.accuracy(
        attack(cross_entropy(found.network), images, eps, labels, steps=steps), labels
    )


def borrowed(split: Split, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Images attacked by FGSM against the classifier that ships, and their labels.

    Whoever else reads them was unknown to the attacker (Papernot et al., 2017).
    """
    images, labels = split.images[:ATTACKED], split.labels[:ATTACKED]
    return attack(_shipped_cross_entropy, images, eps, labels), labels


def measured(found: Reader, split: Split, seed: int) -> dict[str, float]:
    """A row: accuracy on whole digits, under each damage of `ASKED`, and under attacks of `EPS`."""
    row = {"clean": found.accuracy(split.images, split.labels)}
    for kind, level in ASKED.items():
        shown = DAMAGES[kind].apply(split.images, level, seed)
        row[kind] = found.accuracy(shown, split.labels)
    row["random signs"] = found.accuracy(random_signs(split.images, EPS, seed), split.labels)
    row["FGSM borrowed"] = found.accuracy(*borrowed(split, EPS))
    row["FGSM"] = attacked(found, split, EPS)
    row["PGD"] = attacked(found, split, EPS, steps=10)
    return {name: round(value, 4) for name, value in row.items()}


def copies(model: models.Autoencoder, split: Split, seed: int) -> dict[str, float]:
    """A row: mean squared error of an autoencoder's copies under each damage and under FGSM.

    Noise, holes and attacks should be gone from a copy; a shifted or inverted digit should
    come back shifted or inverted.
    """
    row = {"clean": metrics.mse(split.images, model.reconstruct(split.images))}
    for kind, level in ASKED.items():
        shown = DAMAGES[kind].apply(split.images, level, seed)
        wanted = shown if DAMAGES[kind].moves else split.images
        row[kind] = metrics.mse(wanted, model.reconstruct(shown))
    row["random signs"] = metrics.mse(
        split.images, model.reconstruct(random_signs(split.images, EPS, seed))
    )
    clean = split.images[:ATTACKED]
    loss = reconstruction_error(model.encoder, model.decoder)
    for name, steps in [("FGSM", 1), ("PGD", 10)]:
        shown = attack(loss, clean, EPS, clean, steps=steps)
        row[name] = metrics.mse(clean, model.reconstruct(shown))
    return {name: round(value, 5) for name, value in row.items()}


@cache
def pca_autoencoder(data: Dataset) -> models.Autoencoder:
    """PCA with as many numbers as `cached_models.trained` has latents, as a linear autoencoder."""
    pca = PCA(cached_models.LATENTS, random_state=0).fit(flat(data.train.images))
    encoder = networks.linear_encoder(cached_models.LATENTS)
    decoder = networks.linear_decoder(cached_models.LATENTS)
    encoder.set_weights([pca.components_.T, -pca.components_ @ pca.mean_])
    decoder.set_weights([pca.components_, pca.mean_])
    return models.Autoencoder(encoder, decoder)


def _shipped_cross_entropy(images, labels):
    # From logits: a softmax that is sure has a gradient of 0 in float32.
    *body, last = classifier().layers
    for layer in body:
        images = layer(images)
    logits = ops.matmul(images, last.kernel) + last.bias
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _reads(name: str) -> Callable[[Dataset, int], dict]:
    return lambda data, seed: measured(reader(name, data, seed), data.test, seed)


READERS: dict[str, Callable[[Dataset, int], dict]] = {
    name: _reads(name) for name in [*TRAININGS, *BEHIND]
}
COPIERS: dict[str, Callable[[Dataset, int], dict]] = {
    "PCA": lambda data, seed: copies(pca_autoencoder(data), data.test, seed),
    "autoencoder": lambda data, seed: copies(
        cached_models.trained("autoencoder", data, seed), data.test, seed
    ),
    "denoiser": lambda data, seed: copies(
        cached_models.trained("denoiser", data, seed), data.test, seed
    ),
}
