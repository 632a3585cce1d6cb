"""The exercises of chapter 2."""

from __future__ import annotations

from cgan_tutorial.exercises.answers import Exercise, Trained

EXERCISES: dict[str, Exercise | Trained] = {}
