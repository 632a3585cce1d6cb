"""Digits in color and of any size."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import hsv_to_rgb
from PIL import Image


def colorize(images: np.ndarray, size: int = 64, seed: int = 0) -> np.ndarray:
    """Enlarge digits; give each a light color on a dark background, both of random hues.

    Takes float32 in [0, 1] of shape (n, 28, 28, 1); returns the same of (n, size, size, 3).
    """
    hues = np.random.default_rng(seed).random((2, len(images)))
    ones = np.ones_like(hues[0])
    light = hsv_to_rgb(np.stack([hues[0], 0.5 * ones, ones], axis=1))[:, None, None]
    dark = hsv_to_rgb(np.stack([hues[1], 0.8 * ones, 0.4 * ones], axis=1))[:, None, None]
    small = [Image.fromarray(image) for image in images[..., 0]]
    large = [image.resize((size, size), Image.Resampling.BILINEAR) for image in small]
    strokes = np.clip(np.stack([np.asarray(image) for image in large]), 0.0, 1.0)[..., None]
    return (strokes * light + (1 - strokes) * dark).astype("float32")
