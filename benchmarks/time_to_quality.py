"""Seconds of training until the samples are good: this book's GAN against three others.

    python benchmarks/time_to_quality.py              # about 20 minutes on two cores
    python benchmarks/time_to_quality.py --quick      # a trial of a few seconds each

All learn from the same 4,000 digits, each in a process on one core, two processes at a time.
The TensorFlow site's DCGAN has the first core for the whole time; on the second this book's
GAN comes first, then the same networks trained the plain way (non-saturating losses, two Adams
of 1e-3 with β₁ 0.5, batches of 32; no penalty, no average), then the Keras examples' DCGAN.
Rivals are rebuilt in `rivals`.

This book's GAN is trained by `training.train` with its defaults. Its learning rate falls to
zero over the budget, so each budget (6 to 160 s) is a run of its own, judged at its
end; seconds to a quality are those of the shortest run that reached it. They count everything
that `train` does, tracing included. The rivals' learning rate is constant: they are judged
every ten seconds, and reach a quality when they are first seen at it. Their clock counts
batches and steps, tracing included, and stands still while they are judged.

Quality is `metrics.frechet_classifier_distance` of 1,000 samples to the 1,000 test digits:
1.1 for real digits, some 190 for noise. The targets 100, 30 and 10 were set with another
classifier, on whose scale distances are about twice as large; so 50, 15 and 5 are printed too.

Writes time_to_quality.csv and .json (where it comes from) into cgan_tutorial/chapters/records.
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
from tempfile import mkdtemp

from provenance import machine

RECORDS = Path(__file__).parent.parent / "cgan_tutorial/chapters/records"
OURS, PLAIN = "this book's GAN", "the same networks, trained plainly"
SITE, EXAMPLE = "TensorFlow site's DCGAN", "Keras examples' DCGAN"
NAMES = OURS, PLAIN, SITE, EXAMPLE
COLUMNS = "contestant", "seed", "training seconds", "steps", "distance"
BUDGETS = 6, 8, 10, 15, 20, 40, 80, 160
TARGETS = 100, 50, 30, 15, 10, 5
SAMPLES = 1000


def judge(samples) -> float:
    """Fréchet classifier distance of samples in [0, 1] to the test digits."""
    from cgan_tutorial import data, metrics

    return metrics.frechet_classifier_distance(samples, data.load().test.images)


def ours(seed: int, budgets: list[float]) -> None:
    """Train this book's GAN once for each budget; print a row for each."""
    import keras

    from cgan_tutorial import data, models, training

    for seconds in budgets:
        keras.utils.set_random_seed(seed)
        model = models.build("gan")
        done = training.train(model, data.load(), seconds=seconds, seed=seed, view=False)
        steps = int(model.optimizer.iterations.numpy())
        report(OURS, seed, done.seconds, steps, judge(model.sample(SAMPLES, seed=seed)))


def rival(name: str, seed: int, seconds: float, every: float) -> None:
    """Train a rival for some seconds, and print a row at each of its looks."""
    import keras
    import rivals

    from cgan_tutorial import data, networks

    keras.utils.set_random_seed(seed)
    images, size, low = data.load().train.images, 64, 0.0
    if name == PLAIN:
        size, players = 32, (networks.generator(), networks.discriminator())
        step = rivals.plain_step(*players)
    elif name == SITE:
        images, size, low = 2 * images - 1, 256, -1.0
        players = rivals.tensorflow_site_networks()
        step = rivals.tensorflow_site_step(*players)
    else:
        players = rivals.keras_examples_networks()
        step = rivals.keras_examples_step(*players)
    fed, spent, steps, look = rivals.batches(images, size, seed), 0.0, 0, every
    while spent < seconds:
        started = time.perf_counter()
        losses = step(next(fed))
        float(losses[0])  # waits for the step
        spent, steps = spent + time.perf_counter() - started, steps + 1
        if spent >= min(look, seconds):
            report(name, seed, spent, steps, judge(samples(players[0], seed, low)))
            look += every


def samples(generator, seed: int, low: float):
    """Samples of a rival, (1000, 28, 28, 1), brought from [low, 1] to [0, 1]."""
    import numpy as np

    from cgan_tutorial.models.base import predict_in_batches

    size = SAMPLES, generator.input_shape[-1]
    noise = np.random.default_rng(seed).normal(size=size).astype("float32")
    return np.clip((predict_in_batches(generator, noise) - low) / (1 - low), 0, 1)


