"""How to spoil digits, and for how long, so that a denoiser learns features for few labels.

    python benchmarks/denoiser_noise.py [--seeds 0 1 2]

No test digit takes part: 3,200 of the training digits are learned, ten of each kind have a
label, and the other 800 are classified. The settings and the epochs of the denoiser and the
spatial denoiser in `few_labels` were chosen by this table.
"""

from __future__ import annotations

import argparse
from itertools import product

import keras
import pandas as pd

from cgan_tutorial import data
from cgan_tutorial.chapters.ch06 import few_labels
from cgan_tutorial.training import train

# Standard deviation of the noise, largest shift in pixels, largest turn in degrees, epochs.
SETTINGS = [
    (0.5, 0.0, 0.0, 8),
    (0.5, 0.0, 0.0, 16),
    (1.0, 0.0, 0.0, 8),
    (1.0, 0.0, 0.0, 16),
    (0.0, 3.0, 20.0, 12),
    (0.3, 2.0, 15.0, 12),
    (0.3, 3.0, 20.0, 12),
    (0.5, 3.0, 20.0, 12),
]


def validation(digits: data.Dataset) -> data.Dataset:
    """The last fifth of the training digits instead of the test digits."""
    images, labels = digits.train.images, digits.train.labels
    cut = len(images) * 4 // 5
    learned = data.Split(images[:cut], labels[:cut])
    return data.Dataset("validation", learned, data.Split(images[cut:], labels[cut:]))


def rows(setting: tuple[float, float, float, int], seed: int, digits: data.Dataset) -> list[dict]:
    """Train a spatial denoiser; classify by its latents and by its hidden units."""
    keras.utils.set_random_seed(seed)
    *spoiling, epochs = setting
    options = dict(zip(("sigma", "shift", "degrees"), spoiling, strict=True))
    model = few_labels.spatial_denoiser(**options)
    train(model, digits, epochs=epochs, seed=seed, view=False)
    encoders = {
        "latents": model.encode,
        "hidden units": lambda images: few_labels.hidden_units(model, images),
    }
    facts = {**options, "epochs": epochs, "seed": seed}
    return [
        {**facts, "of": name, "%": few_labels.compare(encode, digits, seed, (10,))["10 a class"]}
        for name, encode in encoders.items()
    ]


def main() -> None:
    """Print the percentages of validation digits read rightly, a column for each seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds, digits = parser.parse_args().seeds, validation(data.load())
    tried = product(SETTINGS, seeds)
    found = [row for setting in tried for row in rows(*setting, digits)]
    index = ["of", "sigma", "shift", "degrees", "epochs"]
    table = pd.DataFrame(found).pivot(index=index, columns="seed", values="%")
    print(table.assign(mean=table.mean(axis=1)).round(1).to_string())


if __name__ == "__main__":
    main()
