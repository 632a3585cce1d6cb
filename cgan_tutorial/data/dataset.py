"""Images with labels, split into training and test data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SIZE = 28
FOLDER = "folder:"


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Images and labels as read-only views; `images, labels = split` unpacks it.

    Attributes:
        images: float32 in [0, 1] of shape (n, height, width, channels).
        labels: int64 of shape (n,), from 0 to the number of classes - 1.
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        for name in ("images", "labels"):
            view = getattr(self, name).view()  # the caller's own array stays writable
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.images, self.labels))

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"<Split: {len(self):,} images of shape {self.images.shape[1:]} with labels>"


# Compared by identity, so that a cache can have a data set as its key.
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A named data set; `(x, y), (x_test, y_test) = dataset` unpacks it.

    Attributes:
        name: the name that `load` takes.
        train: the split to train on.
        test: the split to evaluate on.
        classes: the name of each label; by default "0", "1" and so on to the largest label.
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.classes:
            last = max(split.labels.max(initial=0) for split in self)
            object.__setattr__(self, "classes", tuple(map(str, range(last + 1))))

    def __iter__(self) -> Iterator[Split]:
        return iter((self.train, self.test))

    def __len__(self) -> int:
        return len(self.train) + len(self.test)

    def __repr__(self) -> str:
        counts = f"{len(self.train):,} train and {len(self.test):,} test images"
        shape, names = self.train.images.shape[1:], ", ".join(self.classes)
        return f"<Dataset {self.name!r}: {counts} of shape {shape}, classes: {names or 'one'}>"


def stratified(images: np.ndarray, labels: np.ndarray, test: int) -> tuple[Split, Split]:
    """Split off `test` images, the same share of each class and the same ones each time."""
    from sklearn.model_selection import train_test_split

    parts = train_test_split(images, labels, test_size=test, stratify=labels, random_state=0)
    return Split(parts[0], parts[2]), Split(parts[1], parts[3])
