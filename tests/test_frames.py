"""Pictures behind sliders: what the page stores is what Python drew, and sliders show it."""

import base64
import io
import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from cgan_tutorial import plots
from cgan_tutorial.chapters.ch02 import figures
from cgan_tutorial.chapters.ch02.moving import distance_frames, rotation_frames
from cgan_tutorial.widgets.frames import frames


def bars(left, right=1):
    """Return a gray picture, (20, 30), with two levels that the values choose."""
    picture = np.full((20, 30), 255, "uint8")
    picture[:, :10], picture[:10, 20:] = 10 * left, 20 * right
    return picture


def line(slope):
    figure, axes = plt.subplots(figsize=(3, 2), dpi=50, layout="constrained")
    axes.plot([0, 1], [0, slope])
    axes.set_ylim(0, 3)
    return figure


def opened(address):
    return Image.open(io.BytesIO(base64.b64decode(address.split(",")[1])))


def seen(widget, index):
    """Return the pixels that the page shows at a position, (height, width, 3)."""
    ground, change = opened(widget.spec["still"]).convert("RGBA"), widget.spec["changes"][index]
    if change:
        ground = Image.alpha_composite(ground, opened(change).convert("RGBA"))
    return np.asarray(ground.convert("RGB"))


def test_each_position_shows_its_picture_and_says_its_sentence():
    first, second = ("left", [0, 1, 5]), ("right", [1, 2], " units")
    widget = frames(bars, first, second, said=lambda a, b: f"{a} and {b}.", alt="Bars.")
    for index, (left, right) in enumerate([(0, 1), (0, 2), (1, 1), (1, 2), (5, 1), (5, 2)]):
        assert (seen(widget, index) == bars(left, right)[..., None]).all()
        assert widget.spec["said"][index] == f"{left} and {right}."
    assert [each["names"] for each in widget.spec["sliders"]] == [
        ["0", "1", "5"],
        ["1 units", "2 units"],
    ]
    assert 'alt="Bars. 0 and 1."' in widget.image and 'width="30"' in widget.image
    assert widget.spec["changes"][0] == "" and widget.spec["kind"] == "cgan-frame"


def test_a_dark_page_inverts_charts_and_no_images():
    slope = ("slope", [1, 2])
    chart = frames(line, slope, alt="A line.")
    assert chart.spec["kind"] == "cgan-frame cgan-chart" and "cgan-chart" in chart.image

    def shown(level):
        figure, axes = plt.subplots(figsize=(2, 2), dpi=50)
        axes.imshow([[level, 0], [0, 3]])
        return figure

    assert frames(shown, slope, alt="A square.").spec["kind"] == "cgan-frame"


def test_a_color_picture_is_kept_as_it_is():
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (2, 120, 120, 3), dtype="uint8")
    widget = frames(lambda index: photos[index], ("photo", [0, 1]), alt="Two photos.")
    assert (seen(widget, 0) == photos[0]).all() and (seen(widget, 1) == photos[1]).all()


def test_the_sliders_start_at_the_nearest_positions():
    given = ("left", np.linspace(0, 6, 7)), ("right", [1, 2, 4])
    widget = frames(bars, *given, alt="Bars.", start=(4.2, 3.5))
    assert [each["start"] for each in widget.spec["sliders"]] == [4, 2]
    assert (np.asarray(opened(widget.spec["still"]).convert("L")) == bars(4, 4)).all()


def test_figures_have_twice_the_pixels_white_ground_and_are_closed():
    before = plt.get_fignums()
    widget = frames(line, ("slope", [1, 2]), alt="A line.")
    assert plt.get_fignums() == before
    assert seen(widget, 1).shape == (200, 300, 3) and 'width="150"' in widget.image
    assert (seen(widget, 0)[0, 0] == 255).all()
    assert (seen(widget, 0) != seen(widget, 1)).any()


@pytest.mark.slow
def test_an_animated_figure_gives_the_same_pictures():
    def anew(distance, sigma):
        shown = figures.Apart(distance, sigma)
        for artist in shown.figure.findobj(lambda each: each.get_animated()):
            artist.set_animated(False)
        return shown.figure

    sliders = ("distance", [1, 4]), ("σ", [0.3, 1])
    fast = frames(figures.Apart(0).move, *sliders, alt="Gaussians.")
    slow = frames(anew, *sliders, alt="Gaussians.")
    for index in range(4):
        apart = np.abs(seen(fast, index).astype(int) - seen(slow, index))
        assert np.mean(apart > 40) < 1e-4


def test_a_figure_that_is_shown_twice_keeps_its_size():
    figure = line(1)
    widget = frames(lambda at: figure, ("at", [0, 1]), alt="A line.")
    assert (seen(widget, 0) == seen(widget, 1)).all() and figure.dpi == 50


@pytest.mark.slow
def test_labels_outside_of_a_figure_are_shown_and_may_differ():
    def labelled(count):
        return plots.grid(np.zeros((2, 8, 8, 1)), columns=1, rows=["row", "r" * count])

    widget = frames(labelled, ("letters", [1, 40]), alt="Two squares.")
    short, long = seen(widget, 0), seen(widget, 1)
    assert short.shape == long.shape
    labels, images = np.split(short != long, [long.shape[1] // 2], axis=1)
    assert labels.any() and not images.any()

    def wider(side):
        return plt.figure(figsize=(side, 1))

    with pytest.raises(ValueError, match="differ in size"):
        frames(wider, ("side", [1, 2]), alt="Nothing.")


def test_what_cannot_be_kept_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="2 pictures take .* into 100"):
        frames(bars, ("left", [1, 2]), alt="Bars.", most=100)
    with pytest.raises(ValueError, match="differ in size"):
        frames(lambda side: np.zeros((side, 5), "uint8"), ("side", [5, 6]), alt="Squares.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "counts", "number"),
    [(distance_frames, (13, 3), "Kullback–Leibler 4.50"), (rotation_frames, (9, 6), "×1.044")],
)
def test_chapter_2_moves_within_its_budget(make, counts, number):
    widget = make()
    sliders = widget.spec["sliders"]
    assert tuple(len(each["names"]) for each in sliders) == counts
    start = np.ravel_multi_index([each["start"] for each in sliders], counts)
    assert number in widget.spec["said"][start]
    assert widget.spec["changes"][start] == "" and all(
        change for index, change in enumerate(widget.spec["changes"]) if index != start
    )
    assert len(widget.html()) < 650_000


@pytest.mark.browser
def test_a_slider_shows_the_picture_of_its_position(opened):
    given = ("left", [0, 5, 10]), ("right", [1, 2], " units")
    widget = frames(bars, *given, said=lambda a, b: f"{a} and {b}.", alt="Bars.")
    level = (
        "() => document.querySelector('canvas').getContext('2d').getImageData(2, 2, 1, 1).data[0]"
    )
    page = opened(widget)
    page.get_by_role("img", name="Bars. 0 and 1.").wait_for()
    assert page.evaluate(level) == 0
    page.get_by_role("slider", name=re.compile("left")).press("End")
    page.get_by_role("img", name="Bars. 10 and 1.").wait_for()
    page.wait_for_function(f"({level})() === 100")
    page.get_by_role("slider", name=re.compile("right")).press("ArrowRight")
    page.get_by_role("status").get_by_text("10 and 2.").wait_for()
    right = page.get_by_role("slider", name=re.compile("right"))
    assert right.get_attribute("aria-valuetext") == "2 units"
