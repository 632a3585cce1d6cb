"""More images from few: digits shifted and turned, and digits that a GAN drew after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

import keras
import numpy as np
from scipy import ndimage

from cgan_tutorial import metrics, models
from cgan_tutorial.chapters.ch06.few_labels import (
    BATCH,
    COUNTS,
    LATENTS,
    STEPS,
    draw,
    percent,
    repeated,
    shuffled,
    train_classifier,
)
from cgan_tutorial.data import Dataset, Split, check_images
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.training import train

# A GAN's epoch: few digits are repeated until they make a hundred steps. More digits want more.
GAN_EPOCHS = {10: 8, 50: 14, 100: 20}
GAN_WIDTH, GAN_IMAGES = 8, 3200


def move(
    images: np.ndarray, shift: float = 2.0, degrees: float = 15.0, seed: int = 0
) -> np.ndarray:
    """Turn each image around its middle and shift it, each by its own random amount.

    What leaves the frame is lost, what enters is 0. Between pixels the values are
    interpolated linearly, so they stay in [0, 1].

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).
        shift: largest shift along each axis, in pixels.
        degrees: largest angle, either way.
        seed: of the amounts.

    Returns:
        Images of the same shape, type and range, in the same order.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    rng = np.random.default_rng(seed)
    angles = np.radians(rng.uniform(-degrees, degrees, len(check_images(images))))
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
    """Train a conditional GAN on a few labelled digits and on nothing else.

    Args:
        known: the labelled digits.
        epochs: of a hundred steps each, however few the digits are.
        seed: of weights, order and noise.
    """
    keras.utils.set_random_seed(seed)
    gan = models.build("conditional-gan", LATENTS, GAN_WIDTH)
    stream = repeated(known, GAN_IMAGES, seed)
    train(gan, (stream.images, stream.labels), epochs=epochs, seed=seed, view=False)
    return gan


def ask(gan: models.ConditionalGAN, count: int, seed: int = 0) -> Split:
    """Let a conditional GAN draw `count` digits, the classes in turn; they keep those labels."""
    labels = np.arange(count) % gan.classes
    latents = np.random.default_rng(seed).normal(size=(count, gan.latent_dim))
    return Split(np.clip(gan.decode(latents, labels), 0.0, 1.0), labels)


def mixed(known: Split, fakes: Split, seed: int = 0, count: int = BATCH * STEPS) -> Split:
    """`count` images in random order, half of them known digits and half fakes, repeated."""
    pool = Split(
        np.concatenate([known.images, fakes.images]), np.concatenate([known.labels, fakes.labels])
    )
    rest = shuffled(len(known), count - count // 2, seed)
    drawn = len(known) + shuffled(len(fakes), count // 2, seed)
    order = np.concatenate([rest, drawn])[shuffled(count, count, seed)]
    return Split(pool.images[order], pool.labels[order])


def diets(
    known: Split, fakes: Split, seed: int = 0, count: int = BATCH * STEPS
) -> Iterator[tuple[str, Split]]:
    """What four classifiers are trained on: equally many images, half of them fakes in two.

    One diet is made when it is asked for, so that only one needs to be in memory.

    Yields:
        A name, and a split of `count` images.
    """
    yield "plain", repeated(known, count, seed)
    yield "moved", _all_moved(repeated(known, count, seed), seed)
    yield "with GAN", mixed(known, fakes, seed, count)
    yield "moved, with GAN", _all_moved(mixed(known, fakes, seed, count), seed)


def _all_moved(diet: Split, seed: int) -> Split:
    return Split(move(diet.images, seed=seed), diet.labels)


def judge(data: Dataset, known: Split, gan: models.ConditionalGAN, seed: int = 0) -> dict:
    """Accuracy in percent, on the test digits, of a classifier fed with each diet.

    The last diet, "leak", is unfair: its GAN comes trained on all labelled training digits.
    Two more columns judge the GAN that was given: `obeyed` is the percentage of its digits
    that the book's classifier reads as what was asked for (it was trained on all training
    digits, and is used for judging only); `novelty` is their median distance to the few
    digits, over that of test digits (`metrics.memorization`).
    """
    half = BATCH * STEPS // 2
    fakes = ask(gan, half, seed)
    fed = chain(diets(known, fakes, seed), _leak(known, half, seed))
    row = {
        name: percent(train_classifier(diet.images, diet.labels, seed), data.test)
        for name, diet in fed
    }
    images, labels = fakes.images[:1000], fakes.labels[:1000]
    novelty = metrics.memorization(images, known.images, data.test.images)
    obeyed = round(100 * float(np.mean(classify(images) == labels)), 1)
    return {**row, "obeyed": obeyed, "novelty": round(novelty, 2)}


def _leak(known: Split, count: int, seed: int) -> Iterator[tuple[str, Split]]:
    yield "leak", mixed(known, ask(models.pretrained("conditional-gan"), count, seed), seed)


def compare(data: Dataset, seed: int, per_class: int) -> dict:
    """`judge` with digits drawn and a GAN trained from the seed."""
    known = draw(data.train, per_class, seed)
    return judge(data, known, train_on_few(known, GAN_EPOCHS[per_class], seed), seed)


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    f"{count} a class": partial(compare, per_class=count) for count in COUNTS
}
