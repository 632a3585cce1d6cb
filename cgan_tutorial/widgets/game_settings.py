"""What can be chosen in the game, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

from cgan_tutorial.data.toy2d import shape
from cgan_tutorial.models.adversarial import check_loss
from cgan_tutorial.models.base import check_number

COUNTS = {"discriminator_steps": (1, 20), "generator_steps": (1, 20), "noise": (1, 2)}


@dataclass(frozen=True)
class Settings:
    """One game's settings.

    Attributes:
        data: a name of `points.SHAPES`.
        loss: a name of `losses.LOSSES`.
        discriminator_rate: its learning rate, above 0 and at most 1.
        generator_rate: the same of the generator.
        discriminator_steps: of the discriminator in a round, 1 to 20; they come first.
        generator_steps: of the generator in a round, 1 to 20.
        noise: numbers in a latent vector, 1 or 2.
        penalty: γ of the GAN's gradient penalty, at least 0.
        seed: of weights, noise and data.

    Raises:
        ValueError: the sentence says what was given and what is wanted.
    """

    data: str = "ring"
    loss: str = "non-saturating"
    discriminator_rate: float = 1e-3
    generator_rate: float = 1e-3
    discriminator_steps: int = 1
    generator_steps: int = 1
    noise: int = 2
    penalty: float = 0.0
    seed: int = 0

    def __post_init__(self):
        shape(self.data)
        check_loss(self.loss)
        check_number("penalty", self.penalty, 0)
        for name in ("discriminator_rate", "generator_rate"):
            _check_rate(name, getattr(self, name))
        for name, (low, high) in COUNTS.items():
            _check_count(name, getattr(self, name), low, high)
        _check_count("seed", self.seed, 0, 2**32 - 1)


def _check_rate(name: str, rate: float) -> None:
    if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 < rate <= 1:
        raise ValueError(f"{name} is {rate!r}; give a learning rate above 0 and at most 1")


def _check_count(name: str, count: int, low: int, high: int) -> None:
    if not isinstance(count, int) or isinstance(count, bool) or not low <= count <= high:
        raise ValueError(f"{name} is {count!r}; give an integer from {low} to {high}")
