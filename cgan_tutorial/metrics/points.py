"""Sets of points: rows of numbers, one point a row."""

from __future__ import annotations

import numpy as np


def check_points(*sets: np.ndarray) -> list[np.ndarray]:
    """Return the sets as float64 if each is finite and of shape (n, d), with one d for all.

    Raises:
        ValueError: wrong shapes, or values that are not finite; the sentence says which.
    """
    sets = [np.asarray(points, "float64") for points in sets]
    shapes = [points.shape for points in sets]
    if any(len(shape) != 2 or 0 in shape or shape[1] != shapes[0][1] for shape in shapes):
        raise ValueError(
            f"points have shapes {' and '.join(map(str, shapes))}; give (n, d) and (m, d), "
            "with n, m and d at least 1"
        )
    if not all(np.isfinite(points).all() for points in sets):
        raise ValueError("some points are not finite; leave out those with NaN or infinity")
    return sets
