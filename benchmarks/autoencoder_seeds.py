"""By how much chapter 3's figures vary with the seed.

    python benchmarks/autoencoder_seeds.py [--seeds 0 1 2] [--epochs 7] [--sharp]

Trains the chapter's convolutional autoencoder and its VAE for each seed. Prints the squared
error on test digits, and the Fréchet classifier distance of 1,000 samples: the autoencoder's
from a standard normal and from a Gaussian fitted to its codes, and the VAE's. With --sharp both
are trained as the chapter's last VAE is: continuous Bernoulli loss, 8 latents, β = 3.
"""

from __future__ import annotations

import argparse

import keras
import numpy as np
import pandas as pd

from cgan_tutorial import data, metrics, models
from cgan_tutorial.losses import ContinuousBernoulliLoss
from cgan_tutorial.training import train

LATENTS, WIDTH, SAMPLES = 16, 16, 1000


def trained(name: str, seed: int, epochs: int, sharp: bool = False):
    """A model of chapter 3, trained on the embedded digits."""
    keras.utils.set_random_seed(seed)
    options = {"beta": 3.0} if sharp and name == "vae" else {}
    model = models.build(name, 8 if sharp else LATENTS, WIDTH, **options)
    if sharp:
        rate = keras.optimizers.schedules.CosineDecay(4e-3, decay_steps=62 * epochs)
        model.compile(optimizer=keras.optimizers.Adam(rate), loss=ContinuousBernoulliLoss())
    train(model, data.load(), epochs=epochs, seed=seed, view=False)
    return model


def figures(seed: int, epochs: int, sharp: bool) -> dict[str, float]:
    """What one seed gives."""
    digits = data.load()
    plain, vae = (trained(name, seed, epochs, sharp) for name in ("autoencoder", "vae"))
    codes, rng = plain.encode(digits.train.images), np.random.default_rng(seed)
    normal = rng.normal(size=(SAMPLES, plain.latent_dim)).astype("float32")
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
    parser.add_argument("--sharp", action="store_true")
    given = parser.parse_args()
    found = {seed: figures(seed, given.epochs, given.sharp) for seed in given.seeds}
    print(pd.DataFrame(found).round(4))


if __name__ == "__main__":
    main()
