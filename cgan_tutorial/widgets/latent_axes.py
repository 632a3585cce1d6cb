"""Directions worth a slider: where encoded images spread most, or where pictures change most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Latents around which the change is averaged, and half the step of its central difference.
PLACES, STEP = 100, 0.5


@dataclass(frozen=True)
class LatentAxes:
    """Principal axes of a set of latent vectors, the strongest first.

    Positions along an axis are in standard deviations of the set along it, from
    its mean: 0 is the mean, and most of the set lies between −2 and 2.

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

    def move(self, latent: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Move a latent vector (latent_dim,) by `steps` deviations along the first axes."""
        scaled = np.asarray(steps) * self.deviations[: len(steps)]
        return latent + scaled @ self.directions[: len(steps)]

    def positions(self, latent: np.ndarray) -> np.ndarray:
        """Where a latent vector (latent_dim,) lies along each axis, in deviations, (axes,)."""
        along = self.directions @ (latent - self.mean)
        still = self.deviations == 0
        return np.where(still, 0.0, along / np.where(still, 1.0, self.deviations))

    def sample(self, seed: int) -> np.ndarray:
        """Draw one latent vector from the Gaussian that has this mean and these axes."""
        rng = np.random.default_rng(seed)
        return self.move(self.mean, rng.normal(size=len(self.deviations)))

    def names(self, count: int) -> list[str]:
        """Name the first `count` axes with the share that each carries: "axis 1 · 23 %"."""
        shares = enumerate(self.shares[:count], start=1)
        return [f"axis {number} · {share:.0%}".replace("%", " %") for number, share in shares]


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
