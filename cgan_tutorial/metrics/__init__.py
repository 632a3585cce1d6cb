"""How well images are reconstructed, and how closely samples resemble real images."""

from cgan_tutorial.metrics.features import features_for, train_features
from cgan_tutorial.metrics.frechet import (
    frechet_classifier_distance,
    frechet_distance,
    frechet_of_points,
)
from cgan_tutorial.metrics.images import memorization, mse, nearest, psnr
from cgan_tutorial.metrics.kernel import images_needed, kernel_distance
from cgan_tutorial.metrics.report import evaluate_model, evaluate_samples

__all__ = [
    "evaluate_model",
    "evaluate_samples",
    "features_for",
    "frechet_classifier_distance",
    "frechet_distance",
    "frechet_of_points",
    "images_needed",
    "kernel_distance",
    "memorization",
    "mse",
    "nearest",
    "psnr",
    "train_features",
]
