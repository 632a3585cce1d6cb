"""The comparison of image translations: with the game, by the error alone, without a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from cgan_tutorial import metrics, models
from cgan_tutorial.chapters.ch06 import classical
from cgan_tutorial.data import Dataset, pairs
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.networks import patch_discriminator, unet
from cgan_tutorial.training import train

EPOCHS = 4


def build(adversarial: float = 1.0) -> models.Translator:
    """The book's translator; with `adversarial=0` it learns by the absolute error alone.

    Then nobody listens to the discriminator, and it is as small as can be.
    """
    answers, judge = unet(), patch_discriminator(width=16 if adversarial else 1)
    return models.Translator(answers, judge, adversarial=adversarial, **models.GAME)


def judge(made: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """Compare answers with the true digits, both float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        Mean absolute and mean squared error, Fréchet classifier distance, sharpness (the
        answers' mean `edge` over the digits') and the share of answers that the classifier
        reads as it reads the true digit.

    Raises:
        ValueError: fewer than 65 images, or not of that shape, type and range.
    """
    return {
        "l1": round(float(np.abs(made - wanted).mean()), 4),
        "mse": round(metrics.mse(made, wanted), 4),
        "frechet": round(metrics.frechet_classifier_distance(made, wanted), 2),
        "sharpness": round(float(edge(made) / edge(wanted)), 3),
        "read alike": round(float((classify(made) == classify(wanted)).mean()), 3),
    }


def edge(images: np.ndarray) -> float:
    """Mean absolute difference of neighbouring pixels of images (n, 28, 28, 1), 0 to 1."""
    across, down = (np.abs(np.diff(images, axis=axis)).mean() for axis in (2, 1))
    return float(across + down) / 2


def _learned(task: str, adversarial: float, data: Dataset, seed: int) -> dict:
    show = pairs.TASKS[task]
    model = build(adversarial)
    pair = show(data.train.images), data.train.images
    train(model, pair, epochs=EPOCHS, seed=seed, view=False)
    return judge(model.translate(show(data.test.images)), data.test.images)


def _classical(task: str, fit: Callable, data: Dataset, seed: int) -> dict:
    show = pairs.TASKS[task]
    translate = fit(show(data.train.images), data.train.images)
    return judge(translate(show(data.test.images)), data.test.images)


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    "skeleton: dilation, blur": partial(_classical, "skeleton", classical.fit_thickening),
    "skeleton: L1 alone": partial(_learned, "skeleton", 0.0),
    "skeleton: L1 + game": partial(_learned, "skeleton", 1.0),
    "7×7: bicubic": partial(_classical, "7×7", lambda *pair: classical.bicubic),
    "7×7: linear": partial(_classical, "7×7", classical.fit_linear),
    "7×7: L1 alone": partial(_learned, "7×7", 0.0),
    "7×7: L1 + game": partial(_learned, "7×7", 1.0),
}
