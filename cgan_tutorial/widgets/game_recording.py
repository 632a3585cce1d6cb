"""A game that was recorded: a slider through its rounds in a page that has no kernel."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.data.toy2d import shape
from cgan_tutorial.widgets.game_bytes import LAYOUT, pack, whole
from cgan_tutorial.widgets.game_picture import described, still
from cgan_tutorial.widgets.game_settings import Settings
from cgan_tutorial.widgets.game_state import SHOWN, Frame, PointGame

MOST_FRAMES = 200


@dataclass(frozen=True)
class Recording:
    """Frames of one game; as the last value of a cell, a picture with a slider.

    The output holds all that it needs (4 kB a frame and 60 kB), so it works in a stored
    notebook, in an exported page and with no network. Where no script may run, it is
    the picture of the last frame.

    Attributes:
        settings: of the game.
        real: the points that are shown, (200, 2).
        frames: in the order of their rounds.
    """

    settings: Settings
    real: np.ndarray
    frames: list[Frame]

    def __repr__(self) -> str:
        return f"{len(self.frames)} pictures. {described(self.settings, self.frames[-1])}"

    def _repr_html_(self) -> str:
        numbers = [frame.numbers for frame in self.frames]
        picture, alt = still(self.settings, self.real, self.frames[-1], numbers)
        return (
            f'<div class="cgan-game"><style>{asset("game.css")}</style>'
            f"<div>{plots.img(picture, alt)}</div><script>(() => {{\n"
            f"{asset('game_board.js')}{asset('game_replay.js')}"
            "replay(document.currentScript.parentElement.children[1], "
            f"{json.dumps(self._content())});\n}})();</script></div>"
        )

    def _content(self) -> dict:
        packed = whole(self.real) + b"".join(map(pack, self.frames))
        return {
            "layout": LAYOUT,
            "parts": shape(self.settings.data).parts,
            "thread": self.settings.noise == 1,
            "numbers": [_short(frame.numbers) for frame in self.frames],
            "bytes": f"data:application/octet-stream;base64,{base64.b64encode(packed).decode()}",
        }


def asset(name: str) -> str:
    """The text of a file of this package that a page needs."""
    return files("cgan_tutorial.widgets").joinpath(name).read_text(encoding="utf-8")


def record(game: PointGame, rounds: int, every: int) -> Recording:
    """Play `rounds` rounds and keep the first moment and every `every`-th round.

    Raises:
        ValueError: a number is not a positive integer, or there are too many pictures.
    """
    for name, value in {"rounds": rounds, "every": every}.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} is {value!r}; give a positive integer")
    if rounds // every >= MOST_FRAMES:
        least = rounds // (MOST_FRAMES - 1) + 1
        raise ValueError(
            f"{rounds} rounds, every {every}, are {rounds // every + 1} pictures, and a page "
            f"holds {MOST_FRAMES}; give every={least} or more"
        )
    frames = [game.look()]
    for number in range(1, rounds + 1):
        game.step()
        if number % every == 0:
            frames.append(game.look())
    return Recording(game.settings, game.real[:SHOWN], frames)


def _short(numbers: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in numbers.items()}
