"""Figures of chapter 2: curves, densities with discriminators, and games of two players."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy.special import expit
from scipy.stats import norm

from cgan_tutorial.chapters.ch02 import densities
from cgan_tutorial.chapters.ch02.rotation import RULES, path, step_matrix
from cgan_tutorial.plots import COLOURS, STYLE

DASHES = ["-", "--", "-.", ":"]
MARKERS = "osD^"
FARTHEST = 6.0
STEPS = 30
LINE = np.linspace(-4.0, 10.0, 701)
EDGE = 2.15
# Fixed margins: finding them again takes longer than drawing, and a slider cannot wait.
SQUARE = {"left": 0.08, "right": 0.98, "bottom": 0.08, "top": 0.9, "wspace": 0.2, "hspace": 0.42}
MARGINS = {"left": 0.09, "right": 0.98, "bottom": 0.13, "top": 0.92, "wspace": 0.25, "hspace": 0.35}

Curve = tuple[np.ndarray, np.ndarray]


def lines(
    series: dict[str, Curve],
    x_label: str,
    y_label: str,
    title: str = "",
    levels: dict[str, float] | None = None,
) -> Figure:
    """Draw smooth lines, told apart by colour and dashes, and named grey levels across.

    Args:
        series: name → (x, y).
        x_label: name and unit of x.
        y_label: name and unit of y.
        title: what is seen.
        levels: name → the height of a thin grey line.
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(layout="constrained")
        _draw(axes, series)
        _draw_levels(axes, levels or {})
        axes.set(xlabel=x_label, ylabel=y_label, title=title)
        axes.legend(frameon=False)
    return figure


def fates(real: np.ndarray, games: dict[str, list[tuple[np.ndarray, str]]]) -> Figure:
    """Draw a row for each game: its fakes at some moments, over real points in gray.

    Args:
        real: (n, 2); they fix the limits. Points outside lie on the frame.
        games: name → (fakes (m, 2), what is said above them) of each moment.
    """
    rows, columns = len(games), max(map(len, games.values()))
    low, high = real.min() - 0.8, real.max() + 0.8
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 2.05 * rows)}):
        figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained")
        for line, (name, moments) in zip(axes, games.items(), strict=True):
            line[0].set_ylabel(name)
            for panel, (fakes, said) in zip(line, moments, strict=True):
                panel.scatter(*real.T, s=5, color="0.7", linewidths=0)
                inside = np.clip(fakes, low + 0.06, high - 0.06)
                panel.scatter(*inside.T, s=9, color=COLOURS[3], marker="^", linewidths=0)
                panel.set(xlim=(low, high), ylim=(low, high), aspect="equal", xticks=[], yticks=[])
                panel.spines[:].set_visible(True)
                panel.set_title(said, fontsize=9)
    return figure


def turned_line(points: np.ndarray, angle: float, error: Curve, levels: dict[str, float]) -> Figure:
    """Draw plane points with a line through their mean, and the error of every such line.

    Args:
        points: (n, 2).
        angle: of the line that is drawn, in degrees against the first axis.
        error: angles in degrees, and the error of each.
        levels: name → the height of a thin grey line among the errors.
    """
    mean, radians = points.mean(axis=0), np.deg2rad(angle)
    ends = mean + np.outer([-4, 4], [np.cos(radians), np.sin(radians)])
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(1, 2, layout="constrained")
        left.scatter(*points.T, s=6, color=COLOURS[5], linewidths=0)
        left.plot(*ends.T, color=COLOURS[3])
        left.set(xlabel="$x_1$", ylabel="$x_2$", title=f"the line at {angle:.0f}°", aspect="equal")
        right.plot(*error, color=COLOURS[0])
        _draw_levels(right, levels)
        right.axvline(angle, color=COLOURS[3], linewidth=1)
        right.set(xlabel="angle of the line, degrees", ylabel="error, squared units of x")
        right.set_title("what each line loses")
        right.set_ylim(0)
    return figure


