"""The game in the plane: a GAN on points, trained in the reader's page by duel.js."""

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

DEFAULTS: dict[str, Any] = {
    **{"data": "ring", "loss": "non-saturating", "optimizer": "Adam", "gp_weight": 0.0},
    **{"discriminator_rate": 1e-3, "generator_rate": 1e-3},
    **{"discriminator_steps": 1, "generator_steps": 1, "latent_dim": 2, "seed": 0},
}
CHOICES = {"data": list(SHAPES), "loss": list(LOSSES), "optimizer": ["Adam", "SGD"]}
RANGES = {
    **{"gp_weight": (0, 100), "discriminator_rate": (1e-6, 1), "generator_rate": (1e-6, 1)},
    **{"discriminator_steps": (1, 20), "generator_steps": (1, 20)},
    **{"latent_dim": (1, 2), "seed": (0, 2**32 - 1)},
}
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
        "minimax loss is flat there. With the non-saturating loss the arrows come back.",
    ),
    "rotation": (
        {"generator_steps": 5},
        "Watch the triangles run. G moves them all to a place where D is wrong, D learns that "
        "place, and they run on. They visit all eight modes and keep none.",
    ),
}


def game(preset: str = "healthy", data: str | None = None, **settings: Any) -> PageWidget:
    """Return a GAN on points in the plane to be played in the page, at round 0.

    Args:
        preset: a name of `PRESETS`.
        data: a name of `toy2d.SHAPES`; by default the preset's.
        **settings: others than the preset's, with names of `DEFAULTS` and values of `CHOICES` and
            `RANGES`. The seed is that of the weights too: they are those that the package's GAN
            has after `keras.utils.set_random_seed(seed)`, which this function calls.

    Raises:
        ValueError: a name is unknown, or a value is out of its range.
    """
    chosen = choose(preset, **({} if data is None else {"data": data}), **settings)
    keras.utils.set_random_seed(chosen["seed"])
    players = [networks.point_generator(chosen["latent_dim"]), networks.point_discriminator()]
    presets = {
        name: {"settings": choose(name), "watch": watch} for name, (_, watch) in PRESETS.items()
    }
    spec = {
        **{"settings": chosen, "presets": presets, "losses": CHOICES["loss"]},
        "shapes": {name: _described(name) for name in SHAPES},
        "lattices": {count: lattice(count).ravel().round(4).tolist() for count in (1, 2)},
        "weights": dict(zip(("generator", "discriminator"), map(_packed, players), strict=True)),
    }
    alt = f"The game in the plane at round 0: real points of the {chosen['data']} data, and fakes."
    return PageWidget("arena", spec, {}, still(chosen, *players), alt)


def choose(preset: str, **settings: Any) -> dict[str, Any]:
    """Return a preset's settings with those given; for errors see `game`."""
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}; choose one of {', '.join(PRESETS)}")
    for name, value in settings.items():
        if name not in DEFAULTS:
            raise ValueError(f"unknown setting {name!r}; choose one of {', '.join(DEFAULTS)}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"unknown {name} {value!r}; choose one of {', '.join(CHOICES[name])}")
        if name in RANGES:
            (low, high), kind = RANGES[name], type(DEFAULTS[name])
            number = isinstance(value, int if kind is int else Real) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                named = "an integer" if kind is int else "a number"
                raise ValueError(f"{name} is {value!r}; give {named} from {low:g} to {high:g}")
    return {**DEFAULTS, **PRESETS[preset][0], **settings}


def lattice(latent_dim: int) -> np.ndarray:
    """Latents whose meshes hold equal shares of the noise: (16·16, 2) or, for one, (256, 1)."""
    shares = np.linspace(0.01, 0.99, 16 if latent_dim == 2 else 256)
    places = [NormalDist().inv_cdf(share) for share in shares]
    return np.stack(np.meshgrid(*[places] * latent_dim), axis=-1).reshape(-1, latent_dim)


def still(settings: dict[str, Any], generator: keras.Model, discriminator: keras.Model) -> Figure:
    """Draw real points and fakes over the discriminator's map, as at round 0."""
    sides = np.linspace(-3, 3, 32)
    plane = np.stack(np.meshgrid(sides, sides), axis=-1).reshape(-1, 2)
    latents = np.random.default_rng(settings["seed"]).normal(size=(200, settings["latent_dim"]))
    figure, axes = plt.subplots(figsize=(6.6, 6.6), layout="constrained")
    scores = discriminator.predict_on_batch(plane).reshape(32, 32)
    axes.imshow(
        1 / (1 + np.exp(-scores)), "PuOr", origin="lower", extent=(-3, 3) * 2, vmin=0, vmax=1
    )
    sets = shape(settings["data"]).draw(200, settings["seed"]), generator.predict_on_batch(latents)
    for points, mark, name, color in zip(
        sets, "o^", ("real", "fake"), plots.COLOURS[::3], strict=False
    ):
        axes.plot(*points.T, mark, color=color, label=name, markeredgecolor="white")
    axes.legend(loc="upper right", title="round 0")
    return figure


def _described(name: str) -> dict[str, Any]:
    found = vars(shape(name))
    arrays = {"skeleton": found["skeleton"].ravel(), "centers": found["centers"]}
    return {**found, **{key: array.round(4).tolist() for key, array in arrays.items()}}


def _packed(network: keras.Model) -> str:
    flat = np.concatenate([np.ravel(weight) for weight in network.get_weights()])
    return base64.b64encode(flat.astype("<f4").tobytes()).decode("ascii")
