"""Images in files: read and checked, written without a half-written file left behind."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from cgan_tutorial.data.checks import check_images

SUFFIXES = ".npz", ".png"
COLUMNS = 10


def check_target(path: Path, overwrite: bool) -> None:
    """Say before any work whether images can be written to `path`.

    Raises:
        ValueError: another suffix than .npz or .png, or the file exists and
            `overwrite` is False.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix or 'nothing'}; "
            f"give a name that ends in {' or '.join(SUFFIXES)}"
        )
    if path.exists() and not overwrite:
        raise ValueError(f"{path} exists; give another name, or --force to overwrite")


def read_images(path: Path) -> np.ndarray:
    """Return the array `images` of an .npz file, float32 in [0, 1] of shape (n, 28, 28, 1).

    Raises:
        ValueError: no such file, not an .npz file, no such array, or other images.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}; give an .npz file of images")
    try:
        arrays = _load(path)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
        raise ValueError(
            f"{path} is not an .npz file of numbers, or is damaged; "
            "write one with numpy.savez(path, images=images)"
        ) from None
    if "images" not in arrays:
        raise ValueError(
            f"{path} has {', '.join(arrays) or 'no arrays'} and no array images; "
            "write it with numpy.savez(path, images=images)"
        )
    return check_images(arrays["images"])


def write_images(path: Path, images: np.ndarray) -> None:
    """Write images (n, 28, 28, 1) in [0, 1] as the array `images` of an .npz file, or as a .png."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        if path.suffix == ".npz":
            np.savez_compressed(file, images=images)
        else:
            _write_grid(file, images)
    os.replace(partial, path)


def _load(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"one array without a name": loaded}
        return dict(loaded)


def _write_grid(file, images: np.ndarray) -> None:
    from PIL import Image

    from cgan_tutorial.plots import tile

    tiled = tile(images, min(len(images), COLUMNS))
    Image.fromarray(tiled).save(file, format="png", optimize=True)
