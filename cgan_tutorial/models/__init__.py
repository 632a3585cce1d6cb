"""The models of the book, one idea a file, and a way to build them by name."""

from __future__ import annotations

import keras

from cgan_tutorial import networks
from cgan_tutorial.models.autoencoder import Autoencoder, DenoisingAutoencoder
from cgan_tutorial.models.vae import VAE

__all__ = ["MODELS", "VAE", "Autoencoder", "DenoisingAutoencoder", "build"]

MODELS = {"autoencoder": Autoencoder, "denoiser": DenoisingAutoencoder, "vae": VAE}


def build(name: str, latent_dim: int = 32, width: int = 16) -> keras.Model:
    """Build a model with the book's convolutional networks.

    The model remembers its `recipe`, so that a run folder can say what it holds.

    Args:
        name: "autoencoder", "denoiser" or "vae".
        latent_dim: numbers in the latent vector.
        width: channels of the outermost feature maps.

    Raises:
        ValueError: the name is unknown, or a size is not a positive integer.
    """
    if name not in MODELS:
        raise ValueError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    _check_sizes(latent_dim=latent_dim, width=width)
    outputs = 2 if name == "vae" else 1
    encoder = networks.encoder(latent_dim, width, outputs_per_latent=outputs)
    model = MODELS[name](encoder, networks.decoder(latent_dim, width))
    model.recipe = {"model": name, "latent_dim": latent_dim, "width": width}
    return model


def _check_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} is {value!r}; give a positive integer, for example {name}=16")
