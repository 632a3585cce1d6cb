"""Several processes train one model: the same losses, one writer, an end that is said in words."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgan_tutorial.distributed import launch, processes, supervisor
from cgan_tutorial.distributed.processes import Place

needs_jax = pytest.mark.skipif(not launch.available(), reason=launch.HOW_TO_GET_JAX)
SIZES = ("--latent-dim", 4, "--data", "digits-8x8", "--width", 2)
SMALL = ("autoencoder", *SIZES, "--batch-size", 64, "--epochs", 8)
GAN = ("gan", *SIZES, "--batch-size", 256, "--epochs", 2)


# Where a process stands


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((None, None, None), Place()),
        ((1, None, None), Place()),
        ((1, 0, None), Place()),
        ((3, 2, "10.0.0.1:1234"), Place(2, 3, "10.0.0.1:1234")),
        ((2, 0, "[::1]:80"), Place(0, 2, "[::1]:80")),
    ],
)
def test_options_say_the_place(given, found):
    assert processes.place(*given, "jax", {}) == found


SLURM = {"SLURM_STEP_NODELIST": "n[1-2]", "SLURM_PROCID": "1", "SLURM_NTASKS": "2"}
PODS = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "JOB_COMPLETION_INDEX": "3"}


def test_a_cluster_says_the_place_unless_the_user_does():
    assert processes.place(None, None, None, "jax", SLURM) == Place(1, 2)
    assert processes.place(None, None, None, "jax", PODS) == Place(3, None)
    assert processes.place(1, None, None, "jax", SLURM) == Place()
    alone = {**SLURM, "SLURM_PROCID": "0", "SLURM_NTASKS": "1"}
    assert processes.place(None, None, None, "tensorflow", alone).alone


PART = (
    "of the processes only a part is said; "
    "give --processes, --process-id and --coordinator, all three"
)
ADDRESS = "give HOST:PORT of process 0, for example 10.0.0.1:1234"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((2, 1, None), PART),
        ((2, None, "a:1"), PART),
        ((None, 0, "a:1"), PART),
        ((None, None, "a:1"), PART),
        ((2, 2, "a:1"), "--process-id is 2 of 2 processes; give 0 to one less than --processes"),
        ((2, -1, "a:1"), "--process-id is -1 of 2 processes; give 0 to one less than --processes"),
        ((0, 0, "a:1"), "--process-id is 0 of 0 processes; give 0 to one less than --processes"),
        ((2, 0, "a"), f"--coordinator is 'a'; {ADDRESS}"),
        ((2, 0, ":1"), f"--coordinator is ':1'; {ADDRESS}"),
        ((2, 0, "a:b"), f"--coordinator is 'a:b'; {ADDRESS}"),
        ((2, 0, "a:70000"), f"--coordinator is 'a:70000'; {ADDRESS}"),
    ],
)
def test_options_that_do_not_fit_together(given, sentence):
    with pytest.raises(ValueError) as error:
        processes.place(*given, "jax", {})
    assert str(error.value) == sentence


@pytest.mark.parametrize("environment", [{}, SLURM])
def test_another_backend_is_refused(environment):
    given = (None, None, None) if environment else (2, 0, "a:1")
    with pytest.raises(ValueError) as error:
        processes.place(*given, "tensorflow", environment)
    assert str(error.value) == (
        "several processes train together on the JAX backend only, and this one is tensorflow; "
        "set KERAS_BACKEND=jax, or give --processes 1 to train alone"
    )


def test_seconds_are_no_budget_for_several():
    processes.check_budget(Place(), None)
    processes.check_budget(Place(0, 2, "a:1"), 3)
    with pytest.raises(ValueError) as error:
        processes.check_budget(Place(0, 2, "a:1"), None)
    assert str(error.value) == (
        "several processes have no clock in common; give a budget of epochs"
    )


def test_shares_one_after_another_are_the_batch(monkeypatch):
    rows, shares = np.arange(12).reshape(6, 2), []
    for index in range(3):
        monkeypatch.setattr(processes, "here", Place(index, 3))
        shares.append(processes.share(rows))
        assert processes.first() == (index == 0)
    assert np.array_equal(np.concatenate(shares), rows)


def test_a_lost_process_is_named_and_other_errors_stay(monkeypatch):
    with pytest.raises(RuntimeError, match="^Gloo failed$"), processes.lost_in_words():
        raise RuntimeError("Gloo failed")
    monkeypatch.setattr(processes, "here", Place(0, 2))
    with pytest.raises(KeyError), processes.lost_in_words():
        raise KeyError("x")
    with pytest.raises(processes.ProcessLostError) as error, processes.lost_in_words():
        raise RuntimeError("Gloo AllReduce failed: Connection closed by peer")
    assert str(error.value) == (
        "another of the processes has ended; start all of them again with resume"
    )


# Real processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def uninterrupted(folder) -> pd.DataFrame:
    return launch.train(SMALL, folder / "alone")


def worst(one: pd.DataFrame, other: pd.DataFrame) -> float:
    assert list(one["epoch"]) == list(other["epoch"])
    return float((one["loss"] / other["loss"] - 1).abs().max())


def assert_same_training(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Rounding grows with the steps: from a millionth in the first epoch to a thousandth."""
    first, last = worst(one[:1], other[:1]), worst(one, other)
    print(f"losses differ by {first:.1e} in the first epoch, by {last:.1e} in all")
    assert first <= 1e-4 and last <= 1e-2


