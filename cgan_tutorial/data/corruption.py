"""Images with noise, or with a part missing."""

from __future__ import annotations

import numpy as np


def add_gaussian_noise(images: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    """Add Gaussian noise of standard deviation `sigma` and clip the result to [0, 1]."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, images.shape)
    return np.clip(images + noise, 0.0, 1.0).astype("float32")


def remove_patch(images: np.ndarray, size: int, seed: int = 0) -> np.ndarray:
    """Set one `size`×`size` patch of each image to 0, at a random place.

    The patch keeps four pixels away from the edges where it can, because the border
    of an MNIST digit is empty.
    """
    height, width = images.shape[1:3]
    margin = min(4, (height - size) // 2)
    rng = np.random.default_rng(seed)
    tops = rng.integers(margin, height - size - margin + 1, len(images))
    lefts = rng.integers(margin, width - size - margin + 1, len(images))
    occluded = images.copy()
    for image, top, left in zip(occluded, tops, lefts, strict=True):
        image[top : top + size, left : left + size] = 0.0
    return occluded
