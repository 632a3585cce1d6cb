"""A reader's own images: a folder becomes a data set, and what cannot be used is named."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cgan_tutorial.data.dataset import FOLDER, SIZE, Dataset, Split

# By name: Pillow also knows formats for which it starts other programs.
FORMATS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]
DEEP = "I", "F", "I;16", "I;16B", "I;16L", "I;16N"
SMALLEST = 8
MOST_PIXELS = 50_000_000
MOST_FILES = 100_000
FEWEST = 10
MOST_CLASSES = 10
NAMED = 10
# A border this bright nearly all around is paper: a photograph seldom has one, a scan always.
PAPER = 0.5
PAPER_SHARE = 0.9


@dataclass(frozen=True)
class Folder(Dataset):
    """A data set from a folder of images.

    Attributes:
        classes: name of each label, the names of the subfolders; one empty name if
            there are none.
        skipped: file, relative to the folder → why it was left out.
        inverted: how many images were dark on light and are now light on dark.
    """

    classes: tuple[str, ...]
    skipped: dict[str, str]
    inverted: int

    def report(self) -> str:
        """Say in words what was found and what was done to it."""
        kinds = f" of {len(self.classes)} classes" if len(self.classes) > 1 else ""
        count = len(self.train) + len(self.test)
        parts = [f"{count} images{kinds}: {len(self.train)} to train on, {len(self.test)} to test"]
        if self.inverted:
            parts.append(f"{self.inverted} dark on light, inverted")
        if self.skipped:
            parts.append(f"left out: {_listed(self.skipped)}")
        return "; ".join(parts)


def load_folder(path: str | Path) -> Folder:
    """Read a folder of images, of any size and kind, as small grey ones.

    Each subfolder is a class, named after it and numbered in the order of the names;
    without subfolders all labels are 0. Each image is turned as its EXIF note says,
    reduced to 28 pixels along its longer side, made square with the brightness of its
    own border, and made grey. Of an animation the first frame is taken. What is
    transparent is put on black if the drawing is light and on white if it is dark.
    Where nine tenths of the border are brighter than ½, the image is taken for dark ink
    on light paper, and inverted, for the models here learn light strokes on black.
    No file is changed. The same files give the same data set, in the same order.

    Args:
        path: the folder; a leading ~ is the home folder. Hidden files are passed over.

    Returns:
        A `Folder`: a fifth of the images, the same share of each class, are the test
        split. Its attribute `skipped` says which files were left out and why; there is
        a warning that names them, too.

    Raises:
        ValueError: no such folder, fewer than 10 images that can be used, more than ten
            classes, a class with a single image, or more than 100,000 files.
    """
    root = _check_path(str(path))
    files, outside = _find(root)
    skipped = dict.fromkeys(outside, "lies outside the class folders")
    images, names, inverted = [], [], 0
    for file, name in files:
        try:
            image, was_inverted = read_image(file)
        except ValueError as error:
            skipped[_relative(file, root)] = str(error)
            continue
        images.append(image)
        names.append(name)
        inverted += was_inverted
    _check_counts(path, Counter(names), skipped)
    if skipped:
        warnings.warn(f"{path}: left out {_listed(skipped)}", stacklevel=3)
    classes = tuple(sorted(set(names)))
    labels = np.array([classes.index(name) for name in names], "int64")
    splits = _split(np.stack(images), labels, len(classes))
    return Folder(f"{FOLDER}{path}", *splits, classes, skipped, inverted)


def read_image(path: Path) -> tuple[np.ndarray, bool]:
    """Read one image file as `load_folder` does.

    Returns:
        The image, (28, 28, 1), float32 in [0, 1], and whether it was inverted.

    Raises:
        ValueError: the file cannot be used; the message says why, in a few words.
    """
    with warnings.catch_warnings():
        # What Pillow finds odd in a file it either mends or refuses.
        warnings.simplefilter("ignore")
        small = _small(path)
    grey = _grey(small)
    if not np.isfinite(grey).all() or np.ptp(grey) < 1 / 255:
        raise ValueError("of one colour")
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    inverted = bool(np.mean(border > PAPER) >= PAPER_SHARE)
    square = _squared(grey, float(np.median(border)))
    return (1 - square if inverted else square)[..., None], inverted


def _small(path: Path) -> Image.Image:
    """The first frame, turned upright, its longer side `SIZE`; its mode is still the file's."""
    if not path.is_file():
        raise ValueError("not a regular file")
    try:
        with Image.open(path, formats=FORMATS) as image:
            _check_size(image.size)
            # Of a large JPEG no more is decoded than is needed.
            image.draft(None, (4 * SIZE, 4 * SIZE))
            ImageOps.exif_transpose(image, in_place=True)
            return _shrunk(image)
    except Image.DecompressionBombError:
        raise ValueError("too many pixels") from None
    except Image.UnidentifiedImageError:
        raise ValueError(f"not an image in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}") from None
    except _UnusableError as error:
        raise ValueError(str(error)) from None
    except Exception:  # a decoder may raise anything at a damaged file
        raise ValueError("damaged, or may not be read") from None


