"""The book's chapters: found by number, name or path, and executed as a reader would."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any, Self

import psutil

PATTERN = "[0-9][0-9]_*.ipynb"
LONGEST_ERROR = 200
NO_PARAMETER = "it has none that can be set"
SECONDS_BETWEEN_SAMPLES = 0.1


@dataclass(frozen=True)
class Execution:
    """One executed chapter.

    Attributes:
        chapter: the chapter's notebook.
        seconds: wall-clock time from the kernel's start to its end.
        peak_mib: most memory that the kernel and its children held, in MiB.
        error: what failed, in one line; empty when every cell ran.
    """

    chapter: Path
    seconds: float
    peak_mib: float
    error: str


def folder() -> Path:
    """Return the folder of the book's chapters: the checkout's, or one around the user.

    Raises:
        ValueError: there is no checkout of the book here.
    """
    here = Path.cwd()
    roots = [Path(__file__).resolve().parent.parent, here, *here.parents]
    for root in roots:
        if any((root / "notebooks").glob(PATTERN)):
            return root / "notebooks"
    raise ValueError(
        f"neither {here} nor a folder above it is the book's; get the book with "
        f"git clone {_repository()} and run this command in the folder that it makes"
    )


def find(names: list[str]) -> list[Path]:
    """Return the notebooks of chapters, in the order given; all of them for no names.

    Args:
        names: numbers ("3", "03"), stems ("03_autoencoder") or paths of notebooks.

    Raises:
        ValueError: there is no such chapter, or two have the same file name.
    """
    if not names:
        return sorted(folder().glob(PATTERN))
    found = list(dict.fromkeys(_find(name) for name in names))
    stems = [path.stem for path in found]
    for stem in stems:
        if stems.count(stem) > 1:
            raise ValueError(
                f"two of the chapters are called {stem}, so one copy would overwrite "
                "the other; run them one by one with different --output"
            )
    return found


def _find(name: str) -> Path:
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    stem = f"{int(name):02d}_" if name.isdecimal() else path.stem
    book = sorted(folder().glob(PATTERN))
    for chapter in book:
        if chapter.stem == stem or (name.isdecimal() and chapter.stem.startswith(stem)):
            return chapter
    raise ValueError(
        f"there is no chapter {name!r}; choose one of "
        f"{', '.join(chapter.stem for chapter in book)}, or give a notebook's path"
    )


def read_parameters(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn names and texts into values: "3" is a number, "[1, 2]" a list, "abc" a text."""
    return {name: _value(text) for name, text in pairs}


def check_parameters(chapter: Path, parameters: dict[str, Any]) -> None:
    """Compare parameters with those in the chapter's cell tagged `parameters`.

    Raises:
        ValueError: the chapter has none of that name, wants a number there, or
            is no notebook.
    """
    from papermill import inspect_notebook

    _read(chapter)
    known = inspect_notebook(chapter)
    for name, value in parameters.items():
        if name not in known:
            choice = f"choose one of {', '.join(known)}" if known else NO_PARAMETER
            raise ValueError(f"{chapter.stem} has no parameter {name!r}; {choice}")
        default = _value(known[name]["default"])
        if _is_number(default) and not _is_number(value):
            raise ValueError(f"{name} is {value!r}; give a number, {chapter.stem} has {default}")


def check_output(chapter: Path, output: Path) -> Path:
    """Return where a chapter's executed copy goes.

    Raises:
        ValueError: a notebook stands there that is no executed copy.
    """
    target = output.resolve() / chapter.name
    if target.exists() and not _is_executed_copy(target):
        raise ValueError(
            f"{output / chapter.name} is not the output of an earlier run; "
            "move it away, or choose another --output"
        )
    return target


def execute(
    chapter: Path,
    output: Path,
    parameters: dict[str, Any] | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Execution:
    """Execute a chapter in its own folder, by a kernel of this interpreter.

    Args:
        chapter: the notebook.
        output: folder for the executed copy; made if it is missing.
        parameters: values that replace those of the cell tagged `parameters`.
        on_progress: called as each cell starts, with the share of cells before it.

    Returns:
        An `Execution`; a cell that fails is told there, not raised.

    Raises:
        ValueError: the output is taken, or a parameter is unknown.
    """
    check_parameters(chapter, parameters or {})
    target = check_output(chapter, output)
    target.parent.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with _PeakMemory() as memory:
        error = _run(chapter, target, parameters, on_progress)
    return Execution(chapter, time.perf_counter() - started, memory.peak_mib, error)


def _run(chapter, target, parameters, on_progress) -> str:
    import papermill
    from nbclient.exceptions import DeadKernelError

    count = len(_read(chapter).cells)
    try:
        papermill.execute_notebook(
            chapter,
            target,
            parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=chapter.parent,
            kernel_manager_class=_kernel_manager(),
            extra_arguments=["--log-level=ERROR"],
            on_cell_start=lambda cell, cell_index: on_progress(cell_index / count),
        )
    except papermill.PapermillExecutionError as error:
        what = shorten(f"{error.ename}: {error.evalue}", LONGEST_ERROR, placeholder=" ...")
        return f"cell {error.exec_count}: {what}"
    except DeadKernelError:
        return "the kernel died, most often for want of memory"
    except RuntimeError as error:
        return " ".join(str(error).split())
    return ""


def _kernel_manager() -> type:
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager

    class ThisInterpreter(AsyncKernelManager):
        """Starts kernels of the Python that runs this, and of no other."""

        # Without folders to search, "python3" can only be the interpreter that runs
        # this; a kernel of that name in the user's home may be of another one.
        def __init__(self, **settings):
            only_native = KernelSpecManager(kernel_dirs=[])
            super().__init__(kernel_spec_manager=only_native, **settings)

    return ThisInterpreter


class _PeakMemory:
    """Watches how much memory the processes that this one starts hold together."""

    def __enter__(self) -> Self:
        self.peak_mib = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(SECONDS_BETWEEN_SAMPLES):
            children = psutil.Process().children(recursive=True)
            held = sum(_memory_mib(child) for child in children)
            peaks = [_own_peak_mib(child.pid) for child in children]
            self.peak_mib = max(self.peak_mib, held, *peaks)


def _memory_mib(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 2**20
    except psutil.Error:
        return 0.0


def _own_peak_mib(pid: int) -> float:
    """The peak that Linux keeps for a process; it sees what falls between two samples."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    peaks = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0].split()[1]) / 1024 if peaks else 0.0


def _is_executed_copy(path: Path) -> bool:
    try:
        return "papermill" in _read(path).metadata
    except ValueError:
        return False


def _read(path: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError):
        raise ValueError(
            f"{path} is not a notebook that can be read; give another, or mend it"
        ) from None


def _repository() -> str:
    from importlib.metadata import metadata

    urls = metadata("cgan-tutorial").get_all("Project-URL") or []
    return dict(url.split(", ") for url in urls).get("Repository", "")


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
