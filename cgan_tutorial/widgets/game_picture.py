"""The game as a still picture: what a stored notebook keeps of it."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cgan_tutorial import plots
from cgan_tutorial.data.toy2d import shape
from cgan_tutorial.widgets.game_bytes import COLOURS
from cgan_tutorial.widgets.game_settings import Settings
from cgan_tutorial.widgets.game_state import NETS, REACH, Frame

# Every alternative text starts so; a page in which the game is alive hides its still by it.
NAME = "Game of points"


def described(settings: Settings, frame: Frame) -> str:
    """A frame in a sentence: the alternative text of its picture."""
    seen = frame.numbers
    return (
        f"{NAME} on the {settings.data} data after round {seen['rounds']:.0f}: fakes reach "
        f"{seen['covered']} of {seen['modes']} {shape(settings.data).parts}, at a distance of "
        f"{seen['distance']:.2f} nats (0.69 is the most); D ranks {seen['accuracy']:.0%} of "
        "the pairs (real, fake) rightly."
    )


def still(
    settings: Settings, real: np.ndarray, frame: Frame, past: list[dict[str, float]]
) -> tuple[Figure, str]:
    """Draw the plane beside the losses, the distance and the modes covered so far.

    Args:
        settings: of the game.
        real: the real points that are shown, (n, 2).
        frame: the moment to draw.
        past: the numbers of the moments up to this one.

    Returns:
        The figure and its alternative text.
    """
    with plt.rc_context({**plots.STYLE, "font.size": 9, "axes.titlesize": 9}):
        figure = plt.figure(figsize=(7.6, 4.3), layout="constrained")
        places = figure.subplot_mosaic(
            [["plane", "losses"], ["plane", "distance"], ["plane", "covered"]],
            width_ratios=[1.6, 1],
        )
        draw_plane(places["plane"], real, frame, across=NETS[settings.noise][0])
        places["plane"].set_title(f"{settings.data}, {settings.loss}, round {past[-1]['rounds']}")
        _draw_past(places, past)
        figure.legend(loc="outside lower left", ncols=5, frameon=False, fontsize=8)
    return figure, described(settings, frame)


def draw_plane(axes: Axes, real: np.ndarray, frame: Frame, across: int) -> None:
    """Draw all layers of a frame; `across` is the number of latents along a side of the net."""
    # Few steps: the stored picture has 64 colours, and the points need some of them.
    tints = LinearSegmentedColormap.from_list(
        "ground", [_tint(COLOURS["ground"]), "white", _tint(COLOURS["real"])], N=31
    )
    sides = (-REACH, REACH) * 2
    look = {
        "origin": "lower",
        "interpolation": "bilinear",
        "interpolation_stage": "data",
        "vmin": 0,
        "vmax": 1,
    }
    axes.imshow(frame.ground, extent=sides, cmap=tints, **look)
    net = frame.net.reshape(-1, across, 2)
    for line in [*net, *(net.swapaxes(0, 1) if len(net) > 1 else [])]:
        axes.plot(*line.T, color=COLOURS["net"], linewidth=0.6, alpha=0.6)
    mark = {"markeredgecolor": "white", "markeredgewidth": 0.3, "linestyle": ""}
    axes.plot(*real.T, "o", color=COLOURS["real"], markersize=4, label="real", **mark)
    axes.plot(*frame.fakes.T, "^", color=COLOURS["fakes"], markersize=5, label="fake", **mark)
    lengths = np.linalg.norm(frame.push, axis=1, keepdims=True)
    arrows = 0.7 * frame.push / (lengths + 0.4)
    starts = frame.fakes[: len(arrows)]
    style = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004}
    axes.quiver(*starts.T, *arrows.T, color=COLOURS["push"], **style)
    # A legend would show a quiver as a block.
    sign = {"marker": r"$\rightarrow$", "linestyle": "", "markersize": 11}
    axes.plot([], [], color=COLOURS["push"], label="push on a fake", **sign)
    axes.set(xlim=sides[:2], ylim=sides[:2], aspect="equal")
    axes.set(xlabel="first coordinate", ylabel="second coordinate")


def _draw_past(places: dict[str, Axes], past: list[dict[str, float]]) -> None:
    steps = [row["discriminator_steps"] + row["generator_steps"] for row in past]

    def line(axes: str, name: str, colour: str, style: str = "-", **more: str) -> None:
        """Draw what the past says under a name, over the steps of both players."""
        shown = [row[name] for row in past]
        places[axes].plot(steps, shown, style, color=COLOURS[colour], linewidth=1.2, **more)

    line("losses", "discriminator", "real", label="loss of D")
    line("losses", "generator", "fakes", "--", label="loss of G")
    line("distance", "distance", "push")
    line("covered", "covered", "push")
    places["losses"].set(title="Losses")
    places["distance"].set(title="Distance (grid JS, nats)", ylim=(0, 0.72))
    most = past[-1]["modes"]
    places["covered"].set(title="Modes that fakes reach", ylim=(0, 1.04 * most))
    places["covered"].set(xlabel="steps of D and of G together")


def _tint(colour: str, share: float = 0.55) -> tuple[float, ...]:
    # As the page does it: a share of the colour on white.
    return tuple(1 - share * (1 - int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
