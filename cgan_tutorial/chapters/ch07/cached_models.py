"""Small autoencoders after a short training, whose weights are cached."""

from __future__ import annotations

from functools import lru_cache

import keras
import numpy as np

from cgan_tutorial import models
from cgan_tutorial.data import Dataset
from cgan_tutorial.models.base import EncodingModel
from cgan_tutorial.training import train

LATENTS, WIDTH = 32, 8
EPOCHS = {"autoencoder": 6, "denoiser": 6, "vae": 6}


def trained(name: str, data: Dataset, seed: int) -> EncodingModel:
    """Train a small model for a few epochs, or take the weights of an earlier such call.

    The budget is counted in epochs, so the result does not depend on the machine's speed. No
    labels are used. Each call returns a new model, which you may train further.

    Raises:
        ValueError: the name is not a key of `EPOCHS`.
    """
    if name not in EPOCHS:
        raise ValueError(f"no short training of {name!r}; choose one of {', '.join(EPOCHS)}")
    model = untrained(seed, name)
    model.set_weights(_weights(name, data, seed))
    return model


def untrained(seed: int, name: str = "autoencoder") -> EncodingModel:
    """Build a model of `trained` before any training: what its architecture does by itself."""
    keras.utils.set_random_seed(seed)
    return models.build(name, LATENTS, WIDTH)


# Bounded, because it keeps the data sets, which it tells apart by identity.
@lru_cache(maxsize=8)
def _weights(name: str, data: Dataset, seed: int) -> list[np.ndarray]:
    model = untrained(seed, name)
    train(model, data, epochs=EPOCHS[name], seed=seed, view=False)
    return model.get_weights()