def judged(shown: dict[str, Curve], judges: dict[str, Curve], zoom: tuple[float, float]) -> Figure:
    """Draw densities, and below them the probability of "real" by one or more discriminators.

    Where the first discriminator says more than ½, the ground is tinted.

    Args:
        shown: name → (x, density).
        judges: name → (x, probability).
        zoom: the limits of x, lowest and highest.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 4.4)}):
        figure, places = plt.subplots(2, 1, sharex=True, layout="constrained")
        _draw(places[0], shown)
        _draw(places[1], judges, first=2)
        x, probability = next(iter(judges.values()))
        for axes in places:
            whole = {"transform": axes.get_xaxis_transform(), "color": COLOURS[0], "alpha": 0.1}
            axes.fill_between(x, 0, 1, where=probability > 0.5, linewidth=0, **whole)
            axes.legend(frameon=False, loc="upper right")
        places[1].axhline(0.5, color="grey", linewidth=1)
        places[0].set(ylabel="density", ylim=0)
        places[1].set(xlabel="x; shaded: D*(x) > ½", ylabel="D(x)", ylim=(0, 1), xlim=zoom)
    return figure


class Apart:
    """Two Gaussians, their best discriminator and three measures, in a figure that stays.

    Only its lines and its title move, so that sliders need not draw all of it again.

    Args:
        distance: between the means, from 0 to 6.
        sigma: standard deviation of both, positive.
    """

    def __init__(self, distance: float, sigma: float = 1.0):
        with plt.rc_context(STYLE):
            self.figure = Figure(figsize=(7.5, 3.75))
            self.places = self.figure.subplot_mosaic(
                [["densities", "measures"], ["judge", "measures"]], gridspec_kw=MARGINS
            )
            upper, lower = self.places["densities"], self.places["judge"]
            _draw_pair(upper, lower, distance, sigma)
            upper.set_xticks([-3, 0, 3, 6, 9], [])
            self.title = upper.set_title("")
            right = self.places["measures"]
            _draw_measures(right, distance, sigma)
            upper.legend(fontsize=8, frameon=False, loc="upper right")
            right.legend(fontsize=8, frameon=False, loc="center right", bbox_to_anchor=(1, 0.4))
        _animate(self.title, self.figure)
        self.move(distance, sigma)

    def move(self, distance: float, sigma: float) -> Figure:
        """Show another pair; return the figure."""
        measures = _measures(sigma)
        _move(self.places["judge"], _judge(distance, sigma).values())
        _move(self.places["measures"], [*measures.values(), *_marks(distance, measures)])
        upper = self.places["densities"]
        _move(upper, _gaussians(distance, sigma).values())
        # A power of two, so that the axis seldom changes.
        top = 2.0 ** np.ceil(np.log2(1.05 * norm.pdf(0, 0, sigma)))
        upper.set_ylim(-0.04 * top, top)
        self.title.set_text(f"{distance:g} apart, σ = {sigma:g}")
        return self.figure


class Rotation:
    """How three rules play a·b from (1, 0), and the eigenvalues of one step of each.

    Of each pair of complex eigenvalues, the upper one is seen. As with `Apart`, the
    figure stays and its lines move.

    Args:
        step: the length of a step, greater than 0.
        penalty: on the second player, at least 0.
    """

    def __init__(self, step: float, penalty: float = 0.0):
        with plt.rc_context(STYLE):
            self.figure = Figure(figsize=(6.6, 5.5))
            names = [*RULES, "eigenvalues"]
            grid = self.figure.subplots(2, 2, gridspec_kw=SQUARE).ravel()
            self.places = dict(zip(names, grid, strict=True))
            for index, (name, curve) in enumerate(_paths(step, penalty).items()):
                _draw_path(self.places[name], name, curve, COLOURS[index])
            _draw_eigenvalues(self.places["eigenvalues"], step, penalty)
            self.title = self.figure.text(0.5, 0.955, "", ha="center")
        _animate(self.title, self.figure)
        self.move(step, penalty)

    def move(self, step: float, penalty: float) -> Figure:
        """Show another game; return the figure."""
        for name, curve in _paths(step, penalty).items():
            _move(self.places[name], [curve])
        _move(self.places["eigenvalues"], _eigenvalues(step, penalty))
        self.title.set_text(f"{STEPS} steps of {step:g} from (1, 0), penalty {penalty:g}")
        return self.figure


def _draw_path(axes: Axes, name: str, curve: Curve, color: str) -> None:
    axes.plot(*curve, "o-", color=color, linewidth=1, markersize=4)
    axes.plot(0, 0, "k+", markersize=12)
    axes.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal", title=name)
    axes.set(xlabel="a", ylabel="b", xticks=[-2, 0, 2], yticks=[-2, 0, 2])


def _draw_eigenvalues(axes: Axes, step: float, penalty: float) -> None:
    for index, places in enumerate(_eigenvalues(step, penalty)):
        look = {"color": COLOURS[index], "markersize": 8 - 1.5 * index, "label": list(RULES)[index]}
        axes.plot(*places, MARKERS[index], **look)
    turn = np.linspace(0, 1.98, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="grey", linewidth=1, zorder=1)
    axes.set(xlabel="real part", ylabel="imaginary part", title="eigenvalues of one step")
    axes.set(xlim=(-0.4, 1.25), ylim=(-0.15, 1.25), aspect="equal")
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(0.0, 0.3))


def _paths(step: float, penalty: float) -> dict[str, Curve]:
    return {name: _inside(path(rule, step, STEPS, penalty)) for name, rule in RULES.items()}


def _inside(positions: np.ndarray) -> Curve:
    """Return a path as x and y until it leaves the frame for the first time."""
    out = np.abs(positions).max(axis=1) > EDGE
    shown = np.where(np.maximum.accumulate(out)[:, None], np.nan, positions)
    return shown[:, 0], shown[:, 1]


def _eigenvalues(step: float, penalty: float) -> list[Curve]:
    found = [np.linalg.eigvals(step_matrix(rule, step, penalty)) for rule in RULES.values()]
    upper = [values[values.imag >= 0] for values in found]
    return [(values.real, values.imag) for values in upper]


def _animate(title: Text, figure: Figure) -> None:
    """Mark a figure's lines and its title as what moves; see `frames`."""
    for artist in [title, *(line for axes in figure.axes for line in axes.lines)]:
        artist.set_animated(True)


