"""Chapter 2's pictures behind sliders: two Gaussians moved apart, and a game that turns."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from cgan_tutorial.chapters.ch02 import densities, figures
from cgan_tutorial.chapters.ch02.rotation import RULES, growth
from cgan_tutorial.widgets.frames import frames
from cgan_tutorial.widgets.page import PageWidget


def distance_frames(distance: float = 3.0, sigma: float = 1.0) -> PageWidget:
    """Move two Gaussians apart, and see how three measures of their distance change.

    Return the widget as the last value of a cell.

    Args:
        distance: between the means at the start, 0 to 6.
        sigma: standard deviation of both at the start, 0.25 to 2.
    """
    alt = (
        "Left: two Gaussians, data and fakes, and below them the best discriminator, which falls "
        "from 1 to 0 between them. Right: three measures against the distance of the means."
    )
    sliders = ("distance", np.linspace(0, figures.FARTHEST, 13)), ("σ", [0.25, 1, 2])
    move = figures.Apart(distance, sigma).move
    return frames(move, *sliders, said=three_measures, alt=alt, start=(distance, sigma))


def rotation_frames(step: float = 0.3, penalty: float = 0.0) -> PageWidget:
    """Change the step size and the penalty of a game whose players circle its equilibrium.

    Return the widget as the last value of a cell.

    Args:
        step: step size at the start, 0.05 to 1.
        penalty: on the second player at the start, 0 to 3.
    """
    alt = (
        f"Three panels: {figures.STEPS} steps of an update rule each, from (1, 0) around the "
        "equilibrium (0, 0). Last panel: the eigenvalues of a step, and a circle of radius 1."
    )
    steps, penalties = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1], [0, 0.5, 1, 1.5, 2, 3]
    sliders = ("step size", steps), ("penalty γ", penalties)
    move = figures.Rotation(step, penalty).move
    return frames(move, *sliders, said=three_growths, alt=alt, start=(step, penalty))


def three_measures(distance: float, sigma: float) -> str:
    """Say how far N(0, sigma²) and N(distance, sigma²) are apart, in three measures."""
    x = np.linspace(-8 * sigma, distance + 8 * sigma, 2001)
    nearness = densities.js(norm.pdf(x, 0, sigma), norm.pdf(x, distance, sigma), x)
    return (
        f"Jensen–Shannon {nearness:.3f} nats (at most {np.log(2):.3f}), Kullback–Leibler "
        f"{densities.normal_kl(0.0, sigma, distance, sigma):.2f} nats, Wasserstein {distance:.2f}"
    )


def three_growths(step: float, penalty: float) -> str:
    """Say by what factor each rule multiplies the distance from the equilibrium per step."""
    factors = [f"{name} ×{growth(rule, step, penalty):.3f}" for name, rule in RULES.items()]
    return f"Distance from the equilibrium per step: {', '.join(factors)}"
