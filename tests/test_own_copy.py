"""The reader's copy of the chapters: refreshed as long as it is unchanged, kept afterwards."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import lab_server
import nbformat
import pytest

from cgan_tutorial._own_copy import refresh
from cgan_tutorial.chapters.ch07.processes import free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A folder with two chapters and the solutions of one."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    folder = tmp_path / "my book" / "notebooks"
    (folder / "solutions").mkdir(parents=True)
    for name in ("01_one.ipynb", "02_two.ipynb", "solutions/01_one.ipynb"):
        write(folder / name, "first edition")
    return folder


def write(path, text):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]), path)


def test_unchanged_copies_follow_the_book(book):
    own, sentences = refresh(book)
    assert own == book.parent / "my-notebooks" and sentences == []
    write(book / "01_one.ipynb", "second edition")
    write(book / "solutions/01_one.ipynb", "second edition")
    assert refresh(book) == (own, [])
    for name in ("01_one.ipynb", "02_two.ipynb", "solutions/01_one.ipynb"):
        assert (own / name).read_bytes() == (book / name).read_bytes()


def test_a_changed_copy_is_kept_and_named_until_it_is_renamed(book):
    own, _ = refresh(book)
    write(own / "01_one.ipynb", "mine")
    mine = (own / "01_one.ipynb").read_bytes()
    (sentence,) = refresh(book)[1]
    assert "01_one.ipynb" in sentence and "02_two.ipynb" not in sentence
    write(book / "01_one.ipynb", "second edition")
    sentences = refresh(book)[1]
    assert len(sentences) == 2 and "newer 01_one.ipynb" in sentences[1]
    assert (own / "01_one.ipynb").read_bytes() == mine
    (own / "01_one.ipynb").rename(own / "mine.ipynb")
    assert refresh(book) == (own, [])
    assert (own / "01_one.ipynb").read_bytes() == (book / "01_one.ipynb").read_bytes()
    assert (own / "mine.ipynb").read_bytes() == mine


def test_without_its_record_nothing_of_the_readers_is_overwritten(book):
    own, _ = refresh(book)
    write(own / "01_one.ipynb", "mine")
    (own / ".copied.json").write_text("{")
    (sentence, _) = refresh(book)[1]
    assert "01_one.ipynb" in sentence and "02_two.ipynb" not in sentence
    write(book / "02_two.ipynb", "second edition")
    refresh(book)
    assert (own / "02_two.ipynb").read_bytes() == (book / "02_two.ipynb").read_bytes()


def test_git_ignores_the_copy():
    ignored = ["git", "check-ignore", "my-notebooks/01_background.ipynb"]
    done = subprocess.run(ignored, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 128:
        pytest.skip("this folder is no git checkout")
    assert done.returncode == 0


STORED = "<b id=stored>still</b><script>document.getElementById('stored').id = 'moved'</script>"
LAB = """\
import pathlib, sys
from cgan_tutorial import _notebooks, cli
book = pathlib.Path(sys.argv.pop(1))
_notebooks.folder = lambda: book
cli.main()"""


@pytest.mark.browser
@pytest.mark.skipif(lab_server.find_browser() is None, reason="no Chromium was found")
def test_jupyterlab_opens_the_first_chapter_alive_without_a_question(book, tmp_path):
    output = nbformat.v4.new_output("display_data", {"text/html": STORED, "text/plain": ""})
    cell = nbformat.v4.new_code_cell("shown", execution_count=1, outputs=[output])
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    stored = nbformat.v4.new_notebook(cells=[cell], metadata=kernel)
    nbformat.write(stored, book / "01_one.ipynb")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**lab_server._environment(tmp_path), "JUPYTER_TOKEN": "secret"}
    command = [sys.executable, "-c", LAB, str(book), "lab", "--no-browser", f"--port={port}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            lab_server._wait_for(server, f"{address}/api", tmp_path / "log")
            if Path(sys.prefix) == ROOT / ".venv":
                name = "@jupyterlab/apputils-extension:notification"
                asked = f"{address}/lab/api/settings/{name}?token=secret"
                with urllib.request.urlopen(asked) as answer:
                    assert b'"default": "false"' in answer.read()
            with lab_server.browser(environment) as browser:
                page = browser.new_page(viewport={"width": 390, "height": 800})
                page.set_default_timeout(60_000)
                page.goto(f"{address}/doc/tree/01_one.ipynb?token=secret")
                page.locator("#moved").wait_for()
                assert page.locator(".jp-OutputArea-output").bounding_box()["width"] > 250
                page.set_viewport_size({"width": 1280, "height": 800})
                page.goto(address)
                page.locator("#moved").wait_for()
                assert "/lab/tree/01_one.ipynb" in page.url
                assert not page.get_by_text("official Jupyter news").count()
        finally:
            lab_server._end(server)
    assert ("--allow-root" in (tmp_path / "log").read_text()) == (
        hasattr(os, "geteuid") and os.geteuid() == 0
    )
