"""Digits in colour and of any size, and a way to look at coloured images."""

from __future__ import annotations

import matplotlib.colors
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from cgan_tutorial.data import check_images
from cgan_tutorial.plots import STYLE


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


def grid(images: np.ndarray, columns: int = 10, rows: list[str] | None = None) -> Figure:
    """Draw coloured images (n, height, width, 3), values in [0, 1], `columns` in a row."""
    height, width = images.shape[1:3]
    lines = len(images) // columns
    shown = np.clip(images[: lines * columns], 0.0, 1.0)
    mosaic = shown.reshape(lines, columns, height, width, 3).swapaxes(1, 2)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(7.0, 7.0 * lines / columns + 0.2))
        axes.imshow(mosaic.reshape(lines * height, columns * width, 3), interpolation="nearest")
        axes.set_yticks([height * (n + 0.5) for n in range(lines)] if rows else [], rows or [])
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure


def _enlarged(image: np.ndarray, size: int) -> np.ndarray:
    enlarged = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(enlarged), 0.0, 1.0)
