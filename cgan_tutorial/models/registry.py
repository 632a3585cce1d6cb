"""Models by name, with the book's convolutional networks."""

from __future__ import annotations

import inspect
from typing import Any

from cgan_tutorial import networks
from cgan_tutorial.data import check_count
from cgan_tutorial.models.adversarial import times_a_digit
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
    name: str,
    /,
    latent_dim: int = 32,
    width: int = 16,
    classes: int = 10,
    shape: tuple[int, ...] = networks.IMAGE_SHAPE,
    **options: Any,
) -> Any:
    """Build a model with the book's convolutional networks.

    Args:
        name: one of `MODELS`.
        latent_dim: numbers in the latent vector.
        width: channels of the outermost feature maps.
        classes: how many a conditional model has; other models have none.
        shape: of an image, (height, width, channels): sides divisible by 4, 1 or 3 channels.
        **options: of the model's class, for example `beta=4.0` for a "vae". The defaults of
            `gp_weight` and `reconstruction_weight` are those of the class for digits, and
            follow the shape for images of more values (height × width × channels).

    Raises:
        ValueError: the name is unknown, a size is not a positive integer, the shape is
            another, or an option is not one of the model's, or out of its range.
    """
    if name not in MODELS:
        raise ValueError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    latent_dim = check_count("latent_dim", latent_dim)
    width, classes = check_count("width", width), check_count("classes", classes)
    shape = _checked_shape(shape)
    parts = _networks(name, latent_dim, width, classes if name == "conditional-gan" else 0, shape)
    _check_options(name, set(options))
    model = MODELS[name](**parts, **{**_defaults(name, shape), **options})
    model.build((None, *shape))
    return model


def name_of(model: Any) -> str:
    """Return the name under which `build` knows the model's class, or the class's own."""
    return {kind: name for name, kind in MODELS.items()}.get(type(model), type(model).__name__)


def _networks(
    name: str, latent_dim: int, width: int, classes: int, shape: tuple[int, int, int]
) -> dict[str, Any]:
    per_latent = 2 if name in ("vae", "cgan") else 1
    makers = {
        "encoder": lambda: networks.encoder(latent_dim, width, per_latent, shape),
        "decoder": lambda: networks.decoder(latent_dim, width, shape=shape),
        "generator": lambda: networks.generator(latent_dim, width, classes, shape=shape),
        "discriminator": lambda: networks.discriminator(width, classes, shape=shape),
    }
    return {part: makers[part]() for part in MODELS[name].networks}


def _defaults(name: str, shape: tuple[int, int, int]) -> dict[str, float]:
    """Return the options whose defaults depend on the size of the images.

    Large images are further apart, so that the same step of the logits has a smaller slope,
    and the penalty needs more weight; a squared error summed over their pixels needs less.
    The power of 1.5 was chosen to suit digits and drawn shapes of 64×64 in color
    (docs/own-images.md); other sizes are untried.
    """
    larger = times_a_digit(shape)
    if larger == 1 or not issubclass(MODELS[name], StabilizedGAN):
        return {}
    options = {"gp_weight": 0.1 * larger**1.5}
    if name == "cgan":
        options["reconstruction_weight"] = 0.04 / larger
    return options


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


def _checked_shape(shape: Any) -> tuple[int, int, int]:
    """Return the shape of an image if the networks can make it.

    Raises:
        ValueError: says which shapes they can make.
    """
    sides, channels = tuple(shape)[:2], tuple(shape)[2:]
    if (
        len(sides) != 2
        or any(side % 4 or side < 8 for side in sides)
        or channels not in ((1,), (3,))
    ):
        raise ValueError(
            f"the shape of an image is {tuple(shape)}; give (height, width, channels) with sides "
            "of at least 8 that 4 divides, and 1 or 3 channels"
        )
    return (*sides, *channels)
