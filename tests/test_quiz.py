"""Quizzes: five questions on a chapter, and what the page says to each answer."""

import html

import pytest

from cgan_tutorial.exercises import quiz
from cgan_tutorial.exercises.questions import QUESTIONS


@pytest.mark.parametrize("chapter", QUESTIONS)
def test_each_quiz_has_five_questions_and_explains_all_answers(chapter):
    asked = quiz(chapter).spec["questions"]
    assert len({one["text"] for one in asked}) == 5
    for one in asked:
        answers = one["answers"]
        assert len({answer["text"] for answer in answers}) >= 3
        assert sum(answer["correct"] for answer in answers) == 1
        assert all(len(answer["reason"]) > 15 for answer in answers)


def test_the_place_of_an_answer_tells_nothing():
    places = [
        [answer["correct"] for answer in one["answers"]].index(True)
        for chapter in QUESTIONS
        for one in quiz(chapter).spec["questions"]
    ]
    assert min(places.count(place) for place in range(3)) >= len(places) // 5


def test_without_scripts_the_questions_can_be_read():
    still = quiz("02").image
    assert still.count("<li>") == 5 + sum(1 + len(one.wrong) for one in QUESTIONS["02"])
    assert html.escape(QUESTIONS["02"][0].right) in still


def test_another_chapter_is_refused():
    with pytest.raises(ValueError, match="'99'.*01, 02"):
        quiz("99")


@pytest.mark.browser
@pytest.mark.slow
def test_each_answer_is_explained_and_counted(opened):
    widget = quiz("03")
    page = opened(widget, viewport={"width": 390, "height": 844})
    page.get_by_text("0 of 5 right").wait_for()
    for one in widget.spec["questions"]:
        for answer in sorted(one["answers"], key=lambda answer: answer["correct"]):
            page.get_by_label(answer["text"], exact=True).check()
            verdict = "Right." if answer["correct"] else "Not quite."
            page.get_by_text(f"{verdict} {answer['reason']}", exact=True).wait_for()
    page.get_by_text("5 of 5 right").wait_for()
    (right,) = (one for one in widget.spec["questions"][0]["answers"] if one["correct"])
    page.get_by_label(right["text"], exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.get_by_text("4 of 5 right").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
