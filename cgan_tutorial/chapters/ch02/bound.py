"""The bound of the variational autoencoder in a model whose exact answer is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from cgan_tutorial.chapters.ch02.densities import normal_kl


@dataclass(frozen=True)
class LinearGaussian:
    """z ~ N(0, 1) and x | z ~ N(weight·z + offset, sigma²), one number each.

    Its p(x) and p(z|x) are Gaussians too, so everything that a VAE approximates is
    known here. Probabilistic PCA in one dimension: Tipping & Bishop (1999).

    Attributes:
        weight: of the decoder.
        offset: of the decoder.
        sigma: standard deviation of the noise, positive.
    """

    weight: float = 2.0
    offset: float = 1.0
    sigma: float = 0.5

    def log_marginal(self, x):
        """log p(x) in nats: p(x) = N(offset, weight² + sigma²)."""
        return norm.logpdf(x, self.offset, np.hypot(self.weight, self.sigma))

    def posterior(self, x):
        """The mean and the standard deviation of p(z|x)."""
        variance = self.weight**2 + self.sigma**2
        return self.weight * (x - self.offset) / variance, self.sigma / np.sqrt(variance)

    def bound(self, x, mean, sigma):
        """E[log p(x|z)] − KL(q ‖ N(0, 1)) in nats, for z ~ q = N(mean, sigma²)."""
        at_mean = norm.logpdf(x, self.weight * mean + self.offset, self.sigma)
        reconstruction = at_mean - (self.weight * sigma / self.sigma) ** 2 / 2
        return reconstruction - normal_kl(mean, sigma, 0.0, 1.0)
