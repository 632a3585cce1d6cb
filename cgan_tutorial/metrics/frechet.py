"""Fréchet distances of Gaussians, of sets of points, and of images by a classifier's features."""

from __future__ import annotations

import numpy as np

from cgan_tutorial.metrics.classifier import features
from cgan_tutorial.metrics.divergence import check_points


def frechet_distance(
    mean: np.ndarray, covariance: np.ndarray, mean2: np.ndarray, covariance2: np.ndarray
) -> float:
    """Compute the squared Fréchet (2-Wasserstein) distance of two Gaussians, at least 0.

    ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½): Dowson & Landau (1982), eq. 4; used for
    images by Heusel et al. (2017), eq. 6.

    Args:
        mean, mean2: of shape (d,).
        covariance, covariance2: of shape (d, d), symmetric, positive semi-definite.
    """
    # tr(Σ₁Σ₂)^½ through a symmetric matrix with the same eigenvalues: they stay real.
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.linalg.eigvalsh(root @ covariance2 @ root)
    cross = np.sqrt(np.clip(shared, 0, None)).sum()
    distance = np.sum((mean - mean2) ** 2) + np.trace(covariance + covariance2) - 2 * cross
    return float(max(distance, 0.0))


def frechet_of_points(points: np.ndarray, reference: np.ndarray) -> float:
    """Compute the Fréchet distance of Gaussians fitted to two sets of points.

    Only means and covariances count: a ring and a disk of equal covariance are at distance 0.

    Args:
        points, reference: of shape (n, d) and (m, d), with n and m above d.

    Returns:
        The distance, at least 0, in squared units of the points.

    Raises:
        ValueError: wrong shapes, values that are not finite, or too few for a covariance.
    """
    points, reference = check_points(points, reference)
    return frechet_distance(*_gaussian(points), *_gaussian(reference))


def frechet_classifier_distance(images: np.ndarray, reference: np.ndarray) -> float:
    """Compute the Fréchet distance of two sets of images on the digit classifier's features.

    This is the Fréchet inception distance of Heusel et al. (2017), with a classifier of
    digits instead of one of photographs. Like that one it falls with the number of images
    (Chong & Forsyth, 2020), so compare only values from equal numbers.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), with n at least 65.
        reference: the same, usually test digits.

    Returns:
        The distance, at least 0; about 1 for 1,000 real digits.

    Raises:
        ValueError: too few images for a covariance of 64 features, or bad images.
    """
    return frechet_of_points(features(images), features(reference))


def _gaussian(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, axes = points.shape
    if count <= axes:
        raise ValueError(
            f"{count} are too few for a Fréchet distance on {axes} features; "
            f"give at least {axes + 1}, better 1,000"
        )
    return points.mean(axis=0), np.cov(points, rowvar=False)
