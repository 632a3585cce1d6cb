"""Measure slider → new picture, in JupyterLab in a headless Chromium.

    python benchmarks/slider_latency.py [--moves 120]

The clock runs in the page: from the key press on a slider to the load of the
new picture. The model is the book's autoencoder after two epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from lab_server import notebook_page, run_all_cells
from playwright.sync_api import Page

from cgan_tutorial._websocket import FLAG

LIMIT = 60.0
CELLS = [
    """\
from cgan_tutorial import data, models
from cgan_tutorial.training import train
from cgan_tutorial.widgets import latent_sliders, render

digits = data.load()
model = models.build("autoencoder")
history = train(model, digits, epochs=2, view=False)""",
    """\
import json, time

def seconds(seed):
    latent = sliders.axes.sample(seed)
    start = time.perf_counter()
    render(model, latent)
    return time.perf_counter() - start

sliders = latent_sliders(model, digits)
with open("render.json", "w") as file:
    json.dump([1000 * seconds(seed) for seed in range(200)], file)
sliders""",
]
# One slider after the other, so that each picture differs from the one before.
SINGLE_MOVES = """async (count) => {
    const image = document.querySelector("img.latent-picture");
    const handles = document.querySelectorAll(".widget-slider [role=slider]");
    const times = [];
    for (let move = 0; move < count; move++) {
        const key = Math.floor(move / handles.length) % 20 < 10 ? "ArrowRight" : "ArrowLeft";
        const loaded = new Promise(done => image.addEventListener("load", done, {once: true}));
        const start = performance.now();
        handles[move % handles.length].dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        await loaded;
        times.push(performance.now() - start);
        await new Promise(done => setTimeout(done, 50));
    }
    return times;
}"""
LISTEN = """() => {
    window.moved = [];
    window.loaded = [];
    document.addEventListener("pointermove", () => moved.push(performance.now()), true);
    document.querySelector("img.latent-picture").addEventListener(
        "load", () => loaded.push(performance.now()));
}"""


def measure(moves: int, flags: tuple[str, ...]) -> tuple[list[float], list[float], dict]:
    """Return milliseconds of each move, of each rendering alone, and the times of a drag."""
    with tempfile.TemporaryDirectory() as folder:
        with notebook_page(Path(folder), CELLS, flags) as page:
            run_all_cells(page)
            page.get_by_text("| Idle").wait_for()
            page.evaluate(SINGLE_MOVES, 10)
            single = page.evaluate(SINGLE_MOVES, moves)
            drag = drag_slider(page)
        rendering = json.loads((Path(folder) / "book" / "render.json").read_text())
    return single, rendering, drag


def drag_slider(page: Page, moves: int = 200) -> dict:
    """Drag the first slider without a pause; return when it moved and when pictures came."""
    handle = page.get_by_role("slider").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(LISTEN)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=moves // 2)
    page.mouse.move(x - 150, y, steps=moves // 2)
    page.wait_for_function("performance.now() - Math.max(...moved, ...loaded) > 1000")
    page.mouse.up()
    return page.evaluate("() => ({moved, loaded})")


def machine() -> str:
    """Name what this was measured on."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    packages = "jupyterlab", "ipywidgets", "keras"
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; "
        f"Python {platform.python_version()}, {versions}"
    )


def summary(times: list[float]) -> str:
    """Median and 95th percentile of milliseconds, in words."""
    median, high = np.percentile(times, [50, 95])
    return f"median {median:.1f} ms, 95th percentile {high:.1f} ms, {len(times)} times"


def report(name: str, moves: int, flags: tuple[str, ...]) -> float:
    """Measure in one JupyterLab, print, and return the median in milliseconds."""
    single, rendering, drag = measure(moves, flags)
    moved, loaded = drag["moved"], drag["loaded"]
    print(f"{name}\n  slider to new picture: {summary(single)}")
    print(f"  of this, render alone: {summary(rendering)}")
    print(
        f"  dragging: {len(moved)} movements in {(moved[-1] - moved[0]) / 1000:.1f} s, "
        f"{len(loaded)} pictures, the last {loaded[-1] - moved[-1]:.0f} ms after the last movement",
        flush=True,
    )
    return float(np.median(single))


def main() -> None:
    """Measure, print, and fail when the median in the book's JupyterLab is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=120, help="key presses")
    moves = parser.parse_args().moves
    print(machine())
    report("JupyterLab as it comes", moves, ())
    median = report("JupyterLab as cgan-tutorial lab starts it", moves, (FLAG,))
    if median > LIMIT:
        sys.exit(f"the median is above {LIMIT:.0f} ms")


if __name__ == "__main__":
    main()
