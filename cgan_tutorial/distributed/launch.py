"""Starts fresh processes on this machine: trainings on JAX, one or several, and functions."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

HOW_TO_GET_JAX = f"JAX is not installed, so this cell does nothing; run {sys.executable} -m pip \
install jax and then this cell again"

CALL = """
import importlib, json, sys
module, name, arguments = json.loads(sys.argv[1])
print(json.dumps(getattr(importlib.import_module(module), name)(*arguments)))
"""


def available() -> bool:
    """Whether JAX, which several processes need, is installed."""
    return find_spec("jax") is not None


def train(words: Sequence[object], folder: str | Path, count: int = 1) -> pd.DataFrame:
    """Train in fresh processes, which end with the run in `folder`.

    Args:
        words: what follows `cgan-tutorial train`: model, budget and options.
        folder: the run's folder, new or empty.
        count: how many processes train the model together.

    Returns:
        A row for each epoch, with the columns "epoch" and "loss" at least.

    Raises:
        RuntimeError: a process failed; with what it said.
    """
    _finish(start([*words, "--output", folder], count))
    return pd.read_csv(Path(folder) / "losses.csv")


def side_by_side(words: Sequence[object], counts: Sequence[int] = (1, 2)) -> pd.DataFrame:
    """Train the same once for each count of processes, all at the same time.

    Args:
        words: as for `train`.
        counts: how many processes train the model together.

    Returns:
        The loss of each epoch, a row each, with a column for each count.

    Raises:
        RuntimeError: a process failed; with what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs = {count: Path(folder) / str(count) for count in counts}
        started = [start([*words, "--output", run], count) for count, run in runs.items()]
        for processes in started:
            _finish(processes)
        tables = {count: pd.read_csv(run / "losses.csv") for count, run in runs.items()}
    return pd.DataFrame({count: table["loss"] for count, table in tables.items()})


def start(words: Sequence[object], count: int = 1) -> list[subprocess.Popen]:
    """Start the processes and do not wait for them."""
    where = f"localhost:{free_port()}"
    return [_start(words, _place(count, index, where)) for index in range(count)]


def in_a_process(function: Callable, *arguments):
    """Call a function in a fresh process, which gives all its memory back at its end.

    Args:
        function: of a module of this package.
        arguments: what JSON can hold; so must be what the function returns.
    """
    call = json.dumps([function.__module__, function.__name__, arguments])
    done = subprocess.run(
        [sys.executable, "-c", CALL, call], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def _finish(started: Sequence[subprocess.Popen]) -> None:
    said = [process.communicate()[1] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError(" ".join(dict.fromkeys(" ".join(said).splitlines())))


def _place(count: int, index: int, where: str) -> list[str]:
    if count == 1:
        return []
    numbers = ["--processes", str(count), "--process-id", str(index)]
    # A busy machine starts them slowly.
    return [*numbers, "--coordinator", where, "--wait", "120"]


def _start(words: Sequence[object], place: Sequence[str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "cgan_tutorial", "train", *map(str, words), *place],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
