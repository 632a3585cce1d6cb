"""The doctor: one finding for each thing that can stand between a reader and the book."""

import importlib.metadata
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cgan_tutorial import cli, data, devices, doctor


@pytest.fixture(scope="module")
def findings() -> dict[str, doctor.Finding]:
    return {finding.subject: finding for finding in doctor.examine()}


def one(check, subject: str) -> doctor.Finding:
    """Return what a check finds about a subject."""
    return {finding.subject: finding for finding in check()}[subject]


def test_nothing_prevents_the_book_from_running_here(findings):
    assert not [finding for finding in findings.values() if finding.state == "problem"]


def test_all_that_matters_is_checked(findings):
    packages = {"keras", "numpy", "ipywidgets", "anywidget", "mlxtend"}
    sets = {f"data {name}" for name in data.available()}
    assert set(findings) >= {"python", "backend", "devices", "memory", "widgets", *packages, *sets}


def test_whatever_is_not_well_comes_with_advice(findings):
    for finding in findings.values():
        assert bool(finding.advice) == (finding.state != "ok"), finding


@pytest.mark.parametrize(("free", "state"), [(0.4, "problem"), (2.0, "warning"), (8.0, "ok")])
def test_memory(monkeypatch, free, state):
    monkeypatch.setattr(devices, "free_gib", lambda: free)
    finding = one(doctor.memory, "memory")
    assert finding.state == state and f"{free} GiB" in finding.text


def test_the_memory_of_a_container_counts(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text(f"{2 * 2**30}\n")
    (tmp_path / "memory.current").write_text(f"{2**30}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {2**29}\n")
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    assert devices.free_gib() == 1.5


def test_the_peak_of_this_process_is_at_least_what_it_holds():
    before = devices.peak_bytes()
    held = bytearray(50 * 2**20)
    assert devices.peak_bytes(os.getpid()) >= before >= 20 * 2**20
    assert len(held)


@pytest.mark.parametrize(("version", "state"), [((3, 12), "ok"), ((3, 14), "warning")])
def test_python(monkeypatch, version, state):
    monkeypatch.setattr(sys, "version_info", version)
    assert one(doctor.packages, "python").state == state


def test_a_package_that_is_missing_or_too_old(monkeypatch):
    monkeypatch.setattr(doctor, "_version", {"keras": "3.1"}.get)
    old, missing = one(doctor.packages, "keras"), one(doctor.packages, "anywidget")
    assert (old.state, old.text) == ("problem", "3.1")
    assert "keras>=3.13" in old.advice
    assert (missing.state, missing.text) == ("problem", "not installed")
    assert missing.advice.endswith('-m pip install "anywidget>=0.9"')


def test_an_unknown_backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    finding = {finding.subject: finding for finding in doctor.examine()}["backend"]
    assert finding.state == "problem" and "theano" in finding.text
    assert "tensorflow" in finding.advice


def test_a_backend_that_does_not_start(monkeypatch):
    def fail():
        raise ImportError("no such symbol\nand more")

    monkeypatch.setattr(devices, "describe", fail)
    finding = {finding.subject: finding for finding in doctor.examine()}["backend"]
    assert (finding.state, finding.text) == ("problem", "no such symbol")
    assert "pip install" in finding.advice


def test_the_book_needs_tensorflow_and_the_package_does_not(monkeypatch):
    device = devices.Device("jax", "0.9", [], 2, "float32")
    monkeypatch.setattr(devices, "describe", lambda: device)
    found = doctor.backend()
    assert found[0].state == "warning" and "KERAS_BACKEND" in found[0].advice
    assert "TensorFlow" in doctor.verdict(found) and "package runs here" in doctor.verdict(found)
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert "pip install tensorflow" in doctor.backend()[0].advice


@pytest.mark.parametrize(
    ("kernel", "page", "state"),
    [
        ("7.7.1", "1.1.11", "ok"),
        ("7.7.1", "3.0.15", "warning"),
        ("8.1.8", "3.0.15", "ok"),
        ("8.1.8", None, "warning"),
    ],
)
def test_widgets_and_their_front_end_have_versions_that_fit(monkeypatch, kernel, page, state):
    versions = {"ipywidgets": kernel, "jupyterlab_widgets": page}
    monkeypatch.setattr(doctor, "_version", versions.get)
    finding = one(doctor.widgets, "widgets")
    assert finding.state == state and kernel in finding.text
    if state == "warning":
        needed = "1" if kernel.startswith("7") else "3"
        assert f'"jupyterlab_widgets=={needed}.*"' in finding.advice


def test_colab_shows_widgets_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    monkeypatch.setattr(doctor, "_version", {"ipywidgets": "7.7.1"}.get)
    assert one(doctor.widgets, "widgets").state == "ok"


def test_a_check_that_fails_is_a_problem(monkeypatch):
    def fail(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "requires", fail)
    finding = {finding.subject: finding for finding in doctor.examine()}["packages"]
    assert finding.state == "problem" and "cgan-tutorial" in finding.text


def test_the_command_shows_findings_as_they_are(monkeypatch):
    found = [
        doctor.Finding("backend", "ok", "fine", ""),
        doctor.Finding("two", "problem", "[red] broken", "fix [it]"),
    ]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert result.exit_code == 1
    assert "[red] broken" in result.stdout and "fix [it]" in result.stdout
    assert "does not run here" in result.stdout
    monkeypatch.setattr(doctor, "examine", lambda: found[:1])
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "The book runs here.")


@pytest.mark.slow
def test_the_module_runs_with_an_unknown_backend():
    ended = subprocess.run(
        [sys.executable, "-m", "cgan_tutorial", "doctor"],
        env={**os.environ, "KERAS_BACKEND": "theano"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "KERAS_BACKEND is 'theano'" in ended.stdout
