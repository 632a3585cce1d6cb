"""Anomaly detection: five scores, and a threshold that is chosen before the test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from cgan_tutorial import metrics, models
from cgan_tutorial.chapters.common import flatten
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.models.base import predict_in_batches
from cgan_tutorial.training import train

# One number for autoencoder and PCA, not tuned: tuning needs anomalies, and there are none.
LATENTS = 16
WIDTH = 8
EPOCHS = 4

# Images (n, 28, 28, 1) → how anomalous each is, (n,); higher is more anomalous.
Score = Callable[[np.ndarray], np.ndarray]


def without(split: Split, digit: int) -> np.ndarray:
    """Return the images of a split that are not of this class, (m, 28, 28, 1)."""
    return split.images[split.labels != digit]


def auc(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """Return the area under the ROC curve for scores (n,) of normal, (m,) of anomalous images.

    It is how often the anomalous image of a pair has the higher score, ties counting half: 1
    is perfect, 0.5 is chance level. Hanley & McNeil (1982).
    """
    labels = np.repeat([0, 1], [len(normal), len(anomalous)])
    return float(roc_auc_score(labels, np.concatenate([normal, anomalous])))


def hold_out(images: np.ndarray, share: float = 0.2, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Split images at random: those to train on, and this share of them for validation."""
    order = np.random.default_rng(seed).permutation(len(images))
    count = round(share * len(images))
    return images[order[count:]], images[order[:count]]


def by_pca(images: np.ndarray, seed: int = 0) -> Score:
    """Squared error of the reconstruction from the images' first 16 principal components."""
    pca = PCA(LATENTS, random_state=seed).fit(flatten(images))
    return lambda x: _squared_error(flatten(x), pca.inverse_transform(pca.transform(flatten(x))))


def by_forest(images: np.ndarray, seed: int = 0) -> Score:
    """How few random splits isolate an image: isolation forest (Liu et al., 2008)."""
    forest = IsolationForest(n_estimators=200, random_state=seed).fit(flatten(images))
    return lambda x: -forest.score_samples(flatten(x))


def by_neighbor(images: np.ndarray, seed: int = 0) -> Score:
    """Euclidean distance to the nearest of these images, in pixels."""
    return lambda x: metrics.nearest(x, images)[1]


def by_autoencoder(images: np.ndarray, seed: int = 0) -> Score:
    """Squared error of an autoencoder trained on these images."""
    model = _trained("autoencoder", images, seed)
    return lambda x: _squared_error(x, model.reconstruct(x))


def by_discriminator(images: np.ndarray, seed: int = 0) -> Score:
    """How fake an image looks to the discriminator of a GAN trained on these images."""
    gan = _trained("gan", images, seed)
    return lambda x: -predict_in_batches(gan.discriminator, x)[:, 0]


SCORES: dict[str, Callable[[np.ndarray, int], Score]] = {
    "PCA": by_pca,
    "isolation forest": by_forest,
    "nearest digit": by_neighbor,
    "autoencoder": by_autoencoder,
    "discriminator": by_discriminator,
}


def compare(data: Dataset, seed: int, name: str) -> dict:
    """Leave out each digit in training; return the AUC of a score in the test, and their mean."""
    row = {}
    for digit in range(10):
        known, _ = hold_out(without(data.train, digit), seed=seed)
        score = SCORES[name](known, seed)
        anomalous = data.test.images[data.test.labels == digit]
        row[str(digit)] = round(auc(score(without(data.test, digit)), score(anomalous)), 3)
    return {**row, "mean": round(float(np.mean(list(row.values()))), 3)}


PARTICIPANTS = {name: partial(compare, name=name) for name in SCORES}


def _trained(name: str, images: np.ndarray, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = models.build(name, LATENTS, WIDTH)
    train(model, images, epochs=EPOCHS, seed=seed, view=False)
    return model


def _squared_error(images: np.ndarray, reconstructions: np.ndarray) -> np.ndarray:
    """Mean squared error of each image, (n,)."""
    return np.mean(flatten(np.square(images - reconstructions)), axis=1)
