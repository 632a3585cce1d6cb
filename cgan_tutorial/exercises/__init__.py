"""What a reader checks: exercises with hints, and quizzes with every wrong answer explained."""

from cgan_tutorial.exercises.checking import check
from cgan_tutorial.exercises.quizzes import quiz

__all__ = ["check", "quiz"]
