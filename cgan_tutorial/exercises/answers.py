"""Check a reader's answer: right, off in a known way, or not there yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

RANGES = Path(__file__).parent / "ranges.json"


class Verdict(NamedTuple):
    """What a check found: the state, and a sentence for the reader."""

    state: Literal["right", "wrong", "open"]
    text: str


class Answer(NamedTuple):
    """A wrong answer that people are likely to give, and the hint that it gets."""

    value: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """An exercise with one right answer.

    Args:
        right: a number, text, an array, or a function.
        why: said to the right answer.
        hint: said to a wrong answer that is not among `wrong`.
        wrong: answers that people are likely to give.
        cases: for a function, the arguments of each call whose results are compared.
        rtol: relative tolerance of numbers.
        atol: absolute tolerance of numbers.
    """

    right: Any
    why: str
    hint: str
    wrong: tuple[Answer, ...] = ()
    cases: tuple[tuple[Any, ...], ...] = ()
    rtol: float = 1e-3
    atol: float = 1e-6

    def verdict(self, key: str, value: Any) -> Verdict:
        """Compare a value with the right one and with the likely wrong ones."""
        if self.cases and not callable(value):
            return Verdict("wrong", f"{value!r} is no function; give its name, no parentheses.")
        try:
            given = self.results(value)
        except Exception as error:
            kind = type(error).__name__
            return Verdict("wrong", f"Your function stops with {kind}: {error}")
        if self.cases and all(one is None for one in given):
            return Verdict("open", "Not answered yet: your function returns nothing.")
        if self.same(given, self.results(self.right)):
            return Verdict("right", f"Right. {self.why}")
        for answer in self.wrong:
            if self.same(given, self.results(answer.value)):
                return Verdict("wrong", f"Not yet. {answer.hint}")
        return Verdict("wrong", f"Not yet. {self.hint}{self.form(given)}")

    def results(self, value: Any) -> Any:
        """Return the value itself, or what a function returns in each case."""
        if not self.cases:
            return value
        # A function may change its arguments; the next answer gets them as they were.
        return [_plain(value(*deepcopy(case))) for case in self.cases]

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two answers are equal, numbers within the tolerances."""
        if isinstance(one, bool) or isinstance(one, str) != isinstance(other, str):
            return False
        if isinstance(one, str):
            return one.strip().lower() == other.strip().lower()
        if isinstance(other, list) and self.cases:
            return all(map(self.same, one, other))
        try:
            one, other = (np.asarray(_plain(value), dtype=float) for value in (one, other))
        except (TypeError, ValueError):
            return False
        return one.shape == other.shape and np.allclose(one, other, self.rtol, self.atol)

    def form(self, given: Any) -> str:
        """Return what is wrong with an answer's shape, or nothing."""
        pairs = list(zip(given, self.results(self.right), strict=True)) if self.cases else []
        for one, right in pairs or [(given, self.right)]:
            try:
                has, wants = np.shape(_plain(one)), np.shape(right)
            except ValueError:
                return " The parts of your answer have different shapes."
            if has != wants and not isinstance(right, str):
                return f" Your answer has the shape {has}; {wants} is wanted."
        return ""


@dataclass(frozen=True)
class Trained:
    """An exercise whose answer is a number that a training gave, so it varies with the seed.

    The recorded answers of at least ten seeds are in `ranges.json`; see `make exercises`.

    Args:
        why: said to an answer in the recorded range.
        low: a hint for an answer below it.
        high: a hint for one above it.
        slack: how far outside of the range an answer may lie, as a share of the range's width.
        wrong: answers that people are likely to give.
    """

    why: str
    low: str
    high: str
    slack: float = 0.5
    wrong: tuple[Answer, ...] = ()

    def verdict(self, key: str, value: Any) -> Verdict:
        """Say where a value lies among the recorded ones."""
        values = np.asarray(recorded()[key])
        least, most = values.min(), values.max()
        given = _number(value)
        if not np.isfinite(given):
            return Verdict("wrong", f"A finite number is wanted; {value!r} is none.")
        where = (
            f"Yours is {given:.3g}; {len(values)} recorded seeds gave {least:.3g} to {most:.3g}, "
            f"half of them less than {np.median(values):.3g}."
        )
        room = self.slack * (most - least)
        if least - room <= given <= most + room:
            return Verdict("right", f"Right. {where} {self.why}")
        for answer in self.wrong:
            if np.isclose(given, answer.value, 0.02):
                return Verdict("wrong", f"Not yet. {answer.hint}")
        side, hint = ("below", self.low) if given < least else ("above", self.high)
        place = f"Yours is {side} all {len(values)} recorded seeds."
        return Verdict("wrong", f"Not yet. {place} {hint}")


@cache
def recorded() -> Mapping[str, list[float]]:
    """Return the recorded answers of each trained exercise, one for each seed."""
    return json.loads(RANGES.read_text(encoding="utf-8"))


def _number(value: Any) -> float:
    """Return a value as a number; not a number (nan) for what is none."""
    if isinstance(value, bool | str):
        return float("nan")
    try:
        return float(_plain(value))
    except (TypeError, ValueError):
        return float("nan")


def _plain(value: Any) -> Any:
    """Return a tensor as numpy has it; anything else as it is."""
    import keras

    return keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value
