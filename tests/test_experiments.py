"""The recorded experiments: their participants, their rows and their summary."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from cgan_tutorial import data
from cgan_tutorial.chapters import experiments

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("experiment", "name"),
    [(key, name) for key, names in experiments.EXPERIMENTS.items() for name in names],
)
def test_every_participant_can_be_built_and_called(experiment, name):
    model, options = experiments.EXPERIMENTS[experiment][name]()
    assert set(options) <= {"batch_size", "optimizer"}
    images = data.load().train.images[:4]
    model(images)
    assert model.sample(3, seed=1).shape == (3, 28, 28, 1)


def test_each_step_of_the_ladder_changes_a_setting():
    ladder = experiments.EXPERIMENTS["ladder"]
    built = [build() for build in ladder.values()]
    settings = [
        (
            model.generator.count_params(),
            model.adversarial_loss,
            getattr(model, "gp_weight", 0.0),
            options["optimizer"].beta_1,
            options["batch_size"],
            getattr(model, "ema_decay", 0.0),
        )
        for model, options in built
    ]
    assert len(set(settings)) == len(settings)
    assert [name for name, (*_, decay) in zip(ladder, settings, strict=True) if decay] == ["+ EMA"]


def test_a_row_says_what_was_trained_and_how_it_fares():
    row = experiments.run("trial", "VAE", 0, data.load(), seconds=3.0)
    assert row["name"] == "VAE" and row["seed"] == 0 and row["epochs"] >= 1
    assert row["seconds"] >= 3
    # How good it is after three seconds depends on the machine.
    assert 0 < row["mse"] < 1 and row["frechet"] > 0
    assert 0 <= row["precision"] <= 1 and 0 <= row["recall"] <= 1
    networks, _ = experiments.EXPERIMENTS["trial"]["VAE"]()
    batch_norm_state = 2 * (16 + 32 + 256 + 256 + 2 * 784 + 16)
    counted = networks.encoder.count_params() + networks.decoder.count_params()
    assert row["parameters"] == counted - batch_norm_state


def test_a_run_that_cannot_be_made_is_refused():
    with pytest.raises(ValueError, match="'GNA'.* AE, VAE, GAN, CGAN"):
        experiments.run("trial", "GNA", 0, data.load(), seconds=1)
    with pytest.raises(ValueError, match="unknown experiment 'trail'"):
        experiments.run("trail", "GAN", 0, data.load(), seconds=1)
    with pytest.raises(ValueError, match="seconds"):
        experiments.run("trial", "GAN", 0, data.load())


@pytest.mark.parametrize("experiment", experiments.EXPERIMENTS)
def test_a_record_has_every_participant_with_equal_seeds_and_says_where_it_comes_from(experiment):
    rows, facts = experiments.recorded(experiment), experiments.provenance(experiment)
    assert list(dict.fromkeys(rows["name"])) == list(experiments.EXPERIMENTS[experiment])
    seeds = rows.groupby("name")["seed"].apply(tuple)
    assert seeds.nunique() == 1 and len(seeds.iloc[0]) >= 3
    assert facts["command"].startswith(f"python benchmarks/record.py {experiment} --seconds")
    assert {"seconds of training, each", "cores, each", "processor", "date", "keras"} <= set(facts)
    budget = facts["seconds of training, each"]
    assert rows["seconds"].between(budget, 1.2 * budget).all()


def test_a_record_was_made_with_the_networks_of_today():
    for experiment, participants in experiments.EXPERIMENTS.items():
        rows = experiments.recorded(experiment).groupby("name")["parameters"].first()
        for name, build in participants.items():
            model, _ = build()
            counted = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
            assert rows[name] == counted, (experiment, name)


def test_the_ladder_has_ten_samples_of_each_step_trained_as_long_as_the_record():
    samples, facts = experiments.samples("ladder_samples"), experiments.provenance("ladder_samples")
    assert samples.shape == (10 * len(experiments.EXPERIMENTS["ladder"]), 28, 28, 1)
    record = experiments.recorded("ladder")
    first = record[record["seed"] == 0].set_index("name")["epochs"]
    assert facts["epochs"] == first.to_dict()
    by_step = dict(zip(first.index, samples.reshape(-1, 10, 28 * 28), strict=True))
    # The step that fails draws dim strokes, so its images differ least.
    spread = {name: rows.var(axis=0).mean() for name, rows in by_step.items()}
    assert min(spread, key=spread.get) == "DCGAN + dense layer"


def test_a_missing_record_is_named():
    with pytest.raises(ValueError, match="no record of 'laddder'"):
        experiments.recorded("laddder")


def test_the_summary_gives_median_and_range_in_the_rows_order():
    rows = pd.DataFrame(
        {"name": ["b", "b", "b", "a"], "x": [1.0, 3.0, 2.0, 5.0], "y": [np.nan] * 4}
    )
    found = experiments.summary(rows, ["x", "y"])
    assert list(found.index) == ["b", "a"]
    assert list(found["x"]) == ["2 (1 to 3)", "5"]
    assert list(found["y"]) == ["–", "–"]


def test_the_recorder_runs_one_participant_in_a_process_of_its_own():
    command = [sys.executable, "benchmarks/record.py", "--one", "trial", "0", "2", "AE"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    row = json.loads(done.stdout.splitlines()[-1])
    # How good it is after two seconds depends on the machine.
    assert row["name"] == "AE" and row["epochs"] >= 1 and 0 < row["mse"] < 1


# The figure


@pytest.fixture
def table():
    rows = [("A", 1.0), ("A", 2.0), ("A", 4.0), ("B", 30.0), ("B", 10.0), ("B", 20.0)]
    return pd.DataFrame(rows, columns=["name", "distance"])


def lines(figure):
    plt.close(figure)
    return {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}


def test_a_record_has_a_dot_for_each_seed_and_a_bar_at_the_median(table):
    drawn = lines(experiments.figure(table, "distance", "distance"))
    assert drawn["recorded seeds"].tolist() == [[x, "AB".index(n)] for n, x in table.to_numpy()]
    assert drawn["their median"].tolist() == [[2.0, 0], [20.0, 1]]


def test_a_live_run_is_drawn_over_the_record_in_its_row(table):
    live = pd.DataFrame({"name": ["B"], "distance": [7.0]})
    figure = experiments.figure(table, "distance", "distance", live)
    assert lines(figure)["this run, live"].tolist() == [[7.0, 1]]
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["A", "B"]


def test_a_record_of_more_than_a_factor_of_ten_has_a_logarithmic_scale(table):
    assert experiments.figure(table, "distance", "d").axes[0].get_xscale() == "log"
    assert experiments.figure(table[:3], "distance", "d").axes[0].get_xscale() == "linear"
