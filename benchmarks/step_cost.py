"""What a step of `fit` costs: the book's GAN against the same game written by hand, and the floor.

    python benchmarks/step_cost.py            # some ten minutes
    python benchmarks/step_cost.py --quick    # one small setting
    python benchmarks/step_cost.py --singly   # the loop by hand goes step by step

Each setting (width, cores, XLA or not) is a process of its own, pinned to its cores. In it
`training.train` and a loop over a hand-written `tf.function` (two tapes, two Adams; see
`rivals.hand_written_step`) take turns, an epoch each, so that a slow spell of the machine meets
both. A step of `train` has everything in it that happens during an epoch: drawing the batch,
callbacks, the learning rate's schedule, watched numbers, copying the good weights at the end.
Only the picture at an epoch's end is left out. `train` takes a few steps before it returns to
Python (`batches.Batches.steps_per_execution`), and so does the loop, as many a call.
Both are fed the same images, the loop in numpy batches.

Medians over the epochs are printed, wall-clock and processor time; processor time is the one
to read on a machine that others use too. The ratio is the median over pairs of neighbouring
epochs, for a machine's speed drifts; the least and the greatest ratio of a pair stand beside
it and say how far to trust it. The floor is the time that the multiply-adds of all
dense and convolution layers would take at the rate of a large float32 matrix product.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

BATCH = 64


def measure(
    width: int, cores: list[int], compiler: bool, epochs: int, steps: int, singly: bool
) -> dict:
    """Time both ways in turns, in this process; milliseconds a step, medians."""
    import cgan_tutorial

    cgan_tutorial.setup()
    import rivals

    rivals.one_machine(cores)
    import keras
    import numpy as np

    from cgan_tutorial import data, models, training
    from cgan_tutorial.chapters.ch07 import timing
    from cgan_tutorial.training import batches

    keras.utils.set_random_seed(0)
    images = np.resize(data.load().train.images, (steps * BATCH, 28, 28, 1))
    # Keras' own choice of XLA, for every model that says nothing about it.
    keras.Model._resolve_auto_jit_compile = lambda model: compiler
    step = rivals.hand_written_step(models.build("gan", width=width), compiler)
    at_once = 1 if singly else batches.Batches((images,), BATCH, seed=0).steps_per_execution
    by_hand = rivals.steps_at_once(step, at_once)
    fed = rivals.batches(images, at_once * BATCH, seed=0)
    model = models.build("gan", width=width)
    found = {"fit": [], "hand": []}
    clock = Clock()

    def take_turns(images):
        """Called by `train` at the end of each epoch, in place of the picture."""
        found["fit"].append(clock.lap())
        for _ in range(steps // at_once):
            losses = by_hand(next(fed))
        float(losses[0])
        found["hand"].append(clock.lap())
        return images[None]

    model.preview = take_turns
    clock.lap()
    training.train(model, images, epochs=epochs + 1, batch_size=BATCH, view=False)
    # The first epoch of each has the tracing in it.
    fit, hand = (np.array(found[name][1:]) * 1000 / steps for name in ("fit", "hand"))
    return {
        "fit": list(np.median(fit, axis=0)),
        "hand": list(np.median(hand, axis=0)),
        "ratios": np.quantile(fit / hand, (0.5, 0, 1), axis=0).T.tolist(),
        "floor": 1000 * timing.operations(model, BATCH) / timing.product_rate(2048),
    }


class Clock:
    """Wall-clock and processor seconds since the last look."""

    def __init__(self):
        self.last = (0.0, 0.0)

    def lap(self) -> tuple[float, float]:
        """Return both, and start anew."""
        now = time.perf_counter(), time.process_time()
        passed = now[0] - self.last[0], now[1] - self.last[1]
        self.last = now
        return passed


def in_a_process(*setting) -> dict:
    """Run `measure` in a fresh process and return what it found."""
    command = [sys.executable, __file__, "--setting", json.dumps(setting)]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(width: int, cores: list[int], compiler: bool, found: dict) -> str:
    """One line of the table."""
    measured = "".join(
        f" {fit:8.1f} {hand:8.1f} {median:6.3f} {least:.2f}-{greatest:.2f}"
        for fit, hand, (median, least, greatest) in zip(
            found["fit"], found["hand"], found["ratios"], strict=True
        )
    )
    share = found["floor"] / found["fit"][0]
    start = f"{width:5d} {len(cores):5d} {'yes' if compiler else 'no':>5s}"
    return f"{start}{measured} {found['floor']:8.1f} {share:8.0%}"


def main() -> None:
    """Print a table: milliseconds a step both ways, their ratio, and the arithmetic floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one setting, few steps")
    parser.add_argument("--epochs", type=int, default=11, help="epochs timed, each way")
    parser.add_argument("--steps", type=int, default=160, help="steps an epoch")
    parser.add_argument("--singly", action="store_true", help="one step a call by hand")
    parser.add_argument("--setting", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.setting:
        print(json.dumps(measure(*json.loads(arguments.setting))))
        return
    epochs, steps = (3, 30) if arguments.quick else (arguments.epochs, arguments.steps)
    everything = sorted(os.sched_getaffinity(0))
    print(f"milliseconds a step of {BATCH} images, medians of {epochs} epochs of {steps} steps;")
    print("at width 64 of a twentieth as many")
    print(" " * 15 + "  ---------- wall clock ----------" + "  -------- processor time --------")
    print("width cores   XLA" + "      fit  by hand  ratio least-most" * 2 + "    floor   of fit")
    for width in (16,) if arguments.quick else (16, 64):
        for cores in (everything[-1:], everything)[: 1 if arguments.quick else 2]:
            for compiler in (False,) if arguments.quick else (False, True):
                few = steps // 20 if width == 64 else steps
                found = in_a_process(width, cores, compiler, epochs, few, arguments.singly)
                print(row(width, cores, compiler, found), flush=True)


if __name__ == "__main__":
    main()
