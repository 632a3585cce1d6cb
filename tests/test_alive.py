"""Stored widgets and pictures, opened without running a cell."""

import lab_server
import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from test_page import decoder, dial, widget  # noqa: F401 (a fixture)

from cgan_tutorial import plots

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(lab_server.find_browser() is None, reason="needs Chromium: install it"),
]
ALIVE = "document.querySelector('[data-alive] canvas')"
WITHOUT_WORDS = (
    "[...document.querySelectorAll('.jp-OutputArea img')].filter((one) => !one.alt).length"
)


def stored():
    """A cell that has shown a widget, and one that has shown a picture."""
    chart = plots.curves({"a": (np.arange(3), np.arange(3))}, "x", "y")
    bundles = widget()._repr_mimebundle_(), plots.bundle(chart, "A line that rises.")
    cells = []
    for count, data in enumerate(bundles, start=1):
        output = nbformat.v4.new_output("display_data", data)
        cells.append(nbformat.v4.new_code_cell("shown", execution_count=count, outputs=[output]))
    return cells


def moved(page):
    """Move the slider as by keyboard; return what the widget says then, and should say."""
    page.locator("input[type=range]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    wanted = decoder().predict(np.array([[2.0, 0, 0]]), verbose=0)[0, 0, 0, 0]
    page.wait_for_function(
        "(end) => document.querySelector('.cgan-status').textContent.endsWith(end)",
        arg=f" {wanted:.3f}",
    )


def test_a_trusted_notebook_is_alive_without_a_run(tmp_path):
    with lab_server.notebook_page(tmp_path / "lab", stored(), trusted=True) as page:
        page.wait_for_function(ALIVE)
        moved(page)
        page.locator("img").last.wait_for()
        assert page.evaluate(WITHOUT_WORDS) == 0


def test_an_untrusted_notebook_shows_the_still_picture_and_where_the_live_one_is(tmp_path):
    with lab_server.notebook_page(tmp_path / "lab", stored()) as page:
        page.locator("img[alt='A <p>']").wait_for()
        page.locator("img[alt='A line that rises.']").wait_for()
        assert page.evaluate(ALIVE) is None
        assert page.get_by_text("Run the cell").is_visible()
        assert "<script" not in page.locator(".jp-OutputArea").first.inner_html()


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_a_page_made_by_nbconvert_is_alive_and_its_pictures_have_words(tmp_path, template):
    book = nbformat.v4.new_notebook(cells=stored())
    html, _ = HTMLExporter(template_name=template).from_notebook_node(book)
    (tmp_path / "page.html").write_text(html)
    with lab_server.browser() as chromium:
        page = chromium.new_page()
        page.goto((tmp_path / "page.html").as_uri(), wait_until="commit")
        page.wait_for_function(ALIVE)
        moved(page)
        assert page.locator("img[alt='A line that rises.']").count() == 1
        assert page.evaluate("[...document.images].filter((one) => !one.alt).length") == 0


def test_a_kernel_that_is_busy_or_gone_is_said(tmp_path):
    asks_the_kernel = (
        "from cgan_tutorial import data, models\n"
        "from cgan_tutorial.widgets import export, latent_explorer, page\n"
        "def refuse(network):\n"
        "    raise export.NotExportableError('a layer is unknown')\n"
        "page.as_text = refuse\n"
        "latent_explorer(models.pretrained('autoencoder'), data.load(), directions=1)"
    )
    cells = [asks_the_kernel, "import time; time.sleep(6)"]
    note = "document.querySelector('.cgan-note:last-child')?.textContent"
    with lab_server.notebook_page(tmp_path / "lab", cells) as page:
        reading = page.locator(".cgan-reading")
        lab_server.run_all_cells(page, f"{note}?.includes('busy')")
        page.wait_for_function(f"{note}.includes('a layer is unknown')")
        reading.filter(has_text="reads 3").wait_for()
        page.get_by_label("Across").focus()
        page.keyboard.press("End")
        reading.filter(has_text="reads 8").wait_for()
        page.get_by_role("menuitem", name="Kernel", exact=True).click()
        page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
        page.get_by_text("No Kernel |").wait_for()
        page.get_by_label("Across").focus()
        page.keyboard.press("Home")
        page.wait_for_function(f"{note}.includes('stopped')")
        assert "restart it and run this cell again" in page.evaluate(note)
        assert "reads 8" in reading.inner_text()
