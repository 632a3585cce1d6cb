"""The recorded experiments: their participants, their rows and their summary."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgan_tutorial import data, metrics
from cgan_tutorial.chapters import experiments
from cgan_tutorial.metrics import coverage

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("experiment", "name"),
    [(key, name) for key, names in experiments.EXPERIMENTS.items() for name in names],
)
def test_every_participant_can_be_built_and_judges_a_batch(experiment, name):
    model = experiments.EXPERIMENTS[experiment][name]()
    images = data.load().train.images[:4]
    model(images)
    assert model.sample(3, seed=1).shape == (3, 28, 28, 1)


def test_only_the_rungs_named_for_it_change_a_setting():
    built = [experiments.LADDER[name]() for name in experiments.LADDER]
    settings = [
        (m.generator.count_params(), m.objective, m.penalty, m.betas, m.batch_size, m.averaging)
        for m in built
    ]
    assert len(set(settings)) == len(settings)
    assert [m.averaging for m in built[:-1]] == [0.0] * (len(built) - 1)


def test_a_row_says_what_was_trained_and_how_it_fares():
    row = experiments.run("trial", "VAE", 0, 3.0, data.load())
    assert row["name"] == "VAE" and row["seed"] == 0 and row["epochs"] >= 1
    assert row["seconds"] >= 3
    # How good it is after three seconds depends on the machine.
    assert 0 < row["mse"] < 1 and row["frechet"] > 0
    assert 0 <= row["precision"] <= 1 and 0 <= row["recall"] <= 1
    networks = experiments.TRIAL["VAE"]()
    batch_norm_state = 2 * (16 + 32 + 256 + 256 + 2 * 784 + 16)
    counted = networks.encoder.count_params() + networks.decoder.count_params()
    assert row["parameters"] == counted - batch_norm_state


def test_the_judge_says_what_the_metrics_say():
    digits = data.load()
    samples, reference = digits.train.images[:300], digits.test.images[:300]
    found = experiments.judge(samples, reference)
    fidelity = coverage.fidelity(samples, reference)
    distance = metrics.frechet_classifier_distance(samples, reference)
    assert found["frechet"] == pytest.approx(distance, abs=0.006)
    for name in ("precision", "recall", "coverage"):
        assert found[name] == pytest.approx(getattr(fidelity, name), abs=0.0006)
    assert found["rarest"] == pytest.approx(coverage.classes_covered(samples).rarest, abs=0.0006)


def test_a_gan_has_no_reconstruction_error():
    row = experiments.measure(experiments.TRIAL["GAN"](), data.load())
    assert np.isnan(row["mse"]) and row["frechet"] > 50


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
            model = build()
            model(model.example())
            counted = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
            assert rows[name] == counted, (experiment, name)


def test_a_missing_record_is_named():
    with pytest.raises(ValueError) as error:
        experiments.recorded("laddder")
    assert str(error.value) == "there is no record of 'laddder'; make it by: make experiments"


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
