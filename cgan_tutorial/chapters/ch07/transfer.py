"""How many labeled target images an encoder trained on other digits saves.

The encoder is trained on the source without labels. The target is "digits-8x8": other
writers, another scanner, 8×8 pixels enlarged to 20×20.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import layers

from cgan_tutorial import data as datasets
from cgan_tutorial.chapters.ch07.cached_models import trained, untrained
from cgan_tutorial.chapters.ch07.classifiers import Classifier
from cgan_tutorial.chapters.ch07.probes import class_accuracy
from cgan_tutorial.chapters.common import copy_network, few_per_class, fit_classifier, flatten
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import features

TARGET = "digits-8x8"
# Labeled target images, equally many of each of the ten classes.
COUNTS = 20, 50, 100, 300, 1300
STEPS, BATCH, RATE = 100, 32, 1e-3


def frozen(encode: Callable[[np.ndarray], np.ndarray], known: Split, test: Split) -> float:
    """Accuracy on test images of a linear classifier on latents, fitted on labeled images.

    Args:
        encode: images (n, 28, 28, 1) → latents (n, d).
    """
    return class_accuracy(encode(known.images), known.labels, encode(test.images), test.labels)


def fine_tuned(encoder: keras.Model, known: Split, test: Split, seed: int) -> float:
    """Accuracy after training a copy of an encoder, with ten logits on top, on labeled images.

    All weights are trained for `STEPS` steps of Adam, however many images there are.
    """
    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [copy_network(encoder), layers.LeakyReLU(negative_slope=0.2), layers.Dense(10)]
    )
    rng, passes = np.random.default_rng(seed), -(-STEPS * BATCH // len(known))
    order = np.concatenate([rng.permutation(len(known)) for _ in range(passes)])[: STEPS * BATCH]
    optimizer = keras.optimizers.Adam(RATE)
    fit_classifier(network, [known.images[order]], known.labels[order], optimizer, BATCH)
    return Classifier(network).accuracy(test.images, test.labels)


# Name → source and seed → a function to latents, or an encoder to fine-tune.
_ENCODERS: dict[str, Callable[[Dataset, int], Callable | keras.Model]] = {
    "pixels, linear": lambda source, seed: flatten,
    "untrained encoder, frozen": lambda source, seed: untrained(seed).encode,
    "from scratch": lambda source, seed: untrained(seed).encoder,
    "autoencoder, frozen": lambda source, seed: trained("autoencoder", source, seed).encode,
    "autoencoder, fine-tuned": lambda source, seed: trained("autoencoder", source, seed).encoder,
    "classifier, frozen": lambda source, seed: features,
}


def accuracies(name: str, source: Dataset, seed: int) -> dict[str, float]:
    """Measure the accuracy on the target's test images by number of labeled target images."""
    target, encoder = datasets.load(TARGET), _ENCODERS[name](source, seed)
    row = {}
    for count in COUNTS:
        splits = few_per_class(target.train, count // 10, seed, nested=True), target.test
        tune = isinstance(encoder, keras.Model)
        accuracy = fine_tuned(encoder, *splits, seed) if tune else frozen(encoder, *splits)
        row[str(count)] = round(accuracy, 4)
    return row


PARTICIPANTS = {name: partial(accuracies, name) for name in _ENCODERS}
