"""Mark the chapters, which nbval executes as tests, and limit the memory of their kernels."""

from __future__ import annotations

import pytest

from cgan_tutorial import devices

MOST_BYTES = 1.5e9
peaks: dict[str, float] = {}


def pytest_collection_modifyitems(items):
    """Mark every cell of a notebook, so that `-m "not notebook"` leaves the chapters out."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebook")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After each cell of a chapter, note its kernel's peak memory."""
    result = yield
    kernel = getattr(item.parent, "kernel", None)
    if kernel is not None:
        chapter = item.path.name
        peaks[chapter] = max(peaks.get(chapter, 0.0), devices.peak_bytes(kernel.km.provisioner.pid))
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
