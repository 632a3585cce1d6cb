"""The two-player game on points in the plane, watched and played step by step."""

from __future__ import annotations

import asyncio

import anywidget
import numpy as np
import traitlets

from cgan_tutorial import plots
from cgan_tutorial.data.toy2d import SHAPES
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.widgets import game_recording
from cgan_tutorial.widgets.game_bytes import LAYOUT, pack, whole
from cgan_tutorial.widgets.game_captions import one_round
from cgan_tutorial.widgets.game_loop import Loop
from cgan_tutorial.widgets.game_picture import still
from cgan_tutorial.widgets.game_presets import PRESETS, named
from cgan_tutorial.widgets.game_recording import Recording, asset
from cgan_tutorial.widgets.game_state import SHOWN, PointGame
from cgan_tutorial.widgets.game_stored import Stored

WITHOUT_FRONT_END = "Run this cell to play."
PAST = "discriminator_steps", "generator_steps", "discriminator", "generator", "distance", "covered"
MOST_PAST = 100
SECONDS_A_PICTURE = 1 / 30
SECONDS_A_CAPTION = 5.0
CHOICES = {
    "data": dict(zip(SHAPES, ("line", "ring of 8", "two moons", "grid of 25"), strict=True)),
    "losses": list(LOSSES),
    "presets": list(PRESETS),
}
# What a page may ask for, by the names of the widget's methods.
ASKED = {"step_discriminator", "step_generator", "step", "slow", "play", "pause", "reset"}
ASKED |= {"choose", "change", "pace"}


