"""Trained models that ship with the package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cgan_tutorial.models.registry import build

FOLDER = Path(__file__).parent.parent / "pretrained"
LATENTS, WIDTH = 32, 8


def pretrained(name: str) -> Any:
    """Build a model and give it the weights that ship with the package.

    It is the book's model of width 8 with 32 latents, trained on the 4,000 training
    digits of "mnist-5k"; pretrained/NAME.json records seed, epochs, versions and quality.
    The weights are stored as float16, without the optimizer's state, and a GAN's generator
    starts at its average.

    Args:
        name: one of `MODELS`.

    Raises:
        ValueError: the name is unknown, or the file is missing or not the recorded one.
    """
    model = build(name, LATENTS, WIDTH)
    path = FOLDER / f"{name}.weights.h5"
    if not path.is_file() or checksum(path) != record(name)["sha256"]:
        state = "damaged" if path.is_file() else "missing"
        raise ValueError(
            f"{path.name} is {state}; install the package again, or train the weights by: "
            "make pretrained"
        )
    model.load_weights(path)
    return model


def record(name: str) -> dict[str, Any]:
    """Read how a shipped model was trained, and how good it is."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def checksum(path: Path) -> str:
    """Return a file's SHA-256 checksum; HDF5 files have none of their own."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
