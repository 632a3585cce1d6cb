"""Fréchet distances: of Gaussians, of sets of points, of images by a classifier's features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgan_tutorial.metrics.classifier import features
from cgan_tutorial.metrics.points import check_points


def frechet_distance(
    mean: np.ndarray, covariance: np.ndarray, mean2: np.ndarray, covariance2: np.ndarray
) -> float:
    """Squared Fréchet (2-Wasserstein) distance of two Gaussians.

    ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½): Dowson & Landau (1982), eq. 4; used for
    images by Heusel et al. (2017), eq. 6.

    Args:
        mean, mean2: of shape (d,).
        covariance, covariance2: of shape (d, d), symmetric, positive semi-definite.

    Returns:
        The distance, at least 0.
    """
    # tr(Σ₁Σ₂)^½ through a symmetric matrix with the same eigenvalues: they stay real.
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.linalg.eigvalsh(root @ covariance2 @ root)
    cross = np.sqrt(np.clip(shared, 0, None)).sum()
    distance = np.sum((mean - mean2) ** 2) + np.trace(covariance + covariance2) - 2 * cross
    return float(max(distance, 0.0))


def frechet_of_points(points: np.ndarray, reference: np.ndarray) -> float:
    """Fréchet distance of the Gaussians with the means and covariances of two sets of points.

    It sees nothing else: a ring and a disk of equal covariance are at distance 0.

    Args:
        points: of shape (n, d), with n above d.
        reference: the same, with the same d.

    Returns:
        The distance, at least 0, in squared units of the points.

    Raises:
        ValueError: wrong shapes, values that are not finite, or too few for a covariance.
    """
    points, reference = check_points(points, reference)
    return frechet_distance(*_gaussian(points, "points"), *_gaussian(reference, "points"))


def frechet_classifier_distance(images: np.ndarray, reference: np.ndarray) -> float:
    """Fréchet distance of two sets of images, seen through the digit classifier's features.

    The Fréchet inception distance of Heusel et al. (2017), with a classifier
    of digits in the place of one of photographs. It falls with the number of
    images: compare only figures from equally many.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), with n at least 65.
        reference: the same, usually test digits.

    Returns:
        The distance, at least 0; two halves of real digits give a small number.

    Raises:
        ValueError: too few images for a covariance of 64 features, or bad images.
    """
    return frechet_distance(*_gaussian_of(images), *_gaussian_of(reference))


def frechet_by_count(
    images: np.ndarray, reference: np.ndarray, counts: Sequence[int], seed: int = 0
) -> list[float]:
    """Fréchet classifier distances of random subsets: how the figure falls with the count.

    The bias is that of the Fréchet inception distance (Chong & Forsyth, 2020).
    The reference stays whole.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).
        reference: the same, at least 65, usually test digits.
        counts: sizes of the subsets, each from 65 to n; drawn without replacement.
        seed: fixes the subsets.

    Returns:
        One distance, at least 0, for each count, in their order.

    Raises:
        ValueError: a count above n or below 65, or bad images.
    """
    if max(counts, default=0) > len(images):
        raise ValueError(
            f"counts go up to {max(counts)} but there are {len(images)} images; "
            "give smaller counts or more images"
        )
    rng = np.random.default_rng(seed)
    seen, whole = features(images).astype("float64"), _gaussian_of(reference)
    subsets = (rng.choice(seen, count, replace=False) for count in counts)
    return [frechet_distance(*_gaussian(subset, "images"), *whole) for subset in subsets]


def _gaussian_of(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _gaussian(features(images).astype("float64"), "images")


def _gaussian(points: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    count, axes = points.shape
    if count <= axes:
        raise ValueError(
            f"{count} {kind} are too few for a Fréchet distance on {axes} features; "
            f"give at least {axes + 1}, better 1,000"
        )
    return points.mean(axis=0), np.cov(points, rowvar=False)
