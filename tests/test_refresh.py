"""Notebooks are stored clean: what differs at each execution is not in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import readme_picture
import refresh_notebooks as refresh

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts/refresh_notebooks.py"


def output(data, kind="display_data", **more):
    """Return one output of a cell."""
    return {"output_type": kind, "data": data, "metadata": {}, **more}


def code(source, *outputs, count=1, **metadata):
    """Return one executed code cell."""
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


def notebook(*cells):
    """Return a notebook as an editor leaves it."""
    metadata = {
        "kernelspec": {"display_name": "book", "language": "python", "name": "x"},
        "language_info": {"name": "python", "version": "3.11.7"},
        "papermill": {"duration": 12.3},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "title": "A chapter",
    }
    return {
        "cells": list(cells),
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def write(path, *sources):
    """Write a notebook of code cells to `path`."""
    cells = [code(source, count=None) for source in sources]
    path.write_text(json.dumps(refresh.clean(notebook(*cells))), encoding="utf-8")
    return path


def test_metadata_is_normalised():
    cell = code("1", execution={"iopub": "now"}, tags=["taught"], ExecuteTime={})
    clean = refresh.clean(notebook(cell, code("2", tags=[], papermill={})))
    assert clean["metadata"] == {
        "kernelspec": refresh.KERNEL,
        "language_info": refresh.LANGUAGE,
        "title": "A chapter",
    }
    assert [cell["metadata"] for cell in clean["cells"]] == [{"tags": ["taught"]}, {}]
    nbformat.validate(nbformat.from_dict(clean))


def test_cells_keep_their_ids_and_get_stable_ones():
    kept = {**code("1"), "id": "walk"}
    clean = refresh.clean(notebook(kept, code("2")))
    assert [cell["id"] for cell in clean["cells"]] == ["walk", "cell-01"]
    assert refresh.clean(clean) == clean


def test_executed_cells_are_numbered_in_order():
    result = output({"text/plain": "3"}, "execute_result", execution_count=17)
    cells = code("1", count=4), code("", count=None), code("3", result, count=17)
    clean = refresh.clean(notebook(*cells))["cells"]
    assert [cell["execution_count"] for cell in clean] == [1, None, 2]
    assert clean[2]["outputs"][0]["execution_count"] == 2


def test_widget_views_become_words_and_keep_their_pictures():
    view = {refresh.WIDGET: {"model_id": "5f"}, "text/plain": "VBox(children=...)"}
    picture = {**view, "image/png": "iVBO"}
    outputs = refresh.clean(notebook(code("w", output(view), output(picture))))
    bare, pictured = outputs["cells"][0]["outputs"]
    assert bare["data"] == {"text/plain": refresh.WIDGET_TEXT}
    assert pictured["data"] == {k: picture[k] for k in ("text/plain", "image/png")}


def test_memory_addresses_vanish():
    text = output({"text/plain": "<Axes at 0x7f3a5c0d1e80> with 0x10 parts"})
    clean = refresh.clean(notebook(code("a", text)))
    data = clean["cells"][0]["outputs"][0]["data"]
    assert data == {"text/plain": "<Axes at 0x...> with 0x10 parts"}


@pytest.mark.parametrize(
    "shown",
    [
        {"output_type": "stream", "name": "stdout", "text": "in HEREfile\n"},
        output({"text/html": ["<b>", "HEREfile", "</b>"]}),
        output({"application/json": {"path": "HEREfile"}}),
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["HEREfile"]},
    ],
)
def test_paths_of_the_machine_are_refused(shown):
    path = f"{ROOT}{os.sep}"
    shown = json.loads(json.dumps(shown).replace("HERE", path))
    with pytest.raises(ValueError, match="ch.ipynb: the output of cell 1 shows"):
        refresh.check_paths(notebook(code("1"), code("2", shown)), "ch.ipynb", [path])


def test_bytes_of_pictures_are_no_paths():
    html = output({"text/html": "<img src='data:image/png;base64,AA/tmp/AA=='>"})
    png = output({"image/png": "AA/tmp/AA"})
    book = notebook(code("1", html, png))
    assert refresh.check_paths(book, "ch.ipynb", ["/tmp" + "/"]) is None


@pytest.mark.slow
def test_a_notebook_is_executed_and_then_stays(tmp_path):
    path = write(tmp_path / "ch.ipynb", "open('made', 'w').write('x')", "print(6 * 7)")
    assert refresh.refresh(path)
    book = json.loads(path.read_text(encoding="utf-8"))
    assert book["cells"][1]["outputs"][0]["text"] == ["42\n"]
    assert book == refresh.clean(book)
    assert [file.name for file in tmp_path.iterdir()] == ["ch.ipynb"]
    assert not refresh.refresh(path)


@pytest.mark.slow
def test_a_failing_cell_leaves_the_notebook_as_it_was(tmp_path):
    path = write(tmp_path / "ch.ipynb", "print(1)", "1 / 0")
    before = path.read_text(encoding="utf-8")
    command = [sys.executable, str(SCRIPT), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert all(fact in sentence for fact in ("ch.ipynb", "cell 2", "ZeroDivisionError"))
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda path: path.stem
)
def test_the_stored_chapters_are_clean(path):
    book = json.loads(path.read_text(encoding="utf-8"))
    assert refresh.clean(book) == book, f"run make notebooks NOTEBOOKS=notebooks/{path.name}"
    refresh.check_paths(book, path.name, refresh.machine_paths())


def test_the_readmes_picture_is_the_one_that_a_chapter_stores():
    assert readme_picture.picture() == readme_picture.TARGET.read_bytes()


def test_a_stored_chapter_takes_at_most_two_mebibytes():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert len(sizes) == 8 and max(sizes.values()) <= 2 * 2**20, sizes
