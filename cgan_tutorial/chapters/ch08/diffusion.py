"""A diffusion model small enough to have no network: numbers around a few known centres."""

from __future__ import annotations

import numpy as np


def denoise(noisy: np.ndarray, sigma: float, centers: np.ndarray, spread: float) -> np.ndarray:
    """The best guess E[x | x + σε] of what a noisy number was before the noise.

    The x lie around equally frequent centres, x = c + spread·ε. In a diffusion model for
    images a network learns this guess; here it is known (Bayes' rule for Gaussians).

    Args:
        noisy: (n,).
        sigma: standard deviation of the noise, above 0.
        centers: (k,).
        spread: standard deviation around each centre, above 0.

    Returns:
        (n,).
    """
    variance = spread**2 + sigma**2
    logits = -((noisy[:, None] - centers) ** 2) / (2 * variance)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    guesses = (spread**2 * noisy[:, None] + sigma**2 * centers) / variance
    return (weights * guesses).sum(axis=1)


def draw(count: int, steps: int, centers: np.ndarray, spread: float, seed: int = 0) -> np.ndarray:
    """Start from noise and take it away in `steps` steps, each towards the best guess.

    Euler's method for the probability flow, dx/dσ = (x − E[x₀|x]) / σ: Karras et al.
    (2022), algorithm 1 without its correction. The last step lands on the guess.

    Args:
        count: how many numbers to draw.
        steps: guesses that are made, at least 1; noise falls from 20 to 0.05 by equal
            factors, then to 0.
        centers: (k,), within −10 to 10.
        spread: standard deviation around each centre.
        seed: of the noise at the start.

    Returns:
        (count,).
    """
    sigmas = np.append(np.geomspace(20.0, 0.05, steps), 0.0)
    x = sigmas[0] * np.random.default_rng(seed).normal(size=count)
    for now, then in zip(sigmas[:-1], sigmas[1:], strict=True):
        x = x + (then - now) * (x - denoise(x, now, centers, spread)) / now
    return x
