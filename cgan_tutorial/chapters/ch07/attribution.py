"""Which pixels move a score: integrated gradients, and tests of such maps."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from scipy import stats

from cgan_tutorial.chapters.ch07.gradients import gradient
from cgan_tutorial.chapters.common import copy_network, flatten
from cgan_tutorial.data import check_count

STEPS = 32


def integrated_gradients(
    score: Callable[[Any], Any],
    images: np.ndarray,
    baseline: np.ndarray | float = 0.0,
    steps: int = STEPS,
) -> np.ndarray:
    """Share each image's score among its pixels (Sundararajan et al., 2017, eq. 1).

    (x − x₀) · ∫₀¹ ∇score(x₀ + t(x − x₀)) dt, the integral by the midpoint rule.

    Args:
        score: a tensor of images → one number per image, (n,).
        images: (n, 28, 28, 1).
        baseline: x₀, the image that counts as empty; 0 is black.
        steps: points of the integral.

    Returns:
        Maps of the images' shape, in units of the score. The sum of a map is
        score(x) − score(x₀), up to the error of the rule: see `completeness_error`.

    Raises:
        ValueError: steps is not a positive integer.
    """
    check_count("steps", steps)
    difference = images - baseline
    fractions = (np.arange(steps) + 0.5) / steps
    total = sum(gradient(score, baseline + t * difference) for t in fractions)
    return difference * total / steps


def completeness_error(
    score: Callable[[Any], Any],
    images: np.ndarray,
    maps: np.ndarray,
    baseline: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Measure what the sum of each map misses: |Σ map − (score(x) − score(x₀))|, (n,).

    In units of the score; 0 for integrated gradients whose integral is exact.
    """
    ends = images, np.zeros_like(images) + np.float32(baseline)
    after, before = (ops.convert_to_numpy(score(ops.convert_to_tensor(end))) for end in ends)
    return np.abs(flatten(maps).sum(axis=1) - (after - before))


def shuffle_weights(network: keras.Model, layers: int | None = None, seed: int = 0) -> keras.Model:
    """Copy a network and shuffle the weights of its last layers, each array within itself.

    The randomization test of Adebayo et al. (2018): a map that explains the network must
    change when the network loses what it learned. Shuffling keeps each array's distribution.

    Args:
        network: stays as it is.
        layers: number of layers with weights, counted from the output; None for all.

    Raises:
        ValueError: layers is negative, or the network has fewer layers with weights.
    """
    copy = copy_network(network)
    weighted = [layer for layer in copy.layers if layer.weights]
    count = len(weighted) if layers is None else layers
    if not 0 <= count <= len(weighted):
        raise ValueError(
            f"layers is {layers}; this network has {len(weighted)} layers with weights, "
            f"give a number from 0 to {len(weighted)}"
        )
    rng = np.random.default_rng(seed)
    for layer in weighted[len(weighted) - count :]:
        arrays = layer.get_weights()
        layer.set_weights([rng.permutation(array.ravel()).reshape(array.shape) for array in arrays])
    return copy


def rank_correlation(
    maps: np.ndarray, others: np.ndarray, where: np.ndarray | None = None
) -> np.ndarray:
    """Compute Spearman's rank correlation of the magnitudes of two sets of maps, per image.

    Args:
        maps, others: of equal shape (n, …).
        where: bool of that shape: the pixels that count; None for all.

    Returns:
        (n,), from −1 to 1, the latter for the same ranking; NaN for a constant map.

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(maps) != np.shape(others):
        raise ValueError(f"maps have shapes {np.shape(maps)} and {np.shape(others)}; give equal")
    where = np.ones(np.shape(maps), bool) if where is None else where
    triples = zip(np.abs(maps), np.abs(others), where, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        return np.array([stats.spearmanr(a[mask], b[mask]).statistic for a, b, mask in triples])


def erase(images: np.ndarray, ranking: np.ndarray, count: int) -> np.ndarray:
    """Set the `count` pixels of each image that rank highest to 0 (deletion; Samek et al., 2017).

    Args:
        images: (n, 28, 28, 1).
        ranking: of the same shape; the largest values go first.

    Raises:
        ValueError: the shapes differ.
    """
    if images.shape != ranking.shape:
        raise ValueError(f"images have shape {images.shape}, ranking {ranking.shape}; give equal")
    pixels = flatten(images).copy()
    order = np.argsort(-flatten(ranking), axis=1, kind="stable")[:, :count]
    np.put_along_axis(pixels, order, 0.0, axis=1)
    return pixels.reshape(images.shape)
