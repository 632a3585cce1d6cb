"""How far apart two sets of points in the plane are, compared cell by cell on a grid."""

from __future__ import annotations

import numpy as np
from scipy.special import rel_entr


def check_points(*sets: np.ndarray) -> list[np.ndarray]:
    """Return the sets as float64 if each is finite and of shape (n, d), with one d for all.

    Raises:
        ValueError: wrong shapes, or values that are not finite.
    """
    sets = [np.asarray(points, "float64") for points in sets]
    shapes = [points.shape for points in sets]
    if any(len(shape) != 2 or 0 in shape or shape[1] != shapes[0][1] for shape in shapes):
        raise ValueError(
            f"points have shapes {' and '.join(map(str, shapes))}; give (n, d) and (m, d), "
            "with n, m and d at least 1"
        )
    if not all(np.isfinite(points).all() for points in sets):
        raise ValueError("some points are not finite; remove those with NaN or infinity")
    return sets


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Compute the Jensen–Shannon divergence of two distributions over the same cells, in nats.

    ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, after Lin (1991), eq. 4.1. By theorem 1
    of Goodfellow et al. (2014) the minimax value at the best discriminator is 2·JS − log 4.

    Args:
        p, q: probabilities of any equal shape, at least 0, each with the sum 1.

    Returns:
        From 0 (equal) to log 2 ≈ 0.693 (no cell has a share of both).
    """
    # Everything is doubled: half of the smallest positive number would be 0.
    both = rel_entr(2 * p, p + q) + rel_entr(2 * q, p + q)
    return float(max(0.0, both.sum() / 4))


def grid_divergence(
    points: np.ndarray, others: np.ndarray, reach: float = 3.0, cells: int = 24
) -> float:
    """Estimate the Jensen–Shannon divergence of two sets of points by their shares of grid cells.

    Args:
        points, others: of shape (n, 2) and (m, 2).
        reach: the grid covers −reach to reach along both axes; points outside count at its edge.
        cells: along each side.

    Returns:
        The divergence in nats, from 0 to log 2 ≈ 0.693.

    Raises:
        ValueError: wrong shapes, or values that are not finite.
    """
    sets = check_points(points, others)
    if sets[0].shape[1] != 2:
        raise ValueError(
            f"points have {sets[0].shape[1]} coordinates; give points in the plane, (n, 2)"
        )
    edges = np.linspace(-reach, reach, cells + 1)
    counts = [np.histogram2d(*np.clip(each, -reach, reach).T, [edges, edges])[0] for each in sets]
    return jensen_shannon(*(each / each.sum() for each in counts))
