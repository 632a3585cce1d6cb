"""The figures of chapter 7 that no other chapter has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cgan_tutorial.plots import COLOURS, STYLE


def heat(images: np.ndarray, rows: dict[str, np.ndarray], title: str = "") -> Figure:
    """Draw maps of signed numbers below the images that they belong to.

    Orange is above 0, purple below, white is 0. Each map is drawn on a scale of its own: its
    largest magnitude but for the top hundredth of its pixels.

    Args:
        images: (n, 28, 28, 1), values in [0, 1].
        rows: name → maps (n, 28, 28, 1).
        title: what is seen.
    """
    count = len(images)
    shape = (len(rows) + 1, count)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            *shape, figsize=(7.5, 7.2 * shape[0] / count + 0.4), squeeze=False, layout="constrained"
        )
        for panel in axes.flat:
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
        for panel, image in zip(axes[0], images, strict=True):
            panel.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
        for line, maps in zip(axes[1:], rows.values(), strict=True):
            for panel, each in zip(line, maps[..., 0], strict=True):
                top = max(np.percentile(np.abs(each), 99), 1e-12)
                panel.imshow(each, cmap="PuOr_r", vmin=-top, vmax=top)
        for line, name in zip(axes[:, 0], ["image", *rows], strict=True):
            line.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return figure


def matrix(table: pd.DataFrame, label: str, title: str = "") -> Figure:
    """Draw a table of numbers as squares, orange above 0 and purple below, with the numbers.

    Args:
        table: its index names the rows, its columns the columns.
        label: what the numbers are, with their unit.
        title: what is seen.
    """
    top = float(np.abs(table.to_numpy()).max())
    with plt.rc_context({**STYLE, "figure.figsize": (6.5, 0.5 * len(table) + 1.2)}):
        figure, axes = plt.subplots(layout="constrained")
        drawn = axes.imshow(table.to_numpy(), cmap="PuOr_r", vmin=-top, vmax=top, aspect="auto")
        for row, name in enumerate(table.index):
            for column, value in enumerate(table.loc[name]):
                colour = "white" if abs(value) > 0.7 * top else "black"
                text = f"{value:+.2f}".replace("-", "−")
                axes.text(column, row, text, ha="center", va="center", color=colour)
        axes.set_xticks(range(table.shape[1]), table.columns)
        axes.set_yticks(range(len(table)), table.index)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)
        figure.colorbar(drawn, label=label)
    return figure


def small_curves(
    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]],
    x_labels: list[str],
    y_label: str,
    columns: int = 2,
) -> Figure:
    """Draw several charts of lines side by side, with one legend for all.

    Args:
        panels: title → name of a line → (x, y). Each line has one colour and mark throughout.
        x_labels: name and unit of each chart's x.
        y_label: name and unit of y, the same for all.
        columns: charts in a row.
    """
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    rows = -(-len(panels) // columns)
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 2.5 * rows + 0.5)}):
        figure, axes = plt.subplots(rows, columns, sharey=True, squeeze=False, layout="constrained")
        for panel, (title, lines), x_label in zip(
            axes.flat, panels.items(), x_labels, strict=False
        ):
            for name, (x, y) in lines.items():
                place = names.index(name)
                panel.plot(x, y, "osD^vPX*"[place], ls="-", color=COLOURS[place], ms=5, label=name)
            panel.set(title=title, xlabel=x_label, ylim=(-0.03, 1.03))
        for panel in axes.flat[len(panels) :]:
            panel.set_axis_off()
        for line in axes[:, 0]:
            line.set_ylabel(y_label)
        handles = {
            label: handle
            for panel in axes.flat
            for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, frameon=False, loc="outside upper left", ncols=3)
    return figure


def learning_curves(
    record: pd.DataFrame, counts: tuple[int, ...], live: pd.DataFrame, label: str
) -> Figure:
    """Draw the median of the recorded seeds by number of images, their range, and this run's.

    Args:
        record: with column "name" and a column for each count, named by it; a row for each seed.
        counts: numbers of images.
        live: the same for runs of now, drawn as stars.
        label: name and unit of what is drawn.
    """
    columns = [str(count) for count in counts]
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 4.2)}):
        figure, axes = plt.subplots(layout="constrained")
        for name, colour, mark in zip(
            dict.fromkeys(record["name"]), COLOURS, "osD^vPX*", strict=False
        ):
            rows = record[record["name"] == name][columns]
            axes.plot(counts, rows.median(), mark, ls="-", color=colour, ms=5, label=name)
            axes.fill_between(counts, rows.min(), rows.max(), color=colour, alpha=0.15, lw=0)
            now = live[live["name"] == name][columns]
            for _, row in now.iterrows():
                axes.plot(counts, row, "*", ms=10, color=colour, mec="white", mew=0.5)
        axes.set_xscale("log")
        axes.set_xticks(counts, counts)
        axes.minorticks_off()
        axes.set(xlabel="labelled images of the target", ylabel=label)
        figure.legend(frameon=False, loc="outside right upper")
    return figure
