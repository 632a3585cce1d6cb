"""The game in the plane: a GAN on points, trained in the reader's page by game.js."""

from __future__ import annotations

import base64
from numbers import Real
from statistics import NormalDist
from typing import Any

import keras
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cgan_tutorial import networks, plots
from cgan_tutorial.data.toy2d import SHAPES, shape
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.widgets.page import PageWidget

CHOICES = {"data": list(SHAPES), "loss": list(LOSSES), "optimizer": ["Adam", "SGD"]}
# Each number's default, least and largest value; the integers are counts.
NUMBERS: dict[str, tuple[float, float, float]] = {
    **dict.fromkeys(("discriminator_rate", "generator_rate"), (1e-3, 1e-6, 1)),
    **dict.fromkeys(("discriminator_steps", "generator_steps"), (1, 1, 20)),
    **{"gp_weight": (0.0, 0, 100), "latent_dim": (2, 1, 2), "seed": (0, 0, 2**32 - 1)},
}
DEFAULTS: dict[str, Any] = {"data": "ring", "loss": "non-saturating", "optimizer": "Adam"}
DEFAULTS |= {name: default for name, (default, *_) in NUMBERS.items()}
STRONG = {"loss": "minimax", "discriminator_rate": 1e-2, "discriminator_steps": 5}
# Settings, found by trial over many seeds, and what to watch.
PRESETS: dict[str, tuple[dict[str, Any], str]] = {
    "healthy": (
        {"gp_weight": 0.3, "discriminator_rate": 3e-3},
        "Watch the grid of G unfold. The fakes reach all eight modes after about 300 rounds; by "
        "round 600 the distance has fallen from 0.69 to about 0.3 nats.",
    ),
    "collapse": (
        STRONG,
        "Watch the triangles settle on one, two, or three of the eight modes. They stay there, "
        "because no fake is near another mode, where a gradient could pull it in.",
    ),
    "discriminator too strong": (
        {**STRONG, "generator_rate": 3e-5},
        "Watch the arrows vanish within about 50 rounds: D ranks every pair correctly, and the "
        "minimax loss is flat there. Choose the non-saturating loss, and the arrows come back.",
    ),
    "rotation": (
        {"generator_steps": 5},
        "Watch the triangles run. G moves them all to a place where D is wrong, D learns that "
        "place, and they run on. With some seeds they settle after hundreds of rounds.",
    ),
}


def game(preset: str = "healthy", **settings: Any) -> PageWidget:
    """Return a GAN on points in the plane to play in the page, at round 0.

    The networks have the weights that `models.StabilizedGAN` starts with after
    `keras.utils.set_random_seed(seed)`, which this function calls.

    Args:
        preset: a name of `PRESETS`.
        **settings: instead of the preset's: one of `CHOICES` or a number in `NUMBERS`.

    Raises:
        ValueError: a name is unknown, or a value is out of its range.
    """
    chosen = choose(preset, **settings)
    keras.utils.set_random_seed(chosen["seed"])
    players = [networks.point_generator(chosen["latent_dim"]), networks.point_discriminator()]
    presets = {name: {"settings": choose(name), "watch": PRESETS[name][1]} for name in PRESETS}
    spec = {
        **{"settings": chosen, "presets": presets, "losses": CHOICES["loss"]},
        "shapes": {name: described(name) for name in SHAPES},
        "lattices": {count: lattice(count).ravel().round(4).tolist() for count in (1, 2)},
        "weights": {network.name.removeprefix("point_"): packed(network) for network in players},
    }
    alt = f"The game in the plane at round 0: {chosen['data']} data in blue, fakes in orange."
    return PageWidget("arena", spec, {}, still(chosen, *players), alt)


def choose(preset: str, **settings: Any) -> dict[str, Any]:
    """Return all settings of a game; for arguments and errors see `game`."""
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}; choose one of {', '.join(PRESETS)}")
    for name, value in settings.items():
        if name not in DEFAULTS:
            raise ValueError(f"unknown setting {name!r}; choose one of {', '.join(DEFAULTS)}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"unknown {name} {value!r}; choose one of {', '.join(CHOICES[name])}")
        if name in NUMBERS:
            default, low, high = NUMBERS[name]
            kind, called = (int, "an integer") if isinstance(default, int) else (Real, "a number")
            if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
                raise ValueError(f"{name} is {value!r}; give {called} from {low:g} to {high:g}")
    return {**DEFAULTS, **PRESETS[preset][0], **settings}


def lattice(latent_dim: int) -> np.ndarray:
    """Return latents whose meshes hold equal shares of the noise: (256, latent_dim)."""
    shares = np.linspace(0.01, 0.99, 16 if latent_dim == 2 else 256)
    places = [NormalDist().inv_cdf(share) for share in shares]
    return np.stack(np.meshgrid(*[places] * latent_dim), axis=-1).reshape(-1, latent_dim)


def described(name: str) -> dict[str, Any]:
    """Return a shape of `toy2d` for JSON; its skeleton as x, y, x, y, and so on."""
    found = shape(name)
    skeleton, centers = (a.round(4).tolist() for a in (found.skeleton.ravel(), found.centers))
    return {**vars(found), "skeleton": skeleton, "centers": centers}


def packed(network: keras.Model) -> str:
    """Return a network's weights, one after the other, as float32 in base64."""
    flat = np.concatenate([np.ravel(weight) for weight in network.get_weights()])
    return base64.b64encode(flat.astype("<f4").tobytes()).decode("ascii")


def still(settings: dict[str, Any], generator: keras.Model, discriminator: keras.Model) -> Figure:
    """Draw real points and fakes over D's map, blue where it says "real"."""
    points = np.stack(np.meshgrid(*[np.linspace(-3, 3, 64)] * 2), axis=-1).reshape(-1, 2)
    latents = np.random.default_rng(0).normal(size=(200, settings["latent_dim"]))
    real, fakes = shape(settings["data"]).draw(200), generator.predict_on_batch(latents)
    figure, axes = plt.subplots(figsize=(7.4, 6.6), layout="constrained")
    scores = discriminator.predict_on_batch(points).reshape(64, 64)
    look = {"alpha": 0.5, "vmin": -3, "vmax": 3, "interpolation": "bilinear"}
    axes.imshow(scores, "RdYlBu", origin="lower", extent=(-3, 3, -3, 3), **look)
    axes.plot(*real.T, "o", color=plots.COLOURS[0], label="real points", markeredgecolor="white")
    axes.plot(*fakes.T, "^", color=plots.COLOURS[3], label="fakes", markeredgecolor="white")
    axes.legend(loc="upper right")
    axes.set_axis_off()
    return figure
