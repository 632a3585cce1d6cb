"""By how much chapter 3's figures vary with the seed.

    python benchmarks/autoencoder_seeds.py [--seeds 0 1 2] [--epochs 7]

Trains the chapter's convolutional autoencoder and its VAE for each seed. Prints the squared
error on test digits, and the Fréchet classifier distance of 1,000 samples: the autoencoder's
from a standard normal and from a Gaussian fitted to its codes, and the VAE's.
"""

from __future__ import annotations

import argparse

import keras
import numpy as np
import pandas as pd

from cgan_tutorial import data, metrics, models
from cgan_tutorial.training import train

LATENTS, WIDTH, SAMPLES = 16, 16, 1000


def trained(name: str, seed: int, epochs: int):
    """A model of chapter 3, trained on the embedded digits."""
    keras.utils.set_random_seed(seed)
    model = models.build(name, LATENTS, WIDTH)
    train(model, data.load(), epochs=epochs, seed=seed, view=False)
    return model


def figures(seed: int, epochs: int) -> dict[str, float]:
    """What one seed gives."""
    digits = data.load()
    plain, vae = (trained(name, seed, epochs) for name in ("autoencoder", "vae"))
    codes, rng = plain.encode(digits.train.images), np.random.default_rng(seed)
    normal = rng.normal(size=(SAMPLES, LATENTS)).astype("float32")
    fitted = rng.multivariate_normal(codes.mean(axis=0), np.cov(codes, rowvar=False), SAMPLES)
    sets = {
        "plain, standard normal": plain.decode(normal),
        "plain, fitted Gaussian": plain.decode(fitted.astype("float32")),
        "VAE": vae.sample(SAMPLES, seed=seed),
    }
    unseen = digits.test.images
    row = {
        f"MSE, {name}": metrics.mse(unseen, model.reconstruct(unseen))
        for name, model in (("plain", plain), ("VAE", vae))
    }
    return row | {
        f"distance, {name}": metrics.frechet_classifier_distance(np.clip(images, 0, 1), unseen)
        for name, images in sets.items()
    }


def main() -> None:
    """Print a column for each seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=7)
    given = parser.parse_args()
    print(pd.DataFrame({seed: figures(seed, given.epochs) for seed in given.seeds}).round(4))


if __name__ == "__main__":
    main()
