"""Time a training step with and without TensorFlow's oneDNN kernels, and with and without XLA.

    python benchmarks/step_time.py

Each line is a process of its own: milliseconds a step once everything is compiled, seconds
until the first epoch is over, and the memory that the process ever held.
"""

from __future__ import annotations

import os
import subprocess
import sys

EPOCHS = 3
PROGRAM = """
import sys, time
import cgan_tutorial
cgan_tutorial.setup()
import keras
from cgan_tutorial import data, devices, models

images = data.load().train.images
keras.utils.set_random_seed(0)
model = models.build(sys.argv[1], latent_dim=16)
model.compile(keras.optimizers.Adam(4e-3), jit_compile=sys.argv[2] == "XLA")
started = time.perf_counter()
model.fit(images, batch_size=64, verbose=0)
first = time.perf_counter() - started
started = time.perf_counter()
model.fit(images, batch_size=64, epochs=int(sys.argv[3]), verbose=0)
steps = int(sys.argv[3]) * -(-len(images) // 64)
memory = devices.peak_bytes() / 1e6
step = 1000 * (time.perf_counter() - started) / steps
print(f"{step:6.1f} ms a step, first epoch {first:5.1f} s, {memory:5.0f} MB")
"""


def measure(model: str, compiler: str, onednn: str) -> str:
    """Return one line of figures, measured in a fresh process."""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": onednn}
    command = [sys.executable, "-c", PROGRAM, model, compiler, str(EPOCHS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def main() -> None:
    """Print all combinations for the autoencoder and the VAE."""
    for model in ("autoencoder", "vae"):
        for compiler in ("no XLA", "XLA"):
            for onednn in ("0", "1"):
                name = f"{model:12s} {compiler:7s} oneDNN {'on ' if onednn == '1' else 'off'}"
                print(name, measure(model, compiler, onednn), flush=True)


if __name__ == "__main__":
    main()
