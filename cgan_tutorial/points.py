"""Points in the plane whose modes are known: data on which collapse can be counted."""

from __future__ import annotations

import numpy as np


def ring_centers(modes: int = 8, radius: float = 2.0) -> np.ndarray:
    """Centers of a ring's Gaussians, evenly around a circle, (modes, 2)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


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
