"""Data sets by name, folders of images, toy points; checks and corruption of images."""

from cgan_tutorial.data.checks import check_count, check_images, check_labels, check_rows
from cgan_tutorial.data.corruption import add_gaussian_noise, remove_patch
from cgan_tutorial.data.dataset import FOLDER, SIZE, Dataset, Split
from cgan_tutorial.data.loading import DataUnavailableError, available, load

__all__ = [
    "FOLDER",
    "SIZE",
    "DataUnavailableError",
    "Dataset",
    "Split",
    "add_gaussian_noise",
    "available",
    "check_count",
    "check_images",
    "check_labels",
    "check_rows",
    "load",
    "remove_patch",
]
