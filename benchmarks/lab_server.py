"""A JupyterLab of one's own, in a temporary folder, and a headless Chromium that opens it.

The browser tests and the latency benchmark stand on this. Nothing is written
outside the folder, and server, kernel and browser end with the `with` block.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from playwright.sync_api import Browser, Page, sync_playwright

from cgan_tutorial.chapters.ch07.processes import free_port

BROWSERS = "chromium", "chromium-browser", "google-chrome"
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 240


@cache
def find_browser() -> str | None:
    """Return the path of a Chromium: the system's, else the one that playwright fetched."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def browser(environment: dict[str, str] | None = None) -> Iterator[Browser]:
    """Start a headless Chromium; it ends with the `with` block.

    Raises:
        RuntimeError: there is none.
    """
    path = find_browser()
    if path is None:
        raise RuntimeError(
            "no Chromium was found; install chromium, or run playwright install chromium"
        )
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=BROWSER_FLAGS, env=environment)
        yield chromium
        chromium.close()


@contextmanager
def notebook_page(
    folder: Path,
    cells: list[str | NotebookNode],
    trusted: bool = False,
) -> Iterator[Page]:
    """Open a notebook with these cells in JupyterLab in a headless Chromium.

    Args:
        folder: a new or empty folder; it becomes the home of server, kernel and browser.
            The notebook and the files that it writes are in its subfolder `book`.
        cells: the source of each cell, or a whole cell with its outputs.
        trusted: whether the notebook is signed, as one's own are, so that its outputs run.

    Raises:
        RuntimeError: there is no Chromium, or the server does not start.
    """
    book = _write_notebook(folder / "book" / "chapter.ipynb", cells)
    environment = _environment(folder)
    if trusted:
        data = Path(environment["JUPYTER_DATA_DIR"])
        data.mkdir()
        NotebookNotary(data_dir=str(data)).sign(book)
    with (
        _server(folder, environment) as (address, token),
        browser(environment) as chromium,
    ):
        page = chromium.new_page(viewport={"width": 1280, "height": 1100})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/lab/tree/chapter.ipynb?token={token}")
        yield page


def run_all_cells(page: Page, ready: str) -> None:
    """Run all cells as a reader would, and wait until `ready`, in JavaScript, holds."""
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ready)


def _write_notebook(path: Path, cells: list[str | NotebookNode]) -> NotebookNode:
    whole = [nbformat.v4.new_code_cell(each) if isinstance(each, str) else each for each in cells]
    book = nbformat.v4.new_notebook(cells=whole)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path.parent.mkdir(parents=True)
    nbformat.write(book, path)
    return book


def _environment(home: Path) -> dict[str, str]:
    own = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"
    own += "KERAS_HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"
    folders = {name: str(home / name.lower()) for name in own}
    return {**os.environ, **folders, "HOME": str(home)}


@contextmanager
def _server(folder: Path, environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    token, port = secrets.token_hex(16), free_port()
    _silence_announcements(Path(environment["JUPYTER_CONFIG_DIR"]))
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.root_dir={folder / 'book'}", "--ServerApp.ip=127.0.0.1"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            command,
            env={**environment, "JUPYTER_TOKEN": token},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(server, f"http://127.0.0.1:{port}/api", folder / "server.log")
            yield f"http://127.0.0.1:{port}", token
        finally:
            _end(server)


def _silence_announcements(config: Path) -> None:
    # A question about news would cover the page and look for a network.
    plugin = "@jupyterlab/apputils-extension:announcements"
    path = config / "labconfig" / "page_config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"disabledExtensions": {plugin: True}}))


def _wait_for(server: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start; it said: {log.read_text()[-2000:]}")


def _end(server: subprocess.Popen) -> None:
    # Asked politely, the server ends its kernels too.
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
