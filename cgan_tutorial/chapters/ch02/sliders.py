"""Sliders for chapter 2: two Gaussians slid apart, and a game that turns."""

from __future__ import annotations

import io
from collections.abc import Callable

import ipywidgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from scipy.stats import norm

from cgan_tutorial import plots
from cgan_tutorial.chapters.ch02 import densities, figures
from cgan_tutorial.chapters.ch02.rotation import RULES, growth

WITHOUT_FRONT_END = "Run this cell to get its sliders."


class Moving:
    """Draws a figure whose lines and title move over a background that is kept.

    Axes, ticks and legends take most of the time of a drawing. They are drawn once for
    each set of limits of the axes.

    Args:
        picture: has a `figure` and a `title`.
    """

    def __init__(self, picture: figures.Apart | figures.Rotation):
        self.places = picture.figure.axes
        self.canvas = FigureCanvasAgg(picture.figure)
        self.artists = [line for axes in self.places for line in axes.lines] + [picture.title]
        for artist in self.artists:
            artist.set_animated(True)
        self.backgrounds = {}

    def png(self) -> bytes:
        """The figure as it stands, always of the same size."""
        limits = tuple(axes.viewLim.bounds for axes in self.places)
        if limits not in self.backgrounds:
            self.canvas.draw()
            self.backgrounds[limits] = self.canvas.copy_from_bbox(self.canvas.figure.bbox)
        self.canvas.restore_region(self.backgrounds[limits])
        for artist in self.artists:
            artist.draw(self.canvas.renderer)
        buffer = io.BytesIO()
        Image.fromarray(np.asarray(self.canvas.buffer_rgba())).save(buffer, "png", compress_level=1)
        return buffer.getvalue()


class FigureSliders:
    """A figure, a sentence with its numbers, and the sliders that change both.

    Displayed as the last value of a cell.

    Args:
        picture: see `Moving`; its `move` takes the sliders' values.
        describe: the sliders' values → a sentence.
        sliders: in the order of the arguments of both functions.
    """

    def __init__(
        self,
        picture: figures.Apart | figures.Rotation,
        describe: Callable[..., str],
        sliders: list[ipywidgets.FloatSlider],
    ):
        self.picture, self.describe, self.sliders = picture, describe, sliders
        self.drawing = Moving(picture)
        self.image, self.sentence = ipywidgets.Image(), ipywidgets.HTML()
        for slider in sliders:
            slider.observe(self._show, names="value")
        self.box = ipywidgets.VBox([*sliders, self.sentence, self.image])
        self._show()

    @property
    def values(self) -> list[float]:
        """Where the sliders stand."""
        return [slider.value for slider in self.sliders]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {
            "text/plain": WITHOUT_FRONT_END,
            "application/vnd.jupyter.widget-view+json": view,
        }

    def _show(self, change=None) -> None:
        self.sentence.value = self.describe(*self.values)
        self.picture.move(*self.values)
        self.image.value = self.drawing.png()


def distance_sliders(distance: float = 3.0, sigma: float = 1.0) -> FigureSliders:
    """Slide two Gaussians apart, and see what three measures make of it.

    A strip of three distances comes first, which is all that a page without a
    kernel shows. Return the sliders as the last value of the cell.

    Args:
        distance: where the first slider starts, from 0 to 6.
        sigma: where the second one starts, from 0.2 to 2.

    Raises:
        ValueError: a start is out of its range.
    """
    sliders = [
        _slider("distance", distance, 0.0, figures.FARTHEST, 0.1),
        _slider("sigma", sigma, 0.2, 2.0, 0.1),
    ]
    shown = [1.0, 3.0, 6.0]
    alt = (
        "Two Gaussians 1, 3 and 6 apart; below each pair its best discriminator, which falls "
        "from 1 to 0 between them, the more steeply the farther they are apart."
    )
    plots.show(figures.apart_strip(shown), alt)
    return FigureSliders(figures.Apart(distance, sigma), three_measures, sliders)


def rotation_sliders(step: float = 0.3, penalty: float = 0.0) -> FigureSliders:
    """Change the step and the penalty of a game that turns.

    A strip of six games comes first, which is all that a page without a kernel
    shows. Return the sliders as the last value of the cell.

    Args:
        step: where the first slider starts, from 0.05 to 1.
        penalty: where the second one starts, from 0 to 3.

    Raises:
        ValueError: a start is out of its range.
    """
    sliders = [
        _slider("step", step, 0.05, 1.0, 0.05),
        _slider("penalty", penalty, 0.0, 3.0, 0.1),
    ]
    alt = (
        "Paths of three rules for steps of 0.1, 0.3 and 0.6. Without a penalty simultaneous "
        "steps leave in a spiral, alternating ones go round, extragradient comes in; with a "
        "penalty of 1 all three come in."
    )
    plots.show(figures.rotation_strip([0.1, 0.3, 0.6], [0.0, 1.0]), alt)
    return FigureSliders(figures.Rotation(step, penalty), three_growths, sliders)


def three_measures(distance: float, sigma: float) -> str:
    """Say how far N(0, sigma²) and N(distance, sigma²) are apart, in three measures."""
    x = np.linspace(-8 * sigma, distance + 8 * sigma, 2001)
    nearness = densities.js(norm.pdf(x, 0, sigma), norm.pdf(x, distance, sigma), x)
    return (
        f"Jensen-Shannon {nearness:.3f} of at most {np.log(2):.3f} nats; Kullback-Leibler "
        f"{densities.normal_kl(0.0, sigma, distance, sigma):.2f} nats; "
        f"Wasserstein {distance:.2f} units of x"
    )


def three_growths(step: float, penalty: float) -> str:
    """Say by what each rule multiplies the distance from the equilibrium in the long run."""
    factors = [f"{name} ×{growth(rule, step, penalty):.3f}" for name, rule in RULES.items()]
    return f"Distance from the equilibrium per step: {', '.join(factors)}"


def _slider(name: str, value: float, low: float, high: float, step: float):
    if not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; give a number from {low:g} to {high:g}")
    return ipywidgets.FloatSlider(
        value=value, min=low, max=high, step=step, description=name, layout={"width": "28em"}
    )
