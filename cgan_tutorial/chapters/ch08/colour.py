"""Digits in color and of any size."""

from __future__ import annotations

import matplotlib.colors
import numpy as np
from PIL import Image

from cgan_tutorial.data import check_images


def colourize(images: np.ndarray, size: int = 64, seed: int = 0) -> np.ndarray:
    """Enlarge digits and give each a light ink and a dark ground of random hues.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).
        size: side of the result in pixels.
        seed: of the hues.

    Returns:
        float32 in [0, 1] of shape (n, size, size, 3).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    hues = np.random.default_rng(seed).random((2, len(check_images(images))))
    ones = np.ones_like(hues[0])
    ink = matplotlib.colors.hsv_to_rgb(np.stack([hues[0], 0.5 * ones, ones], axis=1))
    ground = matplotlib.colors.hsv_to_rgb(np.stack([hues[1], 0.8 * ones, 0.4 * ones], axis=1))
    coloured = np.empty((len(images), size, size, 3), "float32")
    for n, image in enumerate(images[..., 0]):
        share = _enlarged(image, size)[..., None]
        coloured[n] = share * ink[n] + (1 - share) * ground[n]
    return coloured


def _enlarged(image: np.ndarray, size: int) -> np.ndarray:
    enlarged = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(enlarged), 0.0, 1.0)
