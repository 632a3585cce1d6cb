"""Pairs for image translation: a real digit, and what is left of it to translate from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgan_tutorial.data.checks import check_images
from cgan_tutorial.data.dataset import SIZE

BLOCK = 4


def skeletons(images: np.ndarray) -> np.ndarray:
    """Thin each digit to lines one pixel wide: Zhang & Suen (1984), for all images at once.

    A stroke is what has at least half of the image's largest value. A line keeps its
    ends; a stroke of 2×2 pixels that touches nothing vanishes.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        The same shape and type, 1 on a line and 0 elsewhere.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    pixels = check_images(images)[..., 0]
    largest = pixels.max(axis=(1, 2), keepdims=True)
    stroke = (pixels >= largest / 2) & (largest > 0)
    before = None
    while before is None or (before != stroke).any():
        before = stroke
        for side in (0, 1):
            stroke = stroke & ~_removable(stroke, side)
    return stroke[..., None].astype("float32")


def coarse(images: np.ndarray) -> np.ndarray:
    """Keep 7×7 numbers of each digit, the mean of each block of 4×4 pixels, drawn as blocks.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        The same shape and type, so that a network of full images takes it.

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    means = block_means(images)
    return np.repeat(np.repeat(means, BLOCK, axis=1), BLOCK, axis=2)[..., None]


def block_means(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1), float32 in [0, 1] → the means of 4×4 pixels, (n, 7, 7).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    side = SIZE // BLOCK
    return check_images(images).reshape(-1, side, BLOCK, side, BLOCK).mean(axis=(2, 4))


TASKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"skeleton": skeletons, "7×7": coarse}


def _removable(stroke: np.ndarray, side: int) -> np.ndarray:
    """Pixels (n, 28, 28) on the border of one side that no line needs; side is 0 or 1."""
    padded = np.pad(stroke, ((0, 0), (1, 1), (1, 1)))
    # Clockwise from the north: P2 to P9 of the paper.
    steps = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    around = np.stack([padded[:, y : y + SIZE, x : x + SIZE] for y, x in steps])
    north, east, south, west = around[::2]
    count = around.sum(axis=0)
    # How often a walk around the pixel steps from background onto the stroke.
    entries = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
    if side == 0:
        outer = ~(north & east & south) & ~(east & south & west)
    else:
        outer = ~(north & east & west) & ~(north & south & west)
    return (count >= 2) & (count <= 6) & (entries == 1) & outer
