"""Check a reader's answer: right, off in a known way, or not there yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
        right: a number, text, yes or no, an array, or a function.
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
        try:
            given = self.results(value)
        except Exception as error:
            kind = type(error).__name__
            return Verdict("wrong", f"Your function stops with {kind}: {error}")
        if self.same(given, self.results(self.right)):
            return Verdict("right", f"Right. {self.why}")
        for answer in self.wrong:
            if self.same(given, self.results(answer.value)):
                return Verdict("wrong", f"Not yet. {answer.hint}")
        return Verdict("wrong", f"Not yet. {self.hint}{self.form(given)}")

    def results(self, value: Any) -> Any:
        """Return the value itself, or what a function returns in each case.

        Raises:
            TypeError: a function is wanted and the value is none.
        """
        if not self.cases:
            return value
        if not callable(value):
            raise TypeError(f"{value!r} is not a function; give its name without parentheses")
        return [_plain(value(*case)) for case in self.cases]

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two answers are equal, numbers within the tolerances."""
        if isinstance(one, str) or isinstance(other, str):
            return str(one).strip().lower() == str(other).strip().lower()
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
            has, wants = np.shape(_plain(one)), np.shape(right)
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
        try:
            given = float(_plain(value))
        except (TypeError, ValueError):
            return Verdict("wrong", f"A number is wanted; {value!r} is none.")
        where = (
            f"Yours is {given:.3g}; {len(values)} recorded seeds gave {least:.3g} to {most:.3g}, "
            f"half of them less than {np.median(values):.3g}."
        )
        room = self.slack * (most - least)
        if least - room <= given <= most + room:
            return Verdict("right", f"Right. {where} {self.why}")
        for answer in self.wrong:
            if np.isclose(given, answer.value, 1e-3):
                return Verdict("wrong", f"Not yet. {answer.hint}")
        return Verdict("wrong", f"Not yet. {where} {self.low if given < least else self.high}")


@cache
def recorded() -> Mapping[str, list[float]]:
    """Return the recorded answers of each trained exercise, one for each seed."""
    return json.loads(RANGES.read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    """Return a tensor as numpy has it; anything else as it is."""
    import keras

    return keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value
