"""How realistic and how varied samples are: neighborhoods, classes, modes of a mixture."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import KDTree

from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.metrics.divergence import check_points


def precision_recall(samples: np.ndarray, reference: np.ndarray, k: int = 3) -> tuple[float, float]:
    """Compute improved precision and recall: the share of each set in the other's neighborhood.

    A set's neighborhood is the union of balls around its points, each reaching to the k-th
    nearest other point. Kynkäänniemi et al. (2019), eqs. 1 and 2, with their k = 3. Outliers
    have large balls: those among the samples raise recall, those in the reference precision.
    Compare only values from equal counts and the same k.

    Args:
        samples, reference: of shape (n, d) and (m, d): points, or features of images.
        k: from 1 to min(n, m) − 1.

    Returns:
        Precision (of the samples) and recall (of the reference).

    Raises:
        ValueError: wrong shapes, values that are not finite, or k out of its range.
    """
    samples, reference = check_points(samples, reference)
    precision = _near(samples, reference, k).mean()
    return float(precision), float(_near(reference, samples, k).mean())


def neighborhood_coverage(samples: np.ndarray, reference: np.ndarray, k: int = 5) -> float:
    """Compute coverage: the share of the balls around the reference that hold any sample.

    Naeem et al. (2020), section 3, with their k = 5. Outliers among the samples do not raise
    it. New samples of the same distribution, n = m, have on average about 1 − 2⁻ᵏ: 0.97.

    Args:
        samples, reference: as in `precision_recall`.
        k: from 1 to m − 1.

    Raises:
        ValueError: wrong shapes, values that are not finite, or k out of its range.
    """
    samples, reference = check_points(samples, reference)
    inside = KDTree(samples).query_radius(reference, _radii(reference, k), count_only=True)
    return float((inside > 0).mean())


def class_shares(images: np.ndarray) -> np.ndarray:
    """Compute each digit's share of the images (n, 28, 28, 1) by the classifier, (10,), sum 1.

    The classifier assigns every image to a digit, even noise, so the shares say nothing
    about quality.

    Raises:
        ValueError: the images are not of that shape, float32 in [0, 1].
    """
    return np.bincount(classify(images), minlength=10) / len(images)


def mode_shares(points: np.ndarray, centers: np.ndarray, radius: float) -> np.ndarray:
    """Compute the share of points at each mode of a mixture: at the nearest center, if near.

    With a radius of three standard deviations, as in Srivastava et al. (2017), the shares
    of the mixture's own points in the plane have the sum 0.989.

    Args:
        points, centers: of shape (n, d) and (m, d).
        radius: above 0, in the unit of the points; points further away belong to no mode.

    Returns:
        (m,), at least 0, with a sum of at most 1.

    Raises:
        ValueError: wrong shapes, values that are not finite, or a bad radius.
    """
    points, centers = check_points(points, centers)
    if not radius > 0:
        raise ValueError(f"radius is {radius}; give one above 0, such as 3 standard deviations")
    distances, nearest = (found[:, 0] for found in KDTree(centers).query(points))
    return np.bincount(nearest[distances <= radius], minlength=len(centers)) / len(points)


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
    # Column 0 is the point itself. The k-th lies on the edge: rounding must not put it outside.
    return KDTree(points).query(points, k + 1)[0][:, k] * (1 + 1e-9)
