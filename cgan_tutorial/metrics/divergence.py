"""How far two sets of points in the plane are apart, seen as shares of the cells of a grid."""

from __future__ import annotations

import numpy as np
from scipy.special import rel_entr

from cgan_tutorial.metrics.points import check_points


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Jensen–Shannon divergence of two distributions over the same cells, in nats.

    ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, after Lin (1991), eq. 4.1: 0 if they are
    equal, log 2 ≈ 0.693 if no cell holds something of both. Goodfellow et al. (2014),
    theorem 1: against the best discriminator the minimax value is 2·JS − log 4.

    Args:
        p, q: shares of any equal shape, at least 0, each with the sum 1.

    Returns:
        The divergence, from 0 to log 2.
    """
    # Twice of everything: the half of the smallest number there is would be 0.
    both = rel_entr(2 * p, p + q) + rel_entr(2 * q, p + q)
    return float(max(0.0, both.sum() / 4))


def grid_shares(points: np.ndarray, reach: float = 3.0, cells: int = 24) -> np.ndarray:
    """Share of the points in each cell of a square grid, (cells, cells), with the sum 1.

    Args:
        points: of shape (n, 2); those outside count in the nearest cell of the rim.
        reach: the grid covers −reach to reach along both axes.
        cells: along each side.
    """
    held = np.clip(points, -reach, reach)
    counts, _, _ = np.histogram2d(*held.T, bins=cells, range=[(-reach, reach)] * 2)
    return counts / len(points)


def grid_divergence(
    points: np.ndarray, others: np.ndarray, reach: float = 3.0, cells: int = 24
) -> float:
    """Jensen–Shannon divergence of two sets of points, counted in the cells of a grid.

    Two draws of the same data do not give 0, since their counts vary: 1,000 points each
    give 0.01 to 0.03 on the shapes of `points`. Compare only figures from equal numbers
    of points and of cells.

    Args:
        points: of shape (n, 2).
        others: of shape (m, 2).
        reach: the grid covers −reach to reach along both axes; what is outside
            counts in the nearest cell of the rim.
        cells: along each side.

    Returns:
        The divergence in nats, from 0 to log 2 ≈ 0.693.

    Raises:
        ValueError: wrong shapes, or values that are not finite.
    """
    points, others = check_points(points, others)
    if points.shape[1] != 2:
        raise ValueError(
            f"points have {points.shape[1]} coordinates; give points in the plane, of shape (n, 2)"
        )
    return jensen_shannon(grid_shares(points, reach, cells), grid_shares(others, reach, cells))
