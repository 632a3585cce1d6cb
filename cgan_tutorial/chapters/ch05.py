"""The CGAN against other models, and without its parts, as recorded experiments."""

from __future__ import annotations

from collections.abc import Callable

import keras

from cgan_tutorial import models

LATENTS = 32
TRIAL: dict[str, Callable[[], keras.Model]] = {
    "AE": lambda: models.build("autoencoder", LATENTS),
    "VAE": lambda: models.build("vae", LATENTS),
    "GAN": lambda: models.build("gan", LATENTS),
    "CGAN": lambda: models.build("cgan", LATENTS),
}
ABLATION: dict[str, Callable[[], keras.Model]] = {
    "whole": lambda: models.build("cgan", LATENTS),
    "no game": lambda: models.build("cgan", LATENTS, adversarial=0.0),
    "no reconstruction": lambda: models.build("cgan", LATENTS, reconstruction=0.0),
    "no divergence": lambda: models.build("cgan", LATENTS, divergence=0.0),
}
