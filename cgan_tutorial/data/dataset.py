"""Images with labels, split to train on and to judge by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
