"""How much noise, and how long a training, gives a denoiser features for few labels.

    python benchmarks/denoiser_noise.py [--seeds 0 1 2]

No test digit takes part: 3,200 of the training digits are learned, ten of each kind have a
label, and the other 800 are read. `few_labels.SIGMA` and its epochs were chosen by this table.
"""

from __future__ import annotations

import argparse

import keras
import pandas as pd

from cgan_tutorial import data, few_labels, models
from cgan_tutorial.training import train

SIGMAS = 0.3, 0.6, 1.0
EPOCHS = 8, 16


def validation(digits: data.Dataset) -> data.Dataset:
    """The last fifth of the training digits in the place of the test digits."""
    images, labels = digits.train.images, digits.train.labels
    cut = len(images) * 4 // 5
    learned = data.Split(images[:cut], labels[:cut])
    return data.Dataset("validation", learned, data.Split(images[cut:], labels[cut:]))


def rows(sigma: float, seed: int, digits: data.Dataset) -> list[dict]:
    """Train one denoiser on and on; read its hidden units after each number of epochs."""
    keras.utils.set_random_seed(seed)
    model = models.build("denoiser", few_labels.LATENTS, few_labels.WIDTH, sigma=sigma)
    found, done = [], 0
    for epochs in EPOCHS:
        train(model, digits, epochs=epochs - done, seed=seed, view=False)
        done = epochs
        read = {
            "latents": model.encode,
            "hidden units": lambda images: few_labels.hidden_units(model, images),
        }
        for name, reader in read.items():
            right = few_labels.compare(reader, digits, seed, (10,))["10 a class"]
            found.append({"sigma": sigma, "epochs": epochs, "of": name, "seed": seed, "%": right})
    return found


def main() -> None:
    """Print the percentages of validation digits read rightly, a column for each seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds, digits = parser.parse_args().seeds, validation(data.load())
    found = [row for sigma in SIGMAS for seed in seeds for row in rows(sigma, seed, digits)]
    table = pd.DataFrame(found).pivot(index=["of", "sigma", "epochs"], columns="seed", values="%")
    print(table.assign(mean=table.mean(axis=1)).round(1).to_string())


if __name__ == "__main__":
    main()
