"""Bring the solutions up to date with the chapters, and record what trained answers come out.

    python scripts/solutions.py [--record [KEY ...]] [--seeds 10]

A solutions notebook holds the texts of its chapter's exercises, copied, and beside each the code
of a solution: cells tagged with the exercise's key ("03-2"), after cells tagged `setup`. To
record, the solution of each trained exercise is run with the seeds 0, 1, … in turn.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat

from cgan_tutorial.exercises.answers import RANGES, Trained
from cgan_tutorial.exercises.checking import EXERCISES

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
HEADING = re.compile(r"^### Exercise (\d\d-\d)\b")


def paths() -> list[tuple[Path, Path]]:
    """Return (chapter, solutions) of each chapter whose solutions are written."""
    found = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    return [(NOTEBOOKS / path.name, path) for path in found]


def tags(cell: dict) -> list[str]:
    """Return a cell's tags."""
    return cell["metadata"].get("tags", [])


def texts(chapter: Path) -> dict[str, str]:
    """Return the text of each exercise of a chapter."""
    cells = nbformat.read(chapter, as_version=4).cells
    found = ((HEADING.match(cell.source), cell.source) for cell in cells)
    return {match[1]: source for match, source in found if match}


def with_texts(book: nbformat.NotebookNode, wanted: dict[str, str]) -> nbformat.NotebookNode:
    """Put each exercise's text before the code of its solution; old copies are dropped.

    Raises:
        ValueError: an exercise has no solution.
    """
    cells = [cell for cell in book.cells if not HEADING.match(cell.source)]
    for key, text in wanted.items():
        place = next((at for at, cell in enumerate(cells) if key in tags(cell)), None)
        if place is None:
            raise ValueError(f"no cell of the solutions is tagged {key}; write it, and tag it")
        copied = nbformat.v4.new_markdown_cell(text, id=f"exercise-{key}")
        cells.insert(place, copied)
    book.cells = cells
    return book


def record(solutions: Path, key: str, seeds: Iterable[int]) -> list[float]:
    """Return the answers that the solution of an exercise finds, one for each seed."""
    answers: list[float] = []
    names = run(solutions, "setup", {}, lambda *_: None)
    for seed in seeds:
        names["seed"] = seed
        run(solutions, key, names, lambda _, answer: answers.append(float(answer)))
        print(key, seed, answers[-1], flush=True)
    return answers


def run(path: Path, tag: str, names: dict[str, Any], check: Callable[..., None]) -> dict[str, Any]:
    """Execute the code cells with a tag, where `check` is another function; return all names."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and tag in tags(cell):
            names["check"] = check
            exec(
                compile(re.sub(r"(?m)^from .* import check$", "", cell.source), tag, "exec"), names
            )
    return names


def write(key: str, values: list[float]) -> None:
    """Keep the answers of one exercise beside those of the others."""
    ranges = json.loads(RANGES.read_text(encoding="utf-8")) | {key: values}
    RANGES.write_text(json.dumps(dict(sorted(ranges.items())), indent=1) + "\n", "utf-8")


def main() -> None:
    """Copy the texts; with --record run the trained solutions and write their range."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", nargs="*", metavar="KEY", help="all trained ones for no key")
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    trained = {key for key, exercise in EXERCISES.items() if isinstance(exercise, Trained)}
    if unknown := set(args.record or ()) - trained:
        parser.error(f"not a trained exercise: {', '.join(sorted(unknown))}")
    for chapter, solutions in paths():
        book = with_texts(nbformat.read(solutions, as_version=4), texts(chapter))
        nbformat.write(book, solutions)
        for key in sorted(trained & set(texts(chapter))) if args.record is not None else ():
            if not args.record or key in args.record:
                write(key, record(solutions, key, range(args.seeds)))


if __name__ == "__main__":
    main()
