"""What a reader checks: questions on each chapter, with every wrong answer explained."""

from cgan_tutorial.exercises.quizzes import quiz

__all__ = ["quiz"]
