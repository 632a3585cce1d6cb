"""Trained models that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cgan_tutorial.models.registry import build

FOLDER = Path(__file__).parent.parent / "pretrained"
LATENTS, WIDTH = 32, 8
UNREADABLE = OSError, KeyError, ValueError


def pretrained(name: str) -> Any:
    """Build a model and give it the weights that ship with the package.

    It is the book's model of width 8 with 32 latents, trained on the 4,000 training
    digits of "mnist-5k"; pretrained/NAME.json records seed, epochs, versions and quality.
    The weights are stored as float16, without the optimizer's state, and a GAN's generator
    starts at its average.

    Args:
        name: one of `MODELS`.

    Raises:
        ValueError: the name is unknown, or the file is missing, damaged or of other networks.
    """
    model = build(name, LATENTS, WIDTH)
    path = FOLDER / f"{name}.weights.h5"
    try:
        model.load_weights(path)
    except UNREADABLE as error:
        state = "damaged, or of other networks" if path.exists() else "missing"
        raise ValueError(
            f"{path.name} is {state}; install the package again, or train the weights by: "
            "make pretrained"
        ) from error
    return model
