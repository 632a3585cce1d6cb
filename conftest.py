"""Mark the notebooks, which nbval executes as tests, and limit the memory of their kernels."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from cgan_tutorial import devices

MOST_BYTES = 1.5e9


def pytest_collection_modifyitems(items):
    """Mark every cell of a notebook, so that `-m "not notebook"` leaves the chapters out."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebook")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After each cell, note its kernel's peak memory; in solutions, each check says right."""
    result = yield
    kernel = getattr(item.parent, "kernel", None)
    if kernel is not None:
        peak = devices.peak_bytes(kernel.km.provisioner.pid)
        item.user_properties.append(("peak", peak))
        assert peak <= MOST_BYTES, (
            f"{item.path.name} holds {peak / 1e6:.0f} MB; a chapter may hold 1,500 MB at most"
        )
        if item.path.parent.name == "solutions":
            said = "".join(output.get("text", "") for output in item.test_outputs or [])
            assert not re.search(r"Exercise \d\d-\d: (?!Right\.)", said), said
    return result


def pytest_terminal_summary(terminalreporter):
    """Print each chapter's peak memory, and its seconds as the sum over its cells."""
    seconds, peaks = Counter(), Counter()
    stats = terminalreporter.stats
    for report in [*stats.get("passed", []), *stats.get("failed", [])]:
        peak = dict(report.user_properties).get("peak")
        if peak:
            chapter = report.nodeid.split("::")[0]
            seconds[chapter] += report.duration
            peaks[chapter] = max(peaks[chapter], peak)
    for chapter, peak in sorted(peaks.items()):
        terminalreporter.write_line(
            f"{chapter}: {seconds[chapter]:.0f} s, peak memory {peak / 1e6:.0f} MB"
        )
