"""Start fresh processes on this machine: trainings on JAX, one or several, and functions."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from cgan_tutorial.devices import WRONG_JAX

HOW_TO_GET_JAX = (
    "This cell needs JAX 0.8.2 or later, so it does nothing here; run "
    f"{sys.executable} -m pip install -U jax and then this cell again"
)


def available() -> bool:
    """Say whether a JAX is installed that trains rightly in several processes."""
    return find_spec("jax") is not None and version("jax") not in WRONG_JAX


def side_by_side(words: Sequence[object], counts: Sequence[int] = (1, 2)) -> pd.DataFrame:
    """Run the same training once for each count of processes, all at the same time.

    Args:
        words: model and options of `python -m cgan_tutorial.distributed`.
        counts: how many processes train the model together.

    Returns:
        The loss of each epoch, a row each, with a column for each count.

    Raises:
        RuntimeError: a process failed; with what it wrote to standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs = {count: Path(folder) / str(count) for count in counts}
        started = [start([*words, "--output", run], count) for count, run in runs.items()]
        processes = [process for group in started for process in group]
        errors = [process.communicate()[1] for process in processes]
        if any(process.returncode for process in processes):
            raise RuntimeError("\n".join(dict.fromkeys("".join(errors).splitlines())))
        tables = {count: pd.read_csv(run / "losses.csv") for count, run in runs.items()}
    return pd.DataFrame({count: one.set_index("epoch")["loss"] for count, one in tables.items()})


def start(words: Sequence[object], count: int = 1) -> list[subprocess.Popen]:
    """Start the processes of one training, and do not wait for them."""
    # A busy machine starts them slowly.
    shared = ["--processes", count, "--coordinator", f"localhost:{free_port()}", "--wait", 120]
    return [_start([*shared, "--process-id", number, *words]) for number in range(count)]


def in_a_process(function: Callable, *arguments: Any) -> Any:
    """Call a function in a fresh process, which gives all its memory back at its end.

    What the process writes to standard error is dropped; an error of the function is raised.

    Args:
        function: of an importable module; it, its arguments and its result are pickled.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_drop_errors) as pool:
        return pool.submit(function, *arguments).result()


def free_port() -> int:
    """Return a port of this machine that is free."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def _start(words: Sequence[object]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "cgan_tutorial.distributed", *map(str, words)],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _drop_errors() -> None:
    # TensorFlow's log lines come from C++.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
