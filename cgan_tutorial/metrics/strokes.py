"""What can be measured on a picture of a digit, and which way in a latent space changes it.

Light strokes on black are measured. Slant, thickness and width follow Morpho-MNIST
(Castro et al., 2019): moments and a distance transform.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cgan_tutorial.data import check_images, check_labels

# Thickness is read on images enlarged this much: on 28×28 a stroke is two or three pixels.
ZOOM = 4


def ink(images: np.ndarray) -> np.ndarray:
    """Mean value of each image: (n, 28, 28, 1), float32 in [0, 1] → (n,), from 0 to 1.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    return check_images(images).mean(axis=(1, 2, 3), dtype="float64")


def slant(images: np.ndarray) -> np.ndarray:
    """Angle of each image's strokes from the vertical, in degrees; positive leans right.

    The horizontal shear that explains most of the ink: arctan(−μ₁₁ / μ₀₂), by the central
    second moments, with rows counted downwards. It is 0 for anything symmetric. Digits
    have slants of their own: compare a digit with others of its class.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        (n,), from −90 to 90; NaN for an image with less than two rows of ink.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    _, shared, vertical = _moments(check_images(images))
    return np.degrees(np.arctan(-_divide(shared, vertical)))


def width(images: np.ndarray) -> np.ndarray:
    """Width of each image in pixels, measured along its slant: a slanted bar is not wide.

    √(12σ² + 1), where σ² is the columns' variance, weighted by the ink, that the slant
    leaves over, μ₂₀ − μ₁₁²/μ₀₂. An even block of k columns has width k. A figure with
    its ink on the rim, such as a 0, comes out wider than its outline.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        (n,), at least 1; NaN for an image with less than two rows of ink.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    horizontal, shared, vertical = _moments(check_images(images))
    left_over = horizontal - shared * _divide(shared, vertical)
    return np.sqrt(12 * np.maximum(left_over, 0.0) + 1)


def thickness(images: np.ndarray) -> np.ndarray:
    """Mean width of each image's strokes in pixels; 1,000 images take about 2 s.

    A stroke is what has at least half of the image's largest value. Twice the
    distance to its edge, read where that distance is largest: along its ridge.
    Drawn bars of 2 to 6 pixels come out within 0.35; a stroke that tapers is
    read rather where it is thin.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        (n,), above 0; NaN for an image without ink.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    return np.array([_thickness(image) for image in check_images(images)[..., 0]])


def direction(
    latents: np.ndarray, values: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """How the latent vector changes, on average, with one unit of what was measured.

    The slope of latents on values by least squares, Σ(v − v̄)(z − z̄) / Σ(v − v̄)². A step of
    ten times the direction of `slant` goes where pictures with 10 degrees more lie on average.
    What is decoded there gains less: if the measure were linear in the latents but for noise,
    the share R² of its variance that the latents explain. Measure it anew to see.

    Args:
        latents: (n, latent_dim), of n images.
        values: (n,), what was measured on them.
        labels: (n,), integers from 0 to 9. With them, the mean of each class is taken
            off first, so that the direction does not lead from one class to another.

    Returns:
        (latent_dim,), in latent units for one unit of the values.

    Raises:
        ValueError: wrong shapes, values that are not finite, or that do not differ.
    """
    latents, values = _check_pairs(latents, values)
    groups = np.zeros(len(values), int)
    if labels is not None:
        groups = check_labels(labels, len(values))
    residual = _without_means(values, groups)
    if np.abs(residual).max() <= 1e-9 * np.abs(values).max():
        where = "" if labels is None else " within each class"
        raise ValueError(
            f"the values do not differ{where}, so no direction follows from them; "
            "give images that differ in what is measured"
        )
    return residual @ _without_means(latents, groups) / (residual @ residual)


def _thickness(image: np.ndarray) -> float:
    if not image.any():
        return float("nan")
    # Linear, so that an edge stays where the value is half; cubic would overshoot.
    large = ndimage.zoom(image, ZOOM, order=1, mode="grid-constant", grid_mode=True)
    # A frame of background: a stroke that touches the border has an edge there.
    stroke = np.pad(large >= large.max() / 2, 1)
    distances = ndimage.distance_transform_edt(stroke)
    ridge = stroke & (distances == ndimage.maximum_filter(distances, 3))
    return float(2 * distances[ridge].mean() / ZOOM)


def _moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """μ₂₀ (of columns), μ₁₁ and μ₀₂ (of rows) of each image, for a whole of 1, in pixels²."""
    pixels = images[..., 0].astype("float64")
    weights = _divide(pixels, pixels.sum(axis=(1, 2), keepdims=True))
    rows, columns = np.indices(pixels.shape[1:])
    down = rows - _total(weights * rows)[:, None, None]
    right = columns - _total(weights * columns)[:, None, None]
    return tuple(_total(weights * each) for each in (right**2, right * down, down**2))


def _total(images: np.ndarray) -> np.ndarray:
    return images.sum(axis=(1, 2))


def _divide(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Divide, with NaN and no warning where the denominator is 0 (or NaN)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under > 0, over / under, np.nan)


def _without_means(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    rows = rows.copy()
    for group in np.unique(groups):
        rows[groups == group] -= rows[groups == group].mean(axis=0)
    return rows


def _check_pairs(latents: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    latents, values = np.asarray(latents, "float64"), np.asarray(values, "float64")
    if latents.ndim != 2 or values.shape != latents.shape[:1] or latents.size == 0:
        raise ValueError(
            f"latents and values have shapes {latents.shape} and {values.shape}; "
            "give (n, latent_dim) and (n,)"
        )
    if not (np.isfinite(latents).all() and np.isfinite(values).all()):
        raise ValueError(
            "some latents or values are not finite; leave those rows out, "
            "such as blank images, whose slant is NaN"
        )
    return latents, values
