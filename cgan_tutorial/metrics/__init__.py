"""How well images are reconstructed, and how closely samples resemble real images."""

from cgan_tutorial.metrics.frechet import (
    frechet_classifier_distance,
    frechet_distance,
    frechet_of_points,
)
from cgan_tutorial.metrics.images import memorization, mse, nearest, psnr
from cgan_tutorial.metrics.report import evaluate_model, evaluate_samples

__all__ = [
    "evaluate_model",
    "evaluate_samples",
    "frechet_classifier_distance",
    "frechet_distance",
    "frechet_of_points",
    "memorization",
    "mse",
    "nearest",
    "psnr",
]
