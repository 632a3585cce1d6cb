"""The game in JupyterLab, played as a reader plays it; its recording in a page of its own."""

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
from pathlib import Path
from cgan_tutorial.widgets import game

points = game()
recording = points.record(rounds=20, every=5)
Path("recording.html").write_text(recording._repr_html_(), encoding="utf-8")
points.reset()
points""",
]
PLANE = ".cgan-game .plane canvas"
STILL = "img[alt^='Game of points']"
READY = f"""document.querySelector('{PLANE}') && document.querySelector("{STILL}")"""
STEPS = "Steps of D, of G"
LAYERS = ["What D thinks", "Net of G", "Real points", "Fakes", "Push on the fakes"]
# Each layer alone, then all of them again.
ALONE = """canvas => {
    const boxes = [...canvas.closest(".cgan-game").querySelectorAll(".layers input")];
    const only = chosen => boxes.forEach(box => box.checked === chosen(box) || box.click());
    const looks = boxes.map(box => (only(other => other === box), canvas.toDataURL()));
    only(() => true);
    return looks;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(folder):
    with lab_server.notebook_page(folder, CELLS) as page:
        lab_server.run_all_cells(page, READY)
        yield page


@pytest.fixture
def page(lab):
    """The game at its start."""
    chosen(lab, "Preset").select_option("healthy")
    wait_for_row(lab, STEPS, "0, 0")
    return lab


def button(page, name):
    return page.get_by_role("button", name=name)


def chosen(page, name):
    return page.get_by_role("combobox", name=name, exact=True)


def layers(page):
    """What each layer looks like alone."""
    looks = page.locator(PLANE).first.evaluate(ALONE)
    return dict(zip(LAYERS, looks, strict=True))


def changed(before, after):
    return {name for name in LAYERS if before[name] != after[name]}


def row(page, name):
    return page.locator(f"tr:has(th:text-is('{name}')) td")


def wait_for_row(page, name, text):
    page.locator(f"tr:has(th:text-is('{name}')) td:text-is('{text}')").wait_for()


def test_each_step_changes_its_own_layers(page):
    start = layers(page)
    assert len(set(start.values())) == len(LAYERS)
    button(page, "Step D").click()
    wait_for_row(page, STEPS, "1, 0")
    after_d = layers(page)
    assert changed(start, after_d) == {"What D thinks", "Push on the fakes"}
    button(page, "Step G").click()
    wait_for_row(page, STEPS, "1, 1")
    assert changed(after_d, layers(page)) == {"Net of G", "Fakes", "Push on the fakes"}


def test_play_pause_and_reset(page):
    start = layers(page)
    button(page, "Play").click()
    page.get_by_text("rounds a second").wait_for()
    page.wait_for_timeout(2000)
    rate = page.locator(".cgan-game .rate").inner_text()
    button(page, "Pause").click()
    button(page, "Play").wait_for()
    page.wait_for_timeout(200)
    paused = row(page, "Round").inner_text()
    page.wait_for_timeout(300)
    assert row(page, "Round").inner_text() == paused
    assert int(paused) > 1
    assert changed(start, layers(page)) == set(LAYERS) - {"Real points"}
    print(rate)
    assert float(rate.split()[0]) > 0
    button(page, "Reset").click()
    wait_for_row(page, STEPS, "0, 0")
    assert layers(page) == start


def test_a_preset_says_what_to_watch_and_a_choice_leaves_it(page):
    start = layers(page)
    chosen(page, "Preset").select_option("discriminator too strong")
    page.get_by_text("no arrows").wait_for()
    assert chosen(page, "Loss").input_value() == "minimax"
    chosen(page, "Data").select_option("moons")
    page.get_by_text("of 16 stretches").wait_for()
    assert chosen(page, "Preset").input_value() == ""
    assert "Real points" in changed(start, layers(page))


def test_the_keyboard_steps_and_jupyter_does_not_listen(page):
    button(page, "Step both").focus()
    page.keyboard.press("Enter")
    wait_for_row(page, "Round", "1")
    # JupyterLab would delete the cell.
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("Space")
    wait_for_row(page, "Round", "2")
    assert page.locator(PLANE).count() == 1


def test_slow_motion_is_told_in_captions(page):
    for number in range(1, 8):
        button(page, "Slow motion").click()
        page.get_by_role("status").get_by_text(f"{number} of 7.").wait_for()
    assert row(page, "Round").inner_text() == "1"


def test_a_refused_setting_is_told_and_taken_back(page):
    seed = page.get_by_label("Seed")
    seed.fill("-1")
    seed.press("Tab")
    page.get_by_text("Not done: seed is -1; give an integer from 0 to").wait_for()
    assert seed.input_value() == "0"


def test_a_seed_is_taken_with_enter_and_starts_another_game(page):
    start = layers(page)
    button(page, "Step both").click()
    wait_for_row(page, "Round", "1")
    seed = page.get_by_label("Seed")
    seed.fill("3")
    seed.press("Enter")
    wait_for_row(page, STEPS, "0, 0")
    assert seed.input_value() == "3"
    assert {"Net of G", "Fakes", "What D thinks"} <= changed(start, layers(page))


def test_the_still_picture_hides_and_follows(page):
    still = page.locator(STILL)
    before = still.get_attribute("src")
    button(page, "Step both").click()
    page.wait_for_function(
        f'before => document.querySelector("{STILL}").src !== before', arg=before
    )
    assert not still.is_visible()


def test_a_recording_is_scrubbed_with_no_kernel_and_no_network(lab, folder):
    context = lab.context.browser.new_context(offline=True)
    page = context.new_page()
    page.goto((folder / "book" / "recording.html").as_uri())
    slider = page.get_by_role("slider", name="Round")
    assert slider.get_attribute("aria-valuetext") == "round 20 of 20"
    last = layers(page)
    slider.press("Home")
    page.get_by_text("round 0 of 20").wait_for()
    assert row(page, STEPS).inner_text() == "0, 0"
    assert changed(last, layers(page)) == set(LAYERS) - {"Real points"}
    button(page, "Play").click()
    page.get_by_text("round 20 of 20").wait_for()
    assert layers(page) == last
    context.close()
