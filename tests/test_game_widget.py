"""The game as a widget: its buttons, its presets, what a notebook stores, its recordings."""

import asyncio
import base64
import json
import re
import threading

import numpy as np
import pytest

from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.widgets import game_loop
from cgan_tutorial.widgets.game import ASKED, GameWidget
from cgan_tutorial.widgets.game_bytes import pack
from cgan_tutorial.widgets.game_captions import CAPTIONS
from cgan_tutorial.widgets.game_presets import PRESETS, named
from cgan_tutorial.widgets.game_recording import MOST_FRAMES, record
from cgan_tutorial.widgets.game_settings import Settings
from cgan_tutorial.widgets.game_state import PointGame

pytestmark = pytest.mark.slow

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def played():
    """One game for all: making its steps takes a second. Each test sets it as it wants it."""
    return PointGame()


@pytest.fixture
def widget(played):
    played.change(**vars(Settings()))
    played.reset()
    return GameWidget(played)


def ask(widget, name, **given):
    """What a page does."""
    widget._handle_custom_msg({"do": name, "with": given}, [])


# The buttons


def test_each_button_moves_whom_it_names(widget):
    seen = [widget.frame]
    for name in ("step_discriminator", "step_generator", "step"):
        ask(widget, name)
        seen.append(widget.frame)
    assert widget.game.steps == {"discriminator": 2, "generator": 2}
    assert widget.numbers["rounds"] == 1
    assert len(set(seen)) == 4
    assert len(widget.history) == 4 * 4 * 6


def test_reset_brings_the_first_picture_back(widget):
    first = widget.frame, widget.numbers, widget.history
    for _ in range(3):
        ask(widget, "step")
    assert widget.frame != first[0]
    ask(widget, "reset")
    assert (widget.frame, widget.numbers, widget.history) == first


def test_rates_go_on_and_data_start_anew(widget):
    ask(widget, "step")
    ask(widget, "change", generator_rate=0.01, generator_steps=3)
    assert widget.numbers["rounds"] == 1
    assert widget.settings["generator_rate"] == 0.01
    real = widget.real
    ask(widget, "change", data="moons")
    assert widget.numbers["rounds"] == 0 and widget.numbers["modes"] == 16
    assert widget.parts == "stretches" and widget.real != real


def test_the_history_stays_short(widget):
    for _ in range(60):
        widget._past += [widget.numbers] * 4
        widget._show()
    assert len(widget._past) <= 100


def test_a_page_may_ask_for_nothing_else(widget):
    before = widget.get_state()
    for name in ("close", "_show", "game", None):
        ask(widget, name)
    assert widget.get_state() == before
    assert all(callable(getattr(widget, name)) for name in ASKED)


def test_a_refusal_reaches_the_page_as_a_sentence(widget):
    ask(widget, "change", seed=-1)
    assert widget.refused == "Not done: seed is -1; give an integer from 0 to 4294967295."
    ask(widget, "step")
    assert widget.refused == ""


@pytest.mark.parametrize(
    "setting, sentence",
    [
        ({"data": "x"}, "unknown data 'x'; choose one of line, ring, moons, grid"),
        ({"generator_rate": 0}, "generator_rate is 0; give a learning rate above 0 and at most 1"),
        ({"discriminator_steps": 0}, "discriminator_steps is 0; give an integer from 1 to 20"),
        ({"noise": 3}, "noise is 3; give an integer from 1 to 2"),
        ({"penalty": -1}, "penalty is -1; give a number of at least 0"),
        ({"seed": 1.5}, "seed is 1.5; give an integer from 0 to 4294967295"),
    ],
)
def test_a_bad_setting_is_refused_and_changes_nothing(widget, setting, sentence):
    before = widget.game.settings
    with pytest.raises(ValueError) as error:
        widget.change(**setting)
    assert str(error.value) == sentence
    assert widget.game.settings == before


def test_unknown_names_are_refused(widget):
    with pytest.raises(ValueError, match="unknown setting 'speed'; choose one of data, loss, "):
        widget.change(speed=2)
    with pytest.raises(ValueError, match="unknown loss 'wasserstein'; choose one of minimax, "):
        widget.change(loss="wasserstein")
    with pytest.raises(ValueError, match="unknown preset 'easy'; choose one of healthy, collapse"):
        widget.choose("easy")
    with pytest.raises(ValueError, match="speed is 1000; give rounds for a picture, from 0 to 100"):
        widget.pace(1000)


