"""Helpers that several chapters share: small labeled sets, features, classifier training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
from keras import layers
from sklearn.decomposition import PCA

from cgan_tutorial.data import Split
from cgan_tutorial.models import StabilizedGAN

# For `compile` of small models: JAX without it runs each operation by itself, while XLA for
# TensorFlow takes seconds to compile a step of milliseconds.
JIT = keras.backend.backend() == "jax"


def few_per_class(split: Split, per_class: int, seed: int = 0, nested: bool = False) -> Split:
    """Draw `per_class` images of each class at random, without replacement, sorted by class.

    Args:
        split: what to draw from.
        per_class: images of each class.
        seed: of the draw.
        nested: take the images from one random order of the split, so that a larger draw with
            the same seed contains a smaller one, as a learning curve needs it.

    Raises:
        ValueError: per_class is below 1, or a class has fewer images than that.
    """
    classes, counts = np.unique(split.labels, return_counts=True)
    if not 1 <= per_class <= counts.min():
        raise ValueError(
            f"per_class is {per_class}; give a number from 1 to {counts.min()}, "
            "the size of the smallest class"
        )
    rng = np.random.default_rng(seed)
    if nested:
        order = rng.permutation(len(split))
        drawn = [order[split.labels[order] == each][:per_class] for each in classes]
    else:
        drawn = [
            rng.choice(np.flatnonzero(split.labels == each), per_class, replace=False)
            for each in classes
        ]
    rows = np.concatenate(drawn)
    return Split(split.images[rows], split.labels[rows])


def repeat_to(split: Split, count: int, seed: int = 0) -> Split:
    """Repeat a split's images equally often until there are `count`, in random order."""
    rows = repeated_rows(len(split), count, seed)
    return Split(split.images[rows], split.labels[rows])


def repeated_rows(rows: int, count: int, seed: int = 0) -> np.ndarray:
    """Return `count` indices below `rows`, each equally often, in random order: (count,)."""
    return np.random.default_rng(seed).permutation(np.arange(count) % rows)


def flatten(images: np.ndarray) -> np.ndarray:
    """Lay out each image as a vector: (n, height, width, channels) → (n, pixels)."""
    return images.reshape(len(images), -1)


def pca_features(
    images: np.ndarray, size: int, seed: int = 0
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit PCA on images; return the function from images to their `size` strongest components."""
    pca = PCA(size, random_state=seed).fit(flatten(images))
    return lambda others: pca.transform(flatten(others))


def fit_classifier(
    network: keras.Model,
    passes: Iterable[np.ndarray],
    labels: np.ndarray,
    optimizer: keras.optimizers.Optimizer,
    batch_size: int,
    shuffle: bool = True,
    from_logits: bool = True,
) -> keras.Model:
    """Train a network on the cross-entropy, by one pass over each given array of images.

    Args:
        network: images → a score for each class (n, classes).
        passes: the images of each pass, (n, height, width, channels); a generator may make
            them between the passes, by the network as it is then.
        labels: integers (n,), the same for all passes.
        optimizer: a new one.
        batch_size: images per step; the last batch of a pass may be smaller.
        shuffle: shuffle each pass by Keras' global seed.
        from_logits: whether the scores are logits; False for probabilities.

    Returns:
        The same network.
    """
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    # Half the time of small steps is spent between them. PyTorch takes one step at a time only.
    at_once = 20 if keras.backend.backend() == "tensorflow" else 1
    network.compile(optimizer, loss, steps_per_execution=at_once)
    for images in passes:
        network.fit(images, labels, batch_size=batch_size, shuffle=shuffle, verbose=0)
    network.train_function = None  # Frees the traced step.
    return network


class Unmeasured(StabilizedGAN):
    """Keeps no metrics: on points they take as long as the step itself."""

    metrics = ()

    def compute_metrics(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Return none."""
        return {}


def train_one(game: keras.Model, network: keras.Model, batch: np.ndarray) -> None:
    """Take a step of a compiled GAN in which only one of its two networks learns."""
    # Keras asks for what is trainable whenever it trains.
    for each in (game.generator, game.discriminator):
        each.trainable = each is network
    game.train_on_batch(batch)


def copy_network(network: keras.Model) -> keras.Model:
    """Make a new network with the same layers and weights; training it leaves this one alone."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def multiply_adds(network: keras.Model) -> list[int]:
    """Count the multiply-adds of each dense and convolutional layer for one input, in order.

    A weight of a dense layer is used once; a convolution's kernel once for each position of
    its output, a transposed convolution's once for each position of its input. Biases,
    normalization and activations are not counted.
    """
    counts = []
    for layer in network.layers:
        if isinstance(layer, layers.Dense | layers.Conv2D | layers.Conv2DTranspose):
            transposed = isinstance(layer, layers.Conv2DTranspose)
            shape = (layer.input if transposed else layer.output).shape
            counts.append(math.prod(layer.kernel.shape) * math.prod(shape[1:-1]))
    return counts
