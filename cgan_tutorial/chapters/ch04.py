"""The steps from DCGAN to this book's GAN, as participants of a recorded experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from cgan_tutorial import models, networks

LATENTS = 32


@dataclass(frozen=True)
class Settings:
    """Settings of a GAN and of its training; the defaults are those of DCGAN."""

    hidden: int = 0
    width: int = 32
    normalize: bool = True
    batch_size: int = 64
    learning_rate: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)
    loss: str = "non-saturating"
    gp_weight: float = 0.0
    ema_decay: float = 0.0

    def build(self) -> tuple[models.GAN, dict[str, Any]]:
        """Build the GAN; return it with the arguments of its `train`."""
        generator = networks.generator(LATENTS, self.width, hidden=self.hidden)
        discriminator = networks.discriminator(
            self.width, hidden=self.hidden, normalize=self.normalize
        )
        if self.gp_weight or self.ema_decay:
            model = models.StabilizedGAN(
                generator, discriminator, self.loss, self.gp_weight, self.ema_decay
            )
        else:
            model = models.GAN(generator, discriminator, self.loss)
        adam = keras.optimizers.Adam(self.learning_rate, *self.betas)
        return model, {"batch_size": self.batch_size, "optimizer": adam}


_FAST = {"hidden": 256, "width": 16, "normalize": False, "learning_rate": 4e-3}
_RELATIVISTIC = {**_FAST, "gp_weight": 0.1, "loss": "relativistic"}
_LOW_MOMENTUM = {**_RELATIVISTIC, "betas": (0.0, 0.9), "batch_size": 32}
LADDER: dict[str, Callable[[], tuple[keras.Model, dict[str, Any]]]] = {
    "DCGAN": Settings().build,
    "+ hidden layer": Settings(hidden=256).build,
    "+ narrower, faster": Settings(**_FAST).build,
    "+ penalty": Settings(**_FAST, gp_weight=0.1).build,
    "+ pairing": Settings(**_RELATIVISTIC).build,
    "+ short memory": Settings(**_LOW_MOMENTUM).build,
    "+ average": Settings(**_LOW_MOMENTUM, ema_decay=0.98).build,
}
