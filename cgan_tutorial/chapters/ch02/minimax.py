"""The game between two densities: the best discriminator and the generator's slopes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import expit
from scipy.stats import norm

# Small enough for six digits of a slope, large enough for float32.
NUDGE = 1e-2


def best_discriminator(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """D*(x) = p(x) / (p(x) + q(x)): the probability that x is real.

    Goodfellow et al. (2014), proposition 1. Where neither density has mass no
    answer is better than another; ½ is given there.

    Args:
        p: the data's density, any shape.
        q: the generator's density, of the same shape.
    """
    both = p + q
    return np.divide(p, both, out=np.full(np.shape(both), 0.5), where=both > 0)


def generator_slope(loss: Callable, scores: np.ndarray) -> np.ndarray:
    """The derivative of the generator's loss by the score of its fake, at each score.

    Args:
        loss: one of `losses.LOSSES`, of three arrays of scores.
        scores: logits of "real", (n,); the real image's score is held at 0.
    """

    def of_the_generator(score):
        """One fake's score → the generator's loss."""
        return float(loss(np.zeros(1), np.zeros(1), np.array([score]))[1])

    rises = [of_the_generator(s + NUDGE) - of_the_generator(s - NUDGE) for s in scores]
    return np.array(rises) / (2 * NUDGE)


def pushes(distance: float, x: np.ndarray) -> tuple[float, float]:
    """How strongly the best discriminator pushes N(distance, 1) towards the data, N(0, 1).

    The best score is log p/q, so its slope in x is −distance everywhere.

    Args:
        distance: between the two means, at least 0.
        x: a grid that holds both densities, (n,).

    Returns:
        −dL/d(distance) of the generator's loss, minimax and non-saturating.
    """
    q = norm.pdf(x, distance)
    judged = expit(norm.logpdf(x) - norm.logpdf(x, distance))
    minimax, non_saturating = trapezoid(q * judged, x), trapezoid(q * (1 - judged), x)
    return distance * minimax, distance * non_saturating
