"""Several processes, on one machine or on many, train one model together.

Each takes its share of every batch. JAX adds up the gradients, takes a batch's statistics
over all shares and draws the noise for the batch as a whole, so the losses are those of one
process with the same batch, but for rounding. Process 0 alone writes and prints. Only the
JAX backend does this: `tf.distribute.MultiWorkerMirroredStrategy` and Keras 3's `fit` do
not go together.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

# Seconds without a sign of life after which JAX takes a process for dead.
HEARTBEAT = 20
# What JAX's errors name when a process that they wait for has gone.
SIGNS = "gloo", "nccl", "connection", "coordination service", "distributed service"
ALL_THREE = "give --processes, --process-id and --coordinator, all three"


class ProcessLostError(RuntimeError):
    """Another of the processes that train together has ended."""


@dataclass(frozen=True)
class Place:
    """Which of the processes this is, how many there are, where process 0 is reached.

    `count` and `coordinator` are None where JAX asks the cluster for them.
    """

    index: int = 0
    count: int | None = 1
    coordinator: str | None = None

    @property
    def alone(self) -> bool:
        """Whether there are no other processes."""
        return self.count == 1


here = Place()


def place(
    count: int | None,
    index: int | None,
    coordinator: str | None,
    backend: str,
    environment: Mapping[str, str] = os.environ,
) -> Place:
    """Check what the user says of the processes, or read what Slurm or Kubernetes says.

    Args:
        count: how many processes; None to ask the environment, 1 for this one alone.
        index: which of them this is, from 0.
        coordinator: HOST:PORT, where process 0 listens.
        backend: Keras' backend.
        environment: the environment's variables.

    Raises:
        ValueError: the numbers do not fit together, or the backend is not JAX.
    """
    if (count, index, coordinator) == (None, None, None):
        found = _of_cluster(environment)
    else:
        found = _checked(count, index, coordinator)
    if not found.alone and backend != "jax":
        raise ValueError(
            f"several processes train together on the JAX backend only, and this one is "
            f"{backend}; set KERAS_BACKEND=jax, or give --processes 1 to train alone"
        )
    return found


def join(place: Place, wait: float) -> None:
    """Meet the other processes, and share out batches among all devices of all of them.

    Call it before the model is built and before anything is computed.

    Args:
        place: of this process.
        wait: seconds to wait for the others. Then the process ends with a sentence.

    Raises:
        ValueError: the port is taken, the host unknown, or no cluster is found.
    """
    global here
    import keras

    if keras.backend.backend() != "jax":
        return
    import jax

    if not place.alone:
        if place.coordinator:
            _check_address(place)
        with _time_limit(wait, place):
            _initialize(jax, place)
        here = Place(jax.process_index(), jax.process_count(), place.coordinator)
    if jax.device_count() > 1:
        # Each process deals out its own share of a batch itself.
        distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
        keras.distribution.set_distribution(distribution)


def first() -> bool:
    """Whether this is process 0, which alone writes and prints."""
    return here.index == 0


def share(rows: np.ndarray) -> np.ndarray:
    """This process's rows of a batch, (n, …) → (n / processes, …).

    They are consecutive, so that all shares one after another are the batch.
    """
    size = len(rows) // here.count
    return rows[here.index * size : (here.index + 1) * size]


def tell(message: bytes) -> bytes:
    """Return process 0's message in every process; all must call it."""
    if here.alone:
        return message
    from jax.experimental.multihost_utils import broadcast_one_to_all

    size = int(broadcast_one_to_all(np.int32(len(message))))
    padded = np.zeros(size, "int32")
    padded[: len(message) if first() else 0] = np.frombuffer(message, "uint8") if first() else 0
    return broadcast_one_to_all(padded).astype("uint8").tobytes()


def check_batch(size: int) -> None:
    """Refuse a batch that cannot be dealt out evenly.

    Raises:
        ValueError: `size` is no multiple of the number of devices.
    """
    import keras

    distribution = keras.distribution.distribution()
    devices = distribution.device_mesh.devices.size if distribution else 1
    if size % devices:
        raise ValueError(
            f"a batch of {size} cannot be shared out evenly among {devices} devices; "
            f"give a batch size that {devices} divides"
        )


def check_budget(place: Place, epochs: int | None) -> None:
    """Refuse a budget of seconds for several processes.

    Raises:
        ValueError: no epochs are given; by its own clock each process would stop at
            another step, and wait there for the others for ever.
    """
    if not place.alone and epochs is None:
        raise ValueError("several processes have no clock in common; give a budget of epochs")


@contextmanager
def apart():
    """Let this process do what the others do not: variables made within are its own."""
    import keras

    shared = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(shared)


@contextmanager
def lost_in_words():
    """Turn the error of a step that waits for a lost process into a `ProcessLostError`."""
    try:
        yield
    except Exception as error:
        text = str(error).lower()
        if here.alone or not any(sign in text for sign in SIGNS):
            raise
        raise ProcessLostError(
            "another of the processes has ended; start all of them again with resume"
        ) from error


def _of_cluster(environment: Mapping[str, str]) -> Place:
    """The place that a cluster gave this process. JAX finds the coordinator by itself."""
    if "SLURM_STEP_NODELIST" in environment:
        return Place(int(environment["SLURM_PROCID"]), int(environment["SLURM_NTASKS"]))
    if "KUBERNETES_SERVICE_HOST" in environment and "JOB_COMPLETION_INDEX" in environment:
        return Place(int(environment["JOB_COMPLETION_INDEX"]), None)
    return Place()


def _checked(count: int | None, index: int | None, coordinator: str | None) -> Place:
    if count == 1 and not index and coordinator is None:
        return Place()
    if None in (count, index, coordinator):
        raise ValueError(f"of the processes only a part is said; {ALL_THREE}")
    if count < 1 or not 0 <= index < count:
        raise ValueError(
            f"--process-id is {index} of {count} processes; give 0 to one less than --processes"
        )
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ValueError(
            f"--coordinator is {coordinator!r}; give HOST:PORT of process 0, "
            "for example 10.0.0.1:1234"
        )
    return Place(index, count, coordinator)


def _check_address(place: Place) -> None:
    host, _, port = place.coordinator.rpartition(":")
    try:
        socket.getaddrinfo(host, int(port))
    except OSError:
        raise ValueError(f"the coordinator's host {host} is unknown; give another name") from None
    if place.index == 0 and _is_taken(int(port)):
        raise ValueError(f"port {port} of this machine is taken; give another to all processes")


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("", port))
        except OSError:
            return True
    return False


def _initialize(jax, place: Place) -> None:
    # Between CPUs; GPUs have their own way. It must be said before JAX looks for devices.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(
            place.coordinator,
            place.count if place.coordinator else None,
            place.index if place.coordinator else None,
            initialization_timeout=3600,
            heartbeat_timeout_seconds=HEARTBEAT,
        )
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"JAX finds no other processes ({reason}); {ALL_THREE}") from error


@contextmanager
def _time_limit(wait: float, place: Place) -> Iterator[None]:
    """End the process with a sentence if the body takes too long, as JAX would with a log."""
    where = f" at {place.coordinator}" if place.coordinator else ""
    sentence = (
        f"the processes have not all met{where} within {wait:g} s; start all of them, each with "
        "the same --coordinator, and see that its port is open to the others"
    )

    def give_up():
        """Say why and end the process; an exception here would end this thread alone."""
        print(sentence, file=sys.stderr, flush=True)
        os._exit(2)

    timer = threading.Timer(wait, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
