"""Your own images: a folder becomes a data set, and the files that cannot be used are named."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from PIL import Image, ImageOps

from cgan_tutorial.data.dataset import FOLDER, SIZE, Dataset, Split

# By name, because for some other formats Pillow starts other programs.
FORMATS = "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"
DEEP = "I", "F", "I;16", "I;16B", "I;16L", "I;16N"
SMALLEST, LARGEST = 8, 1024
MOST_PIXELS = 50_000_000
MOST_FILES = 100_000
FEWEST = 10
MOST_CLASSES = 100
FEW = 8
# Subfolders that are no classes but splits: whether they are tested on.
PARTS = {"train": False, "training": False, "test": True, "testing": True}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev", "eval", "evaluation"), True)
IGNORED = "__MACOSX"
NAMED = 10


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Folder(Dataset):
    """A data set from a folder of images; its classes are named after the subfolders.

    Attributes:
        skipped: each file that was left out, relative to the folder, and why.
        dark: how many images are dark on light.
        inverted: whether all images were inverted, since most are dark on light.
    """

    skipped: dict[str, str]
    dark: int
    inverted: bool

    def report(self) -> str:
        """Say in one sentence what was found and what was done to it."""
        kinds = f" of {len(self.classes)} classes" if len(self.classes) > 1 else ""
        train, test = map(len, self)
        parts = [f"{len(self)} images{kinds}: {train} to train on, {test} to test"]
        counts = np.bincount(self.train.labels, minlength=len(self.classes))
        if kinds and counts.min() < FEW:
            name, count = self.classes[counts.argmin()], counts.min()
            parts.append(f"class {name!r} has only {count} to train on")
        if self.dark:
            done = "all images inverted" if self.inverted else "left as they are"
            parts.append(f"{self.dark} dark on light, {done}")
        if self.skipped:
            parts.append(f"left out: {_listed(self.skipped)}")
        return "; ".join(parts)


def load_folder(path: str, size: int = SIZE, color: bool = False) -> Folder:
    """Read a folder of images of any size and kind as square ones, a fifth for testing.

    Each subfolder is a class, in natural order (2 before 10); without subfolders all labels
    are 0. Where the subfolders are train/ and test/ (or val/), they are the two splits, and
    the classes are inside them. The images are shuffled, always in the same way. Hidden files
    and __MACOSX are ignored, and a warning names the files that are left out.

    Each image (of an animation the first frame) is turned as its EXIF orientation says, made
    gray unless `color`, reduced or enlarged to `size` pixels along its longer side, and padded
    to a square with the median of its border. Transparent parts become black if the drawing is
    light and white if it is dark. A gray image is dark ink on light paper if nine tenths of
    its border are brighter than ½; where most images are, all are inverted, because the models
    here learn light strokes on black. The same files give the same data set, and no file is
    changed.

    Raises:
        ValueError: a size out of range or that 4 does not divide, no such folder, fewer than
            10 images that can be used, other folders beside train/ and test/, more than a
            hundred classes, no image to test on, or more than 100,000 files.
    """
    if not SMALLEST <= size <= LARGEST or size % 4:
        raise ValueError(
            f"size is {size}; give a multiple of 4, at least {SMALLEST} and at most {LARGEST}"
        )
    root = _root(path)
    found, skipped = _find(root)
    images, kept, dark = [], [], 0
    for file in found:
        try:
            image, is_dark = read_image(root / file.path, size, color)
        except ValueError as error:
            skipped[file.path.as_posix()] = str(error)
        else:
            images.append(image)
            kept.append(file)
            dark += is_dark
    _check_count(path, len(images), skipped)
    if skipped:
        warnings.warn(f"{path}: left out {_listed(skipped)}", stacklevel=3)
    inverted = 2 * dark > len(images)
    stacked = 1 - np.stack(images) if inverted else np.stack(images)
    classes = sorted({file.label for file in kept}, key=_natural)
    labels = np.array([classes.index(file.label) for file in kept])
    given = np.array([file.test is True for file in kept])
    test = given if any(file.test is not None for file in kept) else _fifth(labels)
    if test.all() or not test.any():
        raise ValueError(f"{path} has no images to {'train' if test.all() else 'test'} on")
    # Shuffled, so that the first images are not all of the first class.
    rows = [np.random.default_rng(0).permutation(np.flatnonzero(part)) for part in (~test, test)]
    splits = (Split(stacked[part], labels[part]) for part in rows)
    name = f"{FOLDER}{root.resolve()}"
    return Folder(name, *splits, tuple(classes), skipped=skipped, dark=dark, inverted=inverted)


def read_image(path: Path, size: int = SIZE, color: bool = False) -> tuple[np.ndarray, bool]:
    """Read one file: the image, float32 in [0, 1], and whether it is gray and dark on light.

    Its shape is (size, size, 1), or (size, size, 3) in color.

    Raises:
        ValueError: the file cannot be used; the message says why in a few words.
    """
    image = _reduced(_open(path, size, color), size)
    if not np.isfinite(image).all() or np.ptp(image, axis=(0, 1)).max() < 1 / 255:
        raise ValueError("of one color")
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    # A scan on paper has a bright border all around, a photo seldom has one.
    dark = not color and bool(np.mean(border > 0.5) >= 0.9)
    square = np.empty((size, size, image.shape[2]), "float32")
    square[:] = np.median(border, axis=0)
    top, left = ((size - side) // 2 for side in image.shape[:2])
    square[top : top + image.shape[0], left : left + image.shape[1]] = image
    return square, dark


def _open(path: Path, size: int, color: bool) -> Image.Image:
    """The first frame, turned upright: LA, RGBA, or F in [0, 1] if it is gray of over 8 bits."""
    if not path.is_file():
        raise ValueError("not a regular file")
    try:
        # What Pillow warns of, it either repairs or refuses.
        with warnings.catch_warnings(action="ignore"), _opened(path) as image:
            image.draft(None, (4 * size, 4 * size))  # decodes no more of a JPEG than is needed
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            ImageOps.exif_transpose(image, in_place=True)
            if image.mode in DEEP:
                image = _unit(image)
                return image if not color else _colored(image)
            return image.convert("RGBA" if color else "LA")
    except Image.DecompressionBombError:
        most = f"more than {MOST_PIXELS // 10**6} million pixels"
        raise ValueError(f"{most}: save it smaller, or as JPEG") from None
    except Image.UnidentifiedImageError:
        if path.read_bytes()[4:8] == b"ftyp":
            raise ValueError("a HEIC or AVIF picture: save it as JPEG or PNG") from None
        raise ValueError(f"not an image in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}") from None
    except Exception:  # a decoder may raise anything at a damaged file
        raise ValueError("damaged, or may not be read") from None


def _opened(path: Path) -> Image.Image:
    # Pillow's own limit counts the pixels of a file, and not those that are decoded.
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return Image.open(path, formats=FORMATS)
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _unit(image: Image.Image) -> Image.Image:
    """16 bits have a known range, or 12 of them; other deep images are stretched to [0, 1]."""
    values = np.asarray(image, "float32")
    low, high = values.min(), values.max()
    if image.mode.startswith("I;16"):
        # Cameras and scanners store 12 bits so.
        low, high = 0.0, 4095.0 if high <= 4095 else 65535.0
    return Image.fromarray((values - low) / max(high - low, 1e-12))


def _colored(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.round(255 * np.asarray(image)).astype("uint8")).convert("RGBA")


def _reduced(image: Image.Image, longest: int) -> np.ndarray:
    """(height, width, channels), the longer `longest`, in [0, 1]; transparency is contrast."""
    longer = max(image.size)
    if longer < SMALLEST:
        raise ValueError(f"fewer than {SMALLEST} pixels along both sides")
    size = [max(1, round(side * longest / longer)) for side in image.size]
    method = Image.Resampling.BOX if longer > longest else Image.Resampling.BICUBIC
    small = np.asarray(image.resize(size, method))
    if image.mode == "F":
        return np.clip(small, 0, 1)[..., None]
    values, alpha = np.split(small.astype("float32") / 255, [-1], axis=-1)
    behind = (values * alpha).sum() <= 0.5 * alpha.sum() * values.shape[-1]
    return values * alpha + behind * (1 - alpha)


def _root(path: str) -> Path:
    if not path.strip():
        raise ValueError(f'the name "{FOLDER}" lacks a path; give for example "{FOLDER}my-images"')
    root = Path(path).expanduser()
    if not root.is_dir():
        what = f"{path} is a file" if root.exists() else f"there is no folder {path}"
        raise ValueError(f"{what}; give the folder that holds the images")
    return root


@dataclass(frozen=True)
class _File:
    """A file relative to the folder, its class, and whether it is tested on; None: undecided."""

    path: PurePath
    label: str = ""
    test: bool | None = None


def _find(root: Path) -> tuple[list[_File], dict[str, str]]:
    """The files to read, in a fixed order, and those that lie beside the classes."""
    shown = [child for child in root.iterdir() if not child.name.startswith((".", IGNORED))]
    found = [file for child in shown for file in (child, *child.rglob("*"))]
    found = [file for file in found if "/." not in file.relative_to(root).as_posix()]
    folders = {path for path in found if path.is_dir()}
    closed = {path: why for path in sorted(folders) if (why := _why_closed(path, root))}
    skipped = {path.relative_to(root).as_posix(): why for path, why in closed.items()}
    files = sorted(path.relative_to(root) for path in found if path not in folders)
    if len(files) > MOST_FILES:
        raise ValueError(
            f"{root} holds more than {MOST_FILES:,} files; give the folder of the images themselves"
        )
    inside = [file for file in files if len(file.parts) > 1]
    if not inside:
        return [_File(file) for file in files], skipped
    loose = [file for file in files if len(file.parts) == 1]
    described = _in_parts(inside) or [_File(file, file.parts[0]) for file in inside]
    classes = len({file.label for file in described})
    if classes > MOST_CLASSES:
        raise ValueError(
            f"{root} has {classes} subfolders, and each is a class; "
            f"give a folder with at most {MOST_CLASSES}"
        )
    return described, skipped | dict.fromkeys(map(str, loose), "lies outside the class folders")


def _why_closed(path: Path, root: Path) -> str:
    """Say why the search does not enter a folder; an empty string if it does."""
    if path.is_symlink() and path.parent != root:
        return "a link to a folder: move the images here"
    return "" if os.access(path, os.R_OK | os.X_OK) else "a folder that may not be read"


def _in_parts(files: list[PurePath]) -> list[_File]:
    """Describe the files of train/ and test/; nothing if the folders are no such parts."""
    names = {file.parts[0] for file in files}
    parts = {name: PARTS.get(re.sub("[-_ ]?set$", "", name.lower())) for name in names}
    if not {True, False} <= set(parts.values()):
        return []
    if others := sorted(name for name, part in parts.items() if part is None):
        raise ValueError(
            "beside folders to train and to test on there are others "
            f"({', '.join(others[:NAMED])}); move them elsewhere, or give a folder of classes"
        )
    return [
        _File(file, file.parts[1] if len(file.parts) > 2 else "", parts[file.parts[0]])
        for file in files
    ]


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort "2" before "10", and "01" before "1"."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts], name


def _fifth(labels: np.ndarray) -> np.ndarray:
    """Mark a fifth of each class, at least one image if it has two or more; always the same."""
    rng, marked = np.random.default_rng(0), np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if len(rows) > 1:
            marked[rows[: max(1, round(len(rows) / 5))]] = True
    return marked


def _check_count(path: str, count: int, skipped: dict[str, str]) -> None:
    if count < FEWEST:
        why = f" (left out: {_listed(skipped)})" if skipped else ""
        raise ValueError(
            f"{path} holds {count} images that can be used{why}; give at least {FEWEST}"
        )


def _listed(skipped: dict[str, str]) -> str:
    texts = [f"{name} ({why})" for name, why in skipped.items()]
    more = [f"and {len(texts) - NAMED:,} more"] if len(texts) > NAMED else []
    return ", ".join(texts[:NAMED] + more)
