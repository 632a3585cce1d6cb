"""Features that fit the data: of the digit classifier, or of an encoder trained on the images."""

from __future__ import annotations

import math
from collections.abc import Callable

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
    """Return the digit classifier's features for digits, else those of `train_features`."""
    return classifier.features if data.name in DIGITS else train_features(data.train.images)


def train_features(images: np.ndarray, seed: int = 0) -> Features:
    """Train an autoencoder on images, and return what its encoder finds, standardized.

    Each of the 32 features has mean 0 and variance 1 over these images. Features of images
    without labels tell colors, shapes and places apart; they know nothing of classes.

    Args:
        images: float32 in [0, 1] of shape (n, height, width, channels).
        seed: of the weights and of the order of the images. Keras' global seed is set to it.

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
    epochs = math.ceil(STEPS * BATCH / len(chosen))
    autoencoder.fit(chosen, chosen, batch_size=BATCH, epochs=epochs, verbose=0)
    found = encoder.predict(chosen, batch_size=500, verbose=0)
    mean, deviation = found.mean(axis=0), found.std(axis=0) + keras.config.epsilon()

    def features(images: np.ndarray) -> np.ndarray:
        """Map images of the same shape to standardized features."""
        points = encoder.predict(check_images(images, shape), batch_size=500, verbose=0)
        return (points - mean) / deviation

    return features
