"""How much noise, and how long a training, gives a denoiser features for few labels.

    python benchmarks/denoiser_noise.py [--seeds 0 1 2]

No test digit takes part: 3,200 of the training digits are learned, ten of each kind have a
label, and the other 800 are read. `few_labels.SIGMA` and its epochs were chosen by this table.
"""

from __future__ import annotations

import argparse
from itertools import product

import keras
import pandas as pd

from cgan_tutorial import data, models
from cgan_tutorial.applications import few_labels
from cgan_tutorial.training import train

SIGMAS = 0.5, 1.0
EPOCHS = 8, 16


def validation(digits: data.Dataset) -> data.Dataset:
    """The last fifth of the training digits in the place of the test digits."""
    images, labels = digits.train.images, digits.train.labels
    cut = len(images) * 4 // 5
    learned = data.Split(images[:cut], labels[:cut])
    return data.Dataset("validation", learned, data.Split(images[cut:], labels[cut:]))


def rows(sigma: float, epochs: int, seed: int, digits: data.Dataset) -> list[dict]:
    """Train one denoiser; read its latents and its hidden units."""
    keras.utils.set_random_seed(seed)
    model = models.build("denoiser", few_labels.LATENTS, few_labels.WIDTH, sigma=sigma)
    train(model, digits, epochs=epochs, seed=seed, view=False)
    readers = {
        "latents": model.encode,
        "hidden units": lambda images: few_labels.hidden_units(model, images),
    }
    setting = {"sigma": sigma, "epochs": epochs, "seed": seed}
    return [
        {**setting, "of": name, "%": few_labels.compare(read, digits, seed, (10,))["10 a class"]}
        for name, read in readers.items()
    ]


def main() -> None:
    """Print the percentages of validation digits read rightly, a column for each seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds, digits = parser.parse_args().seeds, validation(data.load())
    tried = product(SIGMAS, EPOCHS, seeds)
    found = [row for setting in tried for row in rows(*setting, digits)]
    table = pd.DataFrame(found).pivot(index=["of", "sigma", "epochs"], columns="seed", values="%")
    print(table.assign(mean=table.mean(axis=1)).round(1).to_string())


if __name__ == "__main__":
    main()
