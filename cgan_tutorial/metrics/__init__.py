"""How well images are reconstructed, and how like real ones samples are."""

from cgan_tutorial.metrics.frechet import (
    frechet_by_count,
    frechet_classifier_distance,
    frechet_distance,
    frechet_of_points,
)
from cgan_tutorial.metrics.images import memorization, mse, nearest, psnr

__all__ = [
    "frechet_by_count",
    "frechet_classifier_distance",
    "frechet_distance",
    "frechet_of_points",
    "memorization",
    "mse",
    "nearest",
    "psnr",
]
