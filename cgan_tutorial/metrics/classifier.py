"""A small digit classifier, whose 64 features the metrics compare."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import keras
import numpy as np
from keras import layers

from cgan_tutorial.data import check_images

WEIGHTS = Path(__file__).parent.parent / "pretrained" / "classifier.weights.h5"


def build_classifier() -> keras.Model:
    """Build an untrained classifier: images (n, 28, 28, 1) → probabilities (n, 10).

    Its layer "features", with 64 units, is what `features` returns.
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
            layers.Dense(64, activation="relu", name="features"),
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
    return _feature_model().predict(check_images(images), batch_size=500, verbose=0)


def classify(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1), float32 in [0, 1] → the most probable digit of each, (n,).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    return classifier().predict(check_images(images), batch_size=500, verbose=0).argmax(axis=-1)
