"""Linear autoencoders and PCA: what is lost when points are projected onto a line."""

from __future__ import annotations

import numpy as np


def error_of_direction(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """E‖x − u uᵀx‖² of plane points, centered here, for the unit vector u at each angle.

    Args:
        points: (n, 2).
        angles: of u against the first axis, in degrees, (m,).

    Returns:
        The error of each direction, (m,), in squared units of the points.
    """
    radians = np.deg2rad(angles)
    directions = np.stack([np.cos(radians), np.sin(radians)])
    centered = points - points.mean(axis=0)
    return np.square(centered).sum(axis=1).mean() - np.square(centered @ directions).mean(axis=0)
