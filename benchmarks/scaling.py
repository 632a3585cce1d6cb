"""How training grows: with the number of digits, and over two processes or devices.

    python benchmarks/scaling.py            # some minutes
    python benchmarks/scaling.py --quick    # few steps

**Digits.** `training.train` on the book's GAN, batch 64, with 5, 60 and 600 thousand images
(the 4,000 embedded training digits again and again, each time shifted by other pixels), each in
a process of its own. Measured are the preparation of all images (checks, model, order of an
epoch), and a number of steps; the seconds of a whole epoch are extrapolated from those and
said to be so. Peak memory is of the whole process, the images (and a copy that made them) in it.

**Two for one.** Data-parallel training against one process or device with the same global
batch, one core for each: on JAX two processes through `keras.distribution.DataParallel`, on
TensorFlow two logical devices of one process under `tf.distribute.MirroredStrategy`. An
autoencoder without batch normalization has no noise and no statistics of a batch, so its
losses must be equal but for rounding. The GAN's noise comes from a seed in the model: on JAX it
is drawn for the global batch and shared out, and so are batch statistics, so losses must agree
until rounding grows; under MirroredStrategy each device draws noise of its own and has
statistics of its own share, so losses agree only in size. There the loss is divided by the
number of devices, whose gradients Keras adds. Efficiency is the speed-up over two.

Writes records/scaling.csv beside the script, and its provenance, unless `--quick` is given.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from provenance import machine

from cgan_tutorial.chapters.ch07.processes import free_port

RECORDS = Path(__file__).parent / "records"
COLUMNS = "what", "digits", "workers", "steps measured", "ms a step", "epoch s", "peak MB", "loss"
BATCH = 64
# Small enough to be repeated, large enough that a device's share is worth its while.
GLOBAL_BATCH = 256


def many_digits(count: int):
    """The embedded digits again and again, rolled by up to two pixels each time."""
    import numpy as np

    from cgan_tutorial import data

    digits = data.load().train.images
    images = np.empty((count, 28, 28, 1), "float32")
    for number, first in enumerate(range(0, count, len(digits))):
        shift = number % 5 - 2, number // 5 % 5 - 2
        part = images[first : first + len(digits)]
        part[:] = np.roll(digits, shift, axis=(1, 2))[: len(part)]
    return images


def grow(count: int, steps: int) -> dict:
    """Prepare a training on `count` digits and time some of its steps, in this process."""
    import keras

    from cgan_tutorial import devices, models, training

    images = many_digits(count)
    keras.utils.set_random_seed(0)
    model = models.build("gan")
    model.stop_after, model.moments = steps, []
    started = time.perf_counter()
    training.train(
        model, images, epochs=1, batch_size=BATCH, callbacks=[watching(model)], view=False
    )
    # The first step has the tracing in it: it belongs to the preparation.
    first, last = model.moments[0], model.moments[-1]
    measured = len(model.moments) - 1
    step = (last - first) / measured
    return {
        "steps": measured,
        "prepare": first - started,
        "step": 1000 * step,
        "epoch": step * (count // BATCH),
        "peak": devices.peak_bytes() / 1e6,
    }


def watching(model):
    """A callback that notes the time of each step, and ends the epoch after enough of them."""
    import keras

    def look(batch, logs=None):
        model.moments.append(time.perf_counter())
        if len(model.moments) > model.stop_after:
            model.stop_training = True

    return keras.callbacks.LambdaCallback(on_train_batch_end=look)


def built(name: str):
    """A compiled model and its data's global batches; all start from the same weights."""
    import keras

    from cgan_tutorial import models, networks

    keras.utils.set_random_seed(0)
    if name == "gan":
        model = models.build("gan")
    else:
        # Dense networks: without batch normalization nothing depends on how a batch is split.
        model = models.Autoencoder(networks.dense_encoder(), networks.dense_decoder())
    adam = model.default_optimizer()
    adam.learning_rate = 1e-3
    model.compile(adam)
    model.build()
    return model


def losses_of(model, dataset, steps: int) -> dict:
    """Fit some steps twice; the first time compiles and gives the losses, the second the time."""
    import keras

    seen = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(float(logs["loss"]))
    )
    # Keras does not count the batches of a data set that it shares out.
    options = {"epochs": 1, "steps_per_epoch": steps, "shuffle": False, "verbose": 0}
    model.fit(dataset, callbacks=[note], **options)
    started = time.perf_counter()
    model.fit(dataset, **options)
    return {"losses": seen, "step": 1000 * (time.perf_counter() - started) / steps}


def global_batches(steps: int, batch: int):
    """A `tf.data.Dataset` of batches (batch, 28, 28, 1), the same for everyone."""
    import tensorflow as tf

    images = many_digits(steps * batch)
    return tf.data.Dataset.from_tensor_slices(images).batch(batch, drop_remainder=True).repeat()


def on_jax(name: str, workers: int, worker: int, port: int, steps: int) -> dict:
    """One of the processes that train together on JAX, on a core of its own."""
    pin(worker, 1)
    import jax
    import keras

    if workers > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        keras.distribution.initialize(f"localhost:{port}", workers, worker)
        keras.distribution.set_distribution(keras.distribution.DataParallel())
    model = built(name)
    return losses_of(model, global_batches(steps, GLOBAL_BATCH), steps)


