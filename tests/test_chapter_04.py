"""Chapter 4: its listing runs alone, its plain code and its pictures are what the text says."""

import re
from pathlib import Path

import alone
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt

from cgan_tutorial.chapters import ch04, experiments
from cgan_tutorial.metrics.coverage import precision_recall

ROOT = Path(__file__).parent.parent
CELLS = [
    cell
    for cell in nbformat.read(ROOT / "notebooks/04_gan.ipynb", as_version=4).cells
    if cell.cell_type == "code"
]


def tagged(tag):
    """The source of the only cell with a tag."""
    (source,) = [cell.source for cell in CELLS if tag in cell.metadata.get("tags", [])]
    return source


# The listing that runs alone

REMEMBER = """
networks = generator, discriminator
first = [[weight.numpy() for weight in network.trainable_weights] for network in networks]
@tf.function
"""
COMPARE = """
for network, weights in zip(networks, first):
    assert all((a != b.numpy()).any() for a, b in zip(weights, network.trainable_weights))
assert keras.ops.isfinite(d_loss) and keras.ops.isfinite(g_loss)
assert generator(tf.random.normal((2, 100))).shape == (2, 28, 28, 1)
print("both networks moved")
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", alone.BEFORE.values(), ids=alone.BEFORE)
def test_the_listing_runs_alone_and_moves_both_networks(before, tmp_path):
    source = tagged("standalone").replace("@tf.function\n", REMEMBER)
    for old, new in (("epochs_here = 4", "epochs_here = 1"), (".shuffle(", ".take(640).shuffle(")):
        assert old in source
        source = source.replace(old, new)
    said = alone.run(before + source + COMPARE, tmp_path)
    assert "epoch 1: d_loss" in said and "both networks moved" in said


def test_the_listing_has_at_most_25_lines_of_networks_step_and_loop():
    lines = [line for line in tagged("standalone").splitlines() if line.strip()]
    assert len(lines[lines.index("generator = keras.Sequential([") :]) <= 25


# The plain precision, and the picture of it


@pytest.fixture
def plain():
    names = {"np": np}
    exec(tagged("plain"), names)
    return names


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_plain_precision_is_the_packages(plain, k):
    rng = np.random.default_rng(k)
    samples, reference = rng.normal(size=(40, 2)), rng.normal(1.0, 1.0, (30, 2))
    found = plain["precision"](samples, reference, k), plain["precision"](reference, samples, k)
    assert found == pytest.approx(precision_recall(samples, reference, k))


def test_the_picture_says_precision_and_recall_of_its_points(plain):
    figure = ch04.balls(plain["real"], plain["fake"], 1)
    plt.close(figure)
    shares = precision_recall(plain["fake"], plain["real"], 1)
    for panel, name, share in zip(figure.axes, ("precision", "recall"), shares, strict=True):
        assert panel.get_title(loc="left").startswith(f"{name} {share:.2f}")


# The comparison in the opening


def test_the_comparison_names_each_participant_at_its_line():
    record = experiments.recorded("time_to_quality")
    figure = ch04.distance_over_time(record)
    plt.close(figure)
    (axes,) = figure.axes
    said = " ".join(text.get_text() for text in axes.texts)
    assert all(name in said for name in record["contestant"].unique())


def test_no_cell_silences_all_warnings():
    for cell in CELLS:
        assert not re.search(r"simplefilter|filterwarnings\(.ignore.\)", cell.source)
