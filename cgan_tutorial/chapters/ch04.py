"""Chapter 4: the steps from DCGAN to this book's GAN, and two pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from scipy.spatial.distance import cdist

from cgan_tutorial import models, networks
from cgan_tutorial.plots import COLOURS, STYLE

LATENTS = 32
# The Fréchet classifier distance of 1,000 training digits to the 1,000 test digits.
REAL = 1.1


@dataclass(frozen=True)
class Settings:
    """Settings of a GAN and of its training; the defaults are those of DCGAN."""

    hidden: int = 0
    width: int = 32
    normalize: bool = True
    batch_size: int = 64
    learning_rate: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)
    loss: str = "non-saturating"
    gp_weight: float = 0.0
    ema_decay: float = 0.0

    def build(self) -> tuple[models.GAN, dict[str, Any]]:
        """Build the GAN; return it with the arguments of its `train`."""
        generator = networks.generator(LATENTS, self.width, hidden=self.hidden)
        discriminator = networks.discriminator(
            self.width, hidden=self.hidden, normalize=self.normalize
        )
        if self.gp_weight or self.ema_decay:
            model = models.StabilizedGAN(
                generator, discriminator, self.loss, self.gp_weight, self.ema_decay
            )
        else:
            model = models.GAN(generator, discriminator, self.loss)
        adam = keras.optimizers.Adam(self.learning_rate, *self.betas)
        return model, {"batch_size": self.batch_size, "optimizer": adam}


_FAST = {"hidden": 256, "width": 16, "normalize": False, "learning_rate": 4e-3}
_RELATIVISTIC = {**_FAST, "gp_weight": 0.1, "loss": "relativistic"}
_LOW_MOMENTUM = {**_RELATIVISTIC, "betas": (0.0, 0.9), "batch_size": 32}
LADDER: dict[str, Callable[[], tuple[keras.Model, dict[str, Any]]]] = {
    "DCGAN": Settings().build,
    "+ narrow, fast, no norm in D": Settings(**_FAST).build,
    "+ penalty": Settings(**_FAST, gp_weight=0.1).build,
    "+ relativistic loss": Settings(**_RELATIVISTIC).build,
    "+ β₁ = 0, batch 32": Settings(**_LOW_MOMENTUM).build,
    "+ EMA": Settings(**_LOW_MOMENTUM, ema_decay=0.98).build,
    "DCGAN + dense layer": Settings(hidden=256).build,
}


def distance_over_time(record: pd.DataFrame) -> Figure:
    """Draw the distance to real digits against the seconds of training, a line for each GAN.

    Args:
        record: rows of benchmarks/time_to_quality.py.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 3.6)}):
        figure, axes = plt.subplots(layout="constrained")
        groups = record.groupby("contestant", sort=False)
        for (name, rows), color in zip(groups, COLOURS, strict=False):
            x, y = rows["training seconds"], rows["distance"]
            axes.plot(x, y, "o-", ms=3, color=color)
            label = f"{name}\n(each point is a run)" if name.startswith("this book") else name
            # The two tutorials end close together.
            place = {"xytext": (6, 12 if "Keras" in name else 0), "textcoords": "offset points"}
            axes.annotate(label, (x.iloc[-1], y.iloc[-1]), color=color, va="center", **place)
        axes.axhline(REAL, color="0.5", ls=":")
        axes.annotate("1,000 real digits", (5.5, REAL), xytext=(0, 4), textcoords="offset points")
        axes.set(xscale="log", yscale="log", xlim=(5, 4500), ylim=(0.8, 400))
        axes.set(xlabel="seconds of training on one core", ylabel="Fréchet distance")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
    return figure


def balls(real: np.ndarray, samples: np.ndarray, k: int) -> Figure:
    """Draw precision and recall of points in the plane: balls, and what lies in them.

    Args:
        real, samples: of shape (n, 2) and (m, 2).
        k: each ball reaches to the k-th nearest other point.
    """
    low, high = (move(np.concatenate([real, samples]), axis=0) for move in (np.min, np.max))
    kinds = {"real points": (real, "0.3", "o"), "samples": (samples, COLOURS[1], "s")}
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 3.6)}):
        figure, panels = plt.subplots(1, 2, layout="constrained")
        for panel, name, (there, here) in zip(
            panels, ("precision", "recall"), (list(kinds), list(kinds)[::-1]), strict=True
        ):
            share = _fill(panel, kinds[there], kinds[here], k)
            panel.set_title(f"{name} {share:.2f}: {here} in balls around {there}", fontsize=8.5)
            panel.set(xlim=(low[0] - 0.9, high[0] + 0.9), ylim=(low[1] - 0.9, high[1] + 0.9))
            panel.set(xticks=[], yticks=[], aspect="equal")
    return figure


def _fill(panel: Axes, there: tuple, here: tuple, k: int) -> float:
    """Draw balls around points; fill the other points that lie in one, and return their share."""
    (centers, color, mark), (points, ink, sign) = there, here
    radii = np.sort(cdist(centers, centers), axis=1)[:, k]
    for center, radius in zip(centers, radii, strict=True):
        panel.add_patch(Circle(center, radius, color=color, alpha=0.15, lw=0))
    inside = (cdist(points, centers) <= radii).any(axis=1)
    panel.plot(*centers.T, mark, color=color, ms=4)
    panel.plot(*points[inside].T, sign, color=ink, ms=8)
    panel.plot(*points[~inside].T, sign, color="white", mec=ink, mew=2, ms=8)
    return inside.mean()
