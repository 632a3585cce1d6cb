"""Figures: mosaics of images, curves, maps of points; each is shown with alternative text."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from cgan_tutorial.plots.diagrams import DIAGRAMS, draw
from cgan_tutorial.plots.style import (
    COLOURS,
    FEW_COLORS,
    GRAY,
    OPAQUE,
    SCALE,
    STORED_COLORS,
    STYLE,
    TEN_COLORS,
    WIDTH,
)

if TYPE_CHECKING:
    import keras

# Charts are turned dark where the page is; pictures in them keep their brightness.
DARK = (
    'body:is([data-jp-theme-light="false"],.vscode-dark) .cgan-chart,'
    'html:is([theme="dark"],[data-theme="dark"]) .cgan-chart{filter:invert(.93) hue-rotate(180deg)}'
)


def tile(images: np.ndarray, columns: int, gap: int = 2, zoom: int = 2) -> np.ndarray:
    """Arrange images in a mosaic.

    Args:
        images: (n, height, width) or (n, height, width, 1 or 3); values are clipped to [0, 1].
        columns: images in a row; the last row is filled up with white.
        gap: white pixels between images.
        zoom: side of the square that each pixel becomes.

    Returns:
        uint8: (height, width) of gray images, (height, width, 3) of colored ones.

    Raises:
        ValueError: the images have another shape.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(
            f"images have shape {images.shape}; give (n, height, width, channels) "
            "with 1 channel for gray or 3 for color"
        )
    images = images[..., 0] if images.shape[3:] == (1,) else images
    count, height, width, *channels = images.shape
    rows = -(-count // columns)
    canvas = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap, *channels))
    for index, image in enumerate(images):
        top = gap + (index // columns) * (height + gap)
        left = gap + (index % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = np.clip(image, 0.0, 1.0)
    return np.round(canvas * 255).astype("uint8").repeat(zoom, axis=0).repeat(zoom, axis=1)


def bundle(picture: np.ndarray | Figure, alt: str) -> dict[str, str]:
    """Return a picture as the display data that a notebook stores.

    It is HTML, because neither JupyterLab nor the pages that nbconvert writes show the
    alternative text of a PNG output.

    Args:
        picture: uint8, (height, width) or (height, width, 3), or a figure (which is closed).
        alt: the alternative text, for readers who cannot see the picture.
    """
    return {"text/html": f"{img(picture, alt)}<style>{DARK}</style>", "text/plain": alt}


def img(picture: np.ndarray | Figure, alt: str) -> str:
    """Return a picture as an HTML element; for the arguments see `bundle`.

    Figures are drawn at twice their size, for sharp screens.
    """
    chart, scale = "", 1
    if isinstance(picture, Figure):
        chart, scale = "" if has_images(picture) else ' class="cgan-chart"', SCALE
        image = _rendered(picture)
    else:
        image = Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    source = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
    alt, width = html.escape(alt), image.width // scale
    return f'<img{chart} alt="{alt}" width="{width}" src="{source}">'


def has_images(figure: Figure) -> bool:
    """Say whether a figure shows images, which no theme may invert."""
    return any(axes.images for axes in figure.axes)


def _rendered(figure: Figure) -> Image.Image:
    if has_images(figure):
        _fit_both_themes(figure)
    buffer = io.BytesIO()
    dpi = SCALE * figure.dpi
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.05, dpi=dpi)
    plt.close(figure)
    picture = Image.open(buffer)
    if picture.getextrema()[3][0] < OPAQUE:
        return picture.quantize(STORED_COLORS, Image.Quantize.FASTOCTREE)
    picture = picture.convert("RGB")
    # 64 colors draw the same picture in a third of the bytes of a stored notebook, unless it
    # shows images in color.
    return picture.quantize(STORED_COLORS) if picture.getcolors(FEW_COLORS) else picture


def _fit_both_themes(figure: Figure) -> None:
    """Make the ground transparent and the black ink gray: a dark page cannot invert images."""
    for part in figure.findobj():
        if isinstance(part, (Figure, Axes)):
            part.patch.set_alpha(0.0)
        elif isinstance(part, Text) and part.get_color() == "black":
            part.set_color(GRAY)


def show(picture: np.ndarray | Figure, alt: str) -> None:
    """Display a picture with its alternative text; for the arguments see `bundle`."""
    from IPython.display import display

    display(bundle(picture, alt), raw=True)


def diagram(name: str) -> None:
    """Display the diagram of a model, one of `DIAGRAMS`, with its alternative text.

    Solid arrows are the forward pass. A dashed one goes from a loss to a network that it trains.

    Raises:
        ValueError: there is no diagram of this name.
    """
    show(draw(name), DIAGRAMS[name].alt)


def grid(
    images: np.ndarray,
    columns: int = 10,
    rows: list[str] | None = None,
    title: str = "",
    columns_named: list[str] | None = None,
) -> Figure:
    """Draw images in rows, with names of the rows and columns.

    Args:
        images: (n, height, width, channels), as in `tile`; the place of NaN stays empty.
        columns: images in a row.
        rows: names of the rows, top to bottom.
        columns_named: names of the columns, left to right.
    """
    empty = np.isnan(images).reshape(*images.shape[:3], -1).any(axis=-1)
    tiled = tile(np.nan_to_num(images), columns, zoom=1)
    gaps = tile(empty.astype("float32"), columns, zoom=1)
    lines, names = -(-len(images) // columns), columns_named or []
    across, down = images.shape[2] + 2, images.shape[1] + 2
    # Each pixel becomes a square of whole pixels on a sharp screen.
    dpi = SCALE * STYLE["figure.dpi"]
    zoom = max(1, int(WIDTH * dpi / tiled.shape[1]))
    size = [zoom * side / dpi for side in (tiled.shape[1], tiled.shape[0])]
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=size)
        axes = figure.add_axes((0, 0, 1, 1))
        gray = {"cmap": "gray", "vmin": 0, "vmax": 255}
        axes.imshow(tiled, interpolation="nearest", alpha=1.0 - gaps / 255, **gray)
        axes.set_yticks([down * (i + 0.5) for i in range(lines)] if rows else [], rows or [])
        axes.set_xticks([across * (i + 0.5) for i in range(len(names))], names)
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
    """Draw lines with markers and a legend.

    Args:
        series: name → (x, y).
        x_label, y_label: names and units.
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


def _logarithmic(axes: plt.Axes, axis: str) -> None:
    getattr(axes, f"set_{axis}scale")("log", base=2 if axis == "x" else 10)
    ruler = getattr(axes, f"{axis}axis")
    ruler.set_major_formatter("{x:g}")
    ruler.set_minor_formatter("{x:g}" if axis == "y" else "")


def history(history: keras.callbacks.History) -> Figure:
    """Draw what `fit` recorded and returned, against the epochs, a panel for each quantity.

    Validation curves, "val_loss", are dashed and share the panel of the training's, "loss".

    Raises:
        ValueError: nothing was recorded.
    """
    logs = history.history
    names = [name for name in logs if not name.startswith("val_")]
    if not names:
        raise ValueError("the history is empty; train for at least one epoch")
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 2.4 * rows + 0.6)}):
        figure = plt.figure(layout="constrained")
        for place, name in enumerate(sorted(names, key=lambda name: name != "loss"), start=1):
            panel = figure.add_subplot(rows, columns, place)
            for key, look in ((name, "o-"), (f"val_{name}", "o--")):
                values = logs.get(key, [])
                # Validation may have run every few epochs only.
                apart = len(logs[name]) // max(len(values), 1)
                epochs = history.epoch[0] + apart * np.arange(1, len(values) + 1)
                panel.plot(epochs, values, look, color=COLOURS[0], markersize=3, label=key)
            panel.set(xlabel="epoch", ylabel=name)
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        if f"val_{names[0]}" in logs:
            style = {"loc": "outside upper left", "ncols": 2, "frameon": False}
            figure.legend(figure.axes[0].lines, ["training", "validation"], **style)
    return figure


def latent_map(points: np.ndarray, labels: np.ndarray, title: str = "") -> Figure:
    """Draw two-dimensional latents (n, 2), each as the digit that it encodes, `labels` (n,).

    The digit's shape shows the class, so the map does not rely on color.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (6.0, 6.0)}):
        figure, axes = plt.subplots()
        for digit in np.unique(labels):
            x, y = points[labels == digit].T
            color = TEN_COLORS[digit % 10]
            axes.scatter(x, y, marker=f"${digit}$", s=36, color=color, linewidths=0.3)
        axes.set(xlabel="latent 1", ylabel="latent 2", title=title, aspect="equal")
    return figure


def plane(
    decode: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray, steps: int = 12
) -> np.ndarray:
    """Decode a square lattice of two-dimensional latents into a mosaic.

    Args:
        decode: latents (n, 2) → images (n, height, width, channels).
        low, high: the lattice's lower left and upper right corners, (2,).
        steps: points along each side.

    Returns:
        As of `tile`; the first latent grows to the right, the second upwards.
    """
    across, up = (np.linspace(low[axis], high[axis], steps) for axis in (0, 1))
    lattice = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)
    return tile(decode(lattice), steps, gap=0, zoom=1)


def film(
    frames: Sequence[np.ndarray], rows: int = 6, epochs: Sequence[int] | None = None
) -> Figure:
    """Draw the last row of the previews of a few epochs, early epochs closer together.

    Args:
        frames: one for an epoch, (k, n, height, width, channels), as in `History.film`.
        rows: epochs that are shown, the first and the last among them.
        epochs: of each frame, as in `History.film_epochs`; 1, 2, … by default.
    """
    chosen = np.unique(np.round(np.geomspace(1, len(frames), rows)).astype(int)) - 1
    images = np.concatenate([frames[index][-1] for index in chosen])
    numbers = range(1, len(frames) + 1) if epochs is None else epochs
    return grid(images, frames[0].shape[1], [f"epoch {numbers[index]}" for index in chosen])


def clouds(
    real: np.ndarray, fakes: dict[str, np.ndarray], columns: int = 5, size: float = 1
) -> Figure:
    """Draw sets of points in the plane, a panel for each, over real points in gray.

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
