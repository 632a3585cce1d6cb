"""What can happen to a picture before it reaches a model, and a tidy way to undo some of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgan_tutorial.data import add_gaussian_noise, check_images, remove_patch


@dataclass(frozen=True)
class Damage:
    """A kind of damage that grows with a number.

    Attributes:
        apply: images (n, 28, 28, 1), a level and a seed → damaged images.
        levels: from 0, which changes nothing, upwards.
        unit: the level's name and unit.
        moves: whether the damaged picture is itself what a copy should show: a shifted
            digit should come back shifted, a noisy one without its noise.
    """

    apply: Callable[[np.ndarray, float, int], np.ndarray]
    levels: tuple[float, ...]
    unit: str
    moves: bool = False


def shift(images: np.ndarray, pixels: int, seed: int = 0) -> np.ndarray:
    """Move each image by `pixels` to one of the eight sides, drawn by the seed; 0 moves in.

    MNIST's digits have a frame of four empty pixels, so up to 4 nothing is lost.

    Raises:
        ValueError: bad images, or a shift that is not an integer from 0 to 27.
    """
    check_images(images)
    if pixels != int(pixels) or not 0 <= pixels < images.shape[1]:
        raise ValueError(f"pixels is {pixels!r}; give an integer from 0 to {images.shape[1] - 1}")
    sides = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
    drawn = np.random.default_rng(seed).integers(0, len(sides), len(images))
    moves = int(pixels) * np.array(sides)[drawn]
    return np.stack([_moved(image, *move) for image, move in zip(images, moves, strict=True)])


def invert(images: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Mix each image with its negative, (1 − t)·x + t·(1 − x); 1 is the negative.

    At ½ nothing is left but grey. The seed is not used: nothing is drawn.

    Raises:
        ValueError: bad images, or a share outside [0, 1].
    """
    check_images(images)
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}; give a number from 0 to 1")
    return ((1 - share) * images + share * (1 - images)).astype("float32")


def tidy(images: np.ndarray) -> np.ndarray:
    """Give images light strokes on black, full contrast and a centered weight, as MNIST has.

    Each image is stretched to [0, 1], turned into its negative if its outermost pixels are
    light, and moved by whole pixels so that its ink's center of mass is where MNIST has it.

    Args:
        images: float32 in [0, 1], (n, 28, 28, 1).

    Returns:
        The same shape; an image of one value throughout comes back black.

    Raises:
        ValueError: bad images.
    """
    return np.stack([_centered(_stretched(image)) for image in check_images(images)])


DAMAGES: dict[str, Damage] = {
    "noise": Damage(add_gaussian_noise, (0.0, 0.2, 0.4, 0.6, 0.8), "σ of the noise"),
    "missing part": Damage(
        lambda images, level, seed: remove_patch(images, int(level), seed),
        (0, 4, 8, 12, 16),
        "side of the hole, pixels",
    ),
    "shift": Damage(shift, (0, 1, 2, 3, 4), "shift, pixels", moves=True),
    "inversion": Damage(
        invert, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), "share of the negative", moves=True
    ),
}


def _moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    height, width = image.shape[:2]
    moved = np.zeros_like(image)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = image[
        max(-down, 0) : height + min(-down, 0), max(-right, 0) : width + min(-right, 0)
    ]
    return moved


def _stretched(image: np.ndarray) -> np.ndarray:
    low, high = image.min(), image.max()
    if high == low:
        return np.zeros_like(image)
    image = (image - low) / (high - low)
    rim = np.concatenate([image[[0, -1]].ravel(), image[:, [0, -1]].ravel()])
    return 1 - image if rim.mean() > 0.5 else image


def _centered(image: np.ndarray) -> np.ndarray:
    weight = image.sum()
    if weight == 0:
        return image
    # Where MNIST has it: half a pixel below and right of the middle.
    middle = image.shape[0] / 2
    rows, columns = np.indices(image.shape[:2])[..., None]
    down, right = ((image * places).sum() / weight for places in (rows, columns))
    # Not `round`, whose halves go to even numbers: a shifted digit could come back elsewhere.
    down, right = (int(np.floor(middle - place + 0.5)) for place in (down, right))
    return _moved(image, down, right)
