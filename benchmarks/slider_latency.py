"""Measure slider → new picture in the latent explorer, in a headless Chromium.

    python benchmarks/slider_latency.py [--moves 200]

The same widget on the same model (the book's CGAN), twice: its networks evaluated in the page,
which has no kernel, and by the kernel of a JupyterLab, as for networks that the page cannot
evaluate. The clock runs in the page: from the slider's event until its picture has new pixels.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from lab_server import browser, notebook_page, run_all_cells
from playwright.sync_api import Page

MEDIAN, HIGH = 16.0, 33.0
MODEL = """\
from cgan_tutorial import data, models
from cgan_tutorial.widgets import export, latent_explorer, page

def refuse(network):
    raise export.NotExportableError("measured with the kernel")
"""
KERNEL = "page.as_text = refuse\nlatent_explorer(models.pretrained('cgan'), data.load())"
READY = "document.querySelectorAll('.cgan-live input[type=range]').length > 1"
MOVES = """async (count) => {
    let painted = () => {};
    for (const name of ["putImageData", "drawImage"]) {
        const method = CanvasRenderingContext2D.prototype[name];
        CanvasRenderingContext2D.prototype[name] = function (...given) {
            method.apply(this, given);
            painted();
        };
    }
    const slider = document.querySelector(".cgan-live input[type=range]");
    const [least, most] = [Number(slider.min), Number(slider.max)];
    const times = [];
    for (let move = 0; move < count; move++) {
        slider.value = least + (most - least) * ((move * 0.137) % 1);
        const done = new Promise((resolve) => (painted = resolve));
        const start = performance.now();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await done;
        times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return times;
}"""


def in_the_page(folder: Path, moves: int) -> list[float]:
    """Return milliseconds of each move in a file that no kernel stands behind."""
    from cgan_tutorial import data, models
    from cgan_tutorial.widgets import latent_explorer

    html = latent_explorer(models.pretrained("cgan"), data.load()).html()
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{html}", encoding="utf-8")
    with browser() as chromium:
        page = chromium.new_page()
        page.goto(file.as_uri())
        return moved(page, moves)


def by_the_kernel(folder: Path, moves: int) -> list[float]:
    """Return milliseconds of each move in a JupyterLab whose kernel evaluates the networks."""
    with notebook_page(folder / "lab", [MODEL, KERNEL]) as page:
        run_all_cells(page, READY)
        page.get_by_text("| Idle").wait_for()
        return moved(page, moves)


def moved(page: Page, moves: int) -> list[float]:
    """Move the first slider so many times, after as many to warm up as fit in two seconds."""
    page.wait_for_function(READY)
    page.wait_for_timeout(3000)
    page.evaluate(MOVES, 30)
    return page.evaluate(MOVES, moves)


def machine() -> str:
    """Name what this was measured on."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {version(name)}" for name in ("jupyterlab", "keras"))
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; {versions}"


def main() -> None:
    """Measure both ways and print them; fail when the page is above the limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=200)
    moves = parser.parse_args().moves
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        ways = {"in the page": in_the_page, "by the kernel": by_the_kernel}
        found = {way: np.percentile(run(Path(name), moves), [50, 95]) for way, run in ways.items()}
    for way, (median, high) in found.items():
        print(
            f"slider to new picture, {way}: median {median:.1f} ms, 95th percentile {high:.1f} ms"
        )
    if any(found["in the page"] > (MEDIAN, HIGH)):
        sys.exit(f"above the limits: median {MEDIAN:.0f} ms, 95th percentile {HIGH:.0f} ms")


if __name__ == "__main__":
    main()
