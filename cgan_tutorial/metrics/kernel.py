"""The kernel distance of two sets of points, with its standard error; on features it is KID."""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics.pairwise import polynomial_kernel

from cgan_tutorial.metrics.divergence import check_points

# The standard error leaves one out, and a pair must remain.
FEWEST = 3


def kernel_distance(points: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Estimate the squared maximum mean discrepancy of two sets, and its standard error.

    On features of images this is the kernel inception distance (KID) of Bińkowski et al.
    (2018), with their kernel (x·y/d + 1)³ and the unbiased estimate of Gretton et al. (2012),
    eq. 3. Unlike a Fréchet distance it does not depend on the number of images, on average,
    and few are enough; for sets of one distribution it lies around 0 and may be negative.
    The standard error is the jackknife's, which leaves out each point in turn.

    Args:
        points, reference: of shape (n, d) and (m, d), with n and m at least 3.

    Returns:
        The distance and its standard error, in the units of the kernel.

    Raises:
        ValueError: wrong shapes, values that are not finite, or fewer than 3 points.
    """
    points, reference = check_points(points, reference)
    n, m = len(points), len(reference)
    if min(n, m) < FEWEST:
        raise ValueError(f"there are {n} and {m} points; give at least {FEWEST} of each")
    ours, theirs = _other_similarities(points), _other_similarities(reference)
    between = polynomial_kernel(points, reference)
    within = ours.sum() / (n * (n - 1)), theirs.sum() / (m * (m - 1))
    value = sum(within) - 2 * between.mean()
    # The same with a point left out: the sums lose its row and its column.
    less_ours = (ours.sum() - 2 * ours) / ((n - 1) * (n - 2))
    less_theirs = (theirs.sum() - 2 * theirs) / ((m - 1) * (m - 2))
    total = between.sum()
    without_point = less_ours + within[1] - 2 * (total - between.sum(axis=1)) / ((n - 1) * m)
    without_other = within[0] + less_theirs - 2 * (total - between.sum(axis=0)) / (n * (m - 1))
    variances = [(len(left) - 1) * left.var() for left in (without_point, without_other)]
    return float(value), math.sqrt(sum(variances))


def images_needed(distance: float, error: float, count: int) -> int | None:
    """Estimate how many images it takes to tell a kernel distance from 0.

    Told apart means two standard errors from 0, and the error falls with the root of the
    number of images, so this is an order of magnitude.

    Args:
        distance, error: as `kernel_distance` returns them.
        count: images of each set that they were computed from.

    Returns:
        The number; None if the distance is not above 0, so that nothing points to a difference.
    """
    return math.ceil(count * (2 * error / distance) ** 2) if distance > 0 else None


def _other_similarities(points: np.ndarray) -> np.ndarray:
    """Sum each point's kernel values with all others, (n,)."""
    kernel = polynomial_kernel(points)
    return kernel.sum(axis=1) - kernel.diagonal()
