"""Directions in a generator's latent space that nobody labelled, and what any direction does."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from cgan_tutorial.metrics import strokes
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.models.base import in_batches

MEASURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "slant": strokes.slant,
    "thickness": strokes.thickness,
    "width": strokes.width,
}


def sefa(kernel: np.ndarray) -> np.ndarray:
    """Unit directions that a layer's weights stretch most (SeFa; Shen & Zhou, 2021, eq. 5).

    Args:
        kernel: of the generator's first dense layer, (latent_dim, units).

    Returns:
        (latent_dim, latent_dim): orthonormal rows, the most stretched first.

    Raises:
        ValueError: the kernel is not a matrix of finite numbers.
    """
    kernel = np.asarray(kernel, "float64")
    if kernel.ndim != 2 or not np.isfinite(kernel).all():
        raise ValueError(
            f"the kernel has shape {kernel.shape}; give finite weights (latent_dim, units), "
            "such as those of the generator's first dense layer"
        )
    _, vectors = np.linalg.eigh(kernel @ kernel.T)
    return vectors.T[::-1]


def ganspace(decoder: keras.Model, count: int, latents: np.ndarray, layers: int = 3) -> np.ndarray:
    """Unit directions along which the first activations vary most (Härkönen et al., 2020).

    Principal components of the activations of drawn latents, carried back to the latents by
    least squares (their section 2.2).

    Args:
        decoder: its first `layers` layers are a dense one and what follows it.
        count: how many directions.
        latents: (n, latent_dim), standard normal, n at least 1,000 or so.
        layers: how many layers make the activations.

    Returns:
        (count, latent_dim): unit rows, the strongest first; not quite orthogonal.
    """
    first = keras.Sequential([keras.Input(decoder.input_shape[1:]), *decoder.layers[:layers]])
    places = PCA(count, random_state=0).fit_transform(in_batches(first, latents))
    back = np.linalg.lstsq(places, latents, rcond=None)[0]
    return back / np.linalg.norm(back, axis=1, keepdims=True)


def random_directions(count: int, latent_dim: int, seed: int = 0) -> np.ndarray:
    """Unit directions (count, latent_dim) that mean nothing: what the others must beat."""
    ways = np.random.default_rng(seed).normal(size=(count, latent_dim))
    return ways / np.linalg.norm(ways, axis=1, keepdims=True)


def changes(
    decode: Callable[[np.ndarray], np.ndarray],
    latents: np.ndarray,
    direction: np.ndarray,
    step: float = 1.0,
) -> pd.DataFrame:
    """What a walk from −step to +step along a direction changes on each picture.

    Args:
        decode: latents (n, latent_dim) → images (n, 28, 28, 1) in [0, 1].
        latents: where the walks have their middle, (n, latent_dim).
        direction: (latent_dim,), in latent units.
        step: half of the walk, in lengths of the direction.

    Returns:
        A row for each latent vector. For a step of 1: the change of slant in degrees, of thickness
        and width in pixels, and under "grey value" how much a pixel changes, root mean square.
        Under "class kept": whether both ends are read as one digit.
    """
    ends = [np.clip(decode(latents + side * step * direction), 0, 1) for side in (-1, 1)]
    found = {
        name: (measure(ends[1]) - measure(ends[0])) / (2 * step)
        for name, measure in MEASURES.items()
    }
    found["grey value"] = np.sqrt(np.mean((ends[1] - ends[0]) ** 2, axis=(1, 2, 3))) / (2 * step)
    read = [classify(images) for images in ends]
    return pd.DataFrame({**found, "class kept": read[0] == read[1]})


def deviations(images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Standard deviation of each measure within a class of real digits: what is a large change.

    Args:
        images: float32 in [0, 1], (n, 28, 28, 1).
        labels: (n,), integers from 0 to 9.
    """
    values = pd.DataFrame({name: measure(images) for name, measure in MEASURES.items()})
    return (values - values.groupby(labels).transform("mean")).std().to_dict()