def _move(axes: Axes, curves: Iterable[Curve]) -> None:
    """Give the first lines of the axes other data, in the order in which they were drawn."""
    for line, curve in zip(axes.lines, curves, strict=False):
        line.set_data(*curve)


def _draw(axes: Axes, series: dict[str, Curve], first: int = 0) -> None:
    for index, (name, (x, y)) in enumerate(series.items(), start=first):
        axes.plot(x, y, DASHES[index % 4], color=COLOURS[index], label=name)


def _draw_levels(axes: Axes, levels: dict[str, float]) -> None:
    for name, height in levels.items():
        axes.axhline(height, color="grey", linewidth=1)
        where = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        axes.annotate(name, (1, height), (-2, 2), ha="right", color="dimgrey", **where)


def _draw_pair(upper: Axes, lower: Axes, distance: float, sigma: float) -> None:
    _draw(upper, _gaussians(distance, sigma))
    _draw(lower, _judge(distance, sigma), first=2)
    upper.set(ylabel="density")
    lower.set(xlabel="x", ylabel="best D(x)", ylim=(-0.05, 1.05))
    lower.set_xticks([-3, 0, 3, 6, 9])


def _draw_measures(axes: Axes, distance: float, sigma: float) -> None:
    curves = _measures(sigma)
    _draw(axes, curves)
    for index, mark in enumerate(_marks(distance, curves)):
        axes.plot(*mark, MARKERS[index], color=COLOURS[index])
    axes.axhline(np.log(2), color="grey", linewidth=1)
    axes.annotate("log 2", (5.4, 0.45), color="dimgrey")
    axes.set(xlabel="distance of the means", ylim=(0, 4), title="three measures")


def _gaussians(distance: float, sigma: float) -> dict[str, Curve]:
    means = {"data": 0, "fakes": distance}
    return {name: (LINE, norm.pdf(LINE, mean, sigma)) for name, mean in means.items()}


def _judge(distance: float, sigma: float) -> dict[str, Curve]:
    score = norm.logpdf(LINE, 0, sigma) - norm.logpdf(LINE, distance, sigma)
    return {"": (LINE, expit(score))}


def _measures(sigma: float) -> dict[str, Curve]:
    """Three measures of two Gaussians over the distance of their means."""
    x = np.linspace(0, FARTHEST, 61)
    curves = {
        "Jensen-Shannon, nats": np.interp(x / sigma, *_js_by_distance()),
        "Kullback-Leibler, nats": densities.normal_kl(0, sigma, x, sigma),
        "Wasserstein, units of x": x,
    }
    return {name: (x, y) for name, y in curves.items()}


def _marks(distance: float, measures: dict[str, Curve]) -> list[Curve]:
    return [([distance], [np.interp(distance, x, y)]) for x, y in measures.values()]


@cache
def _js_by_distance() -> Curve:
    """JS of N(0, 1) and N(d, 1), which depends on the distance in deviations only."""
    far, x = np.linspace(0, 40, 401), np.linspace(-8, 48, 1121)
    p = norm.pdf(x)
    return far, np.array([densities.js(p, norm.pdf(x, d), x) for d in far])
