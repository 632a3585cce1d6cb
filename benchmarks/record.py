"""Make the recorded experiments anew: each participant and seed in a process on one core.

Two of them run side by side, one a core, so the record takes half as long and no
participant has more of the machine than another. A reader with two free cores gets
further in the same seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from provenance import machine

RECORDS = Path(__file__).parent.parent / "cgan_tutorial" / "records"


def one(experiment: str, name: str, seed: int, seconds: float) -> None:
    """In a process of its own: train, measure, print the row as JSON."""
    from cgan_tutorial import data, experiments

    print(json.dumps(experiments.run(experiment, name, seed, seconds, data.load())))


def on_core(core: int, arguments: list[str]) -> dict:
    """Run this file again for one participant, held to one core."""
    # TensorFlow starts as many threads as it is told here; the core is theirs alone.
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--one", *arguments],
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def record(experiment: str, seeds: list[int], seconds: float) -> None:
    """Run all participants and seeds, two at a time, and write the table and its provenance."""
    import pandas as pd

    from cgan_tutorial import experiments

    cores = Queue()
    for core in sorted(os.sched_getaffinity(0))[:2]:
        cores.put(core)

    def job(pair: tuple[int, str]) -> dict:
        seed, name = pair
        core = cores.get()
        try:
            row = on_core(core, [experiment, name, str(seed), str(seconds)])
        finally:
            cores.put(core)
        print(row, flush=True)
        return row

    names = experiments.participants(experiment)
    started = time.perf_counter()
    with ThreadPoolExecutor(cores.qsize()) as pool:
        rows = list(pool.map(job, [(seed, name) for seed in seeds for name in names]))
    RECORDS.mkdir(exist_ok=True)
    table = pd.DataFrame(sorted(rows, key=lambda row: names.index(row["name"])))
    table.to_csv(RECORDS / f"{experiment}.csv", index=False)
    facts = {
        "command": f"python benchmarks/record.py {experiment} --seconds {seconds:g} "
        f"--seeds {' '.join(map(str, seeds))}",
        "seconds of training, each": seconds
        if experiment in experiments.EXPERIMENTS
        else "its own",
        "cores, each": 1,
        "seconds in all": round(time.perf_counter() - started),
        **machine(),
    }
    (RECORDS / f"{experiment}.json").write_text(json.dumps(facts, indent=2) + "\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("experiments", nargs="*")
    given = parser.parse_args()
    if given.one:
        experiment, name, seed, seconds = given.experiments
        one(experiment, name, int(seed), float(seconds))
        return
    from cgan_tutorial import experiments

    everything = [*experiments.EXPERIMENTS, *experiments.TABLES]
    for experiment in given.experiments or everything:
        record(experiment, given.seeds, given.seconds)


if __name__ == "__main__":
    main()
