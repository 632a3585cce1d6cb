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

from cgan_tutorial import importing


def hush_tensorflow() -> None:
    """Silence TensorFlow's import, its retracing warnings and its C++ log, if it comes later.

    Whoever sets TF_CPP_MIN_LOG_LEVEL to 0 wants to see the lines, and does.
    """
    # Not any other value: JAX sets 1 of its own accord, and child processes inherit it.
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    importing.around("tensorflow", _quietly)


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
