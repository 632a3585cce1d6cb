"""Few labels: linear classifiers on learned features, or a network from scratch; and retrieval."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestNeighbors

from cgan_tutorial import models, networks
from cgan_tutorial.chapters import common
from cgan_tutorial.chapters.ch06.spatial_denoiser import SpatialDenoisingAutoencoder
from cgan_tutorial.data import Dataset, Split, check_images
from cgan_tutorial.metrics.classifier import build_classifier
from cgan_tutorial.models.base import EncodingModel, predict_in_batches
from cgan_tutorial.training import train

# Labeled digits per class in the recorded comparisons.
COUNTS = 10, 50, 100
BATCH, STEPS, RATE = 32, 400, 2e-3
LATENTS, WIDTH = 32, 16
# What cross-validation chooses from: inverse strengths of the penalty on the weights.
PENALTIES = {"C": [10.0, 100.0, 1000.0]}

# Images (n, 28, 28, 1) → features (n, d).
Encode = Callable[[np.ndarray], np.ndarray]


def linear_accuracy(
    known: np.ndarray, labels: np.ndarray, unseen: np.ndarray, truth: np.ndarray
) -> float:
    """Train a logistic regression on features; return its accuracy on unseen ones, 0 to 1.

    Known features (n, d) have labels (n,), at least three of each class; unseen ones (m, d)
    have the classes `truth` (m,). Threefold cross-validation on the known ones chooses the
    penalty on the weights. All features are divided by one number, so that their total
    variance is 1 and the choice is the same for pixels and for latents.
    """
    mean = known.mean(axis=0)
    spread = np.sqrt(np.mean(np.sum((known - mean) ** 2, axis=1)))
    search = GridSearchCV(LogisticRegression(tol=1e-3, max_iter=1000), PENALTIES, cv=3)
    search.fit((known - mean) / spread, labels)
    return float(search.score((unseen - mean) / spread, truth))


def nearest_items(queries: np.ndarray, items: np.ndarray, k: int = 10) -> np.ndarray:
    """Return the indices (n, k) of the `k` items (m, d) nearest to each query (n, d).

    The nearest comes first; distances are Euclidean.

    Raises:
        ValueError: queries and items have no common d, or k is not from 1 to m.
    """
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(items)
    return search.kneighbors(queries, return_distance=False)


def precision_at(
    k: int, queries: np.ndarray, targets: np.ndarray, items: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the precision at k: the share (n,) of each query's k nearest items with its label.

    Queries (n, d) have the labels `targets` (n,), items (m, d) have `labels` (m,). Manning,
    Raghavan & Schütze (2008), section 8.4.
    """
    found = labels[nearest_items(queries, items, k)]
    return np.mean(found == np.asarray(targets)[:, None], axis=1)


def network_accuracy(known: Split, test: Split, seed: int = 0) -> float:
    """Train the book's small convolutional classifier; return its test accuracy in percent.

    It makes one pass over the known images in their order; for more passes repeat them
    (`common.repeat_to`). The learning rate of Adam falls from 2e-3 to 0 along a half cosine.
    `seed` fixes the weights and dropout.
    """
    keras.utils.set_random_seed(seed)
    rate = keras.optimizers.schedules.CosineDecay(RATE, max(1, len(known) // BATCH))
    adam, options = keras.optimizers.Adam(rate), {"shuffle": False, "from_logits": False}
    network = common.fit_classifier(
        build_classifier(), [known.images], known.labels, adam, BATCH, **options
    )
    right = predict_in_batches(network, test.images).argmax(axis=1) == test.labels
    return round(100 * float(np.mean(right)), 1)


def hidden_units(model: EncodingModel, images: np.ndarray) -> np.ndarray:
    """Return the output of the encoder's last hidden layer: (n, 28, 28, 1) → (n, 256).

    Raises:
        ValueError: the images are not float32 in [0, 1] of that shape.
    """
    encoder = model.encoder
    network = keras.Model(encoder.inputs[0], encoder.layers[-2].output)
    return predict_in_batches(network, check_images(images))


def spatial_denoiser(**corruption: float) -> SpatialDenoisingAutoencoder:
    """Build an untrained spatial denoiser; `corruption` is sigma, shift (pixels) and degrees."""
    parts = networks.encoder(LATENTS, WIDTH), networks.decoder(LATENTS, WIDTH)
    return SpatialDenoisingAutoencoder(*parts, **{"sigma": 0.3, **corruption})


# How to build each model, and its epochs; the last two are from benchmarks/denoiser_noise.py.
AUTOENCODERS: dict[str, tuple[Callable[[], EncodingModel], int]] = {
    "autoencoder": (partial(models.build, "autoencoder", LATENTS, WIDTH), 6),
    "denoiser": (partial(models.build, "denoiser", LATENTS, WIDTH, sigma=1.0), 16),
    "spatial denoiser": (spatial_denoiser, 12),
}


def _trained(name: str, data: Dataset, seed: int) -> EncodingModel:
    build, epochs = AUTOENCODERS[name]
    model = build()
    train(model, data, epochs=epochs, seed=seed, view=False)
    return model


# Name in the record → what learns features from the training digits without labels.
FEATURES: dict[str, Callable[[Dataset, int], Encode]] = {
    "raw pixels": lambda data, seed: common.flatten,
    "PCA": lambda data, seed: common.pca_features(data.train.images, LATENTS, seed),
    "autoencoder, 32 latents": lambda *start: _trained("autoencoder", *start).encode,
    "denoiser, 32 latents": lambda *start: _trained("denoiser", *start).encode,
    "straightener, 256 hidden units": lambda *start: partial(
        hidden_units, _trained("spatial denoiser", *start)
    ),
    "straightener, 32 latents": lambda *start: _trained("spatial denoiser", *start).encode,
}


def compare(encode: Encode, data: Dataset, seed: int, counts: tuple[int, ...] = COUNTS) -> dict:
    """Measure features by few labels and by retrieval.

    Returns:
        Test accuracy of a linear classifier in percent, for each number of labels per class,
        and precision at 10; `seed` fixes which digits have a label.
    """
    seen, unseen = encode(data.train.images), encode(data.test.images)
    row = {}
    for count in counts:
        known = common.few_per_class(data.train, count, seed)
        accuracy = linear_accuracy(encode(known.images), known.labels, unseen, data.test.labels)
        row[f"{count} a class"] = round(100 * accuracy, 1)
    precision = precision_at(10, unseen, data.test.labels, seen, data.train.labels)
    return {**row, "precision at 10": round(100 * float(precision.mean()), 1)}


def from_scratch(data: Dataset, seed: int, counts: tuple[int, ...] = COUNTS) -> dict:
    """Measure, as `compare`, a convolutional network that sees nothing but the labeled digits."""
    row = {}
    for count in counts:
        known = common.few_per_class(data.train, count, seed)
        repeated = common.repeat_to(known, BATCH * STEPS, seed)
        row[f"{count} a class"] = network_accuracy(repeated, data.test, seed)
    return {**row, "precision at 10": float("nan")}


def compare_features(data: Dataset, seed: int, name: str) -> dict:
    """Learn one of `FEATURES`, then `compare` it."""
    return compare(FEATURES[name](data, seed), data, seed)


PARTICIPANTS = {name: partial(compare_features, name=name) for name in FEATURES}
PARTICIPANTS["small network from scratch"] = from_scratch
