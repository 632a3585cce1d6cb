"""Execute the chapters in place, and keep of their outputs only what tells something.

    python scripts/refresh_notebooks.py [NOTEBOOK ...] [--clean-only]

A chapter is executed in a temporary copy of notebooks/, so the files that it writes vanish.
Its notebook is replaced only when every cell ran, and in one step.
"""

import argparse
import copy
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from cgan_tutorial import _notebooks

ROOT = Path(__file__).resolve().parent.parent
WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_TEXT = "Run this cell to get its controls."
TRANSIENT_NOTEBOOK = ("papermill", "signature", "vscode", "widgets")
TRANSIENT_CELL = ("ExecuteTime", "collapsed", "execution", "papermill", "scrolled")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


def clean(book: dict) -> dict:
    """Return a copy of a notebook (a dict) without what differs at each execution."""
    book = copy.deepcopy(book)
    kept = {k: v for k, v in book["metadata"].items() if k not in TRANSIENT_NOTEBOOK}
    book["metadata"] = {**kept, "kernelspec": KERNEL, "language_info": LANGUAGE}
    book["nbformat"], book["nbformat_minor"] = 4, 5
    count = 0
    for index, cell in enumerate(book["cells"]):
        cell.setdefault("id", f"cell-{index:02d}")
        for key in TRANSIENT_CELL:
            cell["metadata"].pop(key, None)
        if cell["metadata"].get("tags") == []:
            del cell["metadata"]["tags"]
        if cell["cell_type"] == "code":
            count += cell["execution_count"] is not None
            clean_code(cell, count)
    return book


def clean_code(cell: dict, count: int) -> None:
    """Number an executed cell and its results, and clean its outputs, in place."""
    if cell["execution_count"] is not None:
        cell["execution_count"] = count
    for output in cell["outputs"]:
        output.pop("transient", None)
        if output["output_type"] == "execute_result":
            output["execution_count"] = cell["execution_count"]
        if "data" in output:
            output["data"] = clean_data(output["data"])


def clean_data(data: dict) -> dict:
    """Return an output's data without widget views and memory addresses."""
    kept = {kind: value for kind, value in data.items() if kind != WIDGET}
    if WIDGET in data and set(kept) <= {"text/plain"}:
        return {"text/plain": WIDGET_TEXT}
    if "text/plain" in kept:
        kept["text/plain"] = without_addresses(kept["text/plain"])
    return kept


def without_addresses(text: str | list[str]) -> str | list[str]:
    """Return text (a string or a list of lines) without memory addresses."""
    if isinstance(text, list):
        return [without_addresses(line) for line in text]
    return re.sub(r"\b0x[0-9a-f]{6,}\b", "0x...", text)


def texts(output: dict) -> Iterator[str]:
    """Yield what an output says, without its pictures' bytes."""
    yield "".join(output.get("text", ""))
    yield "\n".join(output.get("traceback", ""))
    for kind, value in output.get("data", {}).items():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            text = value if isinstance(value, str | list) else json.dumps(value)
            yield re.sub(r"base64,[\w+/=\s]+", "", "".join(text))


def machine_paths() -> set[str]:
    """Return the folders of this machine that no output may show."""
    folders = {ROOT, Path.home(), Path(sys.prefix), Path(tempfile.gettempdir())}
    return {f"{folder}{os.sep}" for folder in folders} | {str(ROOT)}


def check_paths(book: dict, name: str, paths: Iterable[str]) -> None:
    """Raise ValueError when an output shows one of these paths."""
    for index, cell in enumerate(book["cells"]):
        for output in cell.get("outputs", []):
            for path in paths:
                if any(path in text for text in texts(output)):
                    raise ValueError(
                        f"{name}: the output of cell {index} shows {path}, a path of this "
                        "machine; print a relative path or silence the line there."
                    )


def run(path: Path) -> dict:
    """Execute the notebook at `path` in a copy of its folder; return the executed dict."""
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copytree(path.parent, Path(folder) / path.parent.name)
        target = Path(folder) / path.name
        _, _, error = _notebooks.execute(copied / path.name, target)
        if error:
            raise ValueError(
                f"{path.name}, {error}; the notebook stays as it was: fix it and run this again"
            )
        return json.loads(target.read_text(encoding="utf-8"))


def refresh(path: Path, clean_only: bool = False) -> bool:
    """Execute and clean one notebook; return whether its file changed."""
    before = path.read_text(encoding="utf-8")
    book = clean(json.loads(before) if clean_only else run(path))
    check_paths(book, path.name, machine_paths())
    after = nbformat.writes(nbformat.reads(json.dumps(book), as_version=4)) + "\n"
    if after != before:
        replace(path, after)
    return after != before


def replace(path: Path, text: str) -> None:
    """Write a file in one step: an interruption leaves the old one or the new one."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--clean-only", action="store_true", help="execute nothing")
    return parser.parse_args()


def main() -> None:
    """Refresh the notebooks that were named, or all."""
    args = arguments()
    for path in args.notebooks or sorted((ROOT / "notebooks").rglob("*.ipynb")):
        start = time.perf_counter()
        try:
            changed = refresh(path.resolve(), args.clean_only)
        except ValueError as error:
            sys.exit(str(error))
        state = "written" if changed else "unchanged"
        print(f"{path.name}: {state} after {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
