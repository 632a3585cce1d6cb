"""Slow motion: one round of the game, told in numbered captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgan_tutorial.widgets.game_state import PointGame

# Every layer of the picture, in the order in which they are painted.
LAYERS = "ground", "net", "real", "fakes", "push"
CAPTIONS = 7


@dataclass(frozen=True)
class Caption:
    """One moment of a round.

    Attributes:
        text: what is seen, with its number, in a sentence or two.
        layers: those of `LAYERS` that it speaks of.
    """

    text: str
    layers: tuple[str, ...]


def one_round(game: PointGame) -> Iterator[Caption]:
    """Play one round between the captions, which tell it; `game` moves as they are taken.

    Yields:
        Seven captions. The discriminator has moved before the fourth, the generator
        before the sixth.
    """
    numbered = enumerate(_told(game), start=1)
    for number, (text, *layers) in numbered:
        yield Caption(f"{number} of {CAPTIONS}. {text}", tuple(layers))


def _told(game: PointGame) -> Iterator[tuple[str, ...]]:
    before = game.look().numbers
    yield (
        "The players' points. Blue discs are real, orange triangles are fakes: G made them.",
        "real",
        "fakes",
    )
    yield (
        "Where fakes come from. The net is a lattice of noise, bent by G. "
        "Each mesh holds as much noise as any other: the smaller it is, the more fakes are there.",
        "net",
        "fakes",
    )
    yield (
        "What D thinks. On blue ground it calls a point real, on orange ground fake. "
        f"It ranks {before['accuracy']:.0%} of the pairs (real, fake) rightly; "
        f"its loss is {before['discriminator']:.2f}.",
        "ground",
        "real",
        "fakes",
    )
    yield from _told_moves(game, before)


def _told_moves(game: PointGame, before: dict[str, float]) -> Iterator[tuple[str, ...]]:
    chosen = game.settings
    for _ in range(chosen.discriminator_steps):
        game.step_discriminator()
    between = game.look().numbers
    yield (
        f"D moves: {_steps(chosen.discriminator_steps)} down its own loss, "
        f"{before['discriminator']:.2f} → {between['discriminator']:.2f}. "
        "The ground changes; no fake has moved.",
        "ground",
        "real",
        "fakes",
    )
    yield (
        "The push. Each arrow is minus the gradient of G's loss at a fake: there it should "
        f"go to look more real to D. The mean length is {between['push']:.2g}.",
        "ground",
        "fakes",
        "push",
    )
    for _ in range(chosen.generator_steps):
        game.step_generator()
    game.rounds += 1
    after = game.look().numbers
    yield (
        f"G moves: {_steps(chosen.generator_steps)} down its own loss, "
        f"{between['generator']:.2f} → {after['generator']:.2f}. All fakes hang on the same "
        "weights, so none can follow its arrow quite freely.",
        "net",
        "fakes",
    )
    yield (
        f"The round is over. Distance of the two sets: {before['distance']:.3f} → "
        f"{after['distance']:.3f} nats, of at most 0.693. Fakes reach {after['covered']} of "
        f"{after['modes']} {game.shape.parts}. Press once more for the next round.",
        *LAYERS,
    )


def _steps(count: int) -> str:
    return "one step" if count == 1 else f"{count} steps"
