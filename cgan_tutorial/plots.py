"""Pictures: tiled digits and a few plain charts, each with a text for who cannot see it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from PIL import Image

if TYPE_CHECKING:
    import pandas as pd

# Okabe & Ito (2008): eight colours that colour-blind readers tell apart.
COLOURS = [
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#000000",
    "#F0E442",
]
STYLE = {
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.figsize": (7.5, 3.5),
    "figure.dpi": 96,
    "font.size": 10,
    "lines.linewidth": 2,
}


def tile(images: np.ndarray, columns: int, gap: int = 2, zoom: int = 2) -> np.ndarray:
    """Put images side by side, `columns` in a row.

    Args:
        images: (n, height, width, 1) or (n, height, width), values in [0, 1].
        columns: images in a row; the last row is filled up with white.
        gap: white pixels between images.
        zoom: each pixel is drawn as a square of this side.

    Returns:
        One grey image, uint8, black digits' background kept, white gaps.
    """
    images = np.asarray(images).reshape(len(images), *np.shape(images)[1:3])
    height, width = images.shape[1:]
    rows = -(-len(images) // columns)
    canvas = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap))
    for index, image in enumerate(images):
        top = gap + (index // columns) * (height + gap)
        left = gap + (index % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = np.clip(image, 0.0, 1.0)
    return np.kron(np.round(canvas * 255).astype("uint8"), np.ones((zoom, zoom), "uint8"))


def png_bundle(picture: np.ndarray | Figure, alt: str) -> tuple[dict, dict]:
    """Return a picture as the data and metadata that a notebook stores.

    Args:
        picture: a grey uint8 image, or a matplotlib figure (which is closed).
        alt: what is seen, in words; stored beside the picture as its text.

    Returns:
        The display data by type, and its metadata.
    """
    image = _rendered(picture) if isinstance(picture, Figure) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    data = {"image/png": buffer.getvalue(), "text/plain": alt}
    return data, {"image/png": {"alt": alt}}


def _rendered(figure: Figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.05)
    plt.close(figure)
    # 64 colours draw the same picture in a third of the bytes of a stored notebook.
    return Image.open(buffer).convert("RGB").quantize(64)


def show(picture: np.ndarray | Figure, alt: str) -> None:
    """Display a picture with its alternative text.

    Args:
        picture: a grey uint8 image, or a matplotlib figure (which is closed).
        alt: what is seen, in words, for readers who cannot see it.
    """
    from IPython.display import display

    data, metadata = png_bundle(picture, alt)
    display(data, raw=True, metadata=metadata)


def grid(
    images: np.ndarray,
    columns: int = 10,
    rows: list[str] | None = None,
    title: str = "",
    columns_named: list[str] | None = None,
) -> Figure:
    """Draw images in rows of `columns`, with a name before each row.

    Args:
        images: (n, height, width, 1), values in [0, 1].
        columns: images in a row.
        rows: names of the rows, top to bottom.
        title: what is seen.
        columns_named: names of the columns, left to right.
    """
    tiled = tile(images, columns, zoom=1)
    lines = -(-len(images) // columns)
    height = 7.0 * tiled.shape[0] / tiled.shape[1] + 0.4
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(7.0, height))
        axes.imshow(tiled, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        step = images.shape[1] + 2
        axes.set_yticks([step * (i + 0.5) for i in range(lines)] if rows else [], rows or [])
        names = columns_named or []
        axes.set_xticks([step * (i + 0.5) for i in range(len(names))], names)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)
    return figure


def curves(
    series: dict[str, tuple[np.ndarray, np.ndarray]],
    x_label: str,
    y_label: str,
    title: str = "",
    log: str = "",
) -> Figure:
    """Draw lines with points, one for each name, with a legend.

    Args:
        series: name → (x, y).
        x_label: name and unit of x.
        y_label: name and unit of y.
        title: what is seen.
        log: the axes with a logarithmic scale: "", "x", "y" or "xy".
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(layout="constrained")
        for (name, (x, y)), marker in zip(series.items(), "osD^vPX*", strict=False):
            axes.plot(x, y, marker=marker, label=name)
        for axis in log:
            _logarithmic(axes, axis)
        axes.set(xlabel=x_label, ylabel=y_label, title=title)
        figure.legend(frameon=False, loc="outside right upper")
    return figure


def _logarithmic(axes, axis: str) -> None:
    getattr(axes, f"set_{axis}scale")("log", base=2 if axis == "x" else 10)
    ruler = getattr(axes, f"{axis}axis")
    ruler.set_major_formatter("{x:g}")
    ruler.set_minor_formatter("{x:g}" if axis == "y" else "")