class GameWidget(anywidget.AnyWidget):
    """Points in the plane, two players, and buttons to move them.

    The game is the package's `models.GAN`; see `PointGame`. A stored notebook keeps
    a picture of the game as it stood a second after it was last touched.

    Args:
        game: to play.
        preset: the preset that its settings are from, or "".
    """

    _esm = asset("game_board.js") + asset("game_controls.js")
    _css = asset("game.css")
    # The page reads these and never sets them: it asks by messages.
    drawing = traitlets.Dict({**LAYOUT, "history": PAST}).tag(sync=True)
    choices = traitlets.Dict(CHOICES).tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    preset = traitlets.Unicode().tag(sync=True)
    watch = traitlets.Unicode().tag(sync=True)
    real = traitlets.Bytes().tag(sync=True)
    parts = traitlets.Unicode().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    history = traitlets.Bytes().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    refused = traitlets.Unicode().tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    speed = traitlets.Int(1).tag(sync=True)

    def __init__(self, game: PointGame, preset: str = ""):
        super().__init__()
        self.game = game
        self._loop = Loop(self._turn, silent=self.pause)
        self._stored = Stored(self._still)
        self._past, self._round = [], None
        self.on_msg(self._asked)
        self._settled(preset)

    def step_discriminator(self) -> None:
        """One gradient step of the discriminator alone."""
        self.game.step_discriminator()
        self._show()

    def step_generator(self) -> None:
        """One gradient step of the generator alone."""
        self.game.step_generator()
        self._show()

    def step(self) -> None:
        """One round: the discriminator's steps, then the generator's."""
        self.game.step()
        self._show()

    def slow(self) -> None:
        """Go on to the next caption of a round that is told in seven."""
        told = self._round or one_round(self.game)
        caption = next(told, None)
        if caption is None:
            told = one_round(self.game)
            caption = next(told)
        self._show(caption.text, caption.layers)
        self._round = told

    def play(self) -> None:
        """Play until `pause`, drawing as often as the page can follow.

        Raises:
            ValueError: nothing can run beside this code, as it can in a notebook's kernel.
        """
        self._loop.start()
        self._stored.never()
        self.playing = True

    def pause(self) -> None:
        """Stop at once."""
        self._loop.stop()
        self.playing = False
        self._stored.soon()

    def reset(self) -> None:
        """Start anew, with the same settings and the same seed."""
        self.game.reset()
        self._settled(self.preset)

    def choose(self, preset: str) -> None:
        """Take a preset's settings and start anew.

        Raises:
            ValueError: there is no such preset.
        """
        self.game.change(**vars(named(preset).settings))
        self.game.reset()
        self._settled(preset)

    def change(self, **settings) -> None:
        """Take other settings; see `Settings`. Rates and steps need no new start.

        Raises:
            ValueError: there is no such setting, or its value is refused.
        """
        self.game.change(**settings)
        self._settled("")

    def pace(self, speed: int) -> None:
        """Draw a picture every so many rounds, up to 100; 0 for captions in the place of rounds.

        Raises:
            ValueError: `speed` is no integer from 0 to 100.
        """
        if not isinstance(speed, int) or not 0 <= speed <= 100:
            raise ValueError(f"speed is {speed!r}; give rounds for a picture, from 0 to 100")
        self.speed = speed

    def record(self, rounds: int = 500, every: int = 5) -> Recording:
        """Play, and keep every so many rounds as a picture, 200 at most; see `Recording`.

        Raises:
            ValueError: a number is not a positive integer, or there are too many pictures.
        """
        recording = game_recording.record(self.game, rounds, every)
        self._past += [frame.numbers for frame in recording.frames]
        self._show()
        return recording

    async def _turn(self) -> float:
        if not self.speed:
            self.slow()
            return SECONDS_A_CAPTION
        for _ in range(self.speed):
            self.game.step()
            # Here the kernel answers others, and a pause comes through.
            await asyncio.sleep(0)
        self._show()
        return SECONDS_A_PICTURE

    def _asked(self, widget, content: dict, buffers: list) -> None:
        self._loop.at_home(self._answer, content.get("do"), content.get("with", {}))

    def _answer(self, name: str, given: dict) -> None:
        if name == "drawn":
            self._loop.seen()
        elif name in ASKED:
            self.refused = ""
            try:
                getattr(self, name)(**given)
            except ValueError as error:
                self.refused = f"Not done: {error}."

    def _settled(self, preset: str) -> None:
        """Tell the page of new settings or a new start."""
        steps = self.game.steps.values()
        self._past = self._past if any(steps) else []
        self.settings, self.parts = vars(self.game.settings), self.game.shape.parts
        self.preset, self.watch = preset, named(preset).watch if preset else ""
        self.real = whole(self.game.real[:SHOWN])
        self._show()

    def _show(self, caption: str = "", layers: tuple[str, ...] = ()) -> None:
        """Tell the page how the game stands; whoever moved ends a round told in captions."""
        self._round = None
        self._seen = self.game.look()
        self._past.append(self._seen.numbers)
        while len(self._past) > MOST_PAST:
            self._past = self._past[::2]
        past = [[row[name] for name in PAST] for row in self._past]
        with self.hold_sync():
            self.history = np.array(past, "<f4").tobytes()
            self.numbers, self.frame = self._seen.numbers, pack(self._seen)
            self.caption, self.layers = caption, list(layers)
        if not self.playing:
            self._stored.soon()

    def _still(self) -> tuple[dict, dict]:
        figure, alt = still(self.game.settings, self.game.real[:SHOWN], self._seen, self._past)
        return plots.bundle(figure, alt), {}

    def _ipython_display_(self, **options) -> None:
        """Show the controls, and the still picture that a page without a kernel has instead."""
        from IPython.display import display

        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        kinds = {"text/plain": WITHOUT_FRONT_END}
        display({**kinds, "application/vnd.jupyter.widget-view+json": view}, raw=True)
        self._stored.show()


def game(data: str | None = None, preset: str = "healthy", **settings) -> GameWidget:
    """A GAN on points in the plane, to be played; show it as the last value of a cell.

    Args:
        data: a name of `points.SHAPES`; by default the preset's.
        preset: a name of `PRESETS`.
        **settings: other settings than the preset's; see `Settings`.

    Raises:
        ValueError: a name or a setting is unknown, or a value is refused.
    """
    state = PointGame(named(preset).settings)
    if data is not None:
        settings["data"] = data
    state.change(**settings)
    own = state.settings != named(preset).settings
    return GameWidget(state, "" if own else preset)
