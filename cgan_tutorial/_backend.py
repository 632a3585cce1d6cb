"""Chooses Keras' backend and imports it without TensorFlow's log lines; only when called.

TensorFlow announces its oneDNN kernels on the process's standard error before it reads any
of its settings for logging, and TF_ENABLE_ONEDNN_OPTS=0 would switch the kernels off. Where
JAX is installed, TensorFlow and Keras import it too: 100 MB that no chapter needs.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

BACKENDS = ("tensorflow", "jax", "torch")


def choose() -> str:
    """Return the backend in KERAS_BACKEND, or the first of `BACKENDS` that is installed.

    Raises:
        ValueError: KERAS_BACKEND names none of `BACKENDS`.
        ImportError: the backend, or all of them, are not installed.
    """
    wanted = os.environ.get("KERAS_BACKEND")
    if wanted and wanted not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise ValueError(f"KERAS_BACKEND is {wanted!r}; set it to one of {known}, or unset it")
    for name in [wanted] if wanted else BACKENDS:
        if find_spec(name):
            os.environ["KERAS_BACKEND"] = name
            return name
    missing = f"The backend {wanted} is" if wanted else "No backend of Keras is"
    raise ImportError(f"{missing} not installed; run pip install {wanted or 'tensorflow'}")


def setup() -> None:
    """Choose a backend, and import Keras quietly unless TF_CPP_MIN_LOG_LEVEL is 0."""
    quiet = os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "0"
    if choose() != "tensorflow" or not quiet or "tensorflow" in sys.modules:
        return
    # Not any other value: JAX sets 1 of its own accord, and child processes inherit it.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with _standard_error_closed(), _without_jax():
        import tensorflow as tf
        import tensorflow.lite.python.util
    # In a notebook TensorFlow's own set-up makes its logger talkative again.
    tf.get_logger().setLevel(logging.ERROR)


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    # The file descriptor, not sys.stderr: the lines come from C++.
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _without_jax() -> Iterator[None]:
    # None means to Python: this module cannot be imported.
    hidden = "jax" not in sys.modules
    if hidden:
        sys.modules["jax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["jax"]
