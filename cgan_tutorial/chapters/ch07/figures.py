"""The figures that only chapter 7 has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cgan_tutorial.plots import COLOURS, STYLE

MARKERS = "osD^vPX*"


def bars(amounts: dict[str, float], label: str, title: str = "") -> Figure:
    """Draw a horizontal bar for each named amount, with its number at the end.

    Args:
        amounts: name → amount, drawn from top to bottom.
        label: what the amounts are, and their unit.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (7.0, 0.42 * len(amounts) + 0.9)}):
        figure, axes = plt.subplots(layout="constrained")
        drawn = axes.barh(list(amounts), list(amounts.values()), color=COLOURS[0], height=0.65)
        axes.bar_label(drawn, fmt="%.3g", padding=4)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set(xlabel=label, title=title)
    return figure


def heat(images: np.ndarray, maps: dict[str, np.ndarray], title: str = "") -> Figure:
    """Draw attribution maps below their images: orange above 0, purple below, white at 0.

    Each map has its own scale, up to the 99th percentile of its magnitudes.

    Args:
        images: (n, 28, 28, 1), values in [0, 1].
        maps: name → maps (n, 28, 28, 1).
    """
    rows = [np.repeat(images, 3, axis=-1)]
    for each in maps.values():
        top = np.percentile(np.abs(each), 99, axis=(1, 2, 3), keepdims=True)
        shares = 0.5 + each[..., 0] / (2 * np.maximum(top, 1e-12)[..., 0])
        rows.append(plt.get_cmap("PuOr_r")(shares)[..., :3])
    gaps = (0, 0), (1, 1), (1, 1), (0, 0)
    mosaic = np.vstack([np.hstack(np.pad(row, gaps, constant_values=1)) for row in rows])
    height = 7.0 * mosaic.shape[0] / mosaic.shape[1] + 0.4
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, height)}):
        figure, axes = plt.subplots(layout="constrained")
        axes.imshow(mosaic, interpolation="nearest")
        places = (np.arange(len(rows)) + 0.5) * mosaic.shape[0] / len(rows)
        axes.set_yticks(places, ["image", *maps])
        axes.set(xticks=[], title=title)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure


def matrix(table: pd.DataFrame, label: str, title: str = "") -> Figure:
    """Draw a table of numbers as squares with the numbers, orange above 0 and purple below.

    Args:
        table: its index and its columns name the rows and the columns.
        label: what the numbers are, with their unit.
    """
    values = table.to_numpy()
    top = float(np.abs(values).max())
    with plt.rc_context({**STYLE, "figure.figsize": (6.5, 0.5 * len(table) + 1.2)}):
        figure, axes = plt.subplots(layout="constrained")
        drawn = axes.imshow(values, cmap="PuOr_r", vmin=-top, vmax=top, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            color = "white" if abs(value) > 0.7 * top else "black"
            text = f"{value:+.2f}".replace("-", "−")
            axes.text(column, row, text, ha="center", va="center", color=color)
        axes.set_xticks(range(table.shape[1]), table.columns)
        axes.set_yticks(range(len(table)), table.index)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)
        figure.colorbar(drawn, label=label)
    return figure


def small_curves(
    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]], x_labels: list[str], y_label: str
) -> Figure:
    """Draw charts of lines from 0 to 1, two in a row, with one legend for all.

    Args:
        panels: title → name of a line → (x, y). All panels have the same names.
        x_labels: name and unit of each chart's x.
        y_label: name and unit of y, the same for all.
    """
    rows = -(-len(panels) // 2)
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 2.5 * rows + 0.5)}):
        figure, axes = plt.subplots(rows, 2, sharey=True, squeeze=False, layout="constrained")
        for panel, (title, lines), x_label in zip(
            axes.flat, panels.items(), x_labels, strict=False
        ):
            for (name, (x, y)), marker in zip(lines.items(), MARKERS, strict=False):
                panel.plot(x, y, marker=marker, ms=5, label=name)
            panel.set(title=title, xlabel=x_label, ylim=(-0.03, 1.03))
        for panel in axes.flat[len(panels) :]:
            panel.set_axis_off()
        for panel in axes[:, 0]:
            panel.set_ylabel(y_label)
        handles, names = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, frameon=False, loc="outside upper left", ncols=3)
    return figure


def learning_curves(
    record: pd.DataFrame, counts: tuple[int, ...], live: pd.DataFrame, label: str
) -> Figure:
    """Draw the median and range of the recorded seeds by number of images, and this run's stars.

    Args:
        record: a row per seed, with column "name" and a column for each count, named by it.
        counts: numbers of images.
        live: the same for this run.
        label: name and unit of y.
    """
    columns = [str(count) for count in counts]
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 4.2)}):
        figure, axes = plt.subplots(layout="constrained")
        names = dict.fromkeys(record["name"])
        for name, color, marker in zip(names, COLOURS, MARKERS, strict=False):
            rows = record.loc[record["name"] == name, columns]
            axes.plot(counts, rows.median(), marker=marker, color=color, ms=5, label=name)
            axes.fill_between(counts, rows.min(), rows.max(), color=color, alpha=0.15, lw=0)
            for row in live.loc[live["name"] == name, columns].to_numpy():
                axes.plot(counts, row, "*", ms=10, color=color, mec="white", mew=0.5)
        axes.set_xscale("log")
        axes.set_xticks(counts, counts)
        axes.minorticks_off()
        axes.set(xlabel="labeled images of the target", ylabel=label)
        figure.legend(frameon=False, loc="outside right upper")
    return figure
