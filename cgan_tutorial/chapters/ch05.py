"""The CGAN against other models, and without its parts, as recorded experiments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cgan_tutorial import models

LATENTS = 32


def _built(name: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    """A model of the book, and no special arguments for its `train`."""
    return models.build(name, LATENTS, **options), {}


TRIAL: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "AE": partial(_built, "autoencoder"),
    "VAE": partial(_built, "vae"),
    "GAN": partial(_built, "gan"),
    "CGAN": partial(_built, "cgan"),
}
ABLATION: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "whole": partial(_built, "cgan"),
    "no game": partial(_built, "cgan", adversarial_weight=0.0),
    "no reconstruction": partial(_built, "cgan", reconstruction_weight=0.0),
    "no divergence": partial(_built, "cgan", kl_weight=0.0),
}