class _UnusableError(ValueError):
    """Tells this module's own refusal from a decoder's."""


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise _UnusableError(f"{width}×{height} pixels, more than {MOST_PIXELS // 10**6} million")
    if max(size) < SMALLEST:
        raise _UnusableError(f"{width}×{height} pixels, fewer than {SMALLEST} along both sides")


def _shrunk(image: Image.Image) -> Image.Image:
    scale = SIZE / max(image.size)
    size = tuple(max(1, round(side * scale)) for side in image.size)
    if image.mode in DEEP:
        image = Image.fromarray(_unit(image))
    elif image.mode.endswith(("A", "a")) or "transparency" in image.info:
        image = image.convert("RGBA")
    else:
        image = image.convert("L")
    return image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)


def _unit(image: Image.Image) -> np.ndarray:
    """More than 8 bits a pixel: 16 bits have a known range, others are stretched to [0, 1]."""
    values = np.asarray(image, "float32")
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (values.min(), values.max())
    return (values - low) / max(high - low, 1e-12)


def _grey(small: Image.Image) -> np.ndarray:
    """(height, width), float32 in [0, 1]; what is transparent contrasts with what is not."""
    if small.mode == "F":
        return np.clip(np.asarray(small), 0.0, 1.0)
    if small.mode != "RGBA":
        return np.asarray(small, "float32") / 255
    grey = np.asarray(small.convert("RGB").convert("L"), "float32") / 255
    alpha = np.asarray(small.getchannel("A"), "float32") / 255
    seen = (grey * alpha).sum() / max(alpha.sum(), 1e-6)
    behind = 0.0 if seen > 0.5 else 1.0
    return grey * alpha + behind * (1 - alpha)


def _squared(grey: np.ndarray, fill: float) -> np.ndarray:
    missing = [SIZE - side for side in grey.shape]
    around = [(gap // 2, gap - gap // 2) for gap in missing]
    return np.pad(grey, around, constant_values=fill).astype("float32")


def _check_path(path: str) -> Path:
    if not path.strip():
        raise ValueError(f'the name "{FOLDER}" lacks a path; give for example "{FOLDER}my-images"')
    root = Path(path).expanduser()
    if root.is_file():
        raise ValueError(f"{path} is a file; give the folder that holds the images")
    if not root.is_dir():
        raise ValueError(f"there is no folder {path}; give the path of a folder of images")
    return root


def _find(root: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    """Files with their classes in a fixed order, and those that lie beside the classes."""
    try:
        loose, folders = _children(root)
        found = [(folder, list(islice(_below(folder), MOST_FILES + 1))) for folder in folders]
    except OSError as error:
        raise ValueError(
            f"{root} cannot be read: {error.strerror}; give a folder that can"
        ) from None
    found = [(folder.name, files) for folder, files in found if files]
    if len(loose) + sum(len(files) for _, files in found) > MOST_FILES:
        raise ValueError(
            f"{root} holds more than {MOST_FILES:,} files; give the folder of the images themselves"
        )
    if len(found) > MOST_CLASSES:
        raise ValueError(
            f"{root} has {len(found)} subfolders, and each is a class; "
            f"give a folder with at most {MOST_CLASSES}"
        )
    if not found:
        return [(file, "") for file in loose], []
    return [(file, name) for name, files in found for file in files], [f.name for f in loose]


def _children(root: Path) -> tuple[list[Path], list[Path]]:
    shown = sorted(child for child in root.iterdir() if not child.name.startswith("."))
    folders = [child for child in shown if child.is_dir()]
    return [child for child in shown if not child.is_dir()], folders


def _below(folder: Path) -> Iterator[Path]:
    """All files at any depth, in a fixed order; links to other folders are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _check_counts(path: str | Path, counts: Counter, skipped: dict[str, str]) -> None:
    why = f" (left out: {_listed(skipped)})" if skipped else ""
    if counts.total() < FEWEST:
        raise ValueError(
            f"{path} holds {counts.total()} images that can be used{why}; give at least {FEWEST}"
        )
    lonely = [name for name, count in counts.items() if count < 2]
    if lonely:
        raise ValueError(
            f"the class {lonely[0]!r} has a single image that can be used{why}; "
            "give at least 2, one to train on and one to test"
        )


def _split(images: np.ndarray, labels: np.ndarray, classes: int) -> tuple[Split, Split]:
    from sklearn.model_selection import train_test_split

    test = max(classes, round(len(images) / 5))
    parts = train_test_split(images, labels, test_size=test, stratify=labels, random_state=0)
    return Split(parts[0], parts[2]), Split(parts[1], parts[3])


def _listed(skipped: dict[str, str]) -> str:
    texts = (f"{name} ({why})" for name, why in skipped.items())
    rest = len(skipped) - NAMED
    return ", ".join(chain(islice(texts, NAMED), [f"and {rest:,} more"] if rest > 0 else []))


def _relative(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
