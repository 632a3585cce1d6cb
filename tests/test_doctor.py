"""The doctor: one finding for each thing that can stand between a reader and the book."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cgan_tutorial import cli, data, devices, doctor

COMMAND = Path(sys.executable).with_name("cgan-tutorial")


@pytest.fixture(scope="module")
def findings() -> dict[str, doctor.Finding]:
    return {finding.subject: finding for finding in doctor.examine()}


def test_nothing_prevents_the_book_from_running_here(findings):
    assert not [finding for finding in findings.values() if finding.state == "problem"]


def test_all_that_matters_is_looked_at(findings):
    packages = {"cgan-tutorial", "keras", "numpy", "jupyterlab", "ipywidgets", "anywidget"}
    sets = {f"data {name}" for name in data.available()}
    assert set(findings) >= {"python", "backend", "devices", "memory", "kernel", *packages, *sets}


def test_whatever_is_not_well_comes_with_advice(findings):
    for finding in findings.values():
        assert bool(finding.advice) == (finding.state != "ok"), finding


@pytest.mark.parametrize(("free", "state"), [(0.4, "problem"), (2.0, "warning"), (8.0, "ok")])
def test_memory(monkeypatch, free, state):
    monkeypatch.setattr(devices, "free_gib", lambda: free)
    finding = doctor.memory()
    assert (finding.state, finding.text) == (state, f"{free} GiB free")


def test_the_memory_of_a_container_counts(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text(f"{2 * 2**30}\n")
    (tmp_path / "memory.current").write_text(f"{2**30}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {2**29}\n")
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    assert devices.free_gib() == 1.5


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10), "problem"), ((3, 12), "ok"), ((3, 14), "warning")]
)
def test_python(monkeypatch, version, state):
    monkeypatch.setattr(sys, "version_info", version)
    assert doctor.python().state == state


def test_a_package_that_is_missing_or_too_old(monkeypatch):
    monkeypatch.setattr(doctor, "_version", {"keras": "3.1"}.get)
    assert doctor.package("keras").text == "3.1, the book wants >=3.13"
    missing = doctor.package("anywidget")
    assert (missing.state, missing.text) == ("problem", "not installed")
    assert missing.advice.endswith('-m pip install "anywidget>=0.9"')


def test_an_unknown_backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "foo")
    (finding,) = doctor.backend()
    assert (finding.state, finding.text) == ("problem", "KERAS_BACKEND is 'foo'")
    assert finding.advice == "set it to one of tensorflow, jax, torch, or unset it"


def test_a_backend_that_does_not_start(monkeypatch):
    def fail():
        raise ImportError("no such symbol\nand more")

    monkeypatch.setattr(devices, "describe", fail)
    (finding,) = doctor.backend()
    assert finding.state == "problem"
    assert finding.text.endswith("fails: no such symbol")


def test_digits_that_are_missing(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    (finding,) = doctor.data()
    assert finding.state == "problem"


@pytest.fixture
def extensions(monkeypatch, tmp_path) -> Path:
    """An empty folder in the place of JupyterLab's extensions."""
    from jupyter_core import paths

    monkeypatch.setattr(paths, "jupyter_path", lambda *names: [str(tmp_path)])
    return tmp_path


def test_widgets_without_their_front_end(extensions):
    manager, anywidget, _ = doctor.widgets()
    for finding, package in ((manager, "jupyterlab_widgets"), (anywidget, "anywidget")):
        assert finding.state == "warning"
        assert finding.text == "JupyterLab lacks the front end"
        assert finding.advice.endswith(package)


def test_widgets_with_their_front_end(extensions):
    for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        (extensions / name).mkdir(parents=True)
        (extensions / name / "package.json").write_text(json.dumps({"version": "5.0"}))
    manager, anywidget, _ = doctor.widgets()
    assert (manager.state, manager.text) == ("ok", "front end 5.0")
    assert anywidget.state == "ok"


def test_a_front_end_that_ipywidgets_cannot_talk_to(monkeypatch):
    monkeypatch.setattr(doctor, "_requires", lambda name: ["jupyterlab_widgets~=3.0.15"])
    monkeypatch.setattr(doctor, "_version", lambda name: "1.1.0")
    finding = doctor.widgets()[-1]
    assert finding.state == "warning"
    assert finding.text == "ipywidgets wants jupyterlab_widgets~=3.0.15, here is 1.1.0"


def test_colab_shows_widgets_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert [finding.state for finding in doctor.widgets()] == ["ok"]
    assert doctor.jupyterlab().state == "ok"


def test_a_kernel_of_another_interpreter(monkeypatch, tmp_path):
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "x"}')
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    finding = doctor.kernel()
    assert (finding.state, finding.text) == ("warning", "python3 is /bin/false")


def test_the_command_shows_findings_as_they_are(monkeypatch):
    found = [
        doctor.Finding("one", "ok", "fine"),
        doctor.Finding("two", "problem", "[red] broken", "mend [it]"),
    ]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    result = CliRunner().invoke(cli.app, ["doctor"])
    assert result.exit_code == 1
    assert "[red] broken" in result.stdout and "mend [it]" in result.stdout
    monkeypatch.setattr(doctor, "examine", lambda: found[:1])
    assert CliRunner().invoke(cli.app, ["doctor"]).exit_code == 0


def test_the_command_runs_without_a_backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "foo")
    ended = subprocess.run([COMMAND, "doctor"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "set it to one of tensorflow, jax, torch, or unset it" in " ".join(ended.stdout.split())
