"""How much of the data samples cover: neighborhoods, classes, modes of a mixture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import KDTree

from cgan_tutorial.metrics.classifier import classify, features
from cgan_tutorial.metrics.points import check_points


@dataclass(frozen=True)
class Fidelity:
    """How real samples look (precision, density) and how varied they are (recall, coverage).

    All are in [0, 1] except density, which is at least 0 and may exceed 1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True)
class Classes:
    """The digits that a classifier sees in images.

    Attributes:
        shares: of the images, for each digit from 0 to 9; they sum to 1.
        covered: how many digits have at least the least share, 0 to 10.
        entropy: of the shares, in bits, from 0 (one digit) to log₂ 10 ≈ 3.32 (all alike).
        rarest: the smallest share, 0 to 0.1.
    """

    shares: tuple[float, ...]
    covered: int
    entropy: float
    rarest: float


@dataclass(frozen=True)
class Modes:
    """The modes of a mixture that points reach.

    Attributes:
        shares: of the points, within the radius of each center and nearest to it.
        covered: how many centers have at least the least share.
        high_quality: share of points within the radius of any center, 0 to 1.
    """

    shares: tuple[float, ...]
    covered: int
    high_quality: float


def precision_recall(samples: np.ndarray, reference: np.ndarray, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall: what share of each set lies in the other's neighborhood.

    A set's neighborhood is the union of balls around its points, each reaching
    to the k-th nearest other point. Kynkäänniemi et al. (2019), eqs. 1 and 2;
    k = 3 is theirs. Balls grow where points are few: a handful of outliers
    in the samples raises recall, in the reference precision. Compare only figures
    from equal counts and the same k.

    Args:
        samples: of shape (n, d): points, or features of images.
        reference: of shape (m, d), usually of unseen data.
        k: from 1 to min(n, m) − 1.

    Returns:
        Precision (samples near the reference) and recall (reference near the
        samples), both in [0, 1]; 1 and 1 for a set against itself.

    Raises:
        ValueError: wrong shapes, values that are not finite, or k out of its range.
    """
    samples, reference = check_points(samples, reference)
    precision = _near(samples, reference, k).mean()
    return float(precision), float(_near(reference, samples, k).mean())


def density_coverage(samples: np.ndarray, reference: np.ndarray, k: int = 5) -> tuple[float, float]:
    """Density and coverage: how full the balls around the reference are, and how many are hit.

    Naeem et al. (2020), section 3, with k = 5 as there. Only the reference has balls:
    outliers among the samples raise neither figure. The balls are closed, so a set
    against itself has density (k + 1)/k, for each point also meets itself.

    Args:
        samples: of shape (n, d): points, or features of images.
        reference: of shape (m, d), usually of unseen data.
        k: from 1 to m − 1.

    Returns:
        Density, at least 0 and on average 1 for a fresh draw of the same data, and
        coverage, in [0, 1], on average about 1 − 2⁻ᵏ for such a draw with n = m: 0.97.

    Raises:
        ValueError: wrong shapes, values that are not finite, or k out of its range.
    """
    samples, reference = check_points(samples, reference)
    inside = KDTree(samples).query_radius(reference, _radii(reference, k), count_only=True)
    return float(inside.sum() / (k * len(samples))), float((inside > 0).mean())


def fidelity(images: np.ndarray, reference: np.ndarray) -> Fidelity:
    """Precision, recall, density and coverage of images on the digit classifier's features.

    1,000 training digits against as many test digits give 0.93, 0.88, 1.0 and 0.97.
    Never read precision alone: the classifier knows nothing but digits, and the wide
    balls around odd ones also hold noise, with 0.88, 0.00, 0.7 and 0.02.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), with n at least 4.
        reference: the same, with n at least 6, usually test digits.

    Returns:
        The four figures, each with the k of its paper.

    Raises:
        ValueError: too few images, or not of that shape, type and range.
    """
    seen, wanted = features(images), features(reference)
    return Fidelity(*precision_recall(seen, wanted), *density_coverage(seen, wanted))


def classes_covered(images: np.ndarray, least_share: float = 0.01) -> Classes:
    """Count the digits among images, as the classifier reads them.

    Test digits cover 10, with 3.32 bits and a rarest share of 0.097; images of one
    digit cover 1, with 0 bits. The classifier names a digit for any image, even noise,
    so this says nothing about quality.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).
        least_share: of the images, above 0 and at most 1, that a digit needs to count.

    Raises:
        ValueError: bad images or a bad share.
    """
    _check_share(least_share)
    shares = np.bincount(classify(images), minlength=10) / len(images)
    some = shares[shares > 0]
    return Classes(
        shares=tuple(shares.tolist()),
        covered=int((shares >= least_share).sum()),
        entropy=float((some * np.log2(1 / some)).sum()),
        rarest=float(shares.min()),
    )


def modes_covered(
    points: np.ndarray, centers: np.ndarray, radius: float, least_share: float = 0.01
) -> Modes:
    """Count the centers of a mixture that points reach, each point at its nearest center.

    With a radius of three standard deviations, as in Srivastava et al. (2017),
    98.9 % of the mixture's own points in the plane are of high quality.

    Args:
        points: of shape (n, 2), or any (n, d).
        centers: of shape (m, 2), or any (m, d).
        radius: above 0, in the unit of the points.
        least_share: of the points, above 0 and at most 1, that a center needs to count.

    Raises:
        ValueError: wrong shapes, values that are not finite, a bad radius or share.
    """
    points, centers = check_points(points, centers)
    _check_share(least_share)
    if not radius > 0:
        raise ValueError(f"radius is {radius}; give one above 0, such as 3 standard deviations")
    distances, nearest = (found[:, 0] for found in KDTree(centers).query(points))
    near = distances <= radius
    shares = np.bincount(nearest[near], minlength=len(centers)) / len(points)
    return Modes(tuple(shares.tolist()), int((shares >= least_share).sum()), float(near.mean()))


def _near(points: np.ndarray, centers: np.ndarray, k: int) -> np.ndarray:
    """Say for each point, (n,) of bool, whether a ball around any center holds it."""
    tree, radii = KDTree(points), _radii(centers, k)
    near = np.zeros(len(points), bool)
    # Wide balls hold every point: in parts, 10,000 of them need 40 MB and not 800.
    for start in range(0, len(centers), 500):
        part = slice(start, start + 500)
        near[np.concatenate(tree.query_radius(centers[part], radii[part]))] = True
    return near


def _radii(points: np.ndarray, k: int) -> np.ndarray:
    """Return each point's distance to its k-th nearest other point, (n,)."""
    if not 1 <= k < len(points):
        raise ValueError(
            f"k is {k} for {len(points)} points; give k from 1 to one less than "
            "the number of points, or more points"
        )
    # Column 0 is the point itself. The k-th lies on the rim: rounding must not put it outside.
    return KDTree(points).query(points, k + 1)[0][:, k] * (1 + 1e-9)


def _check_share(least_share: float) -> None:
    if not 0 < least_share <= 1:
        raise ValueError(f"least_share is {least_share}; give a share above 0 and at most 1")