def report(*row) -> None:
    """Print one row for the parent process."""
    print(json.dumps(row), flush=True)


def start(name: str, core: int, arguments: argparse.Namespace) -> subprocess.Popen:
    """Start a contestant in a process on one core."""
    command = [sys.executable, __file__, "--contestant", name, "--core", str(core)]
    command += ["--seed", str(arguments.seed), "--minutes", str(arguments.minutes)]
    command += ["--quick"] if arguments.quick else []
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> list[list]:
    """Wait for a contestant and return its rows."""
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a contestant ended with status {process.returncode}")
    return [json.loads(line) for line in output.splitlines() if line.startswith("[")]


def compete(arguments: argparse.Namespace) -> list[list]:
    """All rows: the site's on the first core, beside it ours, the plain one, the example's."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("two cores are needed, one for each of two contestants")
    first = start(SITE, cores[0], arguments)
    try:
        rows = finish(start(OURS, cores[1], arguments))
        minutes = {"minutes": BUDGETS[-1] / 60}
        rows += finish(start(PLAIN, cores[1], argparse.Namespace(**{**vars(arguments), **minutes})))
        # What is left of the site's time; at least as much as our longest run.
        left = max(arguments.minutes - (sum(BUDGETS) + BUDGETS[-1]) / 60, BUDGETS[-1] / 60)
        arguments = argparse.Namespace(**{**vars(arguments), "minutes": left})
        rows += finish(start(EXAMPLE, cores[1], arguments))
        return rows + finish(first)
    finally:
        first.kill()


def first_at(rows: list[list], name: str, target: float) -> float | None:
    """Training seconds of the earliest row of a contestant at or below a distance."""
    return min((row[2] for row in rows if row[0] == name and row[4] <= target), default=None)


def verdict(rows: list[list]) -> str:
    """The comparison in words and numbers."""
    lines = ["seconds of training to a distance of" + "".join(f"{t:>8}" for t in TARGETS)]
    for name in NAMES:
        found = [first_at(rows, name, target) for target in TARGETS]
        cells = "".join("   never" if at is None else f"{at:8.0f}" for at in found)
        lines.append(f"{name:36s}{cells}")
    for name in NAMES[1:]:
        *_, seconds, _, best = min((row for row in rows if row[0] == name), key=lambda row: row[4])
        mine = first_at(rows, OURS, best)
        lines.append(f"{name}: {best:.1f} at best, after {seconds:.0f} s")
        lines.append(
            f"  {OURS} is not there in any of its runs"
            if mine is None
            else f"  {OURS} is there after {mine:.0f} s: {seconds / mine:.1f} times as fast"
        )
    return "\n".join(lines)


def write(rows: list[list], seed: int, folder: Path) -> None:
    """Write the rows, and where they come from."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "time_to_quality.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rounded = [[*row[:2], round(row[2], 2), row[3], round(row[4], 3)] for row in rows]
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rounded])
    source = {
        "command": " ".join(["python", f"benchmarks/{Path(__file__).name}", *sys.argv[1:]]),
        "seed": seed,
        "cores, each": 1,
        **machine(),
    }
    text = json.dumps(source, indent=2) + "\n"
    (folder / "time_to_quality.json").write_text(text, encoding="utf-8")


def contestant(arguments: argparse.Namespace) -> None:
    """Be one contestant, on one core."""
    import cgan_tutorial

    cgan_tutorial.setup()
    import rivals

    rivals.one_machine([arguments.core])
    if arguments.contestant == OURS:
        ours(arguments.seed, [6, 9] if arguments.quick else BUDGETS)
    else:
        seconds, every = (6, 3) if arguments.quick else (60 * arguments.minutes, 10)
        rival(arguments.contestant, arguments.seed, seconds, every)


def main() -> None:
    """Let all compete, or be one contestant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15, help="of the TensorFlow site's DCGAN")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="seconds, in a temporary folder")
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    parser.add_argument("--core", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        contestant(arguments)
        return
    rows = compete(arguments)
    folder = Path(mkdtemp(prefix="time_to_quality_")) if arguments.quick else RECORDS
    write(rows, arguments.seed, folder)
    print(verdict(rows))
    print("written into", folder)


if __name__ == "__main__":
    main()
