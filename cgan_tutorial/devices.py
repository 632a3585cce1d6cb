"""What this machine computes on, chosen without asking and said in one line."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

CGROUP = Path("/sys/fs/cgroup")


class OutOfMemoryError(RuntimeError):
    """A model or a batch does not fit in memory."""


@dataclass(frozen=True)
class Device:
    """Backend and version, accelerators, CPU cores, free memory in GiB, and precision."""

    backend: str
    version: str
    accelerators: list[str]
    cores: int
    free_gib: float
    precision: str

    def __str__(self) -> str:
        place = ", ".join(self.accelerators) or f"{self.cores} CPU cores"
        return f"Keras on {self.backend} {self.version}: {place}, {self.precision}"


def describe() -> Device:
    """Look at the machine; importing this module looks at nothing."""
    import keras

    backend = keras.backend.backend()
    return Device(
        backend=backend,
        version=__import__(backend).__version__,
        accelerators=accelerators(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        free_gib=free_gib(),
        precision=keras.config.dtype_policy().name,
    )


def free_gib() -> float:
    """Memory that a process can still take, in GiB: of the machine, or of its container."""
    import psutil

    return min(psutil.virtual_memory().available, _free_in_container()) / 2**30


def accelerators() -> list[str]:
    """Name the GPUs (or TPUs) that the backend sees; an empty list means CPU."""
    import keras

    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]()


def accelerated() -> bool:
    """Say whether the backend computes on an accelerator."""
    return bool(accelerators())


def compiles(model: keras.Model) -> bool:
    """Say whether XLA is to compile a model's step.

    It pays off on an accelerator; on a CPU its compiler costs each model seconds and hundreds
    of megabytes (benchmarks/step_time.py), too much for short trainings. JAX without it would
    run each operation by itself.
    """
    import keras

    wanted = accelerated() or keras.backend.backend() == "jax"
    return wanted and model.supports_jit


@contextmanager
def memory_errors_in_words(what: str):
    """Turn any backend's out-of-memory error into an `OutOfMemoryError` of one sentence."""
    try:
        yield
    except Exception as error:
        if not _is_memory_error(error):
            raise
        raise OutOfMemoryError(
            f"there is not enough memory for this model with {what}; "
            "choose a smaller width or batch_size"
        ) from error


def _free_in_container() -> float:
    """Bytes below the limit of a container (Binder, Docker), which psutil does not see."""
    try:
        limit = int((CGROUP / "memory.max").read_text())
        used = int((CGROUP / "memory.current").read_text())
        lines = (CGROUP / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return float("inf")
    return limit - used + int(dict(line.split() for line in lines)["inactive_file"])


def _is_memory_error(error: Exception) -> bool:
    signs = (
        "ResourceExhausted",
        "RESOURCE_EXHAUSTED",
        "OutOfMemory",
        "not enough memory",
        "OOM",
    )
    text = f"{type(error).__name__} {error}"
    return isinstance(error, MemoryError) or any(sign in text for sign in signs)


def _tensorflow() -> list[str]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [detail.get("device_name", "GPU") for detail in details]


def _jax() -> list[str]:
    import jax

    return [device.device_kind for device in jax.devices() if device.platform != "cpu"]


def _torch() -> list[str]:
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
