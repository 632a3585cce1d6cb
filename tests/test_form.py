"""The form of a chapter: short enough to read, and the reader predicts, checks and solves."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
# Chapters that do not have the form yet; a deep dive always has it.
TO_COME = {"05", "06", "07", "08"}
CHAPTERS = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.name[:2] not in TO_COME]
DEEP_DIVES = sorted((NOTEBOOKS / "deep_dives").glob("*.ipynb"))
BOTH = CHAPTERS + DEEP_DIVES
SOLUTIONS = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
MOST_WORDS, MOST_LINES, MOST_TAUGHT, MOST_COLUMNS = 2500, 15, 40, 100
END = re.compile(r"^## (Check yourself|Exercises|Summary|Further reading)", re.M)
# Words that the book says otherwise, in the field's terms.
AVOIDED = re.compile(
    r"\b(anew|mend|mended|mends|nobody wrote|in the place of|of use|dear|set-up|simply|obviously|"
    r"straightener|oddness|blot|smear|mush|rung)\b|needs a word|is told of|behind a wall|!(?!\[|=)",
    re.I,
)


def stem(path):
    return path.stem


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def prose(path):
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def words(text):
    """Count the words that a reader reads: no formulas, code, addresses or marks."""
    for pattern in (r"\$\$.*?\$\$", r"\$[^$]+\$", r"`[^`]*`", r"<[^>]+>", r"\]\([^)]*\)"):
        text = re.sub(pattern, " ", text, flags=re.S)
    return len(re.findall(r"[^\W\d_][\w'-]*", text))


def sections(path):
    """The parts of a chapter, each from one heading of the second level to the next."""
    parts = [[]]
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
            parts.append([])
        parts[-1].append(cell)
    return parts


@pytest.mark.parametrize("path", BOTH, ids=stem)
def test_the_core_path_has_at_most_2500_words(path):
    assert words(END.split(prose(path))[0]) <= MOST_WORDS


@pytest.mark.parametrize("path", BOTH + SOLUTIONS, ids=stem)
def test_cells_are_short_and_narrow(path):
    for cell in cells(path, "code"):
        lines = cell.source.splitlines()
        long = {"taught", "plain", "standalone"} & set(cell.metadata.get("tags", []))
        assert len(lines) <= (MOST_TAUGHT if long else MOST_LINES), cell.source
        assert max(map(len, lines), default=0) <= MOST_COLUMNS, cell.source


@pytest.mark.parametrize("path", BOTH, ids=stem)
def test_a_section_that_shows_something_asks_or_explains(path):
    for part in sections(path)[1:]:
        text = "\n".join(cell.source for cell in part if cell.cell_type == "markdown")
        if END.search(text):
            continue
        if any(cell.get("outputs") for cell in part):
            assert re.search(r"\*\*(Predict|Check)|<summary>", text), text[:80]


@pytest.mark.parametrize("path", BOTH, ids=stem)
def test_the_reader_predicts_and_unfolds(path):
    text = prose(path)
    assert text.count("**Predict") >= 3
    assert text.count("<details>") == text.count("</details>") >= 2
    # Markdown inside is read only after an empty line.
    assert len(re.findall(r"<details><summary>[^\n]*</summary>\n\n", text)) == text.count(
        "<details>"
    )


@pytest.mark.parametrize("path", CHAPTERS, ids=stem)
def test_a_chapter_has_exercises_a_quiz_and_a_diagram(path):
    number, code = path.name[:2], "\n".join(cell.source for cell in cells(path, "code"))
    keys = re.findall(rf'^check\("({number}-\d)"', code, re.M)
    assert len(set(keys)) == len(keys) >= 4
    assert keys == re.findall(r"^### Exercise (\d\d-\d)\b", prose(path), re.M)
    assert code.count(f'quiz("{number}")') == 1
    assert "diagram(" in code
    assert f"(solutions/{path.name})" in prose(path)


@pytest.mark.parametrize("path", CHAPTERS, ids=stem)
def test_an_untouched_exercise_says_so(path):
    for cell in cells(path, "code"):
        if re.search(r"^check\(", cell.source, re.M):
            assert "..." in cell.source
            assert "Not answered yet" in cell.outputs[0].text


@pytest.mark.parametrize("path", BOTH, ids=stem)
def test_the_opening_says_how_long_it_takes(path):
    opening = "\n".join(
        cell.source for part in sections(path)[:2] for cell in part if cell.cell_type == "markdown"
    )
    assert re.search(r"\d+ minutes to read", opening)
    assert re.search(r"(seconds|minutes?) to run", opening)


@pytest.mark.parametrize("path", BOTH + SOLUTIONS, ids=stem)
def test_the_language_is_the_books(path):
    assert not AVOIDED.findall(re.sub(r"`[^`]*`|\$[^$]*\$|<!--.*?-->", "", prose(path)))


@pytest.mark.parametrize("path", BOTH + SOLUTIONS, ids=stem)
def test_no_badge_is_dead(path):
    assert "/OWNER/REPO/" not in prose(path)


@pytest.mark.parametrize("path", DEEP_DIVES + SOLUTIONS, ids=stem)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose(path))
    assert links
    assert not [link for link in links if not (path.parent / link).exists()]


def test_words_are_counted_without_formulas_and_code():
    assert words("A **loss** of $x^2$ in `call`, see [chapter 4](04_gan.ipynb).") == 6
