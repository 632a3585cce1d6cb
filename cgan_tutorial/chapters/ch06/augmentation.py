"""Augment a few labeled digits: shift and rotate them, or train a GAN on them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import keras
import numpy as np
from scipy import ndimage

from cgan_tutorial import metrics, models
from cgan_tutorial.chapters.ch06 import few_labels
from cgan_tutorial.chapters.common import few_per_class, repeat_to
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.training import train

# Epochs of the GAN by labeled digits per class: more digits need more.
GAN_EPOCHS = {10: 8, 50: 14, 100: 20}
# The few digits are repeated to this many images, a hundred steps.
GAN_WIDTH, GAN_IMAGES = 8, 3200
# Images in a classifier's training set.
IMAGES = few_labels.BATCH * few_labels.STEPS


def move(
    images: np.ndarray, shift: float = 2.0, degrees: float = 15.0, seed: int = 0
) -> np.ndarray:
    """Rotate each image around its center and shift it, each by its own random amounts.

    The images are float32 in [0, 1] of shape (n, 28, 28, 1), before and after. What leaves the
    frame is lost, and what enters is 0; values between pixels are interpolated linearly.

    Args:
        shift: largest shift along each axis, in pixels.
        degrees: largest angle, either way.
    """
    rng = np.random.default_rng(seed)
    angles = np.radians(rng.uniform(-degrees, degrees, len(images)))
    shifts = rng.uniform(-shift, shift, (len(images), 2))
    pairs = zip(images[..., 0], angles, shifts, strict=True)
    return np.stack([_moved(image, angle, by) for image, angle, by in pairs])[..., None]


def _moved(image: np.ndarray, angle: float, shift: np.ndarray) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (np.array(image.shape) - 1) / 2
    # scipy asks where an output pixel comes from: out → turn·out + offset.
    offset = middle - turn @ (middle + shift)
    return np.clip(ndimage.affine_transform(image, turn, offset, order=1), 0.0, 1.0)


def train_on_few(known: Split, epochs: int, seed: int = 0) -> models.ConditionalGAN:
    """Train a conditional GAN on a few labeled digits and on nothing else.

    An epoch has a hundred steps, however few the digits are.
    """
    keras.utils.set_random_seed(seed)
    gan = models.build("conditional-gan", few_labels.LATENTS, GAN_WIDTH)
    stream = repeat_to(known, GAN_IMAGES, seed)
    train(gan, (stream.images, stream.labels), epochs=epochs, seed=seed, view=False)
    return gan


def generate(gan: models.ConditionalGAN, count: int, seed: int = 0) -> Split:
    """Generate `count` digits with a conditional GAN, the classes in turn, with those labels."""
    labels = np.arange(count) % gan.num_classes
    latents = np.random.default_rng(seed).normal(size=(count, gan.latent_dim))
    return Split(np.clip(gan.decode(latents, labels), 0.0, 1.0), labels)


def mixed(known: Split, generated: Split, seed: int = 0, count: int = IMAGES) -> Split:
    """Mix `count` images in random order: one half known, the other generated, both repeated."""
    real, fake = repeat_to(known, count - count // 2, seed), repeat_to(generated, count // 2, seed)
    images = np.concatenate([real.images, fake.images])
    return repeat_to(Split(images, np.concatenate([real.labels, fake.labels])), count, seed)


def training_sets(
    known: Split, generated: Split, leaked: Split, seed: int = 0, count: int = IMAGES
) -> Iterator[tuple[str, Split]]:
    """Yield the name and the `count` images of each training set, one at a time to save memory.

    `generated` is by a GAN that was trained on the known digits alone, `leaked` by one that was
    trained on all labeled training digits, which is unfair.
    """

    def moved(split: Split) -> Split:
        """Rotate and shift the images; the labels stay."""
        return Split(move(split.images, seed=seed), split.labels)

    yield "plain", repeat_to(known, count, seed)
    yield "moved", moved(repeat_to(known, count, seed))
    yield "with GAN", mixed(known, generated, seed, count)
    yield "moved, with GAN", moved(mixed(known, generated, seed, count))
    yield "leak", mixed(known, leaked, seed, count)


def evaluate(data: Dataset, known: Split, gan: models.ConditionalGAN, seed: int = 0) -> dict:
    """Train a classifier on each training set; return its test accuracy in percent, and two more.

    `obeyed` is the percentage of the GAN's digits that the book's classifier, which was trained
    on all training digits, labels as requested. `novelty` is their median distance to the
    known digits, over that of test digits (`metrics.memorization`).
    """
    generated = generate(gan, IMAGES // 2, seed)
    leaked = generate(models.pretrained("conditional-gan"), IMAGES // 2, seed)
    row = {
        name: few_labels.network_accuracy(split, data.test, seed)
        for name, split in training_sets(known, generated, leaked, seed)
    }
    images, labels = generated.images[:1000], generated.labels[:1000]
    novelty = metrics.memorization(images, known.images, data.test.images)
    obeyed = round(100 * float(np.mean(classify(images) == labels)), 1)
    return {**row, "obeyed": obeyed, "novelty": round(novelty, 2)}


def compare(data: Dataset, seed: int, per_class: int) -> dict:
    """Draw digits and train a GAN from the seed, then `evaluate` them."""
    known = few_per_class(data.train, per_class, seed)
    return evaluate(data, known, train_on_few(known, GAN_EPOCHS[per_class], seed), seed)


PARTICIPANTS = {f"{count} a class": partial(compare, per_class=count) for count in GAN_EPOCHS}
