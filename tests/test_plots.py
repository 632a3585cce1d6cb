"""Figures: what is drawn is what was given."""

import base64
import io
import itertools

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from cgan_tutorial import plots
from cgan_tutorial.plots import diagrams, style


def stored(picture):
    """The pixels of a picture as a notebook stores them; of a figure with transparency."""
    source = plots.img(picture, "").split("base64,")[1].split('"')[0]
    image = Image.open(io.BytesIO(base64.b64decode(source)))
    return np.asarray(image.convert("RGBA") if isinstance(picture, Figure) else image)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_mosaic_of_gray_images_has_white_gaps_and_fills_its_last_row():
    images = np.zeros((3, 4, 5, 1))
    images[1] = 0.5
    found = plots.tile(images, columns=2, gap=1, zoom=3)
    assert found.shape == (3 * (1 + 2 * 5), 3 * (1 + 2 * 6)) and found.dtype == np.uint8
    small = found[::3, ::3]
    assert np.array_equal(small.repeat(3, axis=0).repeat(3, axis=1), found)
    assert (small[0] == 255).all() and (small[:, 6] == 255).all()
    assert (small[1:5, 1:6] == 0).all() and (small[1:5, 7:12] == 128).all()
    assert (small[6:10, 7:12] == 255).all()
    assert np.array_equal(plots.tile(images[..., 0], columns=2, gap=1, zoom=3), found)


def test_a_mosaic_of_colored_images_keeps_their_colors():
    images = np.random.default_rng(0).random((6, 16, 12, 3))
    found = plots.tile(images, columns=3, gap=0, zoom=1)
    assert found.shape == (32, 36, 3)
    assert np.array_equal(found[16:, 12:24], np.round(255 * images[4]).astype("uint8"))


