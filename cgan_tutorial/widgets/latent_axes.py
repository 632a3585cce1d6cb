"""Directions worth a slider: where encoded images spread most, or where pictures change most."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from cgan_tutorial.metrics import strokes
from cgan_tutorial.metrics.classifier import classify

# Latents around which the change is averaged, and half the step of its central difference.
PLACES, STEP = 40, 0.5


@dataclass(frozen=True)
class LatentAxes:
    """Principal axes of a set of latent vectors, the strongest first.

    Attributes:
        mean: of the set, (latent_dim,).
        directions: orthonormal rows, (axes, latent_dim).
        deviations: standard deviation along each axis, (axes,).
        shares: the part of the whole variance along each axis, (axes,); the sum is 1.
    """

    mean: np.ndarray
    directions: np.ndarray
    deviations: np.ndarray
    shares: np.ndarray


def principal_axes(latents: np.ndarray) -> LatentAxes:
    """Find the principal axes of latent vectors (n, latent_dim), n at least 2.

    Raises:
        ValueError: wrong shape, a value that is not finite, or all vectors are equal.
    """
    from sklearn.decomposition import PCA

    latents = np.asarray(latents, dtype="float64")
    if latents.ndim != 2 or len(latents) < 2:
        raise ValueError(
            f"latents have shape {latents.shape}; give (n, latent_dim) with n at least 2"
        )
    if not np.isfinite(latents).all():
        raise ValueError("latents have values that are not finite; give real numbers only")
    if np.ptp(latents, axis=0).max() == 0:
        raise ValueError(
            f"all {len(latents)} latents are equal, so they have no axes; "
            "train the model, or give images that differ"
        )
    pca = PCA().fit(latents)
    return LatentAxes(
        pca.mean_,
        pca.components_,
        np.sqrt(pca.explained_variance_),
        pca.explained_variance_ratio_,
    )


def sensitive_axes(
    decode: Callable[[np.ndarray], np.ndarray], latent_dim: int, seed: int = 0
) -> LatentAxes:
    """Find the directions in which a generator's pictures change most, on average.

    For a model that cannot encode. They are the eigenvectors of E[JᵀJ] over
    standard-normal latents, J the generator's Jacobian by central differences; the
    shares are those of the eigenvalues. Ramesh, Choi & LeCun (2018) read a
    generator's geometry from the same matrix at single latents.

    Args:
        decode: latents (n, latent_dim) → images (n, …), values in [0, 1].
        latent_dim: numbers in a latent vector.
        seed: of the latents.

    Returns:
        Axes around the mean of the standard normal, with deviations of 1.

    Raises:
        ValueError: the pictures are the same everywhere.
    """
    places = np.random.default_rng(seed).normal(size=(PLACES, latent_dim))
    changes = [
        (decode(places + STEP * unit) - decode(places - STEP * unit)).ravel()
        for unit in np.eye(latent_dim)
    ]
    slopes = np.stack(changes) / (2 * STEP)
    values, vectors = np.linalg.eigh(slopes @ slopes.T / PLACES)
    if values[-1] <= 0:
        raise ValueError("the latents do not change the pictures; train the model first")
    order = slice(None, None, -1)
    strengths = np.clip(values[order], 0.0, None)
    ones = np.ones(latent_dim)
    return LatentAxes(0 * ones, vectors.T[order], ones, strengths / strengths.sum())


def measured(latents: np.ndarray, images: np.ndarray) -> dict[str, np.ndarray]:
    """Find the directions in which handwritten digits slant and their strokes thicken.

    Args:
        latents: (n, latent_dim), of the images.
        images: digits (n, 28, 28, 1), float32 in [0, 1].

    Returns:
        "Slant" and "Thickness", if they vary → the step (latent_dim,) of one standard deviation.
    """
    labels, found = classify(images), {}
    for measure in (strokes.slant, strokes.thickness):
        values = measure(images)
        seen = np.isfinite(values)
        with suppress(ValueError):  # It does not differ, or there is no ink.
            step = strokes.direction(latents[seen], values[seen], labels[seen])
            found[measure.__name__.capitalize()] = step * values[seen].std()
    return found
