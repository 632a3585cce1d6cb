"""A heap that stays small, full precision, and a Chromium with pages without kernel or network."""

import gc

import lab_server
import pytest

MOST_OBJECTS = 100_000


@pytest.fixture(autouse=True)
def small_heap():
    """Keep Python's collector from looking again and again at what earlier tests left.

    TensorFlow keeps each traced step, some ten thousand objects; after some hundred trainings
    a collection takes seconds, and each call of `train` asks for one.
    """
    if len(gc.get_objects()) > MOST_OBJECTS:
        gc.collect()
        gc.freeze()


@pytest.fixture
def tensorflow():
    """Skip what only TensorFlow has: its tapes, and the graph of a step."""
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("written with TensorFlow's tapes and graphs")


@pytest.fixture
def float64():
    """So that what is off is a wrong formula, and not rounding."""
    import keras

    for width in ("float64", "float32"):
        keras.config.set_floatx(width)
        keras.config.set_dtype_policy(width)
        if width == "float64":
            yield


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; the test is skipped where there is none."""
    if lab_server.find_browser() is None:
        pytest.skip("no Chromium was found: install chromium, or run playwright install chromium")
    with lab_server.browser() as browser:
        yield browser


@pytest.fixture
def opened(chromium, tmp_path):
    """Return a function that opens a widget's page; an error in the page fails the test."""
    contexts, errors = [], []

    def open_page(widget, fragment="", **options):
        file = tmp_path / "page.html"
        file.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8><body>{widget.html()}", "utf-8"
        )
        contexts.append(chromium.new_context(**options))
        contexts[-1].grant_permissions(["clipboard-read", "clipboard-write"])
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: line.type == "error" and errors.append(line.text))
        page.goto(f"{file.as_uri()}{fragment}")
        page.wait_for_selector("[data-alive] > .cgan-live")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
