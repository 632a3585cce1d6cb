"""Each widget that runs in the page: accessible, small, narrow, and a picture without scripts.

Each is opened as a file, light and dark, on a wide and a narrow screen; no kernel is there.
"""

import lab_server
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from cgan_tutorial import data, models, plots
from cgan_tutorial.exercises import quiz
from cgan_tutorial.widgets import explorer, morphing, pad, page
from cgan_tutorial.widgets.frames import frames
from cgan_tutorial.widgets.game import game

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(lab_server.find_browser() is None, reason="no Chromium was found"),
]


def explored(model, digits):
    return explorer.latent_explorer(model, digits)


def morphed(model, digits):
    return morphing.morph(model, *digits.test.images[:2], digits)


def drawn(model, digits):
    return pad.draw_digit(model, data=digits)


def played(model, digits):
    return game()


def framed(model, digits):
    def brighter(share):
        return plots.tile(np.clip(digits.test.images[:6] * share, 0, 1), columns=3)

    light = ("brightness", [1, 2, 4], " times")
    return frames(brighter, light, said=lambda share: f"{share} times.", alt="Six digits.")


def asked(model, digits):
    return quiz("01")


MAKERS = {each.__name__: each for each in (explored, morphed, drawn, played, framed, asked)}
THEMES = {
    "light": "<body data-jp-theme-light=true style='background: #fff'>",
    "dark": "<body data-jp-theme-light=false style='background: #111'>",
}
WITHOUT_WORDS = """\
[...document.querySelectorAll(".cgan img, .cgan canvas, .cgan [role=img]")].filter((each) =>
    !each.matches("[alt], [aria-label], [aria-labelledby]") &&
    !each.closest("[aria-hidden=true], [role=img][aria-label]")
).map((each) => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def widgets():
    model, digits = models.pretrained("cgan"), data.load()
    return {name: make(model, digits) for name, make in MAKERS.items()}


@pytest.fixture
def opened(chromium, widgets, tmp_path):
    """Return a function that opens widgets in a page, which must not complain nor ask a host."""
    contexts, said, asked = [], [], []

    def open_page(*names, theme="light", width=900, scripts=True):
        parts = [widgets[name].html(f"cell of {name}") for name in names]
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>Widgets</title>"
        head += "<meta name=viewport content='width=device-width'>"
        (tmp_path / "page.html").write_text(head + THEMES[theme] + "".join(parts), "utf-8")
        contexts.append(
            chromium.new_context(
                viewport={"width": width, "height": 800}, java_script_enabled=scripts
            )
        )
        opened = contexts[-1].new_page()
        opened.on("console", lambda line: said.append(line.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto((tmp_path / "page.html").as_uri())
        if scripts:
            opened.wait_for_function(
                f"document.querySelectorAll('[data-alive] > .cgan-live').length === {len(names)}"
            )
        return opened

    page._brought.clear()
    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", MAKERS)
def test_no_serious_finding_of_axe_and_no_picture_without_words(name, theme, opened):
    shown = opened(name, theme=theme)
    found = Axe().run(shown, context=".cgan").response["violations"]
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert shown.evaluate(WITHOUT_WORDS) == []


@pytest.mark.parametrize("name", MAKERS)
def test_a_narrow_screen_need_not_be_scrolled_sideways(name, opened):
    shown = opened(name, width=390)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", MAKERS)
def test_its_own_code_is_small(name, widgets):
    size = len(page.code(widgets[name].module).encode())
    print(f"{name}: {size:,} bytes")
    assert size <= 60_000


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "asked"])
def test_without_scripts_a_still_picture_and_a_note_are_there(name, opened):
    shown = opened(name, scripts=False)
    (still,) = shown.locator(".cgan img").all()
    assert still.get_attribute("alt")
    assert min(still.bounding_box()["width"], still.bounding_box()["height"]) > 50
    assert shown.locator("body").inner_text().strip() == page.NOTE


def test_all_live_in_one_page(opened):
    shown = opened(*MAKERS)
    assert shown.locator("[data-alive] > .cgan-live").count() == len(MAKERS)
    assert shown.get_by_text(page.NOTE).count() == 0  # each still has given way
