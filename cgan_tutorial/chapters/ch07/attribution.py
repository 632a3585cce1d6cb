"""Which pixels move a score: gradients, integrated gradients, and whether to believe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from scipy import stats

from cgan_tutorial.chapters.ch07.gradients import gradient

STEPS = 32


def saliency(score: Callable[[Any], Any], images: np.ndarray) -> np.ndarray:
    """Gradient of the score with respect to each pixel (Simonyan et al., 2014).

    Args:
        score: a tensor of images → one number for each, (n,).
        images: float32 in [0, 1], (n, 28, 28, 1).

    Returns:
        (n, 28, 28, 1): how much the score rises for one unit of ink more at that pixel, to
        first order. Its magnitude is what is usually drawn.
    """
    return gradient(score, images)


def integrated_gradients(
    score: Callable[[Any], Any],
    images: np.ndarray,
    baseline: np.ndarray | float = 0.0,
    steps: int = STEPS,
) -> np.ndarray:
    """Share each image's score among its pixels (Sundararajan et al., 2017, eq. 1).

    (x − x₀) · ∫₀¹ ∇score(x₀ + t(x − x₀)) dt, the integral by the midpoint rule.

    Args:
        score: a tensor of images → one number for each, (n,).
        images: (n, 28, 28, 1).
        baseline: x₀, what counts as "nothing there"; 0 is an empty picture.
        steps: points on the way.

    Returns:
        Of the images' shape, in units of the score. The sum over an image's pixels is
        score(x) − score(x₀), up to the error of the rule: see `completeness_error`.

    Raises:
        ValueError: steps is not a positive integer.
    """
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps is {steps!r}; give an integer of at least 1, for example 32")
    way = images - baseline
    shares = (np.arange(steps) + 0.5) / steps
    total = sum(gradient(score, baseline + share * way) for share in shares)
    return way * total / steps


def completeness_error(
    score: Callable[[Any], Any],
    images: np.ndarray,
    maps: np.ndarray,
    baseline: np.ndarray | float = 0.0,
) -> np.ndarray:
    """What is missing from the sum of each map: |Σ map − (score(x) − score(x₀))|, (n,).

    In units of the score; 0 for integrated gradients without an error of the integral.
    """
    empty = np.zeros_like(images) + np.float32(baseline)
    change = _scores(score, images) - _scores(score, empty)
    return np.abs(maps.reshape(len(maps), -1).sum(axis=1) - change)


def shuffled(network: keras.Model, layers: int | None = None, seed: int = 0) -> keras.Model:
    """Copy a network and shuffle the weights of its last layers, each array within itself.

    The randomization test of Adebayo et al. (2018): a map that explains the network must
    change when the network has forgotten what it learned. Shuffling, unlike drawing anew,
    keeps each array's distribution.

    Args:
        network: left as it is.
        layers: how many layers with weights, counted from the output; None for all.
        seed: of the order.

    Raises:
        ValueError: the network has fewer layers with weights than that, or layers is negative.
    """
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    weighty = [layer for layer in copy.layers if layer.weights]
    count = len(weighty) if layers is None else layers
    if not 0 <= count <= len(weighty):
        raise ValueError(
            f"layers is {layers}; this network has {len(weighty)} layers with weights, "
            f"give a number from 0 to {len(weighty)}"
        )
    rng = np.random.default_rng(seed)
    for layer in weighty[len(weighty) - count :]:
        arrays = layer.get_weights()
        layer.set_weights([rng.permutation(array.ravel()).reshape(array.shape) for array in arrays])
    return copy


def rank_correlation(
    maps: np.ndarray, others: np.ndarray, where: np.ndarray | None = None
) -> np.ndarray:
    """Spearman's rank correlation of the magnitudes of two sets of maps, image by image.

    Args:
        maps, others: of equal shape (n, …).
        where: bool of that shape: the pixels that count; None for all.

    Returns:
        (n,), from −1 to 1: 1 if both rank the pixels alike; NaN for a map that is constant.

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(maps) != np.shape(others):
        raise ValueError(f"maps have shapes {np.shape(maps)} and {np.shape(others)}; give equal")
    where = np.ones(np.shape(maps), bool) if where is None else where
    pairs = zip(np.abs(maps), np.abs(others), where, strict=True)
    return np.array([_spearman(one[chosen], two[chosen]) for one, two, chosen in pairs])


def erased(images: np.ndarray, ranking: np.ndarray, count: int) -> np.ndarray:
    """Set the `count` pixels of each image that rank highest to 0 (deletion; Samek et al., 2017).

    Args:
        images: (n, 28, 28, 1).
        ranking: of the same shape; the largest values go first.
        count: pixels of each image.

    Raises:
        ValueError: the shapes differ.
    """
    if images.shape != ranking.shape:
        raise ValueError(f"images have shape {images.shape}, ranking {ranking.shape}; give equal")
    flat = images.reshape(len(images), -1).copy()
    order = np.argsort(-ranking.reshape(flat.shape), axis=1, kind="stable")[:, :count]
    np.put_along_axis(flat, order, 0.0, axis=1)
    return flat.reshape(images.shape)


def _scores(score, images):
    return np.asarray(keras.ops.convert_to_numpy(score(keras.ops.convert_to_tensor(images))))


def _spearman(one: np.ndarray, two: np.ndarray) -> float:
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        return float("nan")
    return float(stats.spearmanr(one, two).statistic)
