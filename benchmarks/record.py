"""Make the recorded experiments anew, each run on one core.

Two processes run side by side, one a core, so the record takes half as long and no
participant has more of the machine than another. A reader with two free cores gets
further in the same seconds. Where seconds count, each participant and seed has a process
of its own; where epochs count, the participants of a seed share one, and its start.
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

RECORDS = Path(__file__).parent.parent / "cgan_tutorial" / "chapters" / "records"


def one(experiment: str, seed: int, seconds: float, names: list[str]) -> None:
    """In a process of its own: train and measure each, print a row of each as JSON."""
    from cgan_tutorial import data
    from cgan_tutorial.chapters import experiments

    for name in names:
        row = experiments.run(experiment, name, seed, data.load(), seconds=seconds)
        print(json.dumps(row))


def on_core(core: int, arguments: list[str]) -> list[dict]:
    """Run this file again for some participants, held to one core."""
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
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def record(experiment: str, seeds: list[int], seconds: float) -> None:
    """Run all participants and seeds, two at a time, and write the table and its provenance."""
    import pandas as pd

    from cgan_tutorial.chapters import experiments

    cores = Queue()
    for core in sorted(os.sched_getaffinity(0))[:2]:
        cores.put(core)

    def job(seed: int, runners: list[str]) -> list[dict]:
        core = cores.get()
        try:
            rows = on_core(core, [experiment, str(seed), str(seconds), *runners])
        finally:
            cores.put(core)
        print(*rows, sep="\n", flush=True)
        return rows

    names = experiments.participants(experiment)
    together = [names] if experiment in experiments.TABLES else [[name] for name in names]
    jobs = [(seed, runners) for seed in seeds for runners in together]
    started = time.perf_counter()
    with ThreadPoolExecutor(cores.qsize()) as pool:
        rows = [row for found in pool.map(job, *zip(*jobs, strict=True)) for row in found]
    RECORDS.mkdir(exist_ok=True)
    table = pd.DataFrame(sorted(rows, key=lambda row: names.index(row["name"])))
    table.to_csv(RECORDS / f"{experiment}.csv", index=False)
    facts = {
        "command": f"python benchmarks/record.py {experiment} --seconds {seconds:g} "
        f"--seeds {' '.join(map(str, seeds))}",
        "seconds of training, each": "its own" if len(together) == 1 else seconds,
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
        experiment, seed, seconds, *names = given.experiments
        one(experiment, int(seed), float(seconds), names)
        return
    from cgan_tutorial.chapters import experiments

    everything = [*experiments.EXPERIMENTS, *experiments.TABLES]
    for experiment in given.experiments or everything:
        record(experiment, given.seeds, given.seconds)


if __name__ == "__main__":
    main()
