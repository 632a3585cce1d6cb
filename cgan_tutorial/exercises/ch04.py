"""The exercises of chapter 4."""

from __future__ import annotations

from cgan_tutorial.exercises.answers import Exercise, Trained

EXERCISES: dict[str, Exercise | Trained] = {}
