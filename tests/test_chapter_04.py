"""Chapter 4: its listing runs alone, its plain code and its pictures are what the text says."""

import os
import re
import subprocess
import sys
from pathlib import Path

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

BLOCKED = """
import sys
sys.modules["mlxtend"] = sys.modules["cgan_tutorial"] = None
import keras, numpy
images = numpy.random.default_rng(0).integers(0, 256, (640, 28, 28), dtype="uint8")
keras.datasets.mnist.load_data = lambda: ((images, None), (images, None))
"""
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


def alone(folder, before=""):
    """Run the listing in an empty folder and a process of its own; return what it prints."""
    source = tagged("standalone").replace("@tf.function\n", REMEMBER)
    assert "epochs_here = 4" in source and ".shuffle(" in source
    source = source.replace("epochs_here = 4", "epochs_here = 1")
    source = source.replace(".shuffle(", ".take(640).shuffle(")
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, "-c", before + source + COMPARE]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_the_listing_runs_alone_and_moves_both_networks(tmp_path):
    said = alone(tmp_path)
    assert "epoch 1: d_loss" in said and "both networks moved" in said


@pytest.mark.slow
def test_the_listing_needs_neither_mlxtend_nor_this_package(tmp_path):
    assert "both networks moved" in alone(tmp_path, BLOCKED)


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


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_packages_copy_of_the_record_is_the_record(ending):
    name = f"time_to_quality.{ending}"
    recorded = ROOT / "benchmarks/records" / name
    assert (experiments.RECORDS / name).read_bytes() == recorded.read_bytes()


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
