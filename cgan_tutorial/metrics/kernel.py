"""The kernel distance of two sets of points, with its standard error."""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics.pairwise import polynomial_kernel

from cgan_tutorial.metrics.divergence import check_points

# The standard error leaves one out, and a pair must remain.
FEWEST = 3


def kernel_distance(points: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Estimate the squared maximum mean discrepancy of two sets, and its standard error.

    Bińkowski et al. (2018) call it the kernel inception distance (KID) on features of the
    Inception network; on other features the values are not comparable with published ones.
    The kernel is theirs, (x·y/d + 1)³, and the estimate the unbiased one of Gretton et al.
    (2012), eq. 3: unlike a Fréchet distance, its expectation does not depend on the number
    of points, and for two sets of one distribution it is 0. Single values may be negative.

    The standard error is the jackknife's, which leaves out each point in turn. It covers the
    choice of the points. Where the distributions are nearly equal it is too large, by about
    √2, so that two standard errors are a careful limit.

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
    by_point, by_other = _similarities(points, reference)
    total = by_point.sum()
    within = ours.sum() / (n * (n - 1)), theirs.sum() / (m * (m - 1))
    value = sum(within) - 2 * total / (n * m)
    # The same with a point left out: the sums lose its row and its column.
    less_ours = (ours.sum() - 2 * ours) / ((n - 1) * (n - 2))
    less_theirs = (theirs.sum() - 2 * theirs) / ((m - 1) * (m - 2))
    without_point = less_ours + within[1] - 2 * (total - by_point) / ((n - 1) * m)
    without_other = within[0] + less_theirs - 2 * (total - by_other) / (n * (m - 1))
    variances = [(len(left) - 1) * left.var() for left in (without_point, without_other)]
    return float(value), math.sqrt(sum(variances))


def images_needed(distance: float, error: float, count: int) -> int | None:
    """Estimate how many images show that a kernel distance is not 0, if it is the true one.

    To show it means two standard errors from 0. The error falls with the root of the number
    of images, unless the distance is next to 0, so this is an order of magnitude.

    Args:
        distance, error: as `kernel_distance` returns them.
        count: images of each set that they were computed from.

    Returns:
        The number; None if the distance is below its standard error, as it often is where
        there is no difference at all.
    """
    return math.ceil(count * (2 * error / distance) ** 2) if 0 < distance >= error else None


def _other_similarities(points: np.ndarray) -> np.ndarray:
    """Sum each point's kernel values with all other points of its set, (n,)."""
    own = (np.mean(points**2, axis=1) + 1) ** 3
    return _similarities(points, points)[0] - own


def _similarities(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum the kernel values by points (n,) and by others (m,)."""
    by_point, by_other = np.empty(len(points)), np.zeros(len(others))
    # In parts: the whole matrix of 10,000 points needs 800 MB.
    for start in range(0, len(points), 500):
        kernel = polynomial_kernel(points[start : start + 500], others)
        by_point[start : start + 500] = kernel.sum(axis=1)
        by_other += kernel.sum(axis=0)
    return by_point, by_other
