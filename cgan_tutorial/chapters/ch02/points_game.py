"""The games of the plane for figures: the package's GAN on points, one network at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from cgan_tutorial.chapters.ch02.minimax import generator_slope
from cgan_tutorial.chapters.common import JIT, Unmeasured, train_one
from cgan_tutorial.data import check_count
from cgan_tutorial.data.toy2d import Shape, shape
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.metrics.divergence import grid_divergence
from cgan_tutorial.networks import point_discriminator, point_generator
from cgan_tutorial.widgets.game import choose

# As in the page: points in a step, measured, shown, pushed; the least share of a covered mode.
BATCH, MEASURED, SHOWN, PUSHED, LEAST_SHARE = 64, 1024, 200, 24, 0.01


@dataclass(frozen=True)
class Frame:
    """One moment of a game.

    Attributes:
        fakes: what the generator makes of latents that stay the same, (200, 2).
        numbers: `rounds`; `covered` of `modes`; `distance`, the grid's JS in nats; `push`, the
            mean length of the gradient of the generator's loss at a fake; `accuracy`, the share
            of pairs (real, fake) that the discriminator ranks correctly.
    """

    fakes: np.ndarray
    numbers: dict[str, float]


@dataclass(frozen=True)
class Played:
    """A game that was played: 200 of its real points, (200, 2), and its frames in order."""

    real: np.ndarray
    frames: list[Frame] = field(default_factory=list)


def play(preset: str, rounds: int = 300, every: int = 75, **settings: Any) -> Played:
    """Play a game of `widgets.game` in Keras; keep the start and every `every`-th round.

    The page draws other random numbers, so the same seed gives another game of the same kind.

    Raises:
        ValueError: as for `widgets.game`, or a count that is not a positive integer.
    """
    for name, count in {"rounds": rounds, "every": every}.items():
        check_count(name, count)
    chosen = choose(preset, **settings)
    keras.utils.set_random_seed(chosen["seed"])
    rng, data = np.random.default_rng(chosen["seed"]), shape(chosen["data"])
    pair = point_generator(chosen["latent_dim"]), point_discriminator()
    latents = rng.normal(size=(MEASURED, chosen["latent_dim"])).astype("float32")
    real = data.draw(MEASURED, chosen["seed"])
    turns = {name: _turn(pair, chosen, name) for name in ("discriminator", "generator")}
    game = Played(real[:SHOWN], [_look(pair, chosen["loss"], data, real, latents, 0)])
    for number in range(1, rounds + 1):
        for name, turn in turns.items():
            for _ in range(chosen[f"{name}_steps"]):
                batch = data.draw(BATCH, int(rng.integers(2**32)))
                train_one(turn, getattr(turn, name), batch)
        if number % every == 0:
            game.frames.append(_look(pair, chosen["loss"], data, real, latents, number))
    return game


def _turn(pair: tuple[keras.Model, keras.Model], chosen: dict[str, Any], name: str) -> Any:
    """Return a GAN of both networks, compiled to train the one called `name`."""
    gan = Unmeasured(*pair, loss=chosen["loss"], gp_weight=chosen["gp_weight"], ema_decay=0.0)
    rate = chosen[f"{name}_rate"]
    kinds = {"SGD": keras.optimizers.SGD(rate), "Adam": keras.optimizers.Adam(rate, 0.0, 0.9)}
    gan.compile(kinds[chosen["optimizer"]], jit_compile=JIT)
    return gan


def _look(
    pair: tuple[keras.Model, keras.Model],
    loss: str,
    data: Shape,
    real: np.ndarray,
    latents: np.ndarray,
    number: int,
) -> Frame:
    fakes = pair[0].predict_on_batch(latents)
    scores, slopes = _scored(pair[1], fakes)
    shares = mode_shares(fakes, data.centers, data.radius)
    pushes = generator_slope(LOSSES[loss], scores[:PUSHED])[:, None] * slopes[:PUSHED]
    numbers = {
        "rounds": number,
        "covered": int((shares >= LEAST_SHARE).sum()),
        "modes": len(shares),
        "distance": grid_divergence(real, fakes),
        "push": float(np.linalg.norm(pushes, axis=1).mean()),
        "accuracy": float((_scored(pair[1], real)[0] > scores).mean()),
    }
    return Frame(fakes[:SHOWN], numbers)


def _scored(discriminator: keras.Model, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return D's scores (n,) of points (n, 2) and their slopes in the points, (n, 2)."""
    kernels, biases = discriminator.get_weights()[::2], discriminator.get_weights()[1::2]
    values = [points]
    for kernel, bias in zip(kernels[:-1], biases, strict=False):
        values.append(np.maximum(values[-1] @ kernel + bias, 0.0))
    slopes = np.ones((len(points), 1))
    for kernel, value in zip(kernels[::-1], [*values[:0:-1], np.ones(1)], strict=True):
        slopes = (slopes @ kernel.T) * (value > 0)
    return (values[-1] @ kernels[-1] + biases[-1])[:, 0], slopes