def on_tensorflow(name: str, workers: int, steps: int) -> dict:
    """One process with as many logical devices as workers, on as many cores."""
    pin(0, workers)
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(workers)
    device = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * workers
    tf.config.set_logical_device_configuration(device, parts)
    devices = [f"CPU:{number}" for number in range(workers)]
    strategy = (
        tf.distribute.MirroredStrategy(devices) if workers > 1 else tf.distribute.get_strategy()
    )
    with strategy.scope():
        model = built(name)
    # Keras adds the devices' gradients: a model's own `compute_loss` must be each one's share.
    whole = model.compute_loss
    model.compute_loss = lambda *given, **named: whole(*given, **named) / workers
    return losses_of(model, global_batches(steps, GLOBAL_BATCH), steps)


def pin(first: int, count: int) -> None:
    """Keep this process on `count` of the cores that it may use."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[first : first + count])


PARTS = {"grow": grow, "jax": on_jax, "tensorflow": on_tensorflow}


def start(part: str, *arguments) -> subprocess.Popen:
    """Start one of `PARTS` in a fresh process."""
    command = [sys.executable, __file__, "--part", json.dumps([part, *arguments])]
    backend = "jax" if part == "jax" else "tensorflow"
    environment = {**os.environ, "KERAS_BACKEND": backend}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finish(*processes: subprocess.Popen) -> list[dict]:
    """Wait for processes and return what each found."""
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError(f"status {[process.returncode for process in processes]}")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def digits_rows(steps: int) -> list[list]:
    """Measure and print the growth with the number of digits."""
    print(f"training the GAN, batch {BATCH}; the epoch is extrapolated from the steps measured")
    print("   digits   steps   ms a step   prepare s   epoch s   peak MB")
    rows = []
    for count in (5_000, 60_000, 600_000):
        (found,) = finish(start("grow", count, min(steps, count // BATCH - 1)))
        step, epoch, peak = found["step"], found["epoch"], found["peak"]
        print(
            f"{count:9,d} {found['steps']:7d} {step:11.1f} {found['prepare']:11.1f}"
            f" {epoch:9.0f} {peak:9.0f}",
            flush=True,
        )
        row = "digits", count, 1, found["steps"], round(step, 2), round(epoch, 1), round(peak), ""
        rows.append(row)
    return rows


def workers_rows(steps: int) -> list[list]:
    """Measure and print two workers against one."""
    print(f"\ntwo workers against one, global batch {GLOBAL_BATCH}, one core each, {steps} steps")
    print("backend     model        ms, one  ms, two  efficiency  largest difference of losses")
    rows = []
    for backend in ("jax", "tensorflow"):
        for name in ("autoencoder", "gan"):
            if backend == "jax":
                port = free_port()
                (one,) = finish(start("jax", name, 1, 0, 0, steps))
                two, other = finish(*(start("jax", name, 2, i, port, steps) for i in (0, 1)))
                if two["losses"] != other["losses"]:
                    print("the two processes report different losses")
            else:
                (one,) = finish(start("tensorflow", name, 1, steps))
                (two,) = finish(start("tensorflow", name, 2, steps))
            print(comparison(backend, name, one, two), flush=True)
            for workers, found in ((1, one), (2, two)):
                loss, step = found["losses"][-1], round(found["step"], 2)
                rows.append([f"{backend} {name}", "", workers, steps, step, "", "", loss])
    return rows


def comparison(backend: str, name: str, one: dict, two: dict) -> str:
    """One line of the table."""
    pairs = list(zip(one["losses"], two["losses"], strict=True))
    worst = max(abs(a - b) / abs(a) for a, b in pairs)
    first = abs(pairs[0][0] - pairs[0][1]) / abs(pairs[0][0])
    return (
        f"{backend:11s} {name:12s} {one['step']:7.1f} {two['step']:8.1f}"
        f" {one['step'] / two['step'] / 2:10.0%}    {worst:.1e} (first step {first:.1e}, "
        f"last losses {pairs[-1][0]:.6f} and {pairs[-1][1]:.6f})"
    )


def main() -> None:
    """Print both tables and write them, or be one of the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few steps, nothing written")
    parser.add_argument("--only", choices=["digits", "workers"], help="one of the two tables")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        import cgan_tutorial

        cgan_tutorial.setup()
        part, *values = json.loads(arguments.part)
        print(json.dumps(PARTS[part](*values)))
        return
    rows = []
    if arguments.only != "workers":
        rows += digits_rows(10 if arguments.quick else 300)
    if arguments.only != "digits":
        rows += workers_rows(5 if arguments.quick else 60)
    if not arguments.quick and not arguments.only:
        RECORDS.mkdir(exist_ok=True)
        with (RECORDS / "scaling.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
        source = {"command": "python benchmarks/scaling.py", **machine()}
        text = json.dumps(source, indent=2) + "\n"
        (RECORDS / "scaling.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
