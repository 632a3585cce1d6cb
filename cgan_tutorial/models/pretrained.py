"""Trained models that ship with the package: less than a byte a weight, no pickle."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np

from cgan_tutorial import models

FOLDER = Path(__file__).parent.parent / "pretrained"
LATENTS, WIDTH = 32, 8
NETWORKS = "encoder", "decoder", "discriminator"
# Not 127: six bits of the byte are used, the file's compression takes the rest, and no
# measure notices.
LEVELS = 31
# What zipfile and numpy raise, wherever in the file a byte is wrong.
DAMAGE = ValueError, TypeError, KeyError, OSError, EOFError, RuntimeError
DAMAGE = *DAMAGE, zipfile.BadZipFile, zlib.error
AGAIN = "install the package again, or train the weights anew by: make pretrained"


def pretrained(name: str) -> keras.Model:
    """Build a model and give it the weights that ship with the package.

    It is the book's model of width 8 with 32 latents, trained on the 4,000 training
    digits of "mnist-5k". Command, seed, epochs, versions and quality stand in
    pretrained/NAME.json. The optimizer's state is not kept: a further training by
    `train` starts with a fresh one, and with a GAN's generator at its average.

    Args:
        name: one of `MODELS`.

    Raises:
        ValueError: the name is unknown, or the file is missing, damaged or of other networks.
    """
    model = models.build(name, LATENTS, WIDTH)
    model(model.example())
    restore(model, FOLDER / f"{name}.npz")
    return model


def store(model: keras.Model, path: Path) -> None:
    """Write a model's networks to an .npz file, a GAN's generator by its average alone.

    A kernel is kept as int8 with one scale for each index of its last axis, the largest
    magnitude there being `LEVELS` scales: symmetric quantization (Jacob et al., 2018,
    eq. 1, with zero-point 0). The error is at most half a scale. Vectors are few and
    stay float16.

    Raises:
        ValueError: a weight is not finite, or a vector's too large for float16.
    """
    arrays = {}
    for name, network in _networks(model).items():
        for number, weight in enumerate(network.get_weights()):
            arrays |= _packed(f"{name}.{number}", weight)
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError(
            "some weights are not finite or exceed float16, so they are not stored; "
            "train again with a lower learning_rate"
        )
    np.savez_compressed(path, **arrays)


def restore(model: keras.Model, path: Path) -> None:
    """Give a model the weights that `store` wrote; on an error it keeps those that it has.

    Raises:
        ValueError: the file is missing, damaged or of other networks.
    """
    found, networks = _read(path), _networks(model)
    wanted = {name: network.get_weights() for name, network in networks.items()}
    if _shapes(found) != _shapes(wanted):
        raise ValueError(f"{path.name} holds weights of other networks than this model's; {AGAIN}")
    for name, network in networks.items():
        network.set_weights(found[name])
    if hasattr(model, "generator"):
        model.generator.set_weights(found["decoder"])


def _networks(model: keras.Model) -> dict[str, keras.Model]:
    return {name: getattr(model, name) for name in NETWORKS if hasattr(model, name)}


def _shapes(weights: dict[str, list[np.ndarray]]) -> dict[str, list[tuple[int, ...]]]:
    return {name: [weight.shape for weight in found] for name, found in weights.items()}


def _packed(key: str, weight: np.ndarray) -> dict[str, np.ndarray]:
    if weight.ndim < 2:
        with np.errstate(over="ignore"):
            return {key: weight.astype("float16")}
    largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
    # A channel of nothing but 0 may have any scale.
    scale = np.where(largest == 0, 1.0, largest / LEVELS).astype("float32")
    with np.errstate(invalid="ignore"):
        return {key: np.round(weight / scale).astype("int8"), f"{key}.scale": scale}


def _read(path: Path) -> dict[str, list[np.ndarray]]:
    """Each network's weights as float32, in the order in which they were written."""
    if not path.is_file():
        raise ValueError(f"{path.name} is missing from the package; {AGAIN}")
    found = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for key in arrays.files:
                network, _, rest = key.partition(".")
                if not rest.endswith("scale"):
                    weight = arrays[key]
                    scale = arrays[f"{key}.scale"] if weight.dtype == "int8" else 1.0
                    found.setdefault(network, []).append((weight * scale).astype("float32"))
    except DAMAGE:
        raise ValueError(f"{path.name} is damaged; {AGAIN}") from None
    return found