def test_slow_motion_goes_on_and_starts_over(widget):
    for number in [*range(1, CAPTIONS + 1), 1]:
        widget.slow()
        assert widget.caption.startswith(f"{number} of 7")
    assert widget.layers == ["real", "fakes"]
    widget.step()
    assert widget.caption == "" and widget.layers == []
    widget.slow()
    assert widget.caption.startswith("1 of 7")


# Playing


async def until(holds):
    """Wait until it holds; fail if that takes a minute."""
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def run(widget, coroutine):
    async def all_of_it():
        widget.play()
        try:
            return await coroutine()
        finally:
            widget.pause()

    return asyncio.run(all_of_it())


def test_playing_goes_on_beside_other_work_and_pauses_at_once(widget):
    async def watch():
        turns = 0
        while widget.game.rounds < 5:
            await asyncio.sleep(0)
            turns += 1
        ask(widget, "pause")
        rounds = widget.game.rounds
        await asyncio.sleep(0.2)
        assert widget.game.rounds == rounds
        return turns

    assert run(widget, watch) >= 5
    assert not widget.playing and widget.numbers["rounds"] >= 4


def test_a_message_in_another_thread_is_answered_at_home(played, monkeypatch):
    threads = []
    monkeypatch.setattr(played, "step", lambda: threads.append(threading.current_thread()))

    async def watch():
        widget = GameWidget(played)
        await asyncio.to_thread(ask, widget, "step")
        await until(lambda: threads)

    asyncio.run(watch())
    assert threads == [threading.main_thread()]


def test_a_second_play_does_not_play_twice(widget):
    async def watch():
        widget.play()
        assert len([task for task in asyncio.all_tasks() if "Loop._run" in repr(task)]) == 1

    run(widget, watch)


def test_a_page_that_answers_is_not_overrun(widget):
    ask(widget, "drawn")

    async def watch():
        for number in (1, 2, 3):
            await until(lambda number=number: widget.numbers["rounds"] == number)
            await asyncio.sleep(0.2)
            assert widget.game.rounds == number
            ask(widget, "drawn")

    run(widget, watch)


def test_a_page_that_falls_silent_pauses_the_game(widget, monkeypatch):
    monkeypatch.setattr(game_loop, "PATIENCE", 0.1)
    ask(widget, "drawn")

    async def watch():
        await until(lambda: not widget.playing)
        return widget.game.rounds

    assert run(widget, watch) == 1


def test_the_slowest_pace_tells_captions(widget):
    ask(widget, "pace", speed=0)

    run(widget, lambda: until(lambda: widget.caption.startswith("1 of 7")))
    assert widget.game.rounds == 0


def test_playing_without_a_kernel_is_refused(widget):
    with pytest.raises(ValueError) as error:
        widget.play()
    assert str(error.value) == (
        "play needs a notebook's kernel, and there is none; use step() or record()"
    )
    assert not widget.playing


