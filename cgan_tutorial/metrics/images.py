"""Images compared with images: reconstruction error, nearest neighbors, memorization."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from cgan_tutorial.data import check_images


def mse(images: np.ndarray, others: np.ndarray) -> float:
    """Compute the mean squared error over all pixels, from 0 to 1 for images in [0, 1].

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(images) != np.shape(others):
        raise ValueError(
            f"images have shapes {np.shape(images)} and {np.shape(others)}; give equal shapes"
        )
    return float(np.mean(np.square(np.asarray(images, "float64") - others)))


def psnr(images: np.ndarray, others: np.ndarray) -> float:
    """Compute the peak signal-to-noise ratio in dB, −10·log₁₀(MSE) for images in [0, 1].

    It is infinite for equal images.

    Raises:
        ValueError: the shapes differ.
    """
    error = mse(images, others)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def nearest(images: np.ndarray, training_images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the training image nearest to each image, by Euclidean distance of the pixels.

    Args:
        images: float32 in [0, 1] of shape (n, height, width, channels).
        training_images: the same, of shape (m, height, width, channels).

    Returns:
        Indices into the training images, (n,), and distances, (n,): 0 for an exact copy.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    shape = np.shape(training_images)[1:]
    points, training = (
        check_images(found, shape).reshape(len(found), -1).astype("float64")
        for found in (images, training_images)
    )
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(training)
    indices = search.kneighbors(points, return_distance=False)[:, 0]
    # The search expands |a − b|², which leaves a copy slightly above 0, so compute it again.
    return indices, np.linalg.norm(points - training[indices], axis=1)


def memorization(images: np.ndarray, training_images: np.ndarray, unseen: np.ndarray) -> float:
    """Divide the samples' median distance to the training images by that of unseen images.

    Meehan et al. (2020) compare the same three sets, by ranks instead of medians. A median
    overlooks copies among less than half of the images, so look at the smallest distances
    of `nearest` too. Blurred or nearly empty images reach 0.8 without any copying.

    Args:
        images, training_images: samples, and what the model was trained on, as in `nearest`.
        unseen: real images that it was not trained on, of the same form.

    Returns:
        The ratio, at least 0: 0 for copies, about 1 for new real digits, 3 for noise.

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
