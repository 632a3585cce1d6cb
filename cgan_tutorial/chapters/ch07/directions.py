"""Directions in a generator's latent space, found without labels, and their effects."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from cgan_tutorial.metrics import strokes
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.models.base import predict_in_batches

MEASURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "slant": strokes.slant,
    "thickness": strokes.thickness,
    "width": strokes.width,
}


def sefa(kernel: np.ndarray) -> np.ndarray:
    """Find the unit directions that a layer stretches most (SeFa; Shen & Zhou, 2021, eq. 5).

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
    """Find unit directions along which the first activations vary most (Härkönen et al., 2020).

    The principal components of the activations are mapped back to the latents by least
    squares (their section 2.2).

    Args:
        decoder: its first `layers` layers make the activations.
        latents: (n, latent_dim), standard normal, n at least 1,000 or so.

    Returns:
        (count, latent_dim): unit rows, the strongest first; not quite orthogonal.
    """
    first = keras.Sequential([keras.Input(decoder.input_shape[1:]), *decoder.layers[:layers]])
    components = PCA(count, random_state=0).fit_transform(predict_in_batches(first, latents))
    back = np.linalg.lstsq(components, latents, rcond=None)[0]
    return back / np.linalg.norm(back, axis=1, keepdims=True)


def random_directions(count: int, latent_dim: int, seed: int = 0) -> np.ndarray:
    """Draw random unit directions (count, latent_dim), the baseline of the others."""
    directions = np.random.default_rng(seed).normal(size=(count, latent_dim))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def changes(
    decode: Callable[[np.ndarray], np.ndarray],
    latents: np.ndarray,
    direction: np.ndarray,
    step: float = 1.0,
) -> pd.DataFrame:
    """Measure what changes in each image between −step and +step along a direction.

    Args:
        decode: latents (n, latent_dim) → images (n, 28, 28, 1) in [0, 1].
        latents: the midpoints, (n, latent_dim).
        direction: (latent_dim,), in latent units.
        step: in lengths of the direction.

    Returns:
        A row per latent vector. Per unit of step: the change of slant in degrees, of thickness
        and width in pixels, and in "grey value" the root mean square change of a pixel. In
        "class kept": whether both ends are classified as the same digit.
    """
    low, high = (np.clip(decode(latents + side * step * direction), 0, 1) for side in (-1, 1))
    table = {
        name: (measure(high) - measure(low)) / (2 * step) for name, measure in MEASURES.items()
    }
    table["grey value"] = np.sqrt(np.mean((high - low) ** 2, axis=(1, 2, 3))) / (2 * step)
    return pd.DataFrame({**table, "class kept": classify(low) == classify(high)})


def deviations(images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Compute each measure's standard deviation within a class: the unit of a large change."""
    values = pd.DataFrame({name: measure(images) for name, measure in MEASURES.items()})
    return (values - values.groupby(labels).transform("mean")).std().to_dict()
