"""The charts of recorded experiments and films: what is drawn is what was given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from cgan_tutorial import plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def table():
    rows = [("A", 1.0), ("A", 2.0), ("A", 4.0), ("B", 30.0), ("B", 10.0), ("B", 20.0)]
    return pd.DataFrame(rows, columns=["name", "distance"])


def lines(figure):
    return {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}


def test_a_record_has_a_dot_for_each_seed_and_a_bar_at_the_median(table):
    drawn = lines(plots.record(table, "distance", "distance"))
    assert drawn["recorded seeds"].tolist() == [[x, "AB".index(n)] for n, x in table.to_numpy()]
    assert drawn["their median"].tolist() == [[2.0, 0], [20.0, 1]]


def test_a_live_run_is_drawn_over_the_record_in_its_row(table):
    live = pd.DataFrame({"name": ["B"], "distance": [7.0]})
    figure = plots.record(table, "distance", "distance", live)
    assert lines(figure)["this run, live"].tolist() == [[7.0, 1]]
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["A", "B"]


def test_a_record_of_more_than_a_factor_of_ten_has_a_logarithmic_scale(table):
    assert plots.record(table, "distance", "d").axes[0].get_xscale() == "log"
    assert plots.record(table[:3], "distance", "d").axes[0].get_xscale() == "linear"


def test_a_film_shows_the_first_and_the_last_epoch_and_the_row_asked_for():
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
