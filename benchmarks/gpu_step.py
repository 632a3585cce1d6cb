"""Time the GAN's training step on a GPU and on the same machine's CPU.

    python benchmarks/gpu_step.py --backends jax torch

Each backend has a process of its own for each place. It trains the GAN of chapter 4 by Keras'
`fit` as compiled by default, in batches of three sizes, and a model that does nothing but take
the batch and move one weight. Milliseconds a step are those of the quickest of three calls
of `fit`, after one that compiles; `fit`'s own set-up is in them. The pace is that of one large
matrix product, started and fetched alone, in the backend's own arithmetic for float32 (on a GPU,
JAX rounds its inputs to fewer bits): a good kernel may be faster, so the floor is an estimate.

Writes gpu_step.csv and .json (where it comes from) into cgan_tutorial/chapters/records.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from provenance import machine

RECORDS = Path(__file__).parent.parent / "cgan_tutorial/chapters/records"
# Steps of an epoch, so that `fit`'s set-up is a small part of it and the CPU ends in seconds.
STEPS = {"GPU": {32: 200, 256: 100, 2048: 25}, "CPU": {32: 40, 256: 10, 2048: 3}}
CPU_ONLY = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}


def step(model, images, batch: int, steps: int) -> float:
    """Milliseconds of a step of `fit`, in the quickest of three calls after a first."""
    import numpy as np

    taken = np.resize(images, (batch * steps, *images.shape[1:]))
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        model.fit(taken, batch_size=batch, shuffle=False, verbose=0)
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds[1:]) / steps


def one(place: str) -> None:
    """In a process of its own: print a row of each batch size as JSON."""
    import cgan_tutorial

    cgan_tutorial.setup()
    import keras
    from keras import ops

    from cgan_tutorial import data, devices, models
    from cgan_tutorial.chapters.ch07 import timing

    images = data.load().train.images
    rate = timing.product_rate(4096)
    for batch, steps in STEPS[place].items():
        keras.utils.set_random_seed(0)
        idle, gan = timing.ForwardOnly(ops.mean), models.build("gan", width=16)
        idle.compile(keras.optimizers.SGD(1e-4))
        gan.compile()
        row = {
            "backend": keras.backend.backend(),
            "place": place,
            "device": ", ".join(devices.accelerators()) or f"{devices.describe().cores} CPU cores",
            "batch": batch,
            "idle": round(step(idle, images, batch, steps), 3),
            "step": round(step(gan, images, batch, steps), 3),
            "floor": round(1000 * timing.operations(gan, batch) / rate, 4),
        }
        print(json.dumps(row), flush=True)


def in_a_process(backend: str, place: str) -> list[dict]:
    """Run `one` for a backend, with or without the GPU."""
    hidden = CPU_ONLY if place == "CPU" else {}
    done = subprocess.run(
        [sys.executable, __file__, "--one", place],
        env={**os.environ, "KERAS_BACKEND": backend, **hidden},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{backend} on the {place}: {done.stderr[-2000:]}")
    print(done.stdout, end="", flush=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> None:
    """Measure all backends in both places, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--backends", nargs="+", default=["jax", "torch"])
    parser.add_argument("--output", type=Path, default=RECORDS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one)
        return
    import pandas as pd

    jobs = [(backend, place) for place in STEPS for backend in given.backends]
    table = pd.DataFrame([row for job in jobs for row in in_a_process(*job)])
    print(table.to_string(index=False))
    table.to_csv(given.output / "gpu_step.csv", index=False)
    facts = {
        "command": f"python benchmarks/gpu_step.py --backends {' '.join(given.backends)}",
        "backends": {name: version(name) for name in given.backends},
    }
    (given.output / "gpu_step.json").write_text(json.dumps(facts | machine(), indent=2) + "\n")


if __name__ == "__main__":
    main()
