"""The metrics of a model, or of its samples, in one table."""

from __future__ import annotations

import math

import keras
import numpy as np

from cgan_tutorial.data import Dataset
from cgan_tutorial.metrics import classifier
from cgan_tutorial.metrics.coverage import class_shares, neighborhood_coverage, precision_recall
from cgan_tutorial.metrics.features import Features, features_for
from cgan_tutorial.metrics.frechet import frechet_of_points
from cgan_tutorial.metrics.images import memorization, mse, psnr
from cgan_tutorial.metrics.kernel import FEWEST, kernel_distance

# Samples that are compared with all training images; 60,000 of those take some seconds.
MOST_COMPARED = 1000


def evaluate_samples(
    samples: np.ndarray, reference: np.ndarray, features: Features = classifier.features
) -> dict[str, float]:
    """Compare generated images with real ones by their features.

    Compare only values from equal numbers of images and the same features. Precision alone
    does not show quality: the neighborhoods of unusual images are wide enough to hold noise.

    Args:
        samples: float32 in [0, 1] of shape (n, height, width, channels).
        reference: real images of the same form, usually the test split.
        features: maps images to features (n, d); by default those of the digit classifier,
            d = 64, for digits (n, 28, 28, 1).

    Returns:
        Rounded values: "frechet" (Fréchet distance, at least 0), "precision", "recall" and
        "coverage" (in [0, 1]), for digits "rarest" (share of the rarest class, 0 to 0.1),
        "kid" (kernel distance, around 0 for equal distributions) and "kid_error" (its
        standard error). Values for which there are too few images are missing: "frechet"
        takes more than d, the neighborhoods more than 5, all of them 3.
        1,000 training digits against 1,000 test digits give 1.1, 0.93, 0.88, 0.97 and 0.09,
        noise 190, 0.88, 0, 0.02 and 0.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    count, report = min(len(samples), len(reference)), {}
    if count < FEWEST:
        return report
    found, wanted = features(samples), features(reference)
    if count > found.shape[1]:
        report["frechet"] = round(frechet_of_points(found, wanted), 2)
    if count > 5:
        precision, recall = precision_recall(found, wanted)
        report["precision"], report["recall"] = round(precision, 3), round(recall, 3)
        report["coverage"] = round(neighborhood_coverage(found, wanted), 3)
    if features is classifier.features:
        report["rarest"] = round(float(class_shares(samples).min()), 3)
    distance, error = kernel_distance(found, wanted)
    return {**report, "kid": round(distance, 4), "kid_error": round(error, 4)}


def evaluate_model(
    model: keras.Model, data: Dataset, seed: int = 0, features: Features | None = None
) -> dict[str, float]:
    """Measure a model's samples and reconstructions against the test split.

    Args:
        model: has `sample(count, seed=seed)`, and may have `encode` and `reconstruct`.
        data: what the model was trained on, and the test split that it has not seen.
        seed: of the samples, as many as there are test images.
        features: as for `evaluate_samples`; by default what `features_for` returns: for
            digits the classifier's, for other images those of an encoder that is trained
            on the training split now, for which the global random seed is set to 0.

    Returns:
        The values of `evaluate_samples`, "memorization", "mse" and "psnr" of reconstructed
        test images (if the model encodes), and "parameters", the number of trained weights.

    Raises:
        ValueError: the data are not like the model's images, or the splits are the same.
    """
    train, test = data.train.images, data.test.images
    samples = np.clip(model.sample(len(test), seed=seed), 0.0, 1.0)
    found = evaluate_samples(samples, test, features or features_for(data))
    ratio = memorization(samples[:MOST_COMPARED], train, test[:MOST_COMPARED])
    found["memorization"] = round(ratio, 3)
    if hasattr(model, "encode"):
        again = model.reconstruct(test)
        found["mse"], found["psnr"] = round(mse(test, again), 5), round(psnr(test, again), 2)
    found["parameters"] = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    return found
