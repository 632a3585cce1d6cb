"""What this machine computes on, in which order, and its memory."""

from __future__ import annotations

import ctypes
import gc
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

# Between processes, these versions add up gradients wrongly: losses are 1 to 3 % off.
WRONG_JAX = "0.7.2", "0.8.0", "0.8.1"
CGROUP = Path("/sys/fs/cgroup")
# How the backends say that memory is short, in an error's type or text.
NO_MEMORY = r"MemoryError|ResourceExhausted|RESOURCE_EXHAUSTED|OutOfMemory|not enough memory"


class OutOfMemoryError(RuntimeError):
    """A model or a batch does not fit in memory."""


@dataclass(frozen=True)
class Device:
    """Backend and version, accelerators, CPU cores, and the data type of the computation."""

    backend: str
    version: str
    accelerators: list[str]
    cores: int
    precision: str

    def __str__(self) -> str:
        cores = f"{self.cores} CPU core{'s' if self.cores > 1 else ''}"
        place = ", ".join(self.accelerators) or cores
        return f"Keras on {self.backend} {self.version}: {place}, {self.precision}"


def describe() -> Device:
    """Describe what Keras computes on here."""
    import keras

    backend = keras.backend.backend()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Device(
        backend=backend,
        version=import_module(backend).__version__,
        accelerators=accelerators(),
        cores=cores or 1,
        precision=keras.config.dtype_policy().name,
    )


def accelerators() -> list[str]:
    """Name the GPUs or TPUs that the backend sees; an empty list means CPU."""
    import keras

    backend = keras.backend.backend()
    framework = import_module(backend)
    if backend == "torch":
        return [framework.cuda.get_device_name(i) for i in range(framework.cuda.device_count())]
    if backend == "jax":
        return [device.device_kind for device in framework.devices() if device.platform != "cpu"]
    config = framework.config
    details = map(config.experimental.get_device_details, config.list_physical_devices("GPU"))
    return [detail.get("device_name", "GPU") for detail in details]


def after(first: Any, *tensors: Any) -> Sequence[Any]:
    """Return the tensors, so that what is computed from them waits for `first`.

    On TensorFlow nothing else makes a discriminator's update wait until the frozen pass has
    read the weights. Keras bundles the gradients of both networks; the graph optimizer sees
    an order in the bundle, removes its own edges for it, and then the bundle. In one of some
    ten thousand steps the generator learned from a weight that was updated already.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return tensors
    framework = import_module("tensorflow")
    with framework.control_dependencies([first]):
        return [framework.identity(each) for each in tensors]


def free_gib() -> float:
    """Return the memory that a process can still take, in GiB: the machine's or its container's."""
    return min(psutil.virtual_memory().available, _free_in_container()) / 2**30


def peak_bytes(pid: int | None = None) -> int:
    """Return the most memory that a process (by default this one) has held so far, in bytes.

    macOS does not keep this figure; there it is what the process holds now.
    """
    status = Path(f"/proc/{pid or os.getpid()}/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        return int(found[1]) * 1024 if found else 0
    held = psutil.Process(pid).memory_info()
    return getattr(held, "peak_wset", held.rss)


def release_memory() -> None:
    """Collect what nothing refers to, and give it back to the system, where that is Linux."""
    gc.collect()
    # The C library keeps what was freed: 36 to 114 MB after a training of one epoch.
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


@contextmanager
def memory_errors_in_words(what: str) -> Iterator[None]:
    """Turn any backend's out-of-memory error into an `OutOfMemoryError` of one sentence."""
    try:
        yield
    except Exception as error:
        if not re.search(NO_MEMORY, f"{type(error).__name__} {error}"):
            raise
        raise OutOfMemoryError(
            f"there is not enough memory for this model with {what}; "
            "choose a smaller width or batch_size"
        ) from error


def _free_in_container() -> float:
    """Return the bytes below a container's limit (Binder, Docker), which psutil does not see."""
    try:
        limit = int((CGROUP / "memory.max").read_text())
        used = int((CGROUP / "memory.current").read_text())
        lines = (CGROUP / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return float("inf")
    return limit - used + int(dict(line.split() for line in lines)["inactive_file"])
