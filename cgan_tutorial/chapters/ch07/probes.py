"""Linear probes: what a linear model can predict from an encoder's latents.

Alain & Bengio (2017). A probe that succeeds shows that the latents hold the answer in a
linear form, not that the encoder uses it; pixels and an untrained encoder are the controls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.chapters.ch07.directions import MEASURES
from cgan_tutorial.chapters.common import flatten, pca_features
from cgan_tutorial.data import Dataset

# Random training digits that a probe is fitted on.
PROBE_DIGITS = 1000
PENALTIES = np.logspace(-1, 5, 7)


def class_accuracy(
    latents: np.ndarray, labels: np.ndarray, test_latents: np.ndarray, test_labels: np.ndarray
) -> float:
    """Accuracy of a logistic regression from latents (n, d) to labels (n,), on the test rows."""
    # One scale for all: single pixels at the edge would be blown up by their own deviation.
    scale = latents.std() * np.sqrt(latents.shape[1] / 32)
    model = LogisticRegression(C=1.0, tol=1e-3, max_iter=300).fit(latents / scale, labels)
    return float(model.score(test_latents / scale, test_labels))


def value_r2(
    latents: np.ndarray, values: np.ndarray, test_latents: np.ndarray, test_values: np.ndarray
) -> float:
    """R² of a ridge regression from latents (n, d) to values (n,), on the test rows.

    1 is a perfect prediction, 0 no better than the mean. The penalty is chosen by
    leave-one-out cross-validation.
    """
    model = make_pipeline(StandardScaler(with_std=False), RidgeCV(PENALTIES))
    return float(model.fit(latents, values).score(test_latents, test_values))


def best_axis(latents: np.ndarray, values: np.ndarray) -> float:
    """Largest share of the values' variance that a single latent explains, from 0 to 1."""
    latents, values = latents - latents.mean(axis=0), values - values.mean()
    spread = np.linalg.norm(latents, axis=0) * np.linalg.norm(values)
    return float(np.max((values @ latents / np.where(spread == 0, np.inf, spread)) ** 2))


def rotate(latents: np.ndarray, seed: int) -> np.ndarray:
    """Rotate latents (n, d) at random: the same information, on other axes."""
    size = latents.shape[1]
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    return latents @ rotation


def probe(encode: Callable[[np.ndarray], np.ndarray], data: Dataset, seed: int) -> dict:
    """Predict the digit, its slant, its thickness and its width from an encoder's latents.

    Args:
        encode: images (n, 28, 28, 1) → latents (n, d).
        data: `PROBE_DIGITS` of its training digits fit the probes, its test digits score them.

    Returns:
        "numbers": d; "digit": accuracy; the others: R².
    """
    images, labels, values = _fitted_on(data, seed)
    latents, test_latents = encode(images), encode(data.test.images)
    row = {"numbers": latents.shape[1]}
    row["digit"] = class_accuracy(latents, labels, test_latents, data.test.labels)
    for name, (known, test_values) in values.items():
        row[name] = value_r2(latents, known, test_latents, test_values)
    return {name: round(value, 4) for name, value in row.items()}


@lru_cache(maxsize=2)
def _fitted_on(data: Dataset, seed: int) -> tuple[np.ndarray, np.ndarray, dict]:
    """Images and labels to fit on, and each measure's values on them and on the test digits."""
    chosen = np.random.default_rng(seed).permutation(len(data.train))[:PROBE_DIGITS]
    images = data.train.images[chosen]
    values = {
        name: (measure(images), measure(data.test.images)) for name, measure in MEASURES.items()
    }
    return images, data.train.labels[chosen], values


# Name → data and seed → a function from images to latents.
_ENCODERS: dict[str, Callable[[Dataset, int], Callable]] = {
    "pixels": lambda data, seed: flatten,
    "PCA": lambda data, seed: pca_features(data.train.images, cached_models.LATENTS, seed),
    "untrained encoder": lambda data, seed: cached_models.untrained(seed).encode,
    "autoencoder": lambda data, seed: cached_models.trained("autoencoder", data, seed).encode,
    "VAE": lambda data, seed: cached_models.trained("vae", data, seed).encode,
}


def _row(name: str, data: Dataset, seed: int) -> dict:
    return probe(_ENCODERS[name](data, seed), data, seed)


PARTICIPANTS = {name: partial(_row, name) for name in _ENCODERS}
