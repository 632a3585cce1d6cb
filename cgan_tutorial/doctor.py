"""Check whether this machine has what the book needs."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

OK, WARNING, PROBLEM = "ok", "warning", "problem"
NEWEST_PYTHON = (3, 13)
LEAST_GIB, SCARCE_GIB = 1.5, 2.5
PIP = f"run {sys.executable} -m pip install"


@dataclass
class Finding:
    """What was checked, how it is ("ok", "warning", "problem"), what was found, what to do."""

    subject: str
    state: str
    text: str
    advice: str

    def __post_init__(self) -> None:
        """Drop the advice where all is well."""
        self.advice = "" if self.state == OK else self.advice


def examine() -> list[Finding]:
    """Check memory, packages, backend, data sets and widgets; what fails is a `Finding` too."""
    found: list[Finding] = []
    # Memory first, because the backend takes some that this command gives back at its end.
    for check in (memory, packages, backend, data, widgets):
        try:
            found += check()
        except Exception as error:
            text, _, advice = (str(error) or type(error).__name__).splitlines()[0].partition("; ")
            advice = advice or f"install what is named there again: {PIP} --force-reinstall"
            found.append(Finding(check.__name__, PROBLEM, text, advice))
    return found


def verdict(findings: list[Finding]) -> str:
    """Say in one sentence whether the book runs here."""
    states = {finding.subject: finding.state for finding in findings}
    if PROBLEM in states.values():
        return "The book does not run here yet: follow the advice beside each problem."
    if states["backend"] != OK:
        return "The package runs here; the article's code in chapters 2 to 4 needs TensorFlow."
    return "The book runs here."


def memory() -> list[Finding]:
    """Compare the free memory with what a chapter's kernel takes."""
    from cgan_tutorial.devices import free_gib

    free = free_gib()
    state = PROBLEM if free < LEAST_GIB else WARNING if free < SCARCE_GIB else OK
    advice = f"a chapter takes up to {LEAST_GIB} GiB; shut down other kernels and programs"
    return [Finding("memory", state, f"{free:.1f} GiB free", advice)]


def packages() -> list[Finding]:
    """Compare Python and the installed packages with what this package requires."""
    from packaging.requirements import Requirement

    state = OK if sys.version_info[:2] <= NEWEST_PYTHON else WARNING
    advice = "TensorFlow may have no build for it; use Python 3.11, 3.12 or 3.13"
    found = [Finding("python", state, f"{platform.python_version()} at {sys.executable}", advice)]
    for needed in map(Requirement, requires("cgan-tutorial") or []):
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            here = _version(needed.name)
            state = OK if here and here in needed.specifier else PROBLEM
            advice = f'{PIP} "{needed.name}{needed.specifier}"'
            found.append(Finding(needed.name, state, here or "not installed", advice))
    return found


def backend() -> list[Finding]:
    """Import Keras' backend, and see what it computes on."""
    from cgan_tutorial import _backend, devices

    _backend.setup()
    device = devices.describe()
    state = OK if device.backend == "tensorflow" else WARNING
    advice = "unset KERAS_BACKEND" if find_spec("tensorflow") else f"{PIP} tensorflow"
    place = ", ".join(device.accelerators) or f"{device.cores} CPU cores; no GPU is needed"
    return [
        Finding("backend", state, f"{device.backend} {device.version}", advice),
        Finding("devices", OK, place, ""),
    ]


def data() -> list[Finding]:
    """See which data sets are on this machine."""
    from cgan_tutorial.data import available

    texts = {True: "on this machine", False: "downloaded when it is first used"}
    return [Finding(f"data {name}", OK, texts[here], "") for name, here in available().items()]


def widgets() -> list[Finding]:
    """Compare the major versions of ipywidgets and of what shows its widgets in JupyterLab."""
    kernel, page = _version("ipywidgets") or "", _version("jupyterlab_widgets") or "none"
    needed = "1" if kernel.startswith("7.") else "3"
    # Colab has a front end of its own.
    fits = page.split(".")[0] == needed or "google.colab" in sys.modules
    text = f"ipywidgets {kernel}, jupyterlab_widgets {page}"
    advice = f'{PIP} "jupyterlab_widgets=={needed}.*" and reload the page'
    return [Finding("widgets", OK if fits else WARNING, text, advice)]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
