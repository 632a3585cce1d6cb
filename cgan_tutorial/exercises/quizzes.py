"""A quiz on a chapter, answered in the page."""

from __future__ import annotations

import hashlib
import html

from cgan_tutorial.exercises.questions import QUESTIONS, Question
from cgan_tutorial.widgets.export import Spec
from cgan_tutorial.widgets.page import PageWidget


def quiz(chapter: str) -> PageWidget:
    """Ask five questions on a chapter; each answer that is chosen is explained.

    Args:
        chapter: its number in two digits, for example "03".

    Raises:
        ValueError: there is no quiz on this chapter.
    """
    if chapter not in QUESTIONS:
        raise ValueError(f"there is no quiz {chapter!r}; choose one of {', '.join(QUESTIONS)}")
    asked = [_asked(question) for question in QUESTIONS[chapter]]
    shown = "".join(
        f"<li>{html.escape(one['text'])}<ul>{_listed(one['answers'])}</ul></li>" for one in asked
    )
    spec = {"key": f"quiz-{chapter}", "questions": asked}
    return PageWidget("quiz", spec, {}, f"<ol>{shown}</ol>", f"{len(asked)} questions")


def _asked(question: Question) -> Spec:
    """Return a question for the page; its answers are in an order that tells nothing."""
    answers: list[Spec] = [{"text": question.right, "correct": True, "reason": question.why}]
    for text, reason in question.wrong.items():
        answers.append({"text": text, "correct": False, "reason": reason})
    answers.sort(key=lambda answer: hashlib.sha256(answer["text"].encode()).digest())
    return {"text": question.text, "answers": answers}


def _listed(answers: list[Spec]) -> str:
    return "".join(f"<li>{html.escape(answer['text'])}</li>" for answer in answers)
