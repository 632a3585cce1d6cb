"""Check the answers to the chapters' exercises."""

from __future__ import annotations

from typing import Any

from cgan_tutorial.exercises import ch01, ch02, ch03, ch04
from cgan_tutorial.exercises.answers import Verdict

EXERCISES = {**ch01.EXERCISES, **ch02.EXERCISES, **ch03.EXERCISES, **ch04.EXERCISES}


def check(key: str, value: Any) -> None:
    """Print whether an answer is right, and a hint if it is not.

    Args:
        key: the exercise, for example "03-2".
        value: the answer; `...` means that there is none yet.

    Raises:
        ValueError: there is no such exercise.
    """
    print(f"Exercise {key}: {verdict(key, value).text}")


def verdict(key: str, value: Any) -> Verdict:
    """Return what `check` says, and whether the answer is right, wrong or open."""
    if key not in EXERCISES:
        raise ValueError(f"there is no exercise {key!r}; choose one of {', '.join(EXERCISES)}")
    if value is None or value is ...:
        return Verdict("open", "Not answered yet: put your answer in place of the three dots.")
    return EXERCISES[key].verdict(key, value)