# What a notebook stores


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed while a test runs: (data, metadata) each."""
    calls = []

    class Handle:
        def update(self, data, raw, metadata):
            calls.append((data, metadata))

    def display(data, raw, metadata=None, display_id=False):
        calls.append((data, metadata))
        return Handle() if display_id else None

    monkeypatch.setattr("IPython.display.display", display)
    return calls


def test_a_notebook_stores_the_controls_and_a_picture_that_follows(widget, displayed, monkeypatch):
    monkeypatch.setattr("cgan_tutorial.widgets.game_stored.SECONDS", 0.05)
    widget._ipython_display_()
    (view, _), (picture, _) = displayed
    assert view[WIDGET]["model_id"] == widget.model_id
    alt = picture["text/plain"]
    assert alt.startswith("Game of points on the ring data after round 0: fakes reach 0 of 8 modes")
    width = re.search(f'alt="{re.escape(alt)}" width="([0-9]+)"', picture["text/html"])[1]
    assert 650 < int(width) < 850 and len(picture["text/html"]) < 200_000

    async def watch():
        ask(widget, "step")
        await until(lambda: len(displayed) == 3)

    asyncio.run(watch())
    assert "after round 1:" in displayed[2][0]["text/plain"]


# Recordings


def content(page):
    return json.loads(re.search(r"children\[1\], (\{.*\})\);", page)[1])


def test_a_recording_holds_its_frames_and_needs_nothing_else(widget):
    recording = widget.record(rounds=20, every=5)
    assert [frame.numbers["rounds"] for frame in recording.frames] == [0, 5, 10, 15, 20]
    assert widget.numbers["rounds"] == 20
    page = recording._repr_html_()
    held = content(page)
    assert [row["rounds"] for row in held["numbers"]] == [0, 5, 10, 15, 20]
    packed = base64.b64decode(held["bytes"].split(",")[1])
    assert packed.endswith(pack(recording.frames[-1]))
    assert "http" not in page
    assert page.count("</script>") == 1
    assert 'alt="Game of points on the ring data after round 20' in page


def test_the_longest_recording_is_a_modest_page(widget):
    recording = widget.record(rounds=2, every=1)
    most = type(recording)(recording.settings, recording.real, recording.frames[:1] * MOST_FRAMES)
    assert len(most._repr_html_()) < 1_500_000


@pytest.mark.parametrize(
    "numbers, sentence",
    [
        ((0, 5), "rounds is 0; give a positive integer"),
        ((10, 0.5), "every is 0.5; give a positive integer"),
        (
            (1000, 5),
            "1000 rounds, every 5, are 201 pictures, and a page holds 200; give every=6 or more",
        ),
    ],
)
def test_a_recording_that_cannot_be_is_refused(widget, numbers, sentence):
    with pytest.raises(ValueError) as error:
        widget.record(*numbers)
    assert str(error.value) == sentence


# The presets


def played_out(name, seed, rounds, every=50):
    state = PointGame(named(name).settings)
    state.change(seed=seed)
    return record(state, rounds, every).frames


def held(frame, shape, least_share=0.02):
    """For each mode, whether fakes are on it."""
    return mode_shares(frame.fakes, shape.centers, shape.radius) >= least_share


def test_each_preset_has_its_own_sentence_and_settings(widget):
    for name, preset in PRESETS.items():
        widget.choose(name)
        assert widget.watch == preset.watch and widget.watch.startswith("Watch the ")
        assert widget.settings == vars(preset.settings)
        assert widget.numbers["rounds"] == 0
    assert len({preset.settings for preset in PRESETS.values()}) == len(PRESETS) == 4
    widget.change(generator_rate=0.002)
    assert widget.preset == "" and widget.watch == ""


@pytest.mark.parametrize("seed", [0, 1])
def test_the_healthy_game_reaches_its_modes(seed):
    last = played_out("healthy", seed, rounds=400)[-1].numbers
    assert last["covered"] >= 7
    assert last["distance"] < 0.45


@pytest.mark.parametrize("seed", [0, 1])
def test_the_collapsed_game_stays_on_few_modes(seed):
    frames = played_out("collapse", seed, rounds=200, every=20)
    shape = PointGame(named("collapse").settings).shape
    late = np.array([held(frame, shape) for frame in frames[-4:]])
    assert 1 <= late.any(axis=0).sum() <= 3
    assert (late == late[0]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_against_a_strong_discriminator_no_push_is_left(seed):
    late = [frame.numbers for frame in played_out("discriminator too strong", seed, rounds=100)[1:]]
    assert min(numbers["accuracy"] for numbers in late) > 0.95
    assert max(numbers["push"] for numbers in late) < 1e-3


def test_the_fakes_go_round():
    frames = played_out("rotation", 0, rounds=200, every=4)
    shape = PointGame(named("rotation").settings).shape
    visits = np.array([held(frame, shape) for frame in frames])
    assert visits.any(axis=0).sum() == 8
    assert np.median(visits.sum(axis=1)) <= 2
    centers = np.array([frame.fakes.mean(axis=0) for frame in frames])
    angles = np.unwrap(np.arctan2(*centers.T[::-1]))
    assert np.abs(np.diff(angles)).sum() > 3 * 2 * np.pi
