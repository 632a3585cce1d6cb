"""The game on points in the plane, as numbers: no widget, no picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, ndtri

from cgan_tutorial.data.toy2d import shape
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.metrics.divergence import grid_divergence
from cgan_tutorial.widgets.game_settings import Settings
from cgan_tutorial.widgets.game_turns import Players

REACH = 3.0
POOL = 2048
BATCH = 128
MEASURED = 1024
# Share of the fakes that a mode needs to count as covered.
LEAST_SHARE = 0.01
SHOWN = 200
PUSHED = 48
CELLS = 32
# Latents of the net: its sides by the numbers in a latent vector.
NETS = {1: (225, 1), 2: (15, 15)}
# The score at which D is undecided; with relativistic loss only differences count.
UNDECIDED = {"least-squares": 0.5}


@dataclass(frozen=True)
class Frame:
    """All that is seen of the game at one moment.

    Attributes:
        ground: how real D takes each place to be, 0 to 1 with ½ for undecided, (32, 32);
            the first row lies at y = −3, the first column at x = −3.
        fakes: what the generator makes of latents that stay the same, (200, 2).
        push: minus the gradient of G's loss at the first 48 fakes, (48, 2), in units of
            loss for a unit of the plane.
        net: what it makes of a square lattice of latents that holds equal shares of the
            noise in each mesh, (15·15, 2); of a row of them, (225, 2), for noise of one number.
        numbers: see `PointGame.look`.
    """

    ground: np.ndarray
    fakes: np.ndarray
    push: np.ndarray
    net: np.ndarray
    numbers: dict[str, float]


class PointGame:
    """A GAN on points in the plane, played one step of one player at a time.

    A round is the discriminator's steps and then the generator's, as in Goodfellow
    et al. (2014), algorithm 1; each step sees 128 real points and as much new noise.

    Args:
        settings: of the game.
    """

    def __init__(self, settings: Settings | None = None):
        self.settings = settings or Settings()
        self._players = {}
        self.reset()

    def reset(self) -> None:
        """Start anew: the same settings and seed give the same game."""
        chosen = self.settings
        self.shape = shape(chosen.data)
        self.real = self.shape.draw(POOL, chosen.seed)
        self.random = np.random.default_rng(chosen.seed)
        noise = self.random.normal(size=(MEASURED, chosen.noise))
        self.latents = np.concatenate([noise, lattice(chosen.noise)]).astype("float32")
        self.steps = {"discriminator": 0, "generator": 0}
        self.rounds = 0
        self.players.start(chosen.seed)

    @property
    def players(self) -> Players:
        """The networks and their optimizers; kept, since their first step takes a second."""
        key = self.settings.loss, self.settings.penalty, self.settings.noise
        if key not in self._players:
            self._players[key] = Players(*key, pushed=PUSHED)
        return self._players[key]

    def change(self, **settings) -> None:
        """Take other settings; rates and steps count from now on, the others start anew.

        Raises:
            ValueError: there is no such setting, or its value is refused.
        """
        unknown = settings.keys() - vars(self.settings).keys()
        if unknown:
            known = ", ".join(vars(self.settings))
            raise ValueError(f"unknown setting {min(unknown)!r}; choose one of {known}")
        before, self.settings = self.settings, replace(self.settings, **settings)
        if self._matter() != self._matter(before):
            self.reset()

    def step_discriminator(self) -> None:
        """One gradient step of the discriminator alone."""
        self._step("discriminator", self.settings.discriminator_rate)

    def step_generator(self) -> None:
        """One gradient step of the generator alone."""
        self._step("generator", self.settings.generator_rate)

    def step(self) -> None:
        """One round: the steps of the discriminator, then those of the generator."""
        for _ in range(self.settings.discriminator_steps):
            self.step_discriminator()
        for _ in range(self.settings.generator_steps):
            self.step_generator()
        self.rounds += 1

    def look(self) -> Frame:
        """Look at the game without changing it.

        Returns:
            A frame whose numbers are `rounds`; the steps of each player so far,
            `discriminator_steps` and `generator_steps`; their losses on the points that
            are shown, `discriminator` and `generator`; `accuracy`, the share of pairs (real,
            fake) that D ranks rightly; `push`, the mean length of the push; `distance`,
            the grid's JS of 1,024 real points and fakes in nats; `covered` of `modes`.
        """
        made = self.players.model.generator.predict_on_batch(self.latents)
        fakes, net = made[:MEASURED], made[MEASURED:]
        real, shown = self.real[:SHOWN], fakes[:SHOWN]
        asked = np.concatenate([PLANE, real, shown])
        scores = self.players.model.discriminator.predict_on_batch(asked)[:, 0]
        ground, on_real, on_fakes = np.split(scores, [len(PLANE), len(PLANE) + SHOWN])
        push = self.players.push.on(real[:PUSHED], shown[:PUSHED])
        numbers = {
            **self._counts(),
            **self._scored(on_real, on_fakes),
            **self._measured(fakes),
            "push": float(np.linalg.norm(push, axis=1).mean()),
        }
        middle = self._undecided(on_real, on_fakes)
        return Frame(expit(ground - middle).reshape(CELLS, CELLS), shown, push, net, numbers)

    def _step(self, player: str, rate: float) -> None:
        batch = self.real[self.random.integers(POOL, size=BATCH)]
        self.players.move(player, batch, rate)
        self.steps[player] += 1

    def _counts(self) -> dict[str, int]:
        steps = {f"{player}_steps": count for player, count in self.steps.items()}
        return {"rounds": self.rounds, **steps}

    def _scored(self, real: np.ndarray, fakes: np.ndarray) -> dict[str, float]:
        logits = {"real_logits": real, "fake_logits": fakes, "frozen_logits": fakes}
        losses = map(float, self.players.model.both_losses(logits))
        accuracy = float((real > fakes).mean())
        return dict(zip(self.steps, losses, strict=True)) | {"accuracy": accuracy}

    def _measured(self, fakes: np.ndarray) -> dict[str, float]:
        shares = mode_shares(fakes, self.shape.centers, self.shape.radius)
        distance = grid_divergence(self.real[:MEASURED], fakes, REACH)
        covered = int((shares >= LEAST_SHARE).sum())
        return {"distance": distance, "covered": covered, "modes": len(shares)}

    def _undecided(self, real: np.ndarray, fakes: np.ndarray) -> float:
        if self.settings.loss == "relativistic":
            return (real.mean() + fakes.mean()) / 2
        return UNDECIDED.get(self.settings.loss, 0.0)

    def _matter(self, settings: Settings | None = None) -> tuple:
        chosen = settings or self.settings
        return chosen.data, chosen.loss, chosen.noise, chosen.penalty, chosen.seed


def lattice(noise: int) -> np.ndarray:
    """Latents whose meshes hold equal shares of the standard normal noise, (225, noise)."""
    across, _ = NETS[noise]
    places = ndtri(np.linspace(0.01, 0.99, across))
    return np.stack(np.meshgrid(*[places] * noise), axis=-1).reshape(-1, noise)


def plane(cells: int = CELLS, reach: float = REACH) -> np.ndarray:
    """The middles of a square grid's cells, row by row from below, (cells², 2), float32."""
    middles = reach * ((2 * np.arange(cells) + 1) / cells - 1)
    return np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2).astype("float32")


PLANE = plane()
