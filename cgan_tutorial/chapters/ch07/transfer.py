"""What an encoder that learned one kind of digits is worth on another, by number of images.

The source has no labels for the autoencoder. The target is "digits-8x8": other writers, another
scanner, 8×8 pixels enlarged to 20×20.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from cgan_tutorial import data as datasets
from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.chapters.ch07.probes import flat, reads_class
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import classify, features

TARGET = "digits-8x8"
COUNTS = 20, 50, 100, 300, 1300
STEPS, BATCH, RATE = 100, 32, 1e-3


def few(split: Split, count: int, seed: int) -> Split:
    """Draw `count` images, equally many of each of the ten classes.

    Raises:
        ValueError: count is not a multiple of 10, or a class has too few.
    """
    each = count // 10
    largest = 10 * min(int(np.sum(split.labels == digit)) for digit in range(10))
    if count % 10 or not 10 <= count <= largest:
        raise ValueError(f"count is {count}; give a multiple of 10 from 10 to {largest // 10 * 10}")
    order = np.random.default_rng(seed).permutation(len(split))
    chosen = [order[split.labels[order] == digit][:each] for digit in range(10)]
    index = np.concatenate(chosen)
    return Split(split.images[index], split.labels[index])


def frozen(encode: Callable[[np.ndarray], np.ndarray], shown: Split, test: Split) -> float:
    """Accuracy of a linear classifier on codes that do not change: (n, 28, 28, 1) → (n, d)."""
    return reads_class(encode(shown.images), shown.labels, encode(test.images), test.labels)


def tuned(encoder: keras.Model, shown: Split, test: Split, seed: int) -> float:
    """Accuracy after training a copy of an encoder with ten scores on top, all weights at once.

    `STEPS` steps of Adam, whatever the number of images. The encoder itself stays as it is.
    """
    keras.utils.set_random_seed(seed)
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    network = keras.Sequential([copy, layers.LeakyReLU(negative_slope=0.2), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(RATE), loss)
    images, labels = _repeated(shown, seed)
    network.fit(images, labels, batch_size=BATCH, verbose=0)
    network.train_function = None
    scores = keras.ops.convert_to_numpy(network(test.images, training=False))
    return float(np.mean(scores.argmax(axis=-1) == test.labels))


def unchanged(target: Dataset) -> float:
    """Accuracy on the target's test digits of MNIST's classifier as it ships: no target image."""
    return float(np.mean(classify(target.test.images) == target.test.labels))


def _repeated(shown: Split, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As many shuffled passes over the images as `STEPS` batches need."""
    rng = np.random.default_rng(seed)
    passes = -(-STEPS * BATCH // len(shown))
    order = np.concatenate([rng.permutation(len(shown)) for _ in range(passes)])
    order = order[: STEPS * BATCH]
    return shown.images[order], shown.labels[order]


def _row(judge: Callable[[Split, Split, Dataset, int], float]) -> Callable[[Dataset, int], dict]:
    def row(data: Dataset, seed: int) -> dict:
        """What the encoder learned from, and a seed → accuracy by number of images, 0 to 1."""
        target = datasets.load(TARGET)
        found = {
            str(count): judge(few(target.train, count, seed), target.test, data, seed)
            for count in COUNTS
        }
        return {name: round(value, 4) for name, value in found.items()}

    return row


def _tuned(network: Callable[[Dataset, int], keras.Model]) -> Callable[[Dataset, int], dict]:
    return _row(
        lambda shown, test, data, seed: tuned(network(data, seed).encoder, shown, test, seed)
    )


def _frozen(encode: Callable[[Dataset, int], Callable]) -> Callable[[Dataset, int], dict]:
    return _row(lambda shown, test, data, seed: frozen(encode(data, seed), shown, test))


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    "pixels, linear": _frozen(lambda data, seed: flat),
    "untrained encoder, frozen": _frozen(lambda data, seed: cached_models.untrained(seed).encode),
    "from scratch": _tuned(lambda data, seed: cached_models.untrained(seed)),
    "autoencoder, frozen": _frozen(lambda d, s: cached_models.trained("autoencoder", d, s).encode),
    "autoencoder, fine-tuned": _tuned(lambda d, s: cached_models.trained("autoencoder", d, s)),
    "classifier, frozen": _frozen(lambda data, seed: features),
}
