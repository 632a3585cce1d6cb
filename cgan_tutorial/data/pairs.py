"""Pairs for image translation: a digit, and a reduced version of it to translate from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgan_tutorial.data.checks import check_images

BLOCK = 4


def skeletons(images: np.ndarray) -> np.ndarray:
    """Thin each digit to lines one pixel wide: Zhang & Suen (1984), for all images at once.

    A stroke is what has at least half of the image's largest value. A line keeps its
    ends; an isolated stroke of 2×2 pixels vanishes. `images` are float32 in [0, 1] of shape
    (n, 28, 28, 1), and so is the result, which is 1 on a line and 0 elsewhere.

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
    """Reduce each digit to the means of its 4×4 blocks of pixels, drawn at full size.

    `images` and the result are float32 in [0, 1] of shape (n, 28, 28, 1).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    return np.kron(block_means(images), np.ones((1, BLOCK, BLOCK), "float32"))[..., None]


def block_means(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1), float32 in [0, 1] → the means of 4×4 pixels, (n, 7, 7).

    Raises:
        ValueError: the images are not of that shape, type and range.
    """
    count, height, width, _ = check_images(images).shape
    blocks = images.reshape(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return blocks.mean(axis=(2, 4))


TASKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"skeleton": skeletons, "7×7": coarse}


def _removable(stroke: np.ndarray, side: int) -> np.ndarray:
    """Pixels (n, 28, 28) on the border of one side, 0 or 1, that no line needs."""
    height, width = stroke.shape[1:]
    padded = np.pad(stroke, ((0, 0), (1, 1), (1, 1)))
    # Clockwise from the north: P2 to P9 of the paper.
    steps = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    around = np.stack([padded[:, y : y + height, x : x + width] for y, x in steps])
    north, east, south, west = around[::2]
    count = around.sum(axis=0)
    # How often a walk around the pixel steps from background onto the stroke.
    entries = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
    if side == 0:
        outer = ~(north & east & south) & ~(east & south & west)
    else:
        outer = ~(north & east & west) & ~(north & south & west)
    return (count >= 2) & (count <= 6) & (entries == 1) & outer
