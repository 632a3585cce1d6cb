"""nbval executes the chapters as tests; here their kernels' memory is read and held to a limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MOST_BYTES = 1.5e9
peaks: dict[str, float] = {}


def peak_bytes(pid: int) -> float:
    """The most memory that a process ever held, in bytes; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After each cell of a chapter, note its kernel's peak memory."""
    result = yield
    kernel = getattr(item.parent, "kernel", None)
    if kernel is not None:
        chapter = item.path.name
        peaks[chapter] = max(peaks.get(chapter, 0.0), peak_bytes(kernel.km.provisioner.pid))
        assert peaks[chapter] <= MOST_BYTES, (
            f"{chapter} holds {peaks[chapter] / 1e6:.0f} MB; a chapter may hold 1,500 MB at most"
        )
    return result


def pytest_terminal_summary(terminalreporter):
    """Print each chapter's peak memory, and its seconds as the sum over its cells."""
    passed = terminalreporter.stats.get("passed", [])
    for chapter, peak in peaks.items():
        seconds = sum(
            report.duration for report in passed if report.nodeid.startswith(f"notebooks/{chapter}")
        )
        terminalreporter.write_line(f"{chapter}: {seconds:.0f} s, peak memory {peak / 1e6:.0f} MB")
