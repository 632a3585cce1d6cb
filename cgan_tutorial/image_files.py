"""Images in files, for the command line: .npz files are read, .npz and .png files are written."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cgan_tutorial.data import check_images
from cgan_tutorial.data.image_folder import read_image

SUFFIXES = ".npz", ".png"
COLUMNS = 10


def check_target(path: Path, overwrite: bool) -> None:
    """Check, before any work is done, that images can be written to `path`.

    Raises:
        ValueError: another suffix than .npz or .png, or the file exists and
            `overwrite` is False.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix or 'nothing'}; "
            f"give a name that ends in {' or '.join(SUFFIXES)}"
        )
    if os.path.lexists(path) and not overwrite:
        raise ValueError(f"{path} exists; give another name, or --force to overwrite")


def read_images(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Return the array `images` of an .npz file, or a picture: float32 in [0, 1], (n, *shape).

    A picture is reduced as those of a folder are; dark ink on light paper is inverted.

    Raises:
        ValueError: no such file, no picture and no .npz file, no such array, or other images.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}; give a picture, or an .npz file of images")
    if path.suffix.lower() not in (".npz", ".npy"):
        return _read_picture(path, shape)
    hint = "write one with numpy.savez(path, images=images)"
    try:
        # A single array, of an .npy file, is no context manager: TypeError.
        with np.load(path, allow_pickle=False) as arrays:
            found = dict(arrays)
    except (TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
        raise ValueError(f"{path} is not an .npz file of numbers, or is damaged; {hint}") from None
    if "images" not in found:
        raise ValueError(f"{path} has {', '.join(found) or 'no arrays'} and no images; {hint}")
    return check_images(found["images"], shape)


def _read_picture(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    try:
        image, dark = read_image(path, shape[0], color=shape[2] == 3)
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None
    return (1 - image if dark else image)[None]


def write_images(path: Path, images: np.ndarray) -> None:
    """Write images (n, height, width, 1) in [0, 1] as `images` of an .npz file, or as a .png.

    The file appears when it is complete; a half-written one is never left under its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            _write(file, path.suffix.lower(), images)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        # A full disk's error names no file.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write(file: BinaryIO, suffix: str, images: np.ndarray) -> None:
    if suffix == ".npz":
        np.savez_compressed(file, images=images)
        return
    from PIL import Image

    from cgan_tutorial.plots import tile

    tiled = tile(images, min(len(images), COLUMNS))
    Image.fromarray(tiled).save(file, format="png", optimize=True)
