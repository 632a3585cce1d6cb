"""Points in the plane whose modes are known: data on which collapse can be counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def ring_centers(modes: int = 8, radius: float = 2.0) -> np.ndarray:
    """Centers of a ring's Gaussians, evenly around a circle, (modes, 2)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_centers(side: int = 5, spacing: float = 1.0) -> np.ndarray:
    """Centers of a square grid of Gaussians around the origin, (side², 2)."""
    places = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)


def mixture(count: int, centers: np.ndarray, sigma: float = 0.1, seed: int = 0) -> np.ndarray:
    """Draw from a mixture of equal round Gaussians.

    Args:
        count: how many points; every center gets its turn, so the shares are equal.
        centers: of the Gaussians, (modes, 2).
        sigma: their standard deviation, in units of the plane.
        seed: of the noise and of the points' order.

    Returns:
        Points (count, 2), float32.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(np.arange(count) % len(centers))
    noise = rng.normal(0.0, sigma, (count, 2))
    return (centers[chosen] + noise).astype("float32")


@dataclass(frozen=True)
class Shape:
    """Points that scatter around a skeleton, and the parts of it that count as modes.

    All lie within 3 units of the origin along each axis.

    Attributes:
        skeleton: every point is drawn around one of these, each in its turn, (m, 2).
        centers: of the modes, (modes, 2). A line and the moons have no modes of their
            own; there, stretches of equal length take their place.
        radius: a point within it of a center counts as that mode's.
        parts: what the modes are called.
        sigma: standard deviation around the skeleton, in units of the plane.
    """

    skeleton: np.ndarray
    centers: np.ndarray
    radius: float
    parts: str
    sigma: float = 0.1

    def draw(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw points (count, 2), float32."""
        return mixture(count, self.skeleton, self.sigma, seed)


def shape(name: str) -> Shape:
    """Return the shape of that name: "line", "ring" (of 8), "moons" (two) or "grid" (of 25).

    Raises:
        ValueError: there is no such shape.
    """
    if name not in SHAPES:
        raise ValueError(f"unknown data {name!r}; choose one of {', '.join(SHAPES)}")
    return SHAPES[name]()


def line(along: np.ndarray) -> np.ndarray:
    """Places (n, 2) on a slanted line of length 4.5, for `along` (n,) from 0 to 1."""
    return np.outer(2 * along - 1, [2.0, 1.0])


def moons(along: np.ndarray) -> np.ndarray:
    """Places (n, 2) on two interlocked half circles, for `along` (n,) from 0 to 1.

    The first half of `along` runs over the upper moon, the second over the lower one.
    """
    angles = 2 * np.pi * along
    turned = np.where(along < 0.5, 1.0, -1.0)
    places = np.stack([np.cos(angles), np.abs(np.sin(angles)) * turned], axis=1)
    return 1.5 * (places + np.outer(turned, [-0.5, -0.25]))


def _modes(centers: np.ndarray, sigma: float) -> Shape:
    return Shape(centers, centers, radius=3 * sigma, parts="modes", sigma=sigma)


def _stretches(curve: Callable[[np.ndarray], np.ndarray], count: int) -> Shape:
    # Multiples of the golden ratio: any number of first ones is spread evenly along the curve.
    along = np.arange(512) * 0.6180339887 % 1
    middles = (np.arange(count) + 0.5) / count
    return Shape(curve(along), curve(middles), radius=0.45, parts="stretches")


SHAPES = {
    "line": lambda: _stretches(line, 8),
    "ring": lambda: _modes(ring_centers(), 0.1),
    "moons": lambda: _stretches(moons, 16),
    "grid": lambda: _modes(grid_centers(), 0.05),
}
