"""How far apart two densities on the line are: by number on a grid, and in closed form."""

from __future__ import annotations

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import rel_entr
from scipy.stats import wasserstein_distance

from cgan_tutorial.metrics.divergence import jensen_shannon

LARGEST_LEAK = 1e-2


def kl(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """KL(p ‖ q) = ∫ p log(p/q) dx, in nats; infinite where p has mass and q has none.

    Args:
        p: a density at the points of the grid, (n,).
        q: another one.
        x: the grid, (n,), growing.

    Raises:
        ValueError: p or q is no density on this grid.
    """
    check_densities(p, q, x)
    return float(trapezoid(rel_entr(p, q), x))


def js(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """JS(p, q) of the masses in the cells of the grid, in nats, from 0 to log 2.

    Args and errors: as for `kl`.
    """
    check_densities(p, q, x)
    cells = np.gradient(x)
    return jensen_shannon(p * cells, q * cells)


def wasserstein(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """W₁(p, q): the least mean distance over which p's mass is moved to make q, in units of x.

    Args and errors: as for `kl`.
    """
    check_densities(p, q, x)
    cells = np.gradient(x)
    return float(wasserstein_distance(x, x, p * cells, q * cells))


def normal_kl(mean, sigma, other_mean, other_sigma):
    """KL(N(mean, sigma²) ‖ N(other_mean, other_sigma²)) on the line, in nats.

    The arguments are numbers, or arrays that fit each other; the sigmas are positive.
    """
    ratio = sigma / other_sigma
    shift = (mean - other_mean) / other_sigma
    return (ratio**2 + shift**2 - 1) / 2 - np.log(ratio)


def check_densities(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> None:
    """Refuse what is no pair of densities on the grid x.

    Raises:
        ValueError: the shapes differ, a value is negative, or an integral is not 1.
    """
    for name, density in (("p", p), ("q", q)):
        if np.shape(density) != np.shape(x):
            raise ValueError(
                f"{name} has shape {np.shape(density)} and the grid {np.shape(x)}; "
                "give the density at each point of the grid"
            )
        if not np.min(density) >= 0:
            raise ValueError(f"{name} has values below 0 or none at all; give a density")
        mass = trapezoid(density, x)
        if not abs(mass - 1) <= LARGEST_LEAK:
            raise ValueError(
                f"{name} integrates to {mass:.3f} on this grid; "
                "give a density, and a grid that holds all of it"
            )
