"""Features that fit the data: of the digit classifier, or of an encoder trained on the images."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import keras
import numpy as np

from cgan_tutorial import networks
from cgan_tutorial.data import Dataset, check_images
from cgan_tutorial.metrics import classifier

# Images (n, height, width, channels) → features (n, d).
Features = Callable[[np.ndarray], np.ndarray]
# Data sets with the images and classes that the digit classifier knows.
DIGITS = ("mnist-5k", "mnist", "digits-8x8")
AXES, WIDTH = 32, 8
STEPS, BATCH = 250, 16


def features_for(data: Dataset) -> Features:
    """Return the digit classifier's features for digits, else those of `train_features`.

    The encoder is trained when the features are first asked for.
    """
    if are_digits(data):
        return classifier.features
    trained = cache(lambda: train_features(data.train.images))
    return lambda images: trained()(images)


def are_digits(data: Dataset) -> bool:
    """Say whether the digit classifier knows the images, by the data's name and shape."""
    return data.name in DIGITS and data.train.images.shape[1:] == (28, 28, 1)


def train_features(images: np.ndarray, seed: int = 0) -> Features:
    """Train an autoencoder on images, and return what its encoder finds, standardized.

    Each of the 32 features has mean 0 and variance 1 over the images that it was trained on,
    at most 4,000. They tell colors, shapes, and places apart, hardly fine textures, and know
    nothing of classes. Compare only values from the same training images and machine.

    Args:
        images: float32 in [0, 1] of shape (n, height, width, channels).
        seed: of the weights and of the order of the images; the random numbers of Keras,
            NumPy and Python start from it (`keras.utils.set_random_seed`).

    Returns:
        A function from images (m, height, width, channels) to features (m, 32).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    shape = np.shape(images)[1:]
    images = check_images(images, shape)
    keras.utils.set_random_seed(seed)
    encoder = networks.encoder(AXES, WIDTH, shape=shape)
    autoencoder = keras.Sequential([encoder, networks.decoder(AXES, WIDTH, shape=shape)])
    autoencoder.compile(keras.optimizers.Adam(2e-3), "mse")
    chosen = np.random.default_rng(seed).permutation(images)[: STEPS * BATCH]
    # Whole batches: the statistics of one left-over image would spoil the normalization.
    chosen = chosen[: len(chosen) // BATCH * BATCH or None]
    epochs = math.ceil(STEPS * BATCH / len(chosen))
    autoencoder.fit(chosen, chosen, batch_size=BATCH, epochs=epochs, verbose=0)
    found = encoder.predict(chosen, batch_size=500, verbose=0)
    mean, deviation = found.mean(axis=0), found.std(axis=0)
    # A feature that hardly varies would be blown up beyond all others.
    deviation = np.maximum(deviation, max(1e-3 * deviation.max(), keras.config.epsilon()))

    def features(images: np.ndarray) -> np.ndarray:
        """Map images of the same shape to standardized features."""
        points = encoder.predict(check_images(images, shape), batch_size=500, verbose=0)
        return (points - mean) / deviation

    return features
