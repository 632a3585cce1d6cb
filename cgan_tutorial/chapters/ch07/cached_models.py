"""Encoders after a short training, made once for each data set and seed."""

from __future__ import annotations

from functools import cache

import keras

from cgan_tutorial import models
from cgan_tutorial.data import Dataset
from cgan_tutorial.training import train

LATENTS, WIDTH = 32, 8
EPOCHS = {"autoencoder": 6, "denoiser": 6, "vae": 6}


@cache
def trained(name: str, data: Dataset, seed: int) -> keras.Model:
    """Build one of the book's models, small, and train it for a few epochs on a data set.

    It counts epochs, so its quality does not depend on the machine. A second call gives
    the same model: do not train it further.

    Args:
        name: a name in `EPOCHS`.
        data: its training images are used, without labels.
        seed: of the weights, the order and the noise.

    Raises:
        ValueError: the name is unknown.
    """
    if name not in EPOCHS:
        raise ValueError(f"no short training of {name!r}; choose one of {', '.join(EPOCHS)}")
    keras.utils.set_random_seed(seed)
    model = models.build(name, LATENTS, WIDTH)
    train(model, data, epochs=EPOCHS[name], seed=seed, view=False)
    return model


def untrained(seed: int) -> keras.Model:
    """The autoencoder of `trained` before any training: what its architecture knows."""
    keras.utils.set_random_seed(seed)
    return models.build("autoencoder", LATENTS, WIDTH)
