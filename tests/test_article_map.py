"""docs/article-map.md: each statement of the article has a place, and each place is there."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs/article-map.md"
NOTEBOOKS = ROOT / "notebooks"
SECTIONS = ["1", "2", "2.1", "2.2", "3", "3.1", "3.2", "4", "4.1", "4.2", "5", "6", "summary"]
KINDS = {"claim", "formula", "code", "list", "question"}
# What the article prints: displayed formulas, programs, questions with an answer.
PRINTED = {"formula": 4, "code": 2, "question": 4}
PLACE = re.compile(r"\[(\w+) · (.+)\]\(\.\./notebooks/(\1_\w+\.ipynb|deep_dives/\1\.ipynb)\)")
PLANNED = re.compile(r"planned, chapter (\d\d)")


def rows(text):
    """The table's rows, each as section, kind, statement and places."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def headings(path):
    """The headings of a notebook, without their marks."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return {found for text in texts for found in re.findall(r"^#{2,3} (.+)$", text, re.M)}


def trouble(place, folder):
    """What is wrong with a place, in words; empty if it is there."""
    if planned := PLANNED.fullmatch(place):
        written = list(folder.glob(f"{planned[1]}_*.ipynb"))
        return f"{written[0].name} is written: name its heading" if written else ""
    found = PLACE.fullmatch(place)
    if not found:
        return f"{place!r} is neither a heading of a chapter nor planned"
    if not (folder / found[3]).is_file():
        return f"{found[3]} is not there"
    if found[2] not in headings(folder / found[3]):
        return f"{found[3]} has no heading {found[2]!r}"
    return ""


def troubles(text, folder):
    """What is wrong with any place of a map."""
    places = dict.fromkeys(place for row in rows(text) for place in row[3].split("<br>"))
    return [said for place in places if (said := trouble(place, folder))]


@pytest.fixture(scope="module")
def table():
    return rows(MAP.read_text(encoding="utf-8"))


def test_every_place_is_there():
    assert troubles(MAP.read_text(encoding="utf-8"), NOTEBOOKS) == []


def test_every_row_is_complete(table):
    assert len(table) > 60
    for row in table:
        assert len(row) == 4 and all(row), row
        assert row[0] in SECTIONS and row[1] in KINDS, row


def test_every_section_of_the_article_occurs_in_its_order(table):
    assert list(dict.fromkeys(row[0] for row in table)) == SECTIONS


def test_every_formula_program_and_question_has_a_row(table):
    kinds = Counter(row[1] for row in table)
    assert {kind: kinds[kind] for kind in PRINTED} == PRINTED


def test_no_statement_stands_twice_in_a_section(table):
    assert max(Counter((section, says) for section, _, says, _ in table).values()) == 1


@pytest.fixture
def chapter(tmp_path):
    """A folder with one chapter, 03, and one deep dive, of one section each."""
    cell = nbformat.v4.new_markdown_cell("# Title\n\n## 1. A section\n\nwords")
    (tmp_path / "deep_dives").mkdir()
    for name in ("03_one.ipynb", "deep_dives/bound.ipynb"):
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("[03 · 1. A section](../notebooks/03_one.ipynb)", ""),
        ("planned, chapter 04", ""),
        ("[bound · 1. A section](../notebooks/deep_dives/bound.ipynb)", ""),
        ("[gap · 1. A section](../notebooks/deep_dives/bound.ipynb)", "is neither a heading"),
        ("[03 · 2. Another](../notebooks/03_one.ipynb)", "03_one.ipynb has no heading"),
        ("[04 · 1. A section](../notebooks/04_two.ipynb)", "04_two.ipynb is not there"),
        ("[04 · 1. A section](../notebooks/03_one.ipynb)", "is neither a heading"),
        ("planned, chapter 03", "03_one.ipynb is written: name its heading"),
        ("somewhere", "'somewhere' is neither a heading of a chapter nor planned"),
        ("", "'' is neither"),
    ],
)
def test_what_is_wrong_is_found(chapter, place, said):
    head = "| section | kind | what it says | where |\n|---|---|---|---|\n"
    found = troubles(f"{head}| 1 | claim | words | {place} |", chapter)
    assert len(found) == bool(said)
    assert all(said in sentence for sentence in found)
