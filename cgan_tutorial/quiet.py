"""Keeps TensorFlow's start-up lines out of notebooks, without slowing it down.

TensorFlow announces its oneDNN kernels on the process's standard error each
time it is imported, before any of its settings for logging is read. The known
way to silence that is TF_ENABLE_ONEDNN_OPTS=0, which switches the kernels off:
some training steps then take longer (benchmarks/step_time.py: the VAE's).
So the lines are caught instead.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.util import find_spec


def hush_tensorflow() -> None:
    """Silence TensorFlow's import, its retracing warnings and its C++ log, if it comes later.

    Whoever sets TF_CPP_MIN_LOG_LEVEL below 3 wants to see the lines, and does.
    """
    # "3" may be this function's own, inherited from a parent process.
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") != "3":
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.meta_path.insert(0, _QuietImport())


class _QuietImport(MetaPathFinder):
    """Finds TensorFlow as the other finders do, and has it executed quietly."""

    looking = False

    def find_spec(self, name, path=None, target=None):
        """Return TensorFlow's spec with a quiet loader; None for every other module."""
        if name != "tensorflow" or self.looking:
            return None
        self.looking = True
        spec = find_spec(name)
        self.looking = False
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _quietly(execute, module)
        return spec


def _quietly(execute, module) -> None:
    with _standard_error_closed():
        execute(module)
    # In a notebook TensorFlow's own set-up has made its logger talkative again.
    module.get_logger().setLevel(logging.ERROR)


@contextmanager
def _standard_error_closed():
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