def epochs(run: Path) -> int:
    """How many epochs a run's table of losses has."""
    table = run / "losses.csv"
    return max(len(table.read_text().splitlines()) - 1, 0) if table.exists() else 0


def ended(process, seconds: float) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process that must end by then."""
    try:
        printed, said = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, printed, said


def end_all(started) -> None:
    for process in started:
        process.kill()
        process.wait()


@needs_jax
def test_two_processes_play_the_game_of_one_and_the_first_alone_writes(folder):
    alone = launch.train(GAN, folder / "one")
    pair = launch.start([*GAN, "--output", folder / "two"], 2)
    (code, printed, said), (other_code, *other_said) = [ended(one, 500) for one in pair]
    assert (code, said) == (0, "") and printed.endswith("holds gan after 2 epochs\n")
    assert (other_code, *other_said) == (0, "", "")
    difference = worst(alone, pd.read_csv(folder / "two" / "losses.csv"))
    print(f"GAN, two epochs: losses differ by {difference:.1e}")
    assert difference <= 1e-4
    names = [sorted(path.name for path in (folder / run).iterdir()) for run in ("one", "two")]
    assert names[0] == names[1]
    records = [json.loads((folder / run / "run.json").read_text()) for run in ("one", "two")]
    assert records[0] == records[1]


@needs_jax
@pytest.mark.parametrize("lost", [0, 1])
def test_a_killed_process_ends_the_other_and_resume_goes_on(lost, folder, uninterrupted):
    words = [*SMALL, "--output", folder / f"lost-{lost}"]
    pair = launch.start(words, 2)
    try:
        until = time.monotonic() + 400
        while epochs(folder / f"lost-{lost}") < 1 and time.monotonic() < until:
            time.sleep(0.02)
        pair[lost].send_signal(signal.SIGKILL)
        killed = time.monotonic()
        code, _, said = ended(pair[1 - lost], 60)
        print(f"the other ended {time.monotonic() - killed:.1f} s after the kill")
    finally:
        end_all(pair)
    assert code == supervisor.FAILED
    assert said.count("\n") == 1
    assert said.startswith("another of the processes has ended, or cannot be reached; start all ")
    done = epochs(folder / f"lost-{lost}")
    assert 1 <= done < 8
    pair = launch.start([*words, "--resume"], 2)
    assert [ended(process, 500)[0] for process in pair] == [0, 0]
    resumed = pd.read_csv(folder / f"lost-{lost}" / "losses.csv")
    assert_same_training(resumed, uninterrupted)


@needs_jax
def test_processes_that_do_not_meet_say_so(tmp_path):
    where = f"localhost:{launch.free_port()}"
    place = ("--processes", 2, "--process-id", 1, "--coordinator", where, "--wait", 2)
    (process,) = launch.start([*SMALL, "--output", tmp_path / "run", *place])
    code, printed, said = ended(process, 100)
    assert (code, printed) == (2, "")
    assert said == (
        f"the processes have not all met at {where} within 2 s; start all of them, each with "
        "the same --coordinator, and see that its port is open to the others\n"
    )


def test_an_address_that_cannot_be_used(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError) as error:
            processes._check_address(Place(0, 2, f"localhost:{port}"))
    assert str(error.value) == (
        f"port {port} of this machine is taken; give another to all processes"
    )
    with pytest.raises(ValueError) as error:
        processes._check_address(Place(1, 2, "no-such-host.invalid:1234"))
    assert str(error.value) == (
        "the coordinator's host no-such-host.invalid is unknown; give another name"
    )


@needs_jax
def test_slurms_processes_find_each_other(folder, uninterrupted, monkeypatch):
    job = str(launch.free_port())
    shared = {"SLURM_JOB_ID": job, "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2"}
    started = []
    for task in range(2):
        for name, value in {**shared, "SLURM_PROCID": task, "SLURM_LOCALID": task}.items():
            monkeypatch.setitem(os.environ, name, str(value))
        started += launch.start([*SMALL, "--output", folder / "slurm"])
    assert [ended(process, 500)[0] for process in started] == [0, 0]
    assert_same_training(pd.read_csv(folder / "slurm" / "losses.csv"), uninterrupted)


@needs_jax
def test_two_devices_of_one_process_train_the_same(folder, uninterrupted, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    assert_same_training(launch.train(SMALL, folder / "devices"), uninterrupted)
    with pytest.raises(RuntimeError) as error:
        launch.train([*SMALL, "--batch-size", 63], folder / "odd")
    assert str(error.value) == (
        "a batch of 63 cannot be shared out evenly among 2 devices; "
        "give a batch size that 2 divides"
    )


# The parent's part


def test_only_a_child_leaves_at_once(monkeypatch):
    ends = []
    monkeypatch.setattr(os, "_exit", ends.append)
    supervisor.leave(2)
    monkeypatch.setenv(supervisor.CHILD, "log")
    supervisor.leave(0)
    supervisor.leave(2)
    assert ends == [2]
