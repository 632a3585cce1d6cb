"""Points in the plane whose modes are known, so that mode collapse can be counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def ring_centers(modes: int = 8, radius: float = 2.0) -> np.ndarray:
    """Return the centers of Gaussians evenly around a circle, (modes, 2)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_centers(side: int = 5, spacing: float = 1.0) -> np.ndarray:
    """Return the centers of Gaussians in a square grid around the origin, (side², 2)."""
    places = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)


def mixture(count: int, centers: np.ndarray, sigma: float = 0.1, seed: int = 0) -> np.ndarray:
    """Sample `count` points (count, 2), float32, from a mixture of equal round Gaussians.

    Args:
        centers: of the Gaussians, (modes, 2); all get the same share of the points.
        sigma: their standard deviation, in units of the plane.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(np.arange(count) % len(centers))
    noise = rng.normal(0.0, sigma, (count, 2))
    return (centers[chosen] + noise).astype("float32")


@dataclass(frozen=True)
class Shape:
    """Points scattered around a skeleton, at most 3 units from the origin along each axis.

    Attributes:
        skeleton: the points scatter around these in equal shares, (m, 2).
        centers: of the modes, (modes, 2); of a line and the moons, which have no modes,
            of stretches of equal length.
        radius: a point counts for a mode within this distance of its center.
        parts: what the modes are called.
        sigma: standard deviation around the skeleton, in units of the plane.
    """

    skeleton: np.ndarray
    centers: np.ndarray
    radius: float
    parts: str = "modes"
    sigma: float = 0.1

    def draw(self, count: int, seed: int = 0) -> np.ndarray:
        """Sample points (count, 2), float32."""
        return mixture(count, self.skeleton, self.sigma, seed)


def shape(name: str) -> Shape:
    """Return the shape called "line", "ring" (of 8), "moons" (two) or "grid" (of 25).

    Raises:
        ValueError: there is no such shape.
    """
    if name not in SHAPES:
        raise ValueError(f"unknown data {name!r}; choose one of {', '.join(SHAPES)}")
    return SHAPES[name]


def line(along: np.ndarray) -> np.ndarray:
    """Points (n, 2) on a slanted line of length 4.5, for `along` (n,) from 0 to 1."""
    return np.outer(2 * along - 1, [2.0, 1.0])


def moons(along: np.ndarray) -> np.ndarray:
    """Points (n, 2) on two interlocked half circles, the upper one for `along` (n,) below ½."""
    angles = 2 * np.pi * along
    turned = np.where(along < 0.5, 1.0, -1.0)
    places = np.stack([np.cos(angles), np.abs(np.sin(angles)) * turned], axis=1)
    return 1.5 * (places + np.outer(turned, [-0.5, -0.25]))


# Multiples of the golden ratio: any number of first ones is spread evenly along a curve.
_ALONG = np.arange(512) * 0.6180339887 % 1
_EIGHTHS, _SIXTEENTHS = ((np.arange(parts) + 0.5) / parts for parts in (8, 16))
SHAPES = {
    "line": Shape(line(_ALONG), line(_EIGHTHS), radius=0.45, parts="stretches"),
    "ring": Shape(ring_centers(), ring_centers(), radius=0.3),
    "moons": Shape(moons(_ALONG), moons(_SIXTEENTHS), radius=0.45, parts="stretches"),
    "grid": Shape(grid_centers(), grid_centers(), radius=0.15, sigma=0.05),
}
