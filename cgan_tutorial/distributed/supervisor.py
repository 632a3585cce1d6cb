"""A command that runs as its own child, so that even a sudden end is said in a sentence.

When one of several processes is lost, JAX ends the others from C++, with a log and a core
dump that no Python code sees. So the command starts itself again as a child, and the parent
says what became of it. The child goes as soon as the parent does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

# In the child's environment: the file for what JAX writes from C++.
CHILD = "CGAN_TUTORIAL_CHILD"
# The child's exit code for: another process is lost.
LOST = 75
FAILED = 1


def run_as_child() -> int | None:
    """Start this very command as a child and wait for it.

    Returns:
        The exit code, in the parent; None in the child, which then does the work.
    """
    if CHILD in os.environ:
        _become_child()
        return None
    descriptor, log = tempfile.mkstemp(prefix="cgan-tutorial-", suffix=".log")
    os.close(descriptor)
    child = subprocess.Popen(
        [sys.executable, "-m", "cgan_tutorial", *sys.argv[1:]],
        env={**os.environ, CHILD: log},
        stdin=subprocess.PIPE,
    )
    code = _wait(child)
    if code in (LOST, -signal.SIGABRT):
        print(
            "another of the processes has ended, or cannot be reached; start all of them again "
            f"with --resume (JAX's messages are in {log})",
            file=sys.stderr,
        )
        return FAILED
    Path(log).unlink()
    if code < 0:
        name = signal.Signals(-code).name
        print(f"the training was ended by {name}; go on by --resume", file=sys.stderr)
        return FAILED
    return code


def leave(code: int) -> None:
    """End a child at once. JAX would wait first until all processes end."""
    if CHILD in os.environ and code:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: subprocess.Popen) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The terminal has sent it to the child too, whose end is awaited.
            continue


def _become_child() -> None:
    threading.Thread(target=_follow_parent, daemon=True).start()
    sys.excepthook = _fail
    # Python goes on writing to where it wrote; what C++ writes to goes to the log.
    sys.stdout = os.fdopen(os.dup(1), "w", buffering=1)
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    log = os.open(os.environ[CHILD], os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def _fail(*error) -> None:
    sys.__excepthook__(*error)
    leave(FAILED)


def _follow_parent() -> None:
    # The parent writes nothing: this ends when the parent does. Not by `sys.stdin`, which
    # Python would have to lock at its end.
    while os.read(0, 1):
        pass
    os._exit(FAILED)
