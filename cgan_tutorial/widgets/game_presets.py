"""Settings that show the game's four faces, found by trial over many seeds."""

from __future__ import annotations

from dataclasses import dataclass

from cgan_tutorial.widgets.game_settings import Settings


@dataclass(frozen=True)
class Preset:
    """Settings, and what to watch in the game that they make."""

    settings: Settings
    watch: str


PRESETS = {
    "healthy": Preset(
        Settings(penalty=0.3, discriminator_rate=3e-3),
        "Watch the net unfold: after about 300 rounds fakes reach all eight modes, and by round "
        "600 the distance has fallen from 0.69 to about 0.3.",
    ),
    "collapse": Preset(
        Settings(loss="minimax", discriminator_rate=1e-2, discriminator_steps=5),
        "Watch the triangles settle on one, two or three of the eight modes and stay there: "
        "no fake is left near the other modes to be drawn to them.",
    ),
    "discriminator too strong": Preset(
        Settings(
            loss="minimax",
            discriminator_rate=1e-2,
            discriminator_steps=5,
            generator_rate=1e-4,
        ),
        "Watch the arrows: after about 50 rounds there are no arrows left. D is right about "
        "every pair, and the minimax loss is flat there. With the non-saturating loss they stay.",
    ),
    "rotation": Preset(
        Settings(generator_steps=5),
        "Watch the triangles run: G sends them all to where D was last fooled, D learns the "
        "place, and they are off to the next mode. They visit all eight and keep none.",
    ),
}


def named(name: str) -> Preset:
    """Return the preset of that name.

    Raises:
        ValueError: there is no such preset.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
