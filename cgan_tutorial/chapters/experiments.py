"""The book's comparisons: who takes part, how long, and what is measured.

A comparison over several seeds takes longer than a chapter may, so it is a recorded
experiment: `make experiments` writes records/NAME.csv and its provenance, NAME.json.
A chapter runs one seed with the same functions and draws it beside the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from cgan_tutorial import metrics, models, networks
from cgan_tutorial.chapters.ch06 import anomaly, augmentation, few_labels, translation
from cgan_tutorial.chapters.ch07 import probes, robustness, transfer
from cgan_tutorial.chapters.ch08 import choices
from cgan_tutorial.data import Dataset
from cgan_tutorial.metrics import coverage
from cgan_tutorial.metrics.classifier import features
from cgan_tutorial.training import train

RECORDS = Path(__file__).parent / "records"
LATENTS = 32


@dataclass(frozen=True)
class Rung:
    """One step of the ladder from DCGAN to this book's GAN; the defaults are its foot."""

    hidden: int = 0
    width: int = 32
    normalize: bool = True
    batch_size: int = 64
    learning_rate: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)
    loss: str = "non-saturating"
    penalty: float = 0.0
    averaging: float = 0.0

    def build(self) -> models.GAN:
        """Build the rung's GAN, with the settings that its training takes."""
        generator = networks.generator(LATENTS, self.width, hidden=self.hidden)
        judge = networks.discriminator(self.width, hidden=self.hidden, normalize=self.normalize)
        model = models.GAN(generator, judge, self.loss, self.penalty, self.averaging)
        model.batch_size, model.betas = self.batch_size, self.betas
        model.learning_rate = self.learning_rate
        return model


_FAST = {"hidden": 256, "width": 16, "normalize": False, "learning_rate": 4e-3}
_STEADY = {**_FAST, "penalty": 0.1, "loss": "relativistic"}
LADDER: dict[str, Callable[[], keras.Model]] = {
    "DCGAN": Rung().build,
    "+ hidden layer": Rung(hidden=256).build,
    "+ narrower, faster": Rung(**_FAST).build,
    "+ penalty": Rung(**_FAST, penalty=0.1).build,
    "+ pairing": Rung(**_STEADY).build,
    "+ short memory": Rung(**_STEADY, betas=(0.0, 0.9), batch_size=32).build,
    "+ average": Rung(**_STEADY, betas=(0.0, 0.9), batch_size=32, averaging=0.98).build,
}
TRIAL: dict[str, Callable[[], keras.Model]] = {
    "AE": lambda: models.build("autoencoder", LATENTS),
    "VAE": lambda: models.build("vae", LATENTS),
    "GAN": lambda: models.build("gan", LATENTS),
    "CGAN": lambda: models.build("cgan", LATENTS),
}
ABLATION: dict[str, Callable[[], keras.Model]] = {
    "whole": lambda: models.build("cgan", LATENTS),
    "no game": lambda: models.build("cgan", LATENTS, adversarial=0.0),
    "no reconstruction": lambda: models.build("cgan", LATENTS, reconstruction=0.0),
    "no divergence": lambda: models.build("cgan", LATENTS, divergence=0.0),
}
EXPERIMENTS = {"ladder": LADDER, "trial": TRIAL, "ablation": ABLATION}
# Tables whose participants count epochs, so that no record depends on the machine's speed:
# each is a function of the data and a seed that returns the columns of its row.
TABLES: dict[str, dict[str, Callable[[Dataset, int], dict]]] = {
    "augmentation": augmentation.PARTICIPANTS,
    "features": few_labels.PARTICIPANTS,
    "anomaly": anomaly.PARTICIPANTS,
    "translation": translation.PARTICIPANTS,
    "choice": choices.PARTICIPANTS,
    "probes": probes.PARTICIPANTS,
    "readers": robustness.READERS,
    "copies": robustness.COPIERS,
    "transfer": transfer.PARTICIPANTS,
}


def participants(experiment: str) -> list[str]:
    """The names of those who take part, in the order of the record.

    Raises:
        ValueError: the experiment is unknown.
    """
    known = {**EXPERIMENTS, **TABLES}
    if experiment not in known:
        raise ValueError(f"unknown experiment {experiment!r}; choose one of {', '.join(known)}")
    return list(known[experiment])


def run(experiment: str, name: str, seed: int, seconds: float, data: Dataset) -> dict:
    """Train one participant and measure it.

    Args:
        experiment: a name in `EXPERIMENTS` or `TABLES`.
        name: of the participant in that experiment.
        seed: of weights, noise, order and samples.
        seconds: of training; those in `TABLES` train as long as they say themselves.
        data: what to train on, and by what to judge.

    Returns:
        A row of the record, see `measure`.
    """
    keras.utils.set_random_seed(seed)
    if experiment in TABLES:
        return {"name": name, "seed": seed, **TABLES[experiment][name](data, seed)}
    model = EXPERIMENTS[experiment][name]()
    history = train(model, data, seconds=seconds, seed=seed, view=False)
    row = {"name": name, "seed": seed, "seconds": round(history.seconds, 1)}
    return {**row, "epochs": history.epochs, **measure(model, data, seed)}


def measure(model: keras.Model, data: Dataset, seed: int = 0) -> dict:
    """Judge a model by as many samples as there are test digits, and by their reconstructions.

    Returns:
        Fréchet distance, precision, recall, coverage, share of the rarest class, mean
        squared error of unseen digits (NaN without an encoder), and parameters: all that
        are trained.
    """
    test = data.test.images
    encodes = isinstance(model, models.base.EncodingModel)
    error = metrics.mse(test, model.reconstruct(test)) if encodes else float("nan")
    return {
        **judge(np.clip(model.sample(len(test), seed), 0.0, 1.0), test),
        "mse": round(error, 5),
        "parameters": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
    }


def judge(samples: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Compare samples with real images, both float32 in [0, 1] of shape (n, 28, 28, 1).

    Returns:
        Fréchet classifier distance, precision, recall, coverage, share of the rarest class.

    Raises:
        ValueError: fewer than 65 images, or not of that shape, type and range.
    """
    # The features once for all: they take longer than the figures.
    seen, wanted = features(samples), features(reference)
    precision, recall = coverage.precision_recall(seen, wanted)
    return {
        "frechet": round(metrics.frechet_of_points(seen, wanted), 2),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "coverage": round(coverage.density_coverage(seen, wanted)[1], 3),
        "rarest": round(coverage.classes_covered(samples).rarest, 3),
    }


def recorded(experiment: str) -> pd.DataFrame:
    """The rows of a recorded experiment, one for each participant and seed.

    Raises:
        ValueError: the experiment is unknown, or its record is missing.
    """
    path = RECORDS / f"{experiment}.csv"
    if not path.exists():
        raise ValueError(f"there is no record of {experiment!r}; make it by: make experiments")
    return pd.read_csv(path)


def provenance(experiment: str) -> dict:
    """Command, versions, machine and seconds of a recorded experiment."""
    return json.loads((RECORDS / f"{experiment}.json").read_text(encoding="utf-8"))


def summary(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Median and range over the seeds, as text, a row for each participant in its order."""
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
