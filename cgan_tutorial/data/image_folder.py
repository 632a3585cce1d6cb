"""Your own images: a folder becomes a data set, and the files that cannot be used are named."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cgan_tutorial.data.dataset import FOLDER, SIZE, Dataset, stratified

# By name, because for some other formats Pillow starts other programs.
FORMATS = "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"
DEEP = "I", "F", "I;16", "I;16B", "I;16L", "I;16N"
SMALLEST = 8
MOST_PIXELS = 50_000_000
MOST_FILES = 100_000
FEWEST = 10
MOST_CLASSES = 10
NAMED = 10


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Folder(Dataset):
    """A data set from a folder of images; its classes are named after the subfolders.

    Attributes:
        skipped: each file that was left out, relative to the folder, and why.
        inverted: how many images were dark on light and are now light on dark.
    """

    skipped: dict[str, str]
    inverted: int

    def report(self) -> str:
        """Say in one sentence what was found and what was done to it."""
        kinds = f" of {len(self.classes)} classes" if len(self.classes) > 1 else ""
        train, test = map(len, self)
        parts = [f"{len(self)} images{kinds}: {train} to train on, {test} to test"]
        if self.inverted:
            parts.append(f"{self.inverted} dark on light, inverted")
        if self.skipped:
            parts.append(f"left out: {_listed(self.skipped)}")
        return "; ".join(parts)


def load_folder(path: str) -> Folder:
    """Read a folder of images of any size and kind as 28×28 gray ones, a fifth for testing.

    Each subfolder is a class; without subfolders all labels are 0. Hidden files are ignored,
    and a warning names the files that are left out. Each image (of an animation the first
    frame) is turned as its EXIF orientation says, made gray, reduced to 28 pixels along its
    longer side, and padded to a square with the brightness of its border. Transparent parts
    become black if the drawing is light and white if it is dark. Where nine tenths of the
    border are brighter than ½, the image is taken for dark ink on light paper and inverted,
    because the models here learn light strokes on black. The same files give the same data
    set, and no file is changed.

    Raises:
        ValueError: no such folder, fewer than 10 images that can be used, more than ten
            classes, a class with a single image, or more than 100,000 files.
    """
    root = _root(path)
    files, loose = _find(root)
    skipped = dict.fromkeys(map(str, loose), "lies outside the class folders")
    images, names, inverted = [], [], 0
    for file in files:
        try:
            image, was_inverted = read_image(root / file)
        except ValueError as error:
            skipped[file.as_posix()] = str(error)
        else:
            images.append(image)
            names.append(file.parts[0] if len(file.parts) > 1 else "")
            inverted += was_inverted
    _check_counts(path, Counter(names), skipped)
    if skipped:
        warnings.warn(f"{path}: left out {_listed(skipped)}", stacklevel=3)
    classes, labels = np.unique(names, return_inverse=True)
    splits = stratified(np.stack(images), labels, max(len(classes), round(len(images) / 5)))
    fields = f"{FOLDER}{path}", *splits, tuple(map(str, classes))
    return Folder(*fields, skipped=skipped, inverted=inverted)


def read_image(path: Path) -> tuple[np.ndarray, bool]:
    """Read one file: the image, (28, 28, 1), float32 in [0, 1], and whether it was inverted.

    Raises:
        ValueError: the file cannot be used; the message says why in a few words.
    """
    gray = _reduced(_open(path))
    if not np.isfinite(gray).all() or np.ptp(gray) < 1 / 255:
        raise ValueError("of one color")
    border = np.concatenate([gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]])
    # A scan on paper has a bright border all around, a photo seldom has one.
    inverted = bool(np.mean(border > 0.5) >= 0.9)
    around = [((SIZE - side) // 2, (SIZE - side + 1) // 2) for side in gray.shape]
    square = np.pad(gray, around, constant_values=np.median(border))[..., None]
    return 1 - square if inverted else square, inverted


def _open(path: Path) -> Image.Image:
    """The first frame, turned upright; of mode LA, or F in [0, 1] if it is deeper than 8 bits."""
    if not path.is_file():
        raise ValueError("not a regular file")
    try:
        # What Pillow warns of, it either repairs or refuses.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            image.draft(None, (4 * SIZE, 4 * SIZE))  # decodes no more of a JPEG than is needed
            ImageOps.exif_transpose(image, in_place=True)
            return _unit(image) if image.mode in DEEP else image.convert("LA")
    except Image.DecompressionBombError:
        raise ValueError(f"more than {MOST_PIXELS // 10**6} million pixels") from None
    except Image.UnidentifiedImageError:
        raise ValueError(f"not an image in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}") from None
    except Exception:  # a decoder may raise anything at a damaged file
        raise ValueError("damaged, or may not be read") from None


def _unit(image: Image.Image) -> Image.Image:
    """16 bits have a known range; other deep images are stretched to [0, 1]."""
    values = np.asarray(image, "float32")
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (values.min(), values.max())
    return Image.fromarray((values - low) / max(high - low, 1e-12))


def _reduced(image: Image.Image) -> np.ndarray:
    """(height, width), the longer `SIZE`, float32 in [0, 1]; transparency becomes contrast."""
    longer = max(image.size)
    if longer < SMALLEST:
        raise ValueError(f"fewer than {SMALLEST} pixels along both sides")
    size = [max(1, round(side * SIZE / longer)) for side in image.size]
    method = Image.Resampling.BOX if longer > SIZE else Image.Resampling.BICUBIC
    small = np.asarray(image.resize(size, method))
    if image.mode == "F":
        return np.clip(small, 0, 1)
    gray, alpha = np.moveaxis(small.astype("float32") / 255, -1, 0)
    behind = (gray * alpha).sum() <= 0.5 * alpha.sum()
    return gray * alpha + behind * (1 - alpha)


def _root(path: str) -> Path:
    if not path.strip():
        raise ValueError(f'the name "{FOLDER}" lacks a path; give for example "{FOLDER}my-images"')
    root = Path(path).expanduser()
    if not root.is_dir():
        what = f"{path} is a file" if root.exists() else f"there is no folder {path}"
        raise ValueError(f"{what}; give the folder that holds the images")
    return root


def _find(root: Path) -> tuple[list[Path], list[Path]]:
    """Files relative to `root`, in a fixed order: those to read, and those beside the classes."""
    shown = [child for child in root.iterdir() if not child.name.startswith(".")]
    found = [file for child in shown for file in (child, *child.rglob("*")) if not file.is_dir()]
    files = sorted(file.relative_to(root) for file in found)
    files = [file for file in files if "/." not in file.as_posix()]
    inside = [file for file in files if len(file.parts) > 1]
    loose = [file for file in files if len(file.parts) == 1]
    classes = len({file.parts[0] for file in inside})
    if len(files) > MOST_FILES:
        raise ValueError(
            f"{root} holds more than {MOST_FILES:,} files; give the folder of the images themselves"
        )
    if classes > MOST_CLASSES:
        raise ValueError(
            f"{root} has {classes} subfolders, and each is a class; "
            f"give a folder with at most {MOST_CLASSES}"
        )
    return (inside, loose) if inside else (loose, [])


def _check_counts(path: str, counts: Counter[str], skipped: dict[str, str]) -> None:
    why = f" (left out: {_listed(skipped)})" if skipped else ""
    if counts.total() < FEWEST:
        raise ValueError(
            f"{path} holds {counts.total()} images that can be used{why}; give at least {FEWEST}"
        )
    rarest, count = counts.most_common()[-1]
    if count < 2:
        raise ValueError(
            f"the class {rarest!r} has a single image that can be used{why}; "
            "give at least 2, one to train on and one to test"
        )


def _listed(skipped: dict[str, str]) -> str:
    texts = [f"{name} ({why})" for name, why in skipped.items()]
    more = [f"and {len(texts) - NAMED:,} more"] if len(texts) > NAMED else []
    return ", ".join(texts[:NAMED] + more)
