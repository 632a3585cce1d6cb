"""Several processes train one model: the losses of one, one writer, an end said in words."""

import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from cgan_tutorial.chapters.ch07 import processes
from cgan_tutorial.training.checkpoints import RunFolder

jax = pytest.importorskip("jax")

from cgan_tutorial.distributed import __main__ as command  # noqa: E402

pytestmark = pytest.mark.slow

SIZES = ("--latent-dim", 4, "--data", "digits-8x8", "--width", 2)
SMALL = ("autoencoder", *SIZES, "--batch-size", 256, "--epochs", 8)
GAN = ("gan", *SIZES, "--batch-size", 256, "--epochs", 2)


def alone(**settings) -> Namespace:
    """The arguments of a process that trains alone, with some changed."""
    given = {"processes": 1, "process_id": None, "coordinator": None, "wait": 60.0}
    return Namespace(**{**given, **settings})


def losses(run: Path) -> pd.Series:
    return pd.read_csv(run / "losses.csv").set_index("epoch")["loss"]


def assert_same(one: pd.Series, other: pd.Series, tolerance: float) -> None:
    assert list(one.index) == list(other.index)
    difference = float((one / other - 1).abs().max())
    print(f"losses differ by {difference:.1e}")
    assert difference <= tolerance


def ended(process: subprocess.Popen, seconds: float) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process that must end by then."""
    try:
        printed, said = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, printed, said


def lose_one(pair: list[subprocess.Popen], lost: int, run: Path) -> tuple[int, str, str]:
    """Kill one of two processes after the first epoch; return how the other ends."""
    until = time.monotonic() + 400
    while not (run / "losses.csv").exists() and time.monotonic() < until:
        time.sleep(0.02)
    pair[lost].send_signal(signal.SIGKILL)
    pair[lost].wait()
    return ended(pair[1 - lost], 90)


# Before the processes meet


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    with pytest.raises(ValueError, match="on JAX only"):
        command.join(alone())


@pytest.mark.parametrize("version", ["0.7.2", "0.8.0", "0.8.1"])
def test_a_jax_that_adds_up_wrongly_is_refused_for_several_processes(version, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(jax, "__version__", version)
    with pytest.raises(ValueError, match=f"{version} adds up the gradients .* wrongly"):
        command.join(alone(processes=2))
    command.join(alone())
    monkeypatch.setattr(processes, "version", lambda name: version)
    assert not processes.available()
    monkeypatch.setattr(processes, "version", lambda name: "0.8.2")
    assert processes.available()


@pytest.mark.parametrize("error", [ValueError, RuntimeError, IndexError])
def test_processes_that_jax_cannot_join_are_told_what_to_give(error, monkeypatch):
    def refuse(*place, **options):
        raise error("Number of processes must be defined.\nA log")

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(jax.distributed, "initialize", refuse)
    with pytest.raises(ValueError, match="processes must be defined.*HOST:PORT.*--processes 1"):
        command.join(alone(processes=None))


def test_shares_one_after_another_are_the_batch(monkeypatch):
    arrays = np.arange(12.0).reshape(6, 2), np.arange(6)
    monkeypatch.setattr(jax, "process_count", lambda: 3)
    shares = []
    for index in range(3):
        monkeypatch.setattr(jax, "process_index", lambda index=index: index)
        shares.append(command.Shares(arrays, 6, seed=1)[0][0])
    whole = command.Batches(arrays, 6, seed=1)[0][0]
    for parts, rows in zip(zip(*shares, strict=True), whole, strict=True):
        assert np.array_equal(np.concatenate(parts), rows)


def test_training_knows_nothing_of_processes():
    code = "import sys, cgan_tutorial.training; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "cgan_tutorial.training.train" in loaded
    assert "cgan_tutorial.distributed" not in loaded


# Real processes


def test_two_processes_train_the_gan_of_one_and_the_first_alone_prints(tmp_path):
    runs = tmp_path / "one", tmp_path / "two"
    started = [processes.start([*GAN, "--output", run], count) for count, run in enumerate(runs, 1)]
    (one,), pair = started
    assert ended(one, 500)[0] == 0
    (code, printed, _), (other_code, other_printed, _) = [ended(process, 500) for process in pair]
    assert (code, other_code) == (0, 0)
    assert "holds gan after 2 epochs" in printed and "holds" not in other_printed
    assert_same(losses(runs[0]), losses(runs[1]), 1e-4)
    names = [sorted(path.name for path in run.iterdir()) for run in runs]
    assert names[0] == names[1]
    assert (runs[0] / "run.json").read_text() == (runs[1] / "run.json").read_text()


def test_a_lost_process_ends_the_other_and_resume_goes_on(tmp_path):
    words = [*SMALL, "--output", tmp_path / "lost"]
    (whole,) = processes.start([*SMALL, "--output", tmp_path / "whole"])
    code, _, said = lose_one(processes.start(words, 2), 1, tmp_path / "lost")
    assert code == 2 and "another process has ended" in said and "--resume" in said
    assert 1 <= len(losses(tmp_path / "lost")) < 8
    pair = processes.start([*words, "--resume"], 2)
    assert [ended(process, 500)[0] for process in (*pair, whole)] == [0, 0, 0]
    # Rounding grows with the steps.
    assert_same(losses(tmp_path / "lost"), losses(tmp_path / "whole"), 1e-2)


def test_a_lost_process_0_ends_the_other(tmp_path):
    code, _, said = lose_one(processes.start([*SMALL, "--output", tmp_path], 2), 0, tmp_path)
    assert code != 0 and ("another process has ended" in said or "another task died" in said)


def test_processes_that_do_not_meet_say_so(tmp_path):
    place = ("--processes", 2, "--process-id", 1, "--wait", 2)
    (process,) = processes.start([*SMALL, "--output", tmp_path, *place])
    code, printed, said = ended(process, 200)
    assert (code, printed) == (2, "") and "within 2 s" in said


def test_a_batch_is_shared_evenly_among_the_devices_of_one_process(tmp_path, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    (process,) = processes.start([*SMALL, "--output", tmp_path / "run", "--batch-size", 63])
    code, printed, said = ended(process, 200)
    assert (code, printed) == (2, "") and "a batch of 63" in said and "2 devices" in said


def test_a_process_that_does_not_see_the_run_says_so(tmp_path):
    (process,) = processes.start([*SMALL, "--output", tmp_path / "none", "--resume"])
    code, _, said = ended(process, 200)
    assert code == 2 and "is not the folder of a run" in said
    assert not (tmp_path / "none").exists()


def test_a_folder_in_which_another_process_trains_is_left_alone(tmp_path):
    with RunFolder(tmp_path / "run").locked():
        (process,) = processes.start([*SMALL, "--output", tmp_path / "run", "--force"])
        code, _, said = ended(process, 200)
    assert code == 2 and "another process is training" in said


def test_the_error_of_a_process_reaches_the_caller():
    with pytest.raises(RuntimeError, match="nothing"):
        processes.side_by_side([*SMALL, "--data", "nothing"], counts=[1])
