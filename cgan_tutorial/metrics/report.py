"""The metrics of a model, or of its samples, in one table."""

from __future__ import annotations

import math

import keras
import numpy as np

from cgan_tutorial.data import Dataset
from cgan_tutorial.metrics.classifier import features
from cgan_tutorial.metrics.coverage import class_shares, neighborhood_coverage, precision_recall
from cgan_tutorial.metrics.frechet import frechet_of_points
from cgan_tutorial.metrics.images import memorization, mse, psnr

# Data sets with the images and classes that the digit classifier knows.
DIGITS = ("mnist-5k", "mnist", "digits-8x8")
# Samples that are compared with all training images; 60,000 of those take some seconds.
MOST_COMPARED = 1000


def evaluate_samples(samples: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Compare generated digits with real ones by the digit classifier.

    Compare only values from equal numbers of images. Precision alone does not show quality:
    the neighborhoods of unusual digits are wide enough to hold noise.

    Args:
        samples: float32 in [0, 1] of shape (n, 28, 28, 1), with n at least 65.
        reference: real digits of the same form, usually the test split.

    Returns:
        Rounded values: "frechet" (Fréchet classifier distance, at least 0), "precision",
        "recall" and "coverage" (in [0, 1]), "rarest" (share of the rarest class, 0 to 0.1).
        1,000 training digits against 1,000 test digits give 1.1, 0.93, 0.88, 0.97 and 0.09,
        noise 190, 0.88, 0, 0.02 and 0.

    Raises:
        ValueError: too few images, or not of that shape, type and range.
    """
    found, wanted = features(samples), features(reference)
    precision, recall = precision_recall(found, wanted)
    return {
        "frechet": round(frechet_of_points(found, wanted), 2),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "coverage": round(neighborhood_coverage(found, wanted), 3),
        "rarest": round(float(class_shares(samples).min()), 3),
    }


def evaluate_model(model: keras.Model, data: Dataset, seed: int = 0) -> dict[str, float]:
    """Measure a model's samples and reconstructions against the test split.

    Args:
        model: has `sample(count, seed=seed)`, and may have `encode` and `reconstruct`.
        data: what the model was trained on, and the test split that it has not seen.
        seed: of the samples, as many as there are test images.

    Returns:
        The values of `evaluate_samples` (if the data are digits), "memorization", "mse" and
        "psnr" of reconstructed test images (if the model encodes), and "parameters", the
        number of trained weights.

    Raises:
        ValueError: the data are not like the model's images, or the splits are the same.
    """
    train, test = data.train.images, data.test.images
    samples = np.clip(model.sample(len(test), seed=seed), 0.0, 1.0)
    found = evaluate_samples(samples, test) if data.name in DIGITS else {}
    ratio = memorization(samples[:MOST_COMPARED], train, test[:MOST_COMPARED])
    found["memorization"] = round(ratio, 3)
    if hasattr(model, "encode"):
        again = model.reconstruct(test)
        found["mse"], found["psnr"] = round(mse(test, again), 5), round(psnr(test, again), 2)
    found["parameters"] = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    return found
