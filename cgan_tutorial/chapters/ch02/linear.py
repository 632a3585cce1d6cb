"""Linear autoencoders and PCA: what is lost when points are squeezed onto a subspace."""

from __future__ import annotations

import numpy as np


def discarded_variance(rows: np.ndarray, kept: int) -> float:
    """The least error of any linear autoencoder: the sum of the eigenvalues it leaves out.

    min over V, W of E‖x − W V x‖² for centred x is λ_{k+1} + … + λ_d, the smallest
    eigenvalues of the covariance. Baldi & Hornik (1989).

    Args:
        rows: points (n, d); they are centred here.
        kept: k, how many numbers the latent vector has, from 0 to d.

    Returns:
        The error, in squared units of the points, summed over the d coordinates.

    Raises:
        ValueError: `kept` is not between 0 and d.
    """
    if not 0 <= kept <= rows.shape[1]:
        raise ValueError(f"kept is {kept}; give a number of axes from 0 to {rows.shape[1]}")
    values = np.linalg.eigvalsh(np.cov(rows, rowvar=False, ddof=0))
    return float(values[: rows.shape[1] - kept].sum())


def error_of_direction(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """E‖x − u uᵀx‖² of plane points, centred here, for the unit vector u at each angle.

    Args:
        points: (n, 2).
        angles: of u against the first axis, in degrees, (m,).

    Returns:
        The error of each direction, (m,), in squared units of the points.
    """
    radians = np.deg2rad(angles)
    directions = np.stack([np.cos(radians), np.sin(radians)])
    centred = points - points.mean(axis=0)
    return np.square(centred).sum(axis=1).mean() - np.square(centred @ directions).mean(axis=0)