def latent_map(points: np.ndarray, labels: np.ndarray, title: str = "") -> Figure:
    """Draw two-dimensional latents, each point as the digit that it encodes.

    The digit's shape says the class, so the map does not rely on colour.

    Args:
        points: (n, 2).
        labels: (n,), integers from 0 to 9.
        title: what is seen.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (6.0, 6.0)}):
        figure, axes = plt.subplots()
        for digit in np.unique(labels):
            x, y = points[labels == digit].T
            colour = COLOURS[digit % 7]
            axes.scatter(x, y, marker=f"${digit}$", s=28, color=colour, linewidths=0.3)
        axes.set(xlabel="latent 1", ylabel="latent 2", title=title, aspect="equal")
    return figure


def panels(pictures: dict[str, np.ndarray]) -> Figure:
    """Draw tiled pictures (see `tile`, `plane`) side by side, each under its title."""
    count = len(pictures)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, count, figsize=(7.5, 7.5 / count + 0.3), squeeze=False, layout="constrained"
        )
        for panel, (title, picture) in zip(axes[0], pictures.items(), strict=True):
            panel.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            panel.set_title(title)
            panel.set_axis_off()
    return figure


def plane(decode, low: np.ndarray, high: np.ndarray, steps: int = 12) -> np.ndarray:
    """Decode a square lattice of two-dimensional latents and tile the images.

    Args:
        decode: latents (n, 2) → images (n, 28, 28, 1).
        low: the lattice's lower left corner, (2,).
        high: its upper right corner, (2,).
        steps: points along each side.

    Returns:
        One grey image, uint8; the first latent grows to the right, the second upwards.
    """
    across, up = (np.linspace(low[axis], high[axis], steps) for axis in (0, 1))
    lattice = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)
    return tile(decode(lattice), steps, gap=0, zoom=1)


def film(frames: list[np.ndarray], rows: int = 6, row: int = -1) -> Figure:
    """Draw what a training showed at a few of its epochs, early ones closer together.

    Args:
        frames: one for each epoch, (k, n, 28, 28, 1), as `History.film` has them.
        rows: epochs that are shown, the first and the last among them.
        row: which of the k rows of pictures; the last one holds samples of fixed latents.
    """
    chosen = np.unique(np.round(np.geomspace(1, len(frames), rows)).astype(int))
    images = np.concatenate([frames[epoch - 1][row] for epoch in chosen])
    return grid(images, frames[0].shape[1], [f"epoch {epoch}" for epoch in chosen])


def record(
    table: pd.DataFrame, column: str, label: str, live: pd.DataFrame | None = None
) -> Figure:
    """Draw a recorded experiment: a dot for each seed, a bar at their median, a star for now.

    Args:
        table: with columns "name" and `column`, a row for each participant and seed.
        column: what is drawn, on a logarithmic scale if it spans more than a factor of ten.
        label: its name and unit.
        live: the same for runs of now; drawn over the record.
    """
    names = list(dict.fromkeys(table["name"]))
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 0.42 * len(names) + 1.0)}):
        figure, axes = plt.subplots(layout="constrained")
        places = table["name"].map(names.index)
        axes.plot(table[column], places, "o", alpha=0.6, label="recorded seeds")
        medians = table.groupby("name")[column].median()[names]
        bar = {"ms": 18, "mew": 2, "color": "black", "label": "their median"}
        axes.plot(medians, range(len(names)), "|", **bar)
        if live is not None:
            rows = live["name"].map(names.index)
            axes.plot(live[column], rows, "*", ms=12, color=COLOURS[3], label="this run, live")
        if table[column].max() > 10 * table[column].min():
            _logarithmic(axes, "x")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set(xlabel=label)
        figure.legend(frameon=False, loc="outside upper left", ncols=3)
    return figure


def clouds(
    real: np.ndarray, fakes: dict[str, np.ndarray], columns: int = 5, size: float = 1
) -> Figure:
    """Draw points in the plane, a panel for each set, over real points in grey.

    Args:
        real: (n, 2), the same in each panel; they fix its limits.
        fakes: title → points (m, 2); those outside the limits are cut off.
        columns: panels in a row.
        size: area of a point, in square points of print.
    """
    rows = -(-len(fakes) // columns)
    low, high = real.min() - 0.5, real.max() + 0.5
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 7.5 / columns * rows + 0.25 * rows)}):
        figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained")
        for panel in axes.flat:
            panel.set_axis_off()
        for panel, (title, points) in zip(axes.flat, fakes.items(), strict=False):
            panel.scatter(*real.T, s=size, color="0.75", rasterized=True)
            panel.scatter(*points.T, s=size, color=COLOURS[1], rasterized=True)
            panel.set(xlim=(low, high), ylim=(low, high), aspect="equal")
            panel.set_title(title, fontsize=9)
    return figure
