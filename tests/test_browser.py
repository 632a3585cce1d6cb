"""The latent sliders in JupyterLab, moved as a reader moves them."""

import lab_server
import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        lab_server.find_browser() is None,
        reason="no Chromium was found: install chromium, or run playwright install chromium",
    ),
]

CELLS = [
    """\
from cgan_tutorial import data, models
from cgan_tutorial.training import train
from cgan_tutorial.widgets import latent_sliders

digits = data.load()
model = models.build("autoencoder", latent_dim=8, width=4)
history = train(model, digits, epochs=1, view=False)""",
    "latent_sliders(model, digits, axes=3)",
]
PICTURE = "img.latent-picture"
PIXELS = f"""() => {{
    const image = document.querySelector("{PICTURE}");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 28;
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL();
}}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with lab_server.notebook_page(tmp_path_factory.mktemp("lab"), CELLS) as page:
        lab_server.run_all_cells(page)
        yield page


def pixels(page):
    return page.evaluate(PIXELS)


def wait_until_changed(page, before):
    page.wait_for_function(f"before => ({PIXELS})() !== before", arg=before)


def wait_until_back(page, first):
    page.wait_for_function(f"first => ({PIXELS})() === first", arg=first)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_strip_is_shown_above_the_sliders(page):
    strip = page.locator(".jp-RenderedImage img").bounding_box()
    assert strip["height"] > 100
    assert strip["y"] < page.locator(PICTURE).first.bounding_box()["y"]


def test_slider_moved_by_keyboard_changes_the_picture_and_reset_brings_it_back(page):
    first, source = pixels(page), page.locator(PICTURE).first.get_attribute("src")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("PageUp")
    wait_until_changed(page, first)
    assert page.locator(PICTURE).first.get_attribute("src") != source
    assert page.locator(".widget-readout").first.inner_text() != "0.0"
    button(page, "reset").click()
    wait_until_back(page, first)
    assert page.locator(".widget-readout").first.inner_text() == "0.0"


def test_slider_dragged_by_mouse_changes_the_picture(page):
    before = pixels(page)
    handle = page.get_by_role("slider").nth(1)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=10)
    page.mouse.up()
    wait_until_changed(page, before)
    assert page.locator(".widget-readout").nth(1).inner_text() != "0.0"
    button(page, "reset").click()
    wait_until_back(page, before)
    assert page.locator(".widget-readout").nth(1).inner_text() == "0.0"


def test_class_mean_moves_the_sliders(page):
    first = pixels(page)
    button(page, "3").click()
    page.get_by_text("Start: the mean of class 3").wait_for()
    wait_until_changed(page, first)
    assert set(page.locator(".widget-readout").all_inner_texts()) != {"0.0"}
    button(page, "reset").click()
    wait_until_back(page, first)


def test_test_image_is_shown_with_its_original(page):
    first = pixels(page)
    index = page.get_by_role("spinbutton")
    index.fill("17")
    index.press("Enter")
    page.get_by_text("Start: test image 17").wait_for()
    wait_until_changed(page, first)
    assert set(page.locator(".widget-readout").all_inner_texts()) != {"0.0"}
    button(page, "reset").click()
    wait_until_back(page, first)
    assert set(page.locator(".widget-readout").all_inner_texts()) == {"0.0"}
