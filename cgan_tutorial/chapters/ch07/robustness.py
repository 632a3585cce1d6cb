"""Classifiers and autoencoders on corrupted and attacked images."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from keras import ops
from sklearn.decomposition import PCA

from cgan_tutorial import metrics, models, networks
from cgan_tutorial.chapters.ch07 import cached_models, classifiers
from cgan_tutorial.chapters.ch07.classifiers import EPS, Classifier
from cgan_tutorial.chapters.ch07.corruption import CORRUPTIONS
from cgan_tutorial.chapters.ch07.gradients import (
    attack,
    cross_entropy,
    random_signs,
    reconstruction_error,
)
from cgan_tutorial.chapters.common import flatten
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.models.base import EncodingModel

# The level of each corruption in a table's row.
LEVELS = {"noise": 0.6, "missing part": 12, "shift": 3, "inversion": 1.0}
# Steps of each attack in a table's row, on so many test images: PGD is slow.
ATTACKS, ATTACKED = {"FGSM": 1, "PGD": 10}, 500


def accuracy_curve(found: Classifier, kind: str, split: Split, seed: int = 0) -> list[float]:
    """Measure the accuracy at each level of a corruption.

    Raises:
        ValueError: kind is not a key of `CORRUPTIONS`.
    """
    if kind not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {kind!r}; choose one of {', '.join(CORRUPTIONS)}")
    corruption = CORRUPTIONS[kind]
    return [
        found.accuracy(corruption.apply(split.images, level, seed), split.labels)
        for level in corruption.levels
    ]


def adversarial_accuracy(
    found: Classifier, split: Split, eps: float, steps: int = 1, loss: Callable | None = None
) -> float:
    """Measure the accuracy on the first `ATTACKED` images after FGSM, or PGD in more steps.

    The attacker knows the network, but leaves out preprocessing, which has no gradient (Athalye
    et al., 2018, section 4.1). With the `loss` of another network the attacker does not know
    this one (Papernot et al., 2017).
    """
    images, labels = split.images[:ATTACKED], split.labels[:ATTACKED]
    loss = loss or cross_entropy(found.network)
    return found.accuracy(attack(loss, images, eps, labels, steps=steps), labels)


def pretrained_cross_entropy(images: Any, labels: Any) -> Any:
    """Loss of the classifier that ships: images and labels → cross-entropy in nats, (n,)."""
    # From logits: a confident softmax has a gradient of 0 in float32.
    *body, last = classifier().layers
    for layer in body:
        images = layer(images)
    logits = ops.matmul(images, last.kernel) + last.bias
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def classifier_row(name: str, data: Dataset, seed: int) -> dict[str, float]:
    """Train a classifier and measure its accuracy on clean, corrupted and attacked test images."""
    found, split = classifiers.trained(name, data, seed), data.test
    row = {"clean": found.accuracy(split.images, split.labels)}
    for kind in LEVELS:
        row[kind] = found.accuracy(_corrupted(kind, split.images, seed), split.labels)
    row["random signs"] = found.accuracy(random_signs(split.images, EPS, seed), split.labels)
    row["FGSM borrowed"] = adversarial_accuracy(found, split, EPS, loss=pretrained_cross_entropy)
    for attack_name, steps in ATTACKS.items():
        row[attack_name] = adversarial_accuracy(found, split, EPS, steps)
    return {column: round(value, 4) for column, value in row.items()}


def reconstruction_row(model: EncodingModel, images: np.ndarray, seed: int) -> dict[str, float]:
    """Measure the MSE of reconstructions of clean, corrupted and attacked images.

    The target is the clean image, or the corrupted one if the corruption should be kept.
    """
    row = {"clean": metrics.mse(images, model.reconstruct(images))}
    for kind in LEVELS:
        corrupted = _corrupted(kind, images, seed)
        target = corrupted if CORRUPTIONS[kind].kept else images
        row[kind] = metrics.mse(target, model.reconstruct(corrupted))
    row["random signs"] = metrics.mse(images, model.reconstruct(random_signs(images, EPS, seed)))
    clean = images[:ATTACKED]
    for attack_name, steps in ATTACKS.items():
        attacked = attack(reconstruction_error(model), clean, EPS, clean, steps=steps)
        row[attack_name] = metrics.mse(clean, model.reconstruct(attacked))
    return {column: round(value, 5) for column, value in row.items()}


def pca_autoencoder(data: Dataset) -> models.Autoencoder:
    """Write PCA with `cached_models.LATENTS` components as a linear autoencoder."""
    pca = PCA(cached_models.LATENTS, random_state=0).fit(flatten(data.train.images))
    encoder = networks.linear_encoder(cached_models.LATENTS)
    decoder = networks.linear_decoder(cached_models.LATENTS)
    encoder.set_weights([pca.components_.T, -pca.components_ @ pca.mean_])
    decoder.set_weights([pca.components_, pca.mean_])
    return models.Autoencoder(encoder, decoder)


def _corrupted(kind: str, images: np.ndarray, seed: int) -> np.ndarray:
    return CORRUPTIONS[kind].apply(images, LEVELS[kind], seed)


def _autoencoder_row(name: str, data: Dataset, seed: int) -> dict[str, float]:
    pca = name == "PCA"
    model = pca_autoencoder(data) if pca else cached_models.trained(name, data, seed)
    return reconstruction_row(model, data.test.images, seed)


CLASSIFIERS: dict[str, Callable[[Dataset, int], dict]] = {
    name: partial(classifier_row, name)
    for name in [*classifiers.TRAININGS, *classifiers.FRONT_ENDS]
}
AUTOENCODERS: dict[str, Callable[[Dataset, int], dict]] = {
    name: partial(_autoencoder_row, name) for name in ["PCA", "autoencoder", "denoiser"]
}
