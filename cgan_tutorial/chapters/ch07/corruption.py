"""Corruptions of growing strength, and a normalization that undoes some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cgan_tutorial.data import add_gaussian_noise, check_images, remove_patch


@dataclass(frozen=True)
class Corruption:
    """A way to corrupt images whose strength is a number.

    Attributes:
        apply: images (n, 28, 28, 1), a level and a seed → corrupted images.
        levels: increasing from 0, which changes nothing.
        unit: the level's name and unit.
        kept: whether a reconstruction should show the corruption: a shifted digit should
            stay shifted, a noisy one should lose its noise.
    """

    apply: Callable[[np.ndarray, float, int], np.ndarray]
    levels: tuple[float, ...]
    unit: str
    kept: bool = False


def shift(images: np.ndarray, pixels: int, seed: int = 0) -> np.ndarray:
    """Move each image by `pixels` in one of eight random directions; 0 enters at the edge.

    MNIST's digits have a margin of four empty pixels, so nothing is lost up to 4.

    Raises:
        ValueError: bad images, or pixels is not an integer from 0 to 27.
    """
    check_images(images)
    if pixels != int(pixels) or not 0 <= pixels < images.shape[1]:
        raise ValueError(f"pixels is {pixels!r}; give an integer from 0 to {images.shape[1] - 1}")
    sides = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
    drawn = np.random.default_rng(seed).integers(0, len(sides), len(images))
    moves = int(pixels) * np.array(sides)[drawn]
    return np.stack([_moved(image, *move) for image, move in zip(images, moves, strict=True)])


def invert(images: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Blend each image with its negative, (1 − t)·x + t·(1 − x); the seed is not used.

    At t = ½ every pixel is ½, at t = 1 the result is the negative.

    Raises:
        ValueError: bad images, or a share outside [0, 1].
    """
    check_images(images)
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}; give a number from 0 to 1")
    return ((1 - share) * images + share * (1 - images)).astype("float32")


def normalize(images: np.ndarray) -> np.ndarray:
    """Give images light strokes on black, full contrast, and MNIST's center of mass.

    Each image is stretched to [0, 1], inverted if its outermost pixels are light, and moved
    by whole pixels so that its center of mass is where MNIST has it.

    Args:
        images: float32 in [0, 1], (n, 28, 28, 1).

    Returns:
        Images of the same shape; a constant image becomes black.

    Raises:
        ValueError: bad images.
    """
    return np.stack([_centered(_stretched(image)) for image in check_images(images)])


CORRUPTIONS: dict[str, Corruption] = {
    "noise": Corruption(add_gaussian_noise, (0.0, 0.2, 0.4, 0.6, 0.8), "σ of the noise"),
    "missing part": Corruption(
        lambda images, level, seed: remove_patch(images, int(level), seed),
        (0, 4, 8, 12, 16),
        "side of the hole, pixels",
    ),
    "shift": Corruption(shift, (0, 1, 2, 3, 4), "shift, pixels", kept=True),
    "inversion": Corruption(
        invert, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), "share of the negative", kept=True
    ),
}


def _moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    return ndimage.shift(image, (down, right, 0), order=0)


def _stretched(image: np.ndarray) -> np.ndarray:
    low, high = image.min(), image.max()
    if high == low:
        return np.zeros_like(image)
    image = (image - low) / (high - low)
    edge = np.concatenate([image[[0, -1]].ravel(), image[:, [0, -1]].ravel()])
    return 1 - image if edge.mean() > 0.5 else image


def _centered(image: np.ndarray) -> np.ndarray:
    if not image.any():
        return image
    # MNIST's center of mass is half a pixel below and right of the middle.
    center = ndimage.center_of_mass(image[..., 0])
    # Not `round`, whose halves go to even numbers: a shifted digit could end up elsewhere.
    return _moved(image, *(int(np.floor(image.shape[0] / 2 - place + 0.5)) for place in center))
