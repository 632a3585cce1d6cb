"""A small digit classifier: its 64 features are the eyes of the metrics."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import keras
import numpy as np
from keras import layers

from cgan_tutorial.data import check_images
from cgan_tutorial.models.base import in_batches

WEIGHTS = Path(__file__).parent.parent / "pretrained" / "classifier.weights.h5"
FEATURES = 64


def build_classifier() -> keras.Model:
    """Two convolutions, 64 features, ten classes: images (n, 28, 28, 1) → probabilities (n, 10).

    The layer named "features" is what `features` returns.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(FEATURES, activation="relu", name="features"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="classifier",
    )


@cache
def classifier() -> keras.Model:
    """Return the trained classifier; its weights ship with the package.

    Their provenance is in pretrained/classifier.json: data, seed, epochs, accuracy.
    """
    model = build_classifier()
    model.load_weights(WEIGHTS)
    return model


@cache
def _feature_model() -> keras.Model:
    trained = classifier()
    return keras.Model(trained.inputs[0], trained.get_layer("features").output)


def features(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1), float32 in [0, 1] → features (n, 64), each at least 0.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    return in_batches(_feature_model(), check_images(images))


def classify(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1), float32 in [0, 1] → the likeliest digit of each, (n,)."""
    return classifier().predict(check_images(images), batch_size=500, verbose=0).argmax(axis=-1)
