"""Images compared with images: error, nearest neighbours, memorization."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from cgan_tutorial.data import check_images


def mse(images: np.ndarray, others: np.ndarray) -> float:
    """Mean squared difference over all pixels; 0 for equal images, at most 1 for [0, 1].

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(images) != np.shape(others):
        raise ValueError(
            f"images have shapes {np.shape(images)} and {np.shape(others)}; give equal shapes"
        )
    return float(np.mean(np.square(np.asarray(images, "float64") - others)))


def psnr(images: np.ndarray, others: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels, −10·log₁₀(MSE) for images in [0, 1].

    Infinite for equal images. An MSE ten times smaller is 10 dB more.
    """
    error = mse(images, others)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def nearest(images: np.ndarray, training_images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find for each image the training image nearest to it, pixel by pixel.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).
        training_images: the same, of shape (m, 28, 28, 1).

    Returns:
        Indices into the training images, (n,), and Euclidean distances, (n,), from 0
        (an exact copy) to 28.

    Raises:
        ValueError: bad images.
    """
    points, training = (
        check_images(found).reshape(len(found), -1).astype("float64")
        for found in (images, training_images)
    )
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(training)
    indices = search.kneighbors(points, return_distance=False)[:, 0]
    # The search expands |a − b|², which leaves a copy slightly above 0: measure anew.
    return indices, np.linalg.norm(points - training[indices], axis=1)


def memorization(images: np.ndarray, training_images: np.ndarray, unseen: np.ndarray) -> float:
    """Ratio of median distances to the nearest training image: images' over unseen images'.

    The comparison of three sets is that of Meehan et al. (2020), who test
    ranks where this divides medians. A median overlooks copies among less than half
    of the images: look at the smallest distances of `nearest` too. Images that are blurry or
    nearly empty reach 0.8 without any copying.

    Args:
        images: samples, float32 in [0, 1] of shape (n, 28, 28, 1).
        training_images: what the model was trained on, of the same form.
        unseen: real images that it was not trained on, of the same form.

    Returns:
        The ratio, at least 0: 0 for copies, about 1 for fresh real digits, 3 for noise.

    Raises:
        ValueError: bad images, or unseen images that are training images.
    """
    (_, found), (_, usual) = nearest(images, training_images), nearest(unseen, training_images)
    if np.median(usual) == 0:
        raise ValueError(
            "at least half of the unseen images are training images; "
            "give images that the model was not trained on, such as the test split"
        )
    return float(np.median(found) / np.median(usual))
