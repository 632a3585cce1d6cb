"""The example of docs/own-images.md: its commands, on fewer images and for fewer epochs."""

import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.neighbors import KNeighborsClassifier

from cgan_tutorial import data, models
from cgan_tutorial.cli import main
from cgan_tutorial.data.image_folder import read_image
from cgan_tutorial.models.adversarial import times_a_digit
from cgan_tutorial.training.checkpoints import load_run

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "own-images.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.split("\n")
]


def make_shapes(*words, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make_shapes.py", *map(str, words)])
    runpy.run_path(str(ROOT / "scripts" / "make_shapes.py"), run_name="__main__")


def ink(images):
    """Where the images are bright, a row each."""
    return (images.max(axis=-1) > 0.45).reshape(len(images), -1)


@pytest.mark.slow
def test_colored_shapes_are_trained_sampled_by_name_judged_and_reconstructed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = []
    for command in filter(None, COMMANDS):
        program, *words = shlex.split(command)
        if program.endswith("python"):
            make_shapes(*words[1:], "--count", 80, monkeypatch=monkeypatch)
            continue
        short = {"conditional-gan": ["--epochs", "26"], "cgan": ["--epochs", "2"]}
        if "--seconds" in words:
            at = words.index("--seconds")
            words[at : at + 2] = short[words[1]]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        printed.append(done.output)
    shapes = data.load("folder:shapes", size=64, color=True)
    assert shapes.classes == ("circle", "square", "triangle")
    model, record = load_run("runs/shapes")
    assert record["classes"] == list(shapes.classes) and model.data_shape == (64, 64, 3)
    assert read_image(Path("triangles.png"), 64, color=True)[0].shape == (64, 64, 3)
    judged = next(text for text in printed if "kernel distance" in text)
    assert "Fréchet distance of 48 samples" in judged and "standard error" in judged
    asked = np.repeat(range(3), 60)
    samples = model.sample(180, labels=asked, seed=0)
    knows = KNeighborsClassifier(1).fit(ink(shapes.train.images), shapes.train.labels)
    obeyed = knows.score(ink(samples), asked)
    print(f"{obeyed:.0%} of the samples are nearest to a shape of the class asked for")
    assert obeyed > 0.5 and knows.score(ink(shapes.test.images), shapes.test.labels) > 0.9
    # Colored: the three channels of a pixel differ in the middle.
    middle = samples[:, 24:40, 24:40]
    assert np.mean(middle.max(-1) - middle.min(-1)) > 0.2


def test_defaults_follow_the_shape():
    assert times_a_digit((28, 28, 1)) == times_a_digit((8, 8, 1)) == times_a_digit((2,)) == 1
    digit = models.build("conditional-gan", 4, 2)
    assert digit.gp_weight == 0.1 and digit.default_batch_size == 32
    large = models.build("cgan", 4, 2, shape=(64, 64, 3))
    assert large.gp_weight == pytest.approx(6.2, abs=0.01) and large.default_batch_size == 8
    assert large.reconstruction_weight == pytest.approx(0.04 * 784 / (64 * 64 * 3))
    assert models.build("gan", 4, 2, shape=(64, 64, 3), gp_weight=1.0).gp_weight == 1.0


def test_the_script_refuses_a_folder_that_is_there(tmp_path, monkeypatch):
    with pytest.raises(SystemExit):
        make_shapes(tmp_path, monkeypatch=monkeypatch)
    assert list(tmp_path.iterdir()) == []


def test_the_script_draws_the_same_shapes_for_the_same_seed(tmp_path, monkeypatch):
    for name in ("one", "two"):
        make_shapes(tmp_path / name, "--count", 2, monkeypatch=monkeypatch)
    files = sorted((tmp_path / "one").rglob("*.png"))
    assert len(files) == 6
    for file in files:
        twin = tmp_path / "two" / file.relative_to(tmp_path / "one")
        assert file.read_bytes() == twin.read_bytes()
