"""Image translation without a network: what a learned model has to beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.linear_model import Ridge

from cgan_tutorial.data import SIZE, check_images
from cgan_tutorial.data.pairs import block_means

RADII = 0.0, 1.0, 1.5, 2.0, 2.5, 3.0
SIGMAS = 0.0, 0.4, 0.6, 0.8, 1.0, 1.2
MOST_PAIRS = 1000


@dataclass(frozen=True)
class Thickening:
    """Dilation by a disk, then a Gaussian blur.

    Attributes:
        radius: of the disk, in pixels; 0 leaves a line as it is.
        sigma: standard deviation of the blur, in pixels; 0 for none.
    """

    radius: float
    sigma: float

    def __call__(self, drawn: np.ndarray) -> np.ndarray:
        """Skeletons (n, 28, 28, 1), 0 or 1 → grey digits of the same shape, float32.

        Raises:
            ValueError: the images are not of that shape, type and range.
        """
        return self.at(_distances(drawn))

    def at(self, distances: np.ndarray) -> np.ndarray:
        """Distances of pixels to the nearest line, (n, 28, 28) → as above."""
        thick = (distances <= self.radius).astype("float32")
        return ndimage.gaussian_filter(thick, (0, self.sigma, self.sigma))[..., None]


def fit_thickening(drawn: np.ndarray, wanted: np.ndarray) -> Thickening:
    """Choose the radius and the blur with the least squared error on the first 1,000 pairs.

    Args:
        drawn: skeletons of shape (n, 28, 28, 1), float32, 0 or 1.
        wanted: the digits that they were thinned from, of the same form, in [0, 1].

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    # The distances once for all settings, and no more pairs than two numbers need.
    distances, wanted = _distances(drawn[:MOST_PAIRS]), check_images(wanted)[:MOST_PAIRS]
    settings = [Thickening(radius, sigma) for radius, sigma in product(RADII, SIGMAS)]
    return min(settings, key=lambda setting: np.square(setting.at(distances) - wanted).mean())


def bicubic(coarse: np.ndarray) -> np.ndarray:
    """Enlarge the 7×7 means of coarse images by cubic curves, clipped to [0, 1].

    Args:
        coarse: float32 in [0, 1] of shape (n, 28, 28, 1), of blocks of 4×4 pixels.

    Returns:
        The same shape and type.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    small = [Image.fromarray(means) for means in block_means(coarse)]
    large = [image.resize((SIZE, SIZE), Image.Resampling.BICUBIC) for image in small]
    return np.clip(np.stack([np.asarray(image) for image in large]), 0.0, 1.0)[..., None]


def fit_linear(coarse: np.ndarray, wanted: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The best linear map from 49 block means to 784 pixels, by least squares.

    Args:
        coarse: float32 in [0, 1] of shape (n, 28, 28, 1), of blocks of 4×4 pixels.
        wanted: the digits, of the same form.

    Returns:
        A function from coarse images to digits (n, 28, 28, 1), clipped to [0, 1].

    Raises:
        ValueError: the images are not of that shape, type and range.
    """

    def rows(images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1) → block means, (n, 49)."""
        return block_means(images).reshape(len(images), -1)

    # A little ridge: the blocks at the frame are 0 in every digit.
    fitted = Ridge(alpha=0.1).fit(rows(coarse), check_images(wanted).reshape(len(wanted), -1))

    def enlarge(images: np.ndarray) -> np.ndarray:
        """Coarse images (n, 28, 28, 1), float32 in [0, 1] → digits of the same form.

        Raises:
            ValueError: the images are not of that shape, type and range.
        """
        pixels = fitted.predict(rows(images)).reshape(images.shape)
        return np.clip(pixels, 0.0, 1.0).astype("float32")

    return enlarge


def _distances(drawn: np.ndarray) -> np.ndarray:
    return np.stack([_distance(line) for line in check_images(drawn)[..., 0] > 0.5])


def _distance(line: np.ndarray) -> np.ndarray:
    """To the nearest pixel of a line, in pixels; infinite where there is none."""
    if not line.any():
        return np.full(line.shape, np.inf)
    return ndimage.distance_transform_edt(~line)
