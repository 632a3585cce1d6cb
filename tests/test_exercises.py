"""Exercises: the right answer is right, likely wrong ones get their hint, solutions solve."""

import re

import nbformat
import numpy as np
import pytest
import solutions

from cgan_tutorial.exercises import answers, check
from cgan_tutorial.exercises.answers import Answer, Exercise, Trained
from cgan_tutorial.exercises.checking import EXERCISES, verdict

TYPED = {key: one for key, one in EXERCISES.items() if isinstance(one, Exercise)}
TRAINED = {key: one for key, one in EXERCISES.items() if isinstance(one, Trained)}
WRONG = [(key, wrong) for key, one in EXERCISES.items() for wrong in one.wrong]
PATHS = solutions.paths()


@pytest.mark.parametrize("key", TYPED)
def test_the_right_answer_is_right(key):
    state, text = verdict(key, TYPED[key].right)
    assert state == "right" and TYPED[key].why in text


@pytest.mark.parametrize(("key", "wrong"), WRONG, ids=[f"{key}: {one.hint}" for key, one in WRONG])
def test_a_likely_wrong_answer_gets_its_hint(key, wrong):
    state, text = verdict(key, wrong.value)
    assert state == "wrong" and wrong.hint in text


@pytest.mark.parametrize("key", EXERCISES)
def test_an_exercise_knows_a_likely_wrong_answer(key):
    assert EXERCISES[key].wrong


@pytest.mark.parametrize("key", TYPED)
@pytest.mark.parametrize("nonsense", [object(), -12345.678, [], [1, [2, 3]], {"a": 1}])
def test_nonsense_is_wrong_and_the_answer_is_not_told(key, nonsense):
    state, text = verdict(key, nonsense)
    assert state == "wrong"
    if not callable(right := TYPED[key].right) and np.size(right) == 1:
        shown = right if isinstance(right, str) else f"{right:g}"
        assert not re.search(rf"(?<![\d.]){re.escape(shown)}(?!\.?\d)", text)


@pytest.mark.parametrize("key", TRAINED)
def test_a_trained_answer_is_set_beside_ten_seeds(key):
    values = answers.recorded()[key]
    assert len(values) >= 10
    state, text = verdict(key, np.median(values))
    assert state == "right" and f"{len(values)} recorded seeds" in text
    width = max(values) - min(values)
    assert width > 0
    assert TRAINED[key].low in verdict(key, min(values) - 5 * width).text
    high = verdict(key, max(values) + 5 * width).text
    assert TRAINED[key].high in high and f"{np.median(values):.3g}" not in high
    assert {verdict(key, one).state for one in ("many", True, float("nan"), [1, [2]])} == {"wrong"}


@pytest.mark.parametrize("empty", [..., None])
@pytest.mark.parametrize("key", EXERCISES)
def test_an_empty_cell_is_not_answered_yet(key, empty):
    assert verdict(key, empty).state == "open"


def test_check_prints_its_verdict(capsys):
    key = next(iter(EXERCISES))
    check(key, ...)
    assert capsys.readouterr().out.startswith(f"Exercise {key}: Not answered yet")


def test_another_exercise_is_refused():
    with pytest.raises(ValueError, match="'99-1'"):
        check("99-1", 1)


SQUARE = Exercise(
    right=lambda x: x**2,
    why="It is a square.",
    hint="Square the number.",
    wrong=(Answer(lambda x: 2 * x, "That doubles it."),),
    cases=((3,), (np.array([1.0, 4.0]),)),
)


@pytest.mark.parametrize(
    ("function", "state", "said"),
    [
        (lambda x: x * x, "right", "It is a square."),
        (lambda x: x + x, "wrong", "That doubles it."),
        (lambda x: x, "wrong", "Square the number."),
        (lambda x: np.sum(x) ** 2, "wrong", "the shape (); (2,) is wanted"),
        (lambda: 1, "wrong", "Your function stops with TypeError"),
        (9, "wrong", "9 is no function"),
        (lambda x: None, "open", "returns nothing"),
    ],
)
def test_functions_are_compared_by_what_they_return(function, state, said):
    found = SQUARE.verdict("00-1", function)
    assert found.state == state and said in found.text


def test_a_function_that_changes_its_argument_spoils_no_later_answer():
    def grow(x):
        x *= 2
        return x

    assert SQUARE.verdict("00-1", grow).state == "wrong"
    assert SQUARE.cases[1][0].tolist() == [1, 4]


@pytest.mark.parametrize(
    ("given", "state"), [(" Seven", "right"), ("eight", "wrong"), (7, "wrong")]
)
def test_texts_are_compared_without_case(given, state):
    assert Exercise(right="seven", why="", hint="").verdict("00-1", given).state == state


@pytest.mark.parametrize(("given", "state"), [([1, 2.0005], "right"), ([2, 1], "wrong")])
def test_numbers_are_compared_within_their_tolerance(given, state):
    found = Exercise(right=[1.0, 2.0], why="", hint="").verdict("00-1", np.array(given))
    assert found.state == state


@pytest.mark.parametrize(("chapter", "path"), PATHS, ids=[path.stem for _, path in PATHS])
def test_solutions_hold_the_exercises_as_the_chapter_has_them(chapter, path):
    book = nbformat.read(path, as_version=4)
    copied = [cell.source for cell in book.cells if solutions.HEADING.match(cell.source)]
    assert copied == list(solutions.texts(chapter).values())


@pytest.mark.parametrize(("chapter", "path"), PATHS, ids=[path.stem for _, path in PATHS])
def test_every_exercise_of_a_chapter_can_be_checked_and_is_solved(chapter, path):
    number = chapter.name[:2]
    known = [key for key in EXERCISES if key.startswith(number)]
    assert list(solutions.texts(chapter)) == known
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for key in known:
        (said,) = [
            output.text
            for cell in cells
            if key in solutions.tags(cell) and f'check("{key}"' in cell.source
            for output in cell.outputs
        ]
        assert f"Exercise {key}: Right." in said


def test_an_exercise_without_a_solution_is_said():
    with pytest.raises(ValueError, match="tagged 03-1"):
        solutions.with_texts(nbformat.v4.new_notebook(), {"03-1": "### Exercise 03-1. Do it"})
