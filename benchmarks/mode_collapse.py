"""How often chapter 4's collapses happen, and how often the cure helps.

    python benchmarks/mode_collapse.py [--seeds 5]

For each seed: a GAN on a ring of eight Gaussians whose generator learns at a tenth of the
discriminator's rate (collapse), and at the same rate (cure); and a GAN on the codes of digits,
made by the shipped variational autoencoder and decoded by it, whose generator starts from two
random numbers (collapse), and from 32 (cure). Prints a line for each run, and all figures as
one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from provenance import machine

from cgan_tutorial import data, models
from cgan_tutorial.chapters import ch04_collapse as collapse


def on_ring(seed: int, rate: float) -> dict[str, float]:
    """Play on the ring; return how many modes the fakes reach, and the share on a mode."""
    return collapse.on_modes(collapse.play_ring(seed, rate))


def on_digits(seed: int, latent_dim: int) -> dict[str, float]:
    """Play on the codes of the training digits; return how the classifier reads the fakes."""
    vae = models.pretrained("vae")
    codes = collapse.play_codes(vae.encode(data.load().train.images), seed, latent_dim)
    return collapse.as_digits(vae.decode(codes))


RUNS: dict[str, Callable[[int], dict[str, float]]] = {
    "ring, collapse": lambda seed: on_ring(seed, 1e-3),
    "ring, cure": lambda seed: on_ring(seed, 1e-2),
    "digits, collapse": lambda seed: on_digits(seed, 2),
    "digits, cure": lambda seed: on_digits(seed, 32),
}


def timed(run: Callable[[int], dict[str, float]], seed: int) -> dict[str, float]:
    """Run a game; return its figures, and its seconds on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = {name: round(value, 3) for name, value in run(seed).items()}
    found["seconds"] = round(time.perf_counter() - clock)
    return found | {"cpu seconds": round(time.process_time() - processor)}


def main() -> None:
    """Print a line for each run, and one of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many: 0, 1, and so on")
    given = parser.parse_args()
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in RUNS}
    for seed in range(given.seeds):
        for name, run in RUNS.items():
            figures[name].append(timed(run, seed))
            print(f"{name}, seed {seed}: {figures[name][-1]}", flush=True)
    print(json.dumps({"machine": machine(), "figures": figures}))


if __name__ == "__main__":
    main()
