"""A chart of a few named amounts."""

from __future__ import annotations

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cgan_tutorial.plots import COLOURS, STYLE


def bars(amounts: dict[str, float], label: str, title: str = "") -> Figure:
    """Draw a bar for each amount, from top to bottom, with its number at the bar's end.

    Args:
        amounts: name → amount.
        label: what the amounts are, and their unit.
        title: what is seen.
    """
    with plt.rc_context({**STYLE, "figure.figsize": (7.0, 0.42 * len(amounts) + 0.9)}):
        figure, axes = plt.subplots(layout="constrained")
        drawn = axes.barh(list(amounts), list(amounts.values()), color=COLOURS[0], height=0.65)
        axes.bar_label(drawn, fmt="%.3g", padding=4)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set(xlabel=label, title=title)
    return figure
