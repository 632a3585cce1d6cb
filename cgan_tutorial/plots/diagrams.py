"""Diagrams of models: what flows forward, and which loss trains which network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from cgan_tutorial.plots.style import COLOURS, STYLE

BLUE, ORANGE = COLOURS[0], COLOURS[3]
TINTS = {"data": "#EEEEEE", "random": "#FFFFFF", "loss": "#FBE3D3", "loss 2": "#D8E8F4"}
NETWORK = "#E3F1EA"
HIGH = 0.62  # of a box


class Box(NamedTuple):
    """A part of a diagram: its text, its center, and its kind.

    The kinds are data, random, loss, loss 2, encoder (narrow at the right), decoder (wide there).
    """

    text: str
    x: float
    y: float
    kind: str = "data"
    width: float = 1.15


class Arrow(NamedTuple):
    """From one box to another, through corners; a color makes it a gradient, drawn dashed."""

    start: str
    end: str
    color: str = ""
    via: tuple[tuple[float, float], ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Diagram:
    """Boxes by their keys, arrows between them, notes at places, and all of it in words."""

    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    alt: str
    notes: tuple[tuple[str, float, float, str], ...] = ()


DIAGRAMS = {
    "autoencoder": Diagram(
        {
            "x": Box("image\n$x$", 0, 0),
            "e": Box("encoder", 1.7, 0, "encoder"),
            "z": Box("latent\n$z$", 3.3, 0, width=0.8),
            "d": Box("decoder", 4.9, 0, "decoder"),
            "r": Box("reconstruction\n$\\hat{x}$", 6.75, 0, width=1.45),
            "l": Box("loss $\\|x-\\hat{x}\\|^2$", 3.3, 1.35, "loss", 1.7),
        },
        (
            *(Arrow(a, b) for a, b in ("xe", "ez", "zd", "dr")),
            Arrow("x", "l", via=((0, 1.35),)),
            Arrow("r", "l", via=((6.75, 1.35),)),
            Arrow("l", "d", ORANGE, ((3.3, 0.85), (4.9, 0.85))),
            Arrow("l", "e", ORANGE, ((3.3, 0.85), (1.7, 0.85))),
        ),
        "An autoencoder: an encoder maps an image to a short latent vector, and a decoder maps it "
        "to a reconstruction. One loss compares the two images and trains both networks.",
    ),
    "vae": Diagram(
        {
            "x": Box("image\n$x$", 0, 0),
            "e": Box("encoder", 1.5, 0, "encoder"),
            "m": Box("$\\mu,\\ \\sigma$", 2.85, 0, width=0.75),
            "n": Box("noise\n$\\varepsilon \\sim N(0, I)$", 4.25, -1.25, "random", 1.35),
            "z": Box("$z = \\mu + \\sigma\\varepsilon$", 4.25, 0, width=1.35),
            "d": Box("decoder", 5.75, 0, "decoder"),
            "r": Box("reconstruction\n$\\hat{x}$", 7.4, 0, width=1.4),
            "k": Box("KL loss", 2.85, 1.35, "loss 2"),
            "l": Box("reconstruction loss", 5.0, 1.35, "loss", 1.9),
        },
        (
            *(Arrow(a, b) for a, b in ("xe", "em", "mz", "nz", "zd", "dr", "mk")),
            Arrow("r", "l", via=((7.4, 1.35),)),
            Arrow("x", "l", via=((0, 2.0), (5.0, 2.0))),
            Arrow("l", "d", ORANGE, ((5.75, 0.8),)),
            Arrow("l", "e", ORANGE, ((5.0, 0.8), (1.75, 0.8))),
            Arrow("k", "e", BLUE, ((1.25, 1.35),)),
        ),
        "A variational autoencoder: the encoder gives a mean and a standard deviation. Noise from "
        "outside is scaled and shifted by them to a latent vector, which is decoded. The gradient "
        "of the reconstruction loss reaches the encoder through both; the KL loss trains the "
        "encoder alone.",
        (("no gradient", 4.98, -0.62, "0.4"),),
    ),
    "gan": Diagram(
        {
            "z": Box("noise\n$z \\sim N(0, I)$", 0, 0, "random", 1.4),
            "g": Box("generator", 1.75, 0, "decoder"),
            "f": Box("fake images\n$G(z)$", 3.45, 0, width=1.3),
            "x": Box("real images\n$x$", 3.45, 1.35, width=1.3),
            "d": Box("discriminator", 5.35, 0.68, "encoder", 1.3),
            "dl": Box("D's loss:\nreal or fake?", 7.3, 1.35, "loss 2", 1.4),
            "gl": Box("G's loss:\nfakes look real?", 7.3, 0, "loss", 1.4),
        },
        (
            *(Arrow(a, b) for a, b in ("zg", "gf", "fd", "xd")),
            Arrow("d", "dl"),
            Arrow("d", "gl"),
            Arrow("dl", "d", BLUE, ((7.3, 2.05), (5.35, 2.05))),
            Arrow("gl", "g", ORANGE, ((7.3, -0.85), (1.75, -0.85))),
        ),
        "A GAN: a generator maps noise to fake images; a discriminator sees real and fake images. "
        "The discriminator's loss trains the discriminator alone; the generator's loss trains the "
        "generator alone, through a discriminator that is held fixed.",
        (
            ("trains the discriminator only", 6.3, 2.17, BLUE),
            ("trains the generator only, through the fixed discriminator", 4.5, -0.73, ORANGE),
        ),
    ),
    "conditional-gan": Diagram(
        {
            "z": Box("noise\n$z \\sim N(0, I)$", 0, 0, "random", 1.4),
            "c": Box("class $c$", 0, 1.35, width=1.4),
            "g": Box("generator", 1.75, 0, "decoder"),
            "f": Box("fake images\n$G(z, c)$", 3.45, 0, width=1.3),
            "x": Box("real images\nwith class $c$", 3.45, 1.35, width=1.3),
            "d": Box("discriminator", 5.35, 0.68, "encoder", 1.3),
            "dl": Box("D's loss:\nreal, and a $c$?", 7.3, 1.35, "loss 2", 1.4),
            "gl": Box("G's loss", 7.3, 0, "loss", 1.4),
        },
        (
            *(Arrow(a, b) for a, b in ("zg", "cg", "gf", "fd", "xd")),
            Arrow("c", "d", via=((0, 2.3), (5.0, 2.3))),
            Arrow("d", "dl"),
            Arrow("d", "gl"),
            Arrow("dl", "d", BLUE, ((7.3, 2.05), (5.6, 2.05))),
            Arrow("gl", "g", ORANGE, ((7.3, -0.85), (1.75, -0.85))),
        ),
        "A conditional GAN: the generator receives the class beside the noise, and the "
        "discriminator is asked about that class. Each loss trains its own network only.",
        (("trains the generator only", 4.5, -0.73, ORANGE),),
    ),
    "cgan": Diagram(
        {
            "x": Box("image\n$x$", 0, 0),
            "e": Box("encoder", 1.5, 0, "encoder"),
            "z": Box("latent\n$z$", 2.85, 0, width=0.8),
            "n": Box("noise\n$z \\sim N(0, I)$", 2.85, -1.3, "random", 1.4),
            "g": Box("generator", 4.3, 0, "decoder"),
            "r": Box("reconstruction\n$\\hat{x}$", 6.0, 0.5, width=1.4),
            "f": Box("fake images\n$G(z)$", 6.0, -0.75, width=1.4),
            "d": Box("discriminator", 7.8, -0.75, "encoder", 1.3),
            "l": Box("reconstruction loss,\nKL loss of $z$", 2.85, 1.45, "loss", 1.9),
            "a": Box("adversarial losses", 7.8, 0.75, "loss 2", 1.7),
        },
        (
            *(Arrow(a, b) for a, b in ("xe", "ez", "zg", "gr", "gf", "fd", "da")),
            Arrow("n", "g", via=((4.3, -1.3),)),
            Arrow("x", "l", via=((0, 1.45),)),
            Arrow("r", "l", via=((6.0, 1.45),)),
            Arrow("l", "e", ORANGE, ((2.85, 0.8), (1.5, 0.8))),
            Arrow("l", "g", ORANGE, ((2.85, 0.8), (4.1, 0.8))),
            Arrow("a", "g", BLUE, ((7.8, 2.1), (4.6, 2.1))),
            Arrow("a", "d", BLUE, ((8.25, 0.2),)),
            Arrow("x", "d", via=((0, -1.95), (7.8, -1.95))),
        ),
        "This book's CGAN: encoder and generator form a variational autoencoder, and generator and "
        "discriminator form a GAN. The reconstruction loss trains encoder and generator; of the "
        "adversarial losses one trains the generator, one the discriminator.",
    ),
    "unet": Diagram(
        {
            "x": Box("image\n28×28", 0.4, 2, width=1.0),
            "b": Box("14×14", 1.9, 1, "encoder", 0.95),
            "c": Box("7×7", 3.4, 0, "encoder", 0.95),
            "e": Box("14×14", 4.9, 1, "decoder", 0.95),
            "f": Box("28×28", 6.2, 2, "decoder", 0.95),
            "y": Box("answer\n28×28", 7.8, 2, width=1.0),
        },
        (
            *(Arrow(a, b) for a, b in ("xb", "bc", "ce", "ef", "fy")),
            Arrow("x", "f", text="skip connection: concatenated"),
            Arrow("b", "e", text="skip connection"),
        ),
        "A U-Net: an image is halved twice and doubled twice. Skip connections carry the image and "
        "the feature maps of 14×14 across, where they are concatenated.",
    ),
}


def draw(name: str) -> Figure:
    """Draw the diagram of a model; `DIAGRAMS[name].alt` says it in words.

    Solid arrows are the forward pass. A dashed one goes from a loss to a network that it trains.

    Raises:
        ValueError: there is no diagram of this name.
    """
    if name not in DIAGRAMS:
        raise ValueError(f"there is no diagram {name!r}; choose one of {', '.join(DIAGRAMS)}")
    shown = DIAGRAMS[name]
    points = [(box.x, box.y) for box in shown.boxes.values()]
    points += [point for arrow in shown.arrows for point in arrow.via]
    (left, below), (right, above) = np.min(points, axis=0), np.max(points, axis=0)
    width, height = right - left + 1.8, above - below + 1.0
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(7.5, 7.5 * height / width))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(left - 0.9, right + 0.9), ylim=(below - 0.5, above + 0.5))
        axes.set_axis_off()
        for box in shown.boxes.values():
            _box(axes, box)
        for arrow in shown.arrows:
            _arrow(axes, shown.boxes, arrow)
        for text, x, y, color in shown.notes:
            axes.text(x, y, text, color=color, ha="center", va="center", fontsize=8)
    return figure


def _box(axes: Axes, box: Box) -> None:
    left, low, high = box.x - box.width / 2, box.y - HIGH / 2, box.y + HIGH / 2
    look = {"edgecolor": "0.25", "linewidth": 1.2, "zorder": 2}
    if box.kind in ("encoder", "decoder"):
        slope = HIGH / 4 if box.kind == "encoder" else -HIGH / 4
        right, big, small = left + box.width, max(slope, 0), max(-slope, 0)
        corners = [(left, low - big), (left, high + big), (right, high + small)]
        corners.append((right, low - small))
        axes.add_patch(Polygon(corners, facecolor=NETWORK, **look))
    else:
        look["linestyle"] = ":" if box.kind == "random" else "-"
        style = "round,pad=0,rounding_size=0.12"
        patch = FancyBboxPatch((left, low), box.width, HIGH, style, facecolor=TINTS[box.kind])
        patch.update(look)
        axes.add_patch(patch)
    axes.text(box.x, box.y, box.text, ha="center", va="center", fontsize=9, zorder=3)


def _arrow(axes: Axes, boxes: dict[str, Box], arrow: Arrow) -> None:
    start, end = boxes[arrow.start], boxes[arrow.end]
    centers = [(start.x, start.y), *arrow.via, (end.x, end.y)]
    points = [_edge(start, centers[1]), *arrow.via, _edge(end, centers[-2])]
    look = {"color": arrow.color or "0.25", "linewidth": 1.4, "zorder": 1}
    look["linestyle"] = (0, (4, 2)) if arrow.color else "-"
    axes.plot(*zip(*points, strict=True), **look, solid_joinstyle="miter")
    tip = {"arrowstyle": "-|>", "color": look["color"], "shrinkA": 0, "shrinkB": 0, "linewidth": 0}
    before, last = np.array(points[-2]), np.array(points[-1])
    back = last - (last - before) / max(np.hypot(*(last - before)), 1e-9) * 0.01
    axes.annotate("", last, back, arrowprops={**tip, "mutation_scale": 12})
    if arrow.text:
        (x, y), (u, v) = points[0], points[-1]
        middle = (x + u) / 2, (y + v) / 2 + 0.14
        axes.text(*middle, arrow.text, ha="center", va="center", fontsize=8, color="0.3")


def _edge(box: Box, toward: tuple[float, float]) -> tuple[float, float]:
    """Return where a line from a box to a point leaves the box: upright or level if it can."""
    right, up = toward[0] - box.x, toward[1] - box.y
    slope = {"encoder": -1, "decoder": 1}.get(box.kind, 0)
    if abs(right) < box.width / 2:
        tall = HIGH / 2 + HIGH / 8 * (abs(slope) + 2 * slope * right / box.width)
        return toward[0], box.y + np.sign(up) * tall
    if abs(up) < HIGH / 2:
        return box.x + np.sign(right) * box.width / 2, toward[1]
    share = min(box.width / 2 / abs(right), HIGH * (1 + abs(slope) / 4) / 2 / abs(up))
    return box.x + share * right, box.y + share * up
