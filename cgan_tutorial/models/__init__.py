"""The models of the book, one idea a file, and a way to build them by name."""

from __future__ import annotations

from typing import Any

import keras

from cgan_tutorial import networks
from cgan_tutorial.models.autoencoder import Autoencoder, DenoisingAutoencoder
from cgan_tutorial.models.cgan import CGAN
from cgan_tutorial.models.conditional import ConditionalGAN
from cgan_tutorial.models.gan import GAN
from cgan_tutorial.models.pretrained import pretrained
from cgan_tutorial.models.translator import Translator
from cgan_tutorial.models.vae import VAE

__all__ = [
    "CGAN",
    "GAN",
    "MODELS",
    "VAE",
    "Autoencoder",
    "ConditionalGAN",
    "DenoisingAutoencoder",
    "Translator",
    "build",
    "pretrained",
]

MODELS = {
    "autoencoder": Autoencoder,
    "denoiser": DenoisingAutoencoder,
    "vae": VAE,
    "gan": GAN,
    "conditional-gan": ConditionalGAN,
    "cgan": CGAN,
}
CLASSES = 10
# What a GAN needs to learn in a minute on two cores; `experiments.LADDER` climbs to it.
GAME = {"loss": "relativistic", "penalty": 0.1, "averaging": 0.98}


def build(name: str, latent_dim: int = 32, width: int = 16, **options: Any) -> keras.Model:
    """Build a model with the book's convolutional networks.

    The model remembers its `recipe`, so that a run folder can say what it holds.

    Args:
        name: one of `MODELS`.
        latent_dim: numbers in the latent vector.
        width: channels of the outermost feature maps.
        **options: of the model's class, for example `beta=4.0` for a "vae". The
            GANs get `GAME` where nothing else is said.

    Raises:
        ValueError: the name is unknown, a size is not a positive integer, or an
            option is not one of the model's.
    """
    if name not in MODELS:
        raise ValueError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    _check_sizes(latent_dim=latent_dim, width=width)
    if issubclass(MODELS[name], GAN):
        options = {**GAME, **options}
    try:
        model = MODELS[name](*_networks(name, latent_dim, width), **options)
    except TypeError as error:
        raise ValueError(f"{name} has no such option: {error}") from error
    model.recipe = {"model": name, "latent_dim": latent_dim, "width": width}
    return model


def _networks(name: str, latent_dim: int, width: int) -> list[keras.Model]:
    classes = CLASSES if name == "conditional-gan" else 0
    outputs = 2 if name in ("vae", "cgan") else 1
    encoder = networks.encoder(latent_dim, width, outputs_per_latent=outputs)
    if not issubclass(MODELS[name], GAN):
        return [encoder, networks.decoder(latent_dim, width)]
    generator = networks.generator(latent_dim, width, classes)
    players = [generator, networks.discriminator(width, classes)]
    return [encoder, *players] if name == "cgan" else players


def _check_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} is {value!r}; give a positive integer, for example {name}=16")
