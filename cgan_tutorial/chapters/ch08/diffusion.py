"""A diffusion model whose denoiser is known: numbers around a few centers."""

from __future__ import annotations

import numpy as np


def denoise(noisy: np.ndarray, sigma: float, centers: np.ndarray, spread: float) -> np.ndarray:
    """Return the best guess E[x | x + σε] of the numbers before the noise.

    The x lie around equally frequent centers, x = c + spread·ε. In a diffusion model for
    images a network learns this guess; here Bayes' rule for Gaussians gives it.

    Takes and returns (n,). `sigma` and `spread`, above 0, are the standard deviations of the
    noise and around the centers (k,).
    """
    variance = spread**2 + sigma**2
    logits = -((noisy[:, None] - centers) ** 2) / (2 * variance)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    guesses = (spread**2 * noisy[:, None] + sigma**2 * centers) / variance
    return (weights * guesses).sum(axis=1)


def draw(count: int, steps: int, centers: np.ndarray, spread: float, seed: int = 0) -> np.ndarray:
    """Generate `count` numbers (count,): start from noise and remove it in `steps` steps.

    Euler's method for the probability flow, dx/dσ = (x − E[x₀|x]) / σ: Karras et al.
    (2022), algorithm 1 without its correction. The noise falls from 20 to 0.05 by equal
    factors, then to 0, so the last step lands on the guess; centers lie within −10 to 10.
    """
    sigmas = np.append(np.geomspace(20.0, 0.05, steps), 0.0)
    x = sigmas[0] * np.random.default_rng(seed).normal(size=count)
    for now, then in zip(sigmas[:-1], sigmas[1:], strict=True):
        x = x + (then - now) * (x - denoise(x, now, centers, spread)) / now
    return x
