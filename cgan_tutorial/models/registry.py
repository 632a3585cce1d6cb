"""Models by name, with the book's convolutional networks."""

from __future__ import annotations

import inspect
from typing import Any

from cgan_tutorial import networks
from cgan_tutorial.models.autoencoder import Autoencoder, DenoisingAutoencoder
from cgan_tutorial.models.base import BookModel
from cgan_tutorial.models.cgan import CGAN
from cgan_tutorial.models.conditional import ConditionalGAN
from cgan_tutorial.models.stabilized import StabilizedGAN
from cgan_tutorial.models.vae import VAE

MODELS: dict[str, type[BookModel]] = {
    "autoencoder": Autoencoder,
    "denoiser": DenoisingAutoencoder,
    "vae": VAE,
    "gan": StabilizedGAN,
    "conditional-gan": ConditionalGAN,
    "cgan": CGAN,
}


def build(
    name: str, latent_dim: int = 32, width: int = 16, classes: int = 10, **options: Any
) -> Any:
    """Build a model with the book's convolutional networks.

    Args:
        name: one of `MODELS`.
        latent_dim: numbers in the latent vector.
        width: channels of the outermost feature maps.
        classes: how many a conditional model has; other models have none.
        **options: of the model's class, for example `beta=4.0` for a "vae".

    Raises:
        ValueError: the name is unknown, a size is not a positive integer, or an
            option is not one of the model's, or out of its range.
    """
    if name not in MODELS:
        raise ValueError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    _check_sizes(latent_dim=latent_dim, width=width, classes=classes)
    parts = _networks(name, latent_dim, width, classes if name == "conditional-gan" else 0)
    _check_options(name, set(options) - set(parts))
    model = MODELS[name](**parts, **options)
    model.build()
    return model


def name_of(model: Any) -> str:
    """Return the name under which `build` knows the model's class, or the class's own."""
    return {kind: name for name, kind in MODELS.items()}.get(type(model), type(model).__name__)


def _networks(name: str, latent_dim: int, width: int, classes: int) -> dict[str, Any]:
    per_latent = 2 if name in ("vae", "cgan") else 1
    makers = {
        "encoder": lambda: networks.encoder(latent_dim, width, per_latent),
        "decoder": lambda: networks.decoder(latent_dim, width),
        "generator": lambda: networks.generator(latent_dim, width, classes),
        "discriminator": lambda: networks.discriminator(width, classes),
    }
    return {part: makers[part]() for part in MODELS[name].networks}


def _check_options(name: str, given: set[str]) -> None:
    known = {
        parameter
        for kind in MODELS[name].__mro__
        if "__init__" in vars(kind) and kind.__module__.startswith("cgan_tutorial")
        for parameter in inspect.signature(kind.__init__).parameters
    } - {"self", "kwargs", *MODELS[name].networks} | {"name", "dtype", "trainable"}
    if unknown := sorted(given - known):
        raise ValueError(
            f"{name} has no option {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )


def _check_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} is {value!r}; give a positive integer, for example {name}=16")
