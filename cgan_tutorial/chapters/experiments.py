"""The recorded experiments: comparisons over several seeds, which take longer than a chapter may.

`make experiments` writes records/NAME.csv and its provenance, NAME.json. A chapter runs one
seed with the same functions and draws it beside the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from PIL import Image

from cgan_tutorial import metrics
from cgan_tutorial.chapters import ch04, ch05
from cgan_tutorial.chapters.ch06 import anomaly, augmentation, few_labels, translation
from cgan_tutorial.chapters.ch07 import probes, robustness, transfer
from cgan_tutorial.chapters.ch08 import choices
from cgan_tutorial.data import Dataset
from cgan_tutorial.plots import COLOURS, STYLE
from cgan_tutorial.training import train

RECORDS = Path(__file__).parent / "records"
# Models that are trained for the same number of seconds, each as a function that builds it and
# returns the arguments of its `train`, too.
EXPERIMENTS: dict[str, dict[str, Callable[[], tuple[keras.Model, dict]]]] = {
    "ladder": ch04.LADDER,
    "trial": ch05.TRIAL,
    "ablation": ch05.ABLATION,
}
# Participants that count epochs, so that the record does not depend on the machine's speed:
# each is a function of the data and a seed that returns the columns of its row.
TABLES: dict[str, dict[str, Callable[[Dataset, int], dict]]] = {
    "augmentation": augmentation.PARTICIPANTS,
    "features": few_labels.PARTICIPANTS,
    "anomaly": anomaly.PARTICIPANTS,
    "translation": translation.PARTICIPANTS,
    "choice": choices.PARTICIPANTS,
    "probes": probes.PARTICIPANTS,
    "readers": robustness.CLASSIFIERS,
    "copies": robustness.AUTOENCODERS,
    "transfer": transfer.PARTICIPANTS,
}


def participants(experiment: str) -> list[str]:
    """Return the names of an experiment's participants, in the order of its record.

    Raises:
        ValueError: the experiment is unknown.
    """
    known = {**EXPERIMENTS, **TABLES}
    if experiment not in known:
        raise ValueError(f"unknown experiment {experiment!r}; choose one of {', '.join(known)}")
    return list(known[experiment])


def run(
    experiment: str, name: str, seed: int, data: Dataset, *, seconds: float | None = None
) -> dict:
    """Train one participant and measure it.

    Args:
        experiment: a name in `EXPERIMENTS` or `TABLES`.
        name: of the participant in that experiment.
        seed: of weights, noise, order and samples.
        data: what to train on, and the test split to measure on.
        seconds: of training, for those in `EXPERIMENTS`; those in `TABLES` ignore it.

    Returns:
        A row of the record: name, seed, and what was measured, for those in `EXPERIMENTS`
        by `metrics.evaluate_model`.

    Raises:
        ValueError: the experiment or the participant is unknown, or seconds are missing.
    """
    if name not in participants(experiment):
        known = ", ".join(participants(experiment))
        raise ValueError(f"{experiment} has no participant {name!r}; choose one of {known}")
    keras.utils.set_random_seed(seed)
    row = {"name": name, "seed": seed}
    if experiment in TABLES:
        return {**row, **TABLES[experiment][name](data, seed)}
    model, options = EXPERIMENTS[experiment][name]()
    history = train(model, data, seconds=seconds, seed=seed, view=False, **options)
    trained = {"seconds": round(history.seconds, 1), "epochs": history.epochs}
    return {**row, **trained, **metrics.evaluate_model(model, data, seed)}


def recorded(experiment: str) -> pd.DataFrame:
    """Read the rows of a recorded experiment, one for each participant and seed.

    Raises:
        ValueError: the experiment is unknown, or its record is missing.
    """
    path = RECORDS / f"{experiment}.csv"
    if not path.exists():
        raise ValueError(f"there is no record of {experiment!r}; make it by: make experiments")
    return pd.read_csv(path)


def provenance(experiment: str) -> dict:
    """Read the command, versions, machine and seconds of a recorded experiment."""
    return json.loads((RECORDS / f"{experiment}.json").read_text(encoding="utf-8"))


def samples(experiment: str) -> np.ndarray:
    """Read the samples of a recorded experiment, (n, 28, 28, 1) in [0, 1]: ten for each row."""
    gray = np.asarray(Image.open(RECORDS / f"{experiment}.png"), "float32") / 255
    rows = gray.reshape(len(gray) // 28, 28, -1, 28).swapaxes(1, 2)
    return rows.reshape(-1, 28, 28, 1)


def summary(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Format median and range over the seeds as text, a row for each participant in its order."""
    texts = {}
    for name in dict.fromkeys(rows["name"]):
        group = rows[rows["name"] == name]
        texts[name] = {column: _spread(group[column]) for column in columns}
    return pd.DataFrame.from_dict(texts, orient="index")


def _spread(values: pd.Series) -> str:
    if values.isna().all():
        return "–"
    low, middle, high = (f"{value:.3g}" for value in values.quantile([0.0, 0.5, 1.0]))
    return middle if low == high else f"{middle} ({low} to {high})"


def figure(
    table: pd.DataFrame, column: str, label: str, live: pd.DataFrame | None = None
) -> Figure:
    """Draw a recorded experiment: a dot for each seed, a bar at their median, a star for this run.

    Args:
        table: with columns "name" and `column`, a row for each participant and seed.
        column: what is drawn, on a logarithmic scale if it spans more than a factor of ten.
        label: its name and unit.
        live: the same for the runs of this chapter.
    """
    names = list(dict.fromkeys(table["name"]))
    with plt.rc_context({**STYLE, "figure.figsize": (7.5, 0.42 * len(names) + 1.0)}):
        figure, axes = plt.subplots(layout="constrained")
        rows = table["name"].map(names.index)
        axes.plot(table[column], rows, "o", alpha=0.6, label="recorded seeds")
        medians = table.groupby("name")[column].median()[names]
        bar = {"ms": 18, "mew": 2, "color": "black", "label": "their median"}
        axes.plot(medians, range(len(names)), "|", **bar)
        if live is not None:
            rows = live["name"].map(names.index)
            axes.plot(live[column], rows, "*", ms=12, color=COLOURS[3], label="this run, live")
        if table[column].max() > 10 * table[column].min():
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("")
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set(xlabel=label)
        figure.legend(frameon=False, loc="outside upper left", ncols=3)
    return figure
