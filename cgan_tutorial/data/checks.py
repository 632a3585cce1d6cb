"""Checks: each returns its input if it is good, or raises one sentence if it is not."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from cgan_tutorial.data.dataset import SIZE


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as an int if it is an integer of at least `least`; a bool is none.

    Raises:
        ValueError: names the value and the least integer.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; give an integer of at least {least}")
    return int(value)


def check_images(images: np.ndarray, shape: tuple[int, ...] = (SIZE, SIZE, 1)) -> np.ndarray:
    """Return `images` if they are float32 in [0, 1] of shape (n, *shape), n at least 1.

    Raises:
        ValueError: another type, shape, dtype or range; the sentence says which.
    """
    if not isinstance(images, np.ndarray):
        raise ValueError(
            f"images are a {type(images).__name__}; give a numpy array of shape {_shape(shape)}"
        )
    if images.shape[1:] != shape or len(images) == 0:
        raise ValueError(
            f"images have shape {images.shape}; give {_shape(shape)} with n at least 1, "
            "for example with images.reshape"
        )
    if images.dtype != np.float32:
        scaled = "(images / 255)" if images.dtype == np.uint8 else "images"
        raise ValueError(
            f"images are {images.dtype}; give float32 in [0, 1], "
            f'for example {scaled}.astype("float32")'
        )
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"images have values from {low:.9g} to {high:.9g}; give values in [0, 1], "
            "for example divide by 255 or clip them"
        )
    return images


def check_rows(rows: np.ndarray, shape: tuple[int, ...], name: str, hint: str) -> np.ndarray:
    """Return `rows` as float32 if they are finite and of shape (n, *shape), n at least 1.

    Args:
        rows: points or latent vectors: numbers without a fixed range.
        shape: of one row.
        name: what the rows are called in the sentence.
        hint: how the sentence ends.

    Raises:
        ValueError: another shape, or a value that is not finite.
    """
    rows = np.asarray(rows, dtype="float32")
    if rows.shape[1:] != shape or len(rows) == 0:
        raise ValueError(f"{name} have shape {rows.shape}; give {_shape(shape)}{hint}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{name} have values that are not finite; give real numbers only")
    return rows


def check_labels(labels: np.ndarray, count: int, classes: int = 10) -> np.ndarray:
    """Return `labels` as an array if they are `count` integers from 0 to `classes` - 1.

    Raises:
        ValueError: another number, dtype or range; the sentence says which.
    """
    labels = np.asarray(labels)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels have shape {labels.shape} and type {labels.dtype}; "
            f"give {count} integers, one for each image"
        )
    if count and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()}; "
            f"give integers from 0 to {classes - 1}"
        )
    return labels


def _shape(shape: tuple[int, ...]) -> str:
    return f"(n, {', '.join(map(str, shape))})"
