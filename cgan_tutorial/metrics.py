"""Numbers that judge: how well images come back, and how like data samples look."""

from __future__ import annotations

import numpy as np

from cgan_tutorial.classifier import features


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
    return frechet_distance(*_gaussian(images), *_gaussian(reference))


def _gaussian(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    seen = features(images).astype("float64")
    if len(seen) <= seen.shape[1]:
        raise ValueError(
            f"{len(seen)} images are too few for a Fréchet distance on {seen.shape[1]} features; "
            "give at least 65, better 1,000"
        )
    return seen.mean(axis=0), np.cov(seen, rowvar=False)
