"""Chapter 7's tools: gradients, maps, attacks and corruptions with known answers; errors caused."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers, ops

from cgan_tutorial import data, networks, plots
from cgan_tutorial.chapters import common, experiments
from cgan_tutorial.chapters.ch07 import (
    attribution,
    cached_models,
    classifiers,
    corruption,
    directions,
    figures,
    gradients,
    probes,
    robustness,
    transfer,
)
from cgan_tutorial.chapters.ch07.gradients import gradient
from cgan_tutorial.metrics.classifier import classifier

pytestmark = pytest.mark.slow

# In a process of its own, since a process has one backend.
PROGRAM = """
import json
import cgan_tutorial
import numpy as np
from keras import ops
from cgan_tutorial import networks
from cgan_tutorial.chapters.ch07.gradients import gradient

rng = np.random.default_rng(0)
network = networks.discriminator(width=4, hidden=8)
network.set_weights([rng.normal(0, 0.1, w.shape) for w in network.get_weights()])
images = rng.random((3, 28, 28, 1)).astype("float32")
found = gradient(lambda x: network(x, training=False)[:, 0], images)
weighed = gradient(lambda x, w: w * ops.sum(x**2, axis=(1, 2, 3)), images, np.float32([1, 2, 3]))
corner = weighed[:, 0, 0, 0].tolist(), images[:, 0, 0, 0].tolist()
print(json.dumps([found.ravel().tolist(), *corner]))
"""


@pytest.fixture(scope="module")
def images():
    return data.load().test.images[:12]


@pytest.fixture(scope="module")
def network():
    """A discriminator with random weights that are not small: its score bends."""
    keras.utils.set_random_seed(0)
    return networks.discriminator(width=4, hidden=16)


@pytest.fixture(scope="module")
def score(network):
    return lambda shown: network(shown, training=False)[:, 0]


@pytest.fixture(scope="module")
def linear():
    """A score x·w + 2, and w."""
    weights = np.random.default_rng(3).normal(size=(28, 28, 1)).astype("float32")
    return lambda shown: ops.sum(shown * weights, axis=(1, 2, 3)) + 2.0, weights


def run_on(backend, folder):
    environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(folder)}
    words = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return [np.array(found) for found in json.loads(done.stdout.splitlines()[-1])]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_each_backend_gives_the_same_gradient(backend, tmp_path):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed; pip install {backend} to test it")
    wanted, _, _ = run_on("tensorflow", tmp_path)
    found, weighed, pixels = run_on(backend, tmp_path)
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
    assert weighed == pytest.approx(2 * np.array([1, 2, 3]) * pixels, rel=1e-5)


def test_the_gradient_is_that_of_finite_differences(images):
    # Smooth, and in float64: no kink, and no rounding, lies between the two places.
    weights = np.random.default_rng(0).normal(size=(28, 28, 1))

    def bent(shown):
        return ops.sum(ops.sin(3.0 * shown) * weights.astype("float32"), axis=(1, 2, 3))

    found = gradient(bent, images)
    step, wanted = 1e-5, np.empty_like(images, "float64")
    for side, sign in ((step, 1), (-step, -1)):
        part = np.sin(3.0 * (images.astype("float64") + side)) * weights * sign / (2 * step)
        wanted = part if sign == 1 else wanted + part
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_the_gradient_of_a_network_predicts_a_small_step(images):
    # Without kinks: all blank pixels of a digit would meet a leaky ReLU's at once.
    keras.utils.set_random_seed(0)
    smooth = keras.Sequential([layers.Flatten(), layers.Dense(8, "tanh"), layers.Dense(1)])

    def score(shown):
        return smooth(shown)[:, 0]

    way = np.random.default_rng(1).normal(size=images.shape).astype("float32")
    there, back = (ops.convert_to_numpy(score(images + side * way)) for side in (1e-2, -1e-2))
    found = (gradient(score, images) * way).sum(axis=(1, 2, 3))
    assert found == pytest.approx((there - back) / 2e-2, rel=0.02, abs=0.01)


def test_a_gradient_is_the_same_in_one_batch_and_in_many(score, monkeypatch, images):
    whole = gradient(score, images)
    monkeypatch.setattr(gradients, "BATCH", 5)
    assert np.allclose(gradient(score, images), whole, atol=1e-6)


def test_a_score_that_ignores_its_input_has_gradient_0(images):
    assert not gradient(lambda shown: ops.zeros(shown.shape[0]) + 0.0, images).any()


def test_a_score_of_another_shape_is_refused(images, network):
    with pytest.raises(ValueError, match=r"shape \(12, 1\) for 12 inputs"):
        gradient(lambda shown: network(shown), images)


def test_unequal_rows_are_refused(images, score):
    with pytest.raises(ValueError, match=r"have \[3, 12\] rows; give equally many"):
        gradient(score, images, np.zeros(3))
    with pytest.raises(ValueError, match=r"have \[0\] rows"):
        gradient(score, images[:0])


@pytest.mark.parametrize("steps", [1, 7])
def test_integrated_gradients_of_a_linear_score_are_x_times_w(images, linear, steps):
    score, weights = linear
    maps = attribution.integrated_gradients(score, images, steps=steps)
    assert np.allclose(maps, images * weights, atol=1e-5)
    grey = attribution.integrated_gradients(score, images, baseline=0.5, steps=steps)
    assert np.allclose(grey, (images - 0.5) * weights, atol=1e-5)
    assert attribution.completeness_error(score, images, maps).max() < 1e-3
    assert attribution.completeness_error(score, images, grey, 0.5).max() < 1e-3


def test_integrated_gradients_of_a_square_share_it_out(images):
    def score(shown):
        return ops.sum(shown**2, axis=(1, 2, 3))

    maps = attribution.integrated_gradients(score, images, steps=16)
    assert np.allclose(maps, images**2, atol=1e-4)


def test_more_steps_make_the_maps_complete(images, score):
    errors = [
        attribution.completeness_error(
            score, images, attribution.integrated_gradients(score, images, steps=steps)
        ).mean()
        for steps in (1, 4, 64)
    ]
    assert errors[0] > errors[1] > errors[2]
    change = np.abs(ops.convert_to_numpy(score(images) - score(np.zeros_like(images))))
    assert errors[2] < 0.05 * change.mean()


@pytest.mark.parametrize("steps", [0, 2.5, -1])
def test_a_bad_number_of_steps_is_refused(images, score, steps):
    with pytest.raises(ValueError, match=f"steps is {steps}; give an integer of at least 1"):
        attribution.integrated_gradients(score, images, steps=steps)


def test_shuffled_weights_keep_their_multiset_and_lose_their_order(network):
    before = network.get_weights()
    found = attribution.shuffle_weights(network, seed=1)
    changed = 0
    for old, new in zip(before, found.get_weights(), strict=True):
        assert np.array_equal(np.sort(old.ravel()), np.sort(new.ravel()))
        changed += not np.array_equal(old, new)
    # Biases are all 0 before any training, so their order says nothing.
    assert changed == sum(np.ptp(array) > 0 for array in before) == 4
    for old, new in zip(before, network.get_weights(), strict=True):
        assert np.array_equal(old, new)


def test_shuffling_begins_at_the_output(network):
    first, last = network.get_weights()[0], network.get_weights()[-2]
    found = attribution.shuffle_weights(network, layers=1).get_weights()
    assert np.array_equal(found[0], first) and not np.array_equal(found[-2], last)
    same = attribution.shuffle_weights(network, layers=0).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(same, network.get_weights(), strict=True))


@pytest.mark.parametrize("layers", [-1, 5])
def test_a_bad_number_of_layers_is_refused(network, layers):
    with pytest.raises(ValueError, match=f"layers is {layers}; this network has 4 layers with"):
        attribution.shuffle_weights(network, layers)


def test_rank_correlation_of_known_maps():
    maps = np.arange(16.0).reshape(1, 4, 4, 1)
    assert attribution.rank_correlation(maps, np.exp(maps)) == pytest.approx([1.0])
    assert attribution.rank_correlation(maps, 15 - maps) == pytest.approx([-1.0])
    # Magnitudes are compared.
    assert attribution.rank_correlation(maps, -maps) == pytest.approx([1.0])
    where = maps < 8
    bent = np.where(where, maps, -99 * maps)
    assert attribution.rank_correlation(maps, bent, where) == pytest.approx([1.0])
    assert np.isnan(attribution.rank_correlation(maps, np.ones_like(maps))).all()
    with pytest.raises(ValueError, match="maps have shapes"):
        attribution.rank_correlation(maps, maps[:, :2])


def test_erasing_takes_the_pixels_that_rank_highest(images):
    ranking = np.zeros_like(images)
    ranking[:, 14, 10:15] = 1.0
    found = attribution.erase(images, ranking, 5)
    assert not found[:, 14, 10:15].any()
    kept = ranking == 0
    assert np.array_equal(found[kept], images[kept])
    assert np.array_equal(attribution.erase(images, ranking, 0), images)
    with pytest.raises(ValueError, match="give equal"):
        attribution.erase(images, ranking[:3], 5)


def test_fgsm_of_a_linear_loss_moves_each_pixel_by_the_sign_of_its_weight(linear):
    score, weights = linear
    grey = np.full((2, 28, 28, 1), 0.5, "float32")
    found = gradients.attack(score, grey, 0.1)
    assert np.allclose(found - grey, 0.1 * np.sign(weights), atol=1e-6)
    # Nothing beats the sign on a linear loss.
    assert np.allclose(gradients.attack(score, grey, 0.1, steps=10), found, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 10])
def test_an_attack_raises_the_loss_and_stays_near(steps):
    split = data.load().test
    shown, labels = split.images[:40], split.labels[:40]
    loss = robustness.pretrained_cross_entropy
    found = gradients.attack(loss, shown, 0.1, labels, steps=steps)
    assert np.abs(found - shown).max() <= 0.1 + 1e-6
    assert found.min() >= 0 and found.max() <= 1 and found.dtype == np.float32
    before, after, chance = (
        float(ops.mean(loss(given, labels)))
        for given in (shown, found, gradients.random_signs(shown, 0.1))
    )
    assert after > before + 0.1 and after > chance + 0.1


def test_more_steps_do_more_harm():
    split = data.load().test
    shown, labels = split.images[:40], split.labels[:40]
    loss = robustness.pretrained_cross_entropy
    losses = [
        float(ops.mean(loss(gradients.attack(loss, shown, 0.1, labels, steps=steps), labels)))
        for steps in (1, 10)
    ]
    assert losses[1] > losses[0]


def test_the_shipped_classifiers_logits_give_its_probabilities(images):
    labels = np.arange(12) % 10
    found = ops.convert_to_numpy(robustness.pretrained_cross_entropy(images, labels))
    probabilities = ops.convert_to_numpy(classifier()(images))[np.arange(12), labels]
    assert np.exp(-found) == pytest.approx(probabilities, rel=1e-3, abs=1e-9)


def test_random_signs_are_as_large_as_asked(images):
    grey = np.full_like(images, 0.5)
    moved = gradients.random_signs(grey, 0.2, seed=3) - grey
    assert np.allclose(np.abs(moved), 0.2, atol=1e-6) and abs(moved.mean()) < 0.02


@pytest.mark.parametrize("eps", [-0.1, 1.5, float("nan")])
def test_a_bad_strength_is_refused(images, score, eps):
    for change in (
        lambda: gradients.attack(score, images, eps),
        lambda: gradients.random_signs(images, eps),
    ):
        with pytest.raises(ValueError, match="eps is .* from 0 to 1"):
            change()


def test_bad_images_and_steps_are_refused(images, score):
    with pytest.raises(ValueError, match="give values in"):
        gradients.attack(score, images * 2, 0.1)
    with pytest.raises(ValueError, match="steps is 0"):
        gradients.attack(score, images, 0.1, steps=0)


def test_the_attack_on_an_autoencoder_raises_its_error(images):
    model = robustness.pca_autoencoder(data.load())
    loss = gradients.reconstruction_error(model)
    found = ops.convert_to_numpy(loss(images, images))
    wanted = np.square(model.reconstruct(images) - images).mean(axis=(1, 2, 3))
    assert found == pytest.approx(wanted, rel=1e-4)
    worse = gradients.attack(loss, images, 0.1, images)
    assert (ops.convert_to_numpy(loss(worse, images)) > found).all()


def test_pca_as_an_autoencoder_is_pca(images):
    from sklearn.decomposition import PCA

    train = data.load().train.images.reshape(-1, 784)
    pca = PCA(32, random_state=0).fit(train)
    wanted = pca.inverse_transform(pca.transform(images.reshape(-1, 784)))
    found = robustness.pca_autoencoder(data.load()).reconstruct(images)
    assert np.allclose(found.reshape(-1, 784), wanted, atol=1e-4)


@pytest.mark.parametrize("kind", corruption.CORRUPTIONS)
def test_a_corruption_begins_with_nothing_and_grows(kind, images):
    given = corruption.CORRUPTIONS[kind]
    assert given.levels[0] == 0 and list(given.levels) == sorted(given.levels)
    shown = [given.apply(images, level, 0) for level in given.levels]
    assert np.array_equal(shown[0], images)
    for each in shown:
        data.check_images(each)
    distances = [np.abs(each - images).mean() for each in shown]
    assert distances[-1] > distances[1] > 0


def test_a_shift_moves_each_pixel(images):
    found = corruption.shift(images, 2, seed=0)
    # The frame of four pixels is empty, so nothing is lost.
    assert np.allclose(found.sum(axis=(1, 2, 3)), images.sum(axis=(1, 2, 3)), rtol=1e-5)
    moves = set()
    for before, after in zip(images, found, strict=True):
        fits = [
            (down, right)
            for down in (-2, 0, 2)
            for right in (-2, 0, 2)
            if np.array_equal(np.roll(before, (down, right), (0, 1)), after)
        ]
        assert len(fits) == 1 and fits[0] != (0, 0)
        moves.add(fits[0])
    assert len(moves) > 2
    with pytest.raises(ValueError, match="pixels is 28"):
        corruption.shift(images, 28)


def test_inversion_is_its_own_inverse(images):
    assert np.allclose(corruption.invert(corruption.invert(images, 1.0), 1.0), images, atol=1e-6)
    assert np.allclose(corruption.invert(images, 0.5), 0.5)
    with pytest.raises(ValueError, match="share is 2"):
        corruption.invert(images, 2)


def test_normalization_undoes_inversion_and_shift(images):
    normal = corruption.normalize(images)
    for shown in (
        corruption.invert(images, 1.0),
        corruption.invert(images, 0.8),
        corruption.invert(images, 0.3),
    ):
        assert np.allclose(corruption.normalize(shown), normal, atol=1e-4)
    # A center of mass just between two pixels may fall to either side.
    shifted = corruption.normalize(corruption.shift(images, 3))
    assert (np.abs(shifted - normal).max(axis=(1, 2, 3)) > 1e-4).sum() <= 1
    assert not corruption.normalize(np.full((1, 28, 28, 1), 0.5, "float32")).any()


def test_normalized_digits_stay_nearly_as_they_are():
    digits = data.load().test.images
    moved = np.abs(corruption.normalize(digits) - digits).max(axis=(1, 2, 3)) > 0.02
    assert moved.mean() < 0.01


def test_sefa_finds_the_direction_that_is_stretched():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    kernel = turn @ np.diag([1.0, 7.0, 2.0, 0.5, 3.0]) @ np.linalg.qr(rng.normal(size=(9, 5)))[0].T
    found = directions.sefa(kernel)
    for row, column in enumerate([1, 4, 2, 0, 3]):
        assert abs(found[row] @ turn[:, column]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="the kernel has shape"):
        directions.sefa(kernel[0])


def test_ganspace_finds_the_latent_that_moves_the_activations_most():
    decoder = keras.Sequential([keras.Input((4,)), layers.Dense(8, use_bias=False)])
    kernel = np.random.default_rng(0).normal(size=(4, 8)) * [[0.1], [5.0], [0.1], [1.0]]
    decoder.set_weights([kernel])
    latents = np.random.default_rng(1).normal(size=(4000, 4)).astype("float32")
    found = directions.ganspace(decoder, 2, latents, layers=1)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1])
    assert abs(found[0, 1]) > 0.98 and abs(found[1, 3]) > 0.9


def test_changes_are_those_of_the_pictures():
    """A decoder of one latent that shears a bar: the slant changes, the class may not."""

    def decode(latents):
        rows = np.arange(28)[:, None] - 13.5
        columns = np.arange(28)[None, :] - 13.5
        shear = np.tan(np.radians(latents[:, 0]))[:, None, None]
        away = np.abs(columns + shear * rows)
        bar = np.clip(2.0 - away, 0, 1) * (np.abs(rows) < 9)
        return bar[..., None].astype("float32")

    found = directions.changes(decode, np.array([[0.0], [5.0]]), np.array([1.0]), step=10.0)
    assert list(found) == ["slant", "thickness", "width", "grey value", "class kept"]
    assert found["slant"].to_numpy() == pytest.approx([1.0, 1.0], abs=0.05)
    assert np.abs(found["width"]).max() < 0.1
    ends = decode(np.array([[-10.0], [10.0]]))
    assert found["grey value"][0] == pytest.approx(np.sqrt(np.mean((ends[1] - ends[0]) ** 2)) / 20)


def test_deviations_are_taken_within_classes():
    split = data.load().test
    found = directions.deviations(split.images[:200], split.labels[:200])
    assert set(found) == {"slant", "thickness", "width"} and 3 < found["slant"] < 20
    assert found["width"] < directions.strokes.width(split.images[:200]).std()


def test_random_directions_have_length_1():
    found = directions.random_directions(3, 8, seed=1)
    assert found.shape == (3, 8) and np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1])


def test_probes_find_what_is_there_and_nothing_where_nothing_is():
    rng = np.random.default_rng(0)
    codes, test_codes = rng.normal(size=(400, 6)), rng.normal(size=(200, 6))
    way = rng.normal(size=6)
    assert probes.value_r2(codes, codes @ way, test_codes, test_codes @ way) > 0.999
    noise, test_noise = rng.normal(size=400), rng.normal(size=200)
    assert abs(probes.value_r2(codes, noise, test_codes, test_noise)) < 0.1
    labels, test_labels = (each[:, :3].argmax(axis=1) for each in (codes, test_codes))
    assert probes.class_accuracy(codes, labels, test_codes, test_labels) > 0.93
    drawn = rng.integers(0, 3, 400)
    assert probes.class_accuracy(codes, drawn, test_codes, rng.integers(0, 3, 200)) < 0.45


def test_one_axis_holds_a_value_until_the_space_is_turned():
    codes = np.random.default_rng(0).normal(size=(2000, 16))
    assert probes.best_axis(codes, 3 * codes[:, 5] + 1) == pytest.approx(1.0)
    turned = probes.rotate(codes, seed=0)
    assert np.allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(codes, axis=1))
    assert probes.best_axis(turned, codes[:, 5]) < 0.7


def test_fine_tuning_learns_and_leaves_the_encoder_alone():
    target = data.load("digits-8x8")
    encoder = cached_models.untrained(seed=0).encoder
    before = encoder.get_weights()
    known = common.few_per_class(target.train, 20, seed=0)
    assert transfer.fine_tuned(encoder, known, target.test, seed=0) > 0.6
    assert all(np.array_equal(a, b) for a, b in zip(before, encoder.get_weights(), strict=True))


@pytest.fixture(scope="module")
def small():
    """Few digits: what is trained on them learns little, but runs as the whole would."""
    digits = data.load()
    train = data.Split(digits.train.images[:320].copy(), digits.train.labels[:320].copy())
    test = data.Split(digits.test.images[:60].copy(), digits.test.labels[:60].copy())
    return data.Dataset("small", train, test)


def test_classifiers_and_their_rows(small, monkeypatch):
    monkeypatch.setattr(classifiers, "EPOCHS", 2)
    monkeypatch.setitem(cached_models.EPOCHS, "denoiser", 1)
    images, labels = small.test.images, small.test.labels
    for name in robustness.CLASSIFIERS:
        found = classifiers.trained(name, small, 0)
        assert found.predict(images).shape == (60,)
        assert found.accuracy(images, found.predict(images)) == 1.0
    row = robustness.CLASSIFIERS["plain"](small, 0)
    attacks = {"random signs", "FGSM borrowed", "FGSM", "PGD"}
    assert set(row) == {"clean", *robustness.LEVELS, *attacks}
    assert all(0 <= value <= 1 for value in row.values())
    levels = robustness.accuracy_curve(classifiers.trained("plain", small, 0), "shift", small.test)
    assert levels[0] == pytest.approx(row["clean"], abs=1e-4) and len(levels) == 5
    behind = classifiers.trained("behind tidying", small, 0)
    inverted = corruption.invert(images, 1.0)
    assert behind.accuracy(inverted, labels) == behind.accuracy(images, labels)


def test_an_unknown_name_is_refused(small):
    with pytest.raises(ValueError, match="'wise'; choose one of plain"):
        classifiers.trained("wise", small, 0)
    with pytest.raises(ValueError, match="'rain'; choose one of noise"):
        robustness.accuracy_curve(classifiers.Classifier(classifier()), "rain", small.test)
    with pytest.raises(ValueError, match="'gan'; choose one of autoencoder"):
        cached_models.trained("gan", small, 0)


def equal(model, other):
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", cached_models.EPOCHS)
def test_a_short_training_is_done_once_and_each_call_returns_a_new_model(small, monkeypatch, name):
    monkeypatch.setitem(cached_models.EPOCHS, name, 1)
    first = cached_models.trained(name, small, 3)
    images, before = small.test.images[:5], first.encode(small.test.images[:5])
    assert not equal(first, cached_models.untrained(3, name))
    first.set_weights([weight + 1 for weight in first.get_weights()])
    monkeypatch.setattr(cached_models, "train", None)
    again = cached_models.trained(name, small, 3)
    assert type(again) is type(first) and np.array_equal(again.encode(images), before)


def test_a_classifier_is_trained_once_and_each_call_returns_a_new_one(small, monkeypatch):
    monkeypatch.setattr(classifiers, "EPOCHS", 1)
    first = classifiers.trained("plain", small, 5)
    labels = first.predict(small.test.images)
    first.network.set_weights([0 * weight for weight in first.network.get_weights()])
    monkeypatch.setattr(classifiers, "fit", None)
    again = classifiers.trained("plain", small, 5)
    assert np.array_equal(again.predict(small.test.images), labels)
    assert not equal(again.network, first.network)


def test_the_caches_are_bounded():
    for cached in (cached_models._weights, classifiers._weights, probes._fitted_on):
        assert cached.cache_info().maxsize <= 8


@pytest.mark.parametrize("table", ["probes", "readers", "copies", "transfer"])
def test_the_record_has_every_participant_and_five_seeds(table):
    rows, facts = experiments.recorded(table), experiments.provenance(table)
    assert list(dict.fromkeys(rows["name"])) == experiments.participants(table)
    assert (rows.groupby("name")["seed"].apply(sorted).map(tuple) == (0, 1, 2, 3, 4)).all()
    assert facts["command"].startswith(f"python benchmarks/record.py {table}")


def test_figures_are_drawn(images):
    maps = np.random.default_rng(0).normal(size=images.shape)
    table = pd.DataFrame({"slant": [0.5, -1.0], "width": [0.0, 0.2]}, index=["a", "b"])
    lines = {"noise": {"plain": ([0, 1], [1.0, 0.5])}, "shift": {"plain": ([0, 1], [1.0, 0.2])}}
    rows = pd.DataFrame({"name": ["a", "a"], "seed": [0, 1], "20": [0.5, 0.6], "50": [0.7, 0.8]})
    drawn = [
        figures.bars({"a": 1.0, "b": 2.0}, "ms", "title"),
        figures.heat(images[:3], {"one": maps[:3]}, "title"),
        figures.matrix(table, "change", "title"),
        figures.small_curves(lines, ["σ", "pixels"], "accuracy"),
        figures.learning_curves(rows, (20, 50), rows[:1], "accuracy"),
    ]
    for figure in drawn:
        assert 'alt="a figure for a test"' in plots.img(figure, "a figure for a test")