@pytest.mark.parametrize("shape", [(4, 8, 8, 2), (8, 8), (4, 8, 8, 1, 1)])
def test_images_that_are_neither_gray_nor_colored_are_refused(shape):
    with pytest.raises(ValueError, match="1 channel for gray or 3 for color"):
        plots.tile(np.zeros(shape), 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_stored_as_png_with_its_alternative_text(channels):
    tiled = plots.tile(np.random.default_rng(0).random((4, 8, 8, channels)), 2)
    assert np.array_equal(stored(tiled), tiled)
    assert plots.bundle(tiled, 'four "images"')["text/plain"] == 'four "images"'
    assert 'alt="four &quot;images&quot;"' in plots.img(tiled, 'four "images"')


@pytest.mark.parametrize("columns", [5, 10, 13])
def test_pixels_in_a_grid_are_squares_of_one_size_and_the_gaps_transparent(columns):
    checkered = (np.indices((28, 28)).sum(axis=0) % 2)[None, ..., None]
    picture = stored(plots.grid(checkered.repeat(columns, axis=0), columns, rows=["a row"]))
    row = picture[len(picture) // 2]
    opaque, white = row[:, 3] == 255, row[:, 0] > 128
    starts = np.flatnonzero(opaque & np.r_[False, white[1:] != white[:-1]])
    sizes, counts = np.unique(np.diff(starts), return_counts=True)
    zoom = sizes[counts.argmax()]
    # All but the steps over the gaps, two pixels wide.
    assert set(sizes) <= {zoom, 3 * zoom, 4 * zoom} and counts.max() > 20 * columns
    assert picture[0, 0, 3] == 0 and zoom >= 3


def test_a_chart_is_turned_dark_by_the_page_and_a_picture_is_not():
    chart = plots.curves({"a": (np.arange(3), np.arange(3))}, "x", "y")
    assert 'class="cgan-chart"' in plots.img(chart, "a line")
    assert "cgan-chart" not in plots.img(plots.grid(np.zeros((2, 8, 8, 1))), "two images")


def test_a_grid_of_images_that_are_not_square_names_rows_and_columns_at_their_middle():
    images = np.zeros((4, 8, 20, 3))
    axes = plots.grid(images, 2, rows=["a", "b"], columns_named=["c", "d"]).axes[0]
    assert axes.get_yticks().tolist() == [5, 15] and axes.get_xticks().tolist() == [11, 33]
    assert axes.images[0].get_array().shape == (22, 46, 3)


def test_the_place_of_nan_in_a_grid_is_transparent():
    images = np.stack([np.ones((8, 8, 1)), np.full((8, 8, 1), np.nan), np.zeros((8, 8, 1))])
    alpha = plots.grid(images, 3).axes[0].images[0].get_alpha()
    assert [alpha[5, place] for place in (5, 15, 25)] == [1.0, 0.0, 1.0]


def recorded(logs, first=0):
    history = keras.callbacks.History()
    history.history = logs
    history.epoch = list(range(first, first + len(logs.get("loss", []))))
    return history


def test_a_history_has_a_panel_for_each_quantity_and_dashed_validation_curves():
    logs = {"loss": [3.0, 2.0, 1.0, 0.5], "mae": [4.0, 3.0, 2.0, 1.0]}
    logs |= {"val_loss": [3.5, 1.5], "val_mae": [5.0, 3.0]}
    figure = plots.history(recorded(logs))
    assert [panel.get_ylabel() for panel in figure.axes] == ["loss", "mae"]
    assert {panel.get_xlabel() for panel in figure.axes} == {"epoch"}
    train, validation = figure.axes[0].lines
    assert train.get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.0], [4, 0.5]]
    # Validated every second epoch.
    assert validation.get_xydata().tolist() == [[2, 3.5], [4, 1.5]]
    assert (train.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert train.get_color() == validation.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["training", "validation"]


def test_a_history_without_validation_counts_its_epochs_on():
    logs = {name: [2.0, 1.0] for name in ("real", "loss", "fake", "diversity")}
    figure = plots.history(recorded(logs, first=5))
    assert [panel.get_ylabel() for panel in figure.axes] == ["loss", "real", "fake", "diversity"]
    assert not figure.legends
    assert figure.axes[0].lines[0].get_xdata().tolist() == [6, 7]


def test_a_history_of_no_epoch_is_refused():
    with pytest.raises(ValueError, match="empty"):
        plots.history(recorded({}))


def test_a_film_shows_the_last_row_of_the_first_and_the_last_epoch():
    frames = [np.full((2, 10, 28, 28, 1), epoch / 20, "float32") for epoch in range(1, 21)]
    for frame in frames:
        frame[0] = 0.0
    axes = plots.film(frames, rows=4).axes[0]
    named = [tick.get_text() for tick in axes.get_yticklabels()]
    assert named[0] == "epoch 1"
    assert named[-1] == "epoch 20"
    picture = axes.images[0].get_array()
    assert picture[4, 4] == round(255 / 20)
    assert picture[-4, 4] == 255


def test_a_film_of_one_epoch_has_one_row():
    axes = plots.film([np.zeros((2, 10, 28, 28, 1))]).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["epoch 1"]


def test_clouds_have_a_panel_for_each_set_over_the_real_points():
    real, fakes = np.array([[0.0, 0.0], [4.0, 2.0]]), np.array([[1.0, 1.0], [9.0, 9.0]])
    figure = plots.clouds(real, {"one": fakes, "two": real, "three": fakes}, columns=2)
    assert [panel.get_title("left") for panel in figure.axes] == ["one", "two", "three", ""]
    below, above = figure.axes[0].collections
    assert (below.get_offsets() == real).all()
    assert (above.get_offsets() == fakes).all()
    assert {panel.get_xlim() for panel in figure.axes[:3]} == {(-0.5, 4.5)}


def test_a_film_names_the_epochs_of_its_frames():
    frames = [np.zeros((2, 10, 28, 28, 1))] * 4
    figure = plots.film(frames, rows=4, epochs=[1, 9, 17, 20])
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["epoch 1", "epoch 9", "epoch 17", "epoch 20"]


def test_a_font_for_chinese_names_is_used_where_it_is_installed(caplog):
    # Matplotlib logs each family of the style that is not installed.
    with plots.plt.rc_context(plots.STYLE):
        plots._rendered(plots.grid(np.zeros((2, 28, 28)), 2, ["digits"]))
        assert "findfont" not in caplog.text
    with plots.plt.rc_context({"font.family": ["sans-serif", "a font that is not there"]}):
        plots._rendered(plots.grid(np.zeros((2, 28, 28)), 2, ["digits"]))
        assert "findfont" not in caplog.text  # the style comes with the grid
        plots.plt.figure().text(0, 0, "digits").get_window_extent()
        assert "findfont" in caplog.text
    here = style.font_manager.get_font_names()
    assert [name for name in style.CJK if name in here] == [
        name for name in plots.STYLE["font.family"] if name in style.CJK
    ]


# Diagrams


@pytest.mark.parametrize("name", plots.DIAGRAMS)
def test_a_diagrams_texts_lie_inside_its_boxes_and_boxes_apart(name):
    boxes = plots.DIAGRAMS[name].boxes
    figure = plots.draw(name)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    extents = {}
    for text in axes.texts:
        x, y = text.get_position()
        for key, box in boxes.items():
            if (box.x, box.y) == (x, y):
                (left, low), (right, high) = axes.transData.inverted().transform(
                    text.get_window_extent().get_points()
                )
                assert right - left < box.width and high - low < diagrams.HIGH, box.text
                extents[key] = box
    assert extents == boxes
    for a, b in itertools.combinations(boxes.values(), 2):
        apart = abs(a.x - b.x) > (a.width + b.width) / 2 or abs(a.y - b.y) > diagrams.HIGH
        assert apart, (a.text, b.text)


@pytest.mark.parametrize("name", plots.DIAGRAMS)
def test_arrows_leave_and_reach_the_borders_of_boxes(name):
    shown = plots.DIAGRAMS[name]
    assert len(shown.alt) > 60
    for arrow in shown.arrows:
        start, end = shown.boxes[arrow.start], shown.boxes[arrow.end]
        corners = [(start.x, start.y), *arrow.via, (end.x, end.y)]
        for box, toward in ((start, corners[1]), (end, corners[-2])):
            x, y = diagrams._edge(box, toward)
            sides = 2 * abs(x - box.x) / box.width, 2 * abs(y - box.y) / diagrams.HIGH
            assert max(sides) >= 0.99 and sides[0] <= 1.01 and sides[1] <= 1.51


def test_a_diagram_is_shown_with_its_words_and_another_is_refused(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    plots.diagram("gan")
    assert 'alt="A GAN: a generator maps noise' in shown[0]["text/html"]
    assert "cgan-chart" in shown[0]["text/html"]
    with pytest.raises(ValueError, match="'gans'.*autoencoder, vae, gan"):
        plots.diagram("gans")
