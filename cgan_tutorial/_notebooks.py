"""The book's chapters: find their notebooks, and execute them with papermill."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import metadata
from pathlib import Path
from textwrap import shorten
from typing import Any

import psutil

from cgan_tutorial import devices

PATTERN = "[0-9][0-9]_*.ipynb"
# Folders of further notebooks, which the chapters link to.
BESIDE = "deep_dives", "solutions"


def folder() -> Path:
    """Return the folder of the chapters, in this package's checkout or one around the user.

    Raises:
        ValueError: there is no checkout of the book here.
    """
    for root in [Path(__file__).resolve().parents[1], Path.cwd(), *Path.cwd().parents]:
        if any((root / "notebooks").glob(PATTERN)):
            return root / "notebooks"
    address = metadata("cgan-tutorial")["Project-URL"].removeprefix("Repository, ")
    raise ValueError(f"the book is not here; git clone {address} and run this command inside it")


def find(names: Sequence[str]) -> list[Path]:
    """Return the notebooks of chapters in the order given, or of all chapters for no names.

    Args:
        names: numbers ("3", "03"), stems ("03_autoencoder") or paths of notebooks.

    Raises:
        ValueError: there is no such chapter.
    """
    return list(dict.fromkeys(map(_find, names))) or sorted(folder().glob(PATTERN))


def _find(name: str) -> Path:
    if name.endswith(".ipynb") and (path := Path(name).expanduser()).is_file():
        return path.resolve()
    pattern = f"{int(name):02d}_*.ipynb" if name.isdecimal() else f"{Path(name).stem}.ipynb"
    for chapter in folder().glob(pattern):
        return chapter
    known = ", ".join(chapter.stem for chapter in find([]))
    raise ValueError(f"there is no chapter {name!r}; choose one of {known}, or give a path")


def check(chapter: Path, target: Path, parameters: dict[str, Any]) -> None:
    """Check before any work that a chapter can be executed into `target`.

    Raises:
        ValueError: the chapter is no notebook, its cell tagged `parameters` does not set one of
            these names, or `target` exists and is no executed copy.
    """
    from papermill import inspect_notebook

    _metadata(chapter)
    known = inspect_notebook(chapter) if parameters else {}
    for name in parameters:
        if name not in known:
            raise ValueError(
                f"{chapter.stem} has no parameter {name!r}; it has {', '.join(known) or 'none'}"
            )
    if target.exists() and "papermill" not in _metadata(target):
        raise ValueError(f"{target} is no executed copy; move it, or choose another --output")


def execute(
    chapter: Path, target: Path, parameters: dict[str, Any] | None = None
) -> tuple[float, float, str]:
    """Execute a notebook in its own folder by a kernel of this interpreter.

    Args:
        chapter: the notebook.
        target: path of the executed copy.
        parameters: values that replace those of the cell tagged `parameters`.

    Returns:
        Seconds, the kernel's peak memory in MiB, and what failed (empty if nothing did).
    """
    import papermill

    target.parent.mkdir(parents=True, exist_ok=True)
    # A kernel "python3" in the user's home may belong to another interpreter.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    peaks, error, started = [0], "", time.perf_counter()

    def note_memory(**_: Any) -> None:
        """Note the peak of the kernel, which is a child of this process."""
        peaks.extend(devices.peak_bytes(child.pid) for child in psutil.Process().children())

    try:
        papermill.execute_notebook(
            chapter,
            target,
            parameters,
            kernel_name="python3",
            language="python",
            progress_bar=sys.stderr.isatty(),
            cwd=chapter.parent,
            on_cell_executed=note_memory,
            coalesce_streams=True,
            # A kernel logs it as an error that it is ended.
            extra_arguments=["--log-level=CRITICAL"],
        )
    except papermill.PapermillExecutionError as failure:
        error = shorten(f"cell {failure.exec_count}: {failure.ename}: {failure.evalue}", 200)
    except RuntimeError as failure:
        error = f"{failure}; a kernel dies most often because memory ran out"
    return time.perf_counter() - started, max(peaks) / 2**20, error


def _metadata(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["metadata"]
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{path} is not a notebook that can be read; give another") from None
