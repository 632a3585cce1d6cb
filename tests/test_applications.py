"""The applications' machinery: known answers, and errors that say what to do."""

import numpy as np
import pytest

from cgan_tutorial import data, models
from cgan_tutorial.chapters import experiments
from cgan_tutorial.chapters.ch06 import anomaly, augmentation, compression, few_labels
from cgan_tutorial.chapters.ch06.few_labels import nearest_items, precision_at
from cgan_tutorial.chapters.common import few_per_class, repeat_to

pytestmark = pytest.mark.slow

TABLES = {
    "augmentation": augmentation.PARTICIPANTS,
    "features": few_labels.PARTICIPANTS,
    "anomaly": anomaly.PARTICIPANTS,
}


@pytest.fixture(scope="module")
def digits():
    return data.load()


def clusters(seed, spread=0.1):
    """Forty points around each of three far corners, and their corners' numbers."""
    labels = np.repeat([0, 1, 2], 40)
    noise = np.random.default_rng(seed).normal(0, spread, (120, 3))
    return 10 * np.eye(3)[labels] + noise, labels


# ------------------------------------------------------------------ retrieval
def test_precision_is_one_on_separate_clusters_and_chance_without_any():
    (queries, wanted), (items, labels) = clusters(0), clusters(1)
    assert precision_at(10, queries, wanted, items, labels).tolist() == [1.0] * 120
    same = np.random.default_rng(0).normal(size=(120, 3))
    assert precision_at(10, same, wanted, same[::-1], labels).mean() == pytest.approx(
        1 / 3, abs=0.1
    )


def test_precision_counts_right_labels_among_the_nearest():
    items = np.array([[1.0], [2.0], [3.0], [4.0]])
    labels = np.array([7, 7, 8, 7])
    assert nearest_items(np.array([[0.0]]), items, 3).tolist() == [[0, 1, 2]]
    found = precision_at(3, np.array([[0.0]]), np.array([7]), items, labels)
    assert found == pytest.approx([2 / 3])


@pytest.mark.parametrize(("k", "columns"), [(0, 3), (121, 3), (1, 2)])
def test_a_retrieval_that_cannot_be_is_refused(k, columns):
    points, labels = clusters(0)
    with pytest.raises(ValueError):
        precision_at(k, points, labels, points[:, :columns], labels)


# ------------------------------------------------------------------ few labels
def test_a_linear_classifier_reads_separate_clusters_whatever_their_scale():
    (known, labels), (unseen, truth) = clusters(0), clusters(1)
    for scale in (1e-3, 1.0, 1e3):
        assert few_labels.linear_accuracy(scale * known, labels, scale * unseen, truth) == 1.0
    wrong = (truth + 1) % 3
    assert few_labels.linear_accuracy(known, labels, unseen, wrong) == 0.0


def test_the_network_learns_its_training_set(digits):
    known = few_per_class(digits.train, 20)
    stream = repeat_to(known, 3200)
    accuracy = few_labels.network_accuracy(stream, known)
    assert accuracy > 80 and accuracy == few_labels.network_accuracy(stream, known)


def test_hidden_units_are_the_input_of_the_last_layer(digits):
    model = models.build("denoiser", 8, 4)
    images = digits.test.images[:6]
    units = few_labels.hidden_units(model, images)
    assert units.shape == (6, 256)
    kernel, bias = model.encoder.layers[-1].get_weights()
    assert units @ kernel + bias == pytest.approx(model.encode(images), abs=1e-4)


def test_features_are_compared_by_few_labels_and_by_retrieval(digits):
    few = data.Dataset(
        "few", digits.train, data.Split(digits.test.images[:200], digits.test.labels[:200])
    )
    row = few_labels.compare(few_labels.FEATURES["raw pixels"](few, 0), few, seed=0, counts=(10,))
    assert list(row) == ["10 a class", "precision at 10"]
    assert 65 < row["10 a class"] < 90 and 85 < row["precision at 10"] < 98


def test_the_preview_of_a_spatial_denoiser_rotates_and_shifts_independently():
    dots = np.zeros((200, 28, 28, 1), "float32")
    dots[:, 13:15, 23:25] = 1
    rows, columns = np.indices((28, 28))

    def positions(**corruption):
        moved = few_labels.spatial_denoiser(sigma=0.0, **corruption).preview(dots)[0, ..., 0]
        total = moved.sum(axis=(1, 2))
        return (moved * rows).sum(axis=(1, 2)) / total, (moved * columns).sum(axis=(1, 2)) / total

    angles, _ = positions(shift=0.0)
    assert angles.std() > 1
    for shifts in positions(degrees=0.0):
        assert shifts.std() > 1 and abs(np.corrcoef(angles, shifts)[0, 1]) < 0.3


# ------------------------------------------------------------------ augmentation
def test_moving_keeps_shape_range_order_and_most_of_the_ink(digits):
    images = digits.train.images[:50]
    moved = augmentation.move(images, seed=1)
    assert moved.shape == images.shape and moved.dtype == np.float32
    assert moved.min() >= 0 and moved.max() <= 1
    assert moved.sum(axis=(1, 2, 3)) == pytest.approx(images.sum(axis=(1, 2, 3)), rel=0.1)
    assert np.abs(moved - images).mean() > 0.01
    assert np.array_equal(moved, augmentation.move(images, seed=1))


def test_moving_by_nothing_changes_nothing(digits):
    images = digits.train.images[:5]
    assert augmentation.move(images, shift=0.0, degrees=0.0) == pytest.approx(images, abs=1e-6)


def test_a_dot_is_shifted_and_turned_around_the_middle():
    dot = np.zeros((28, 28), "float32")
    dot[13, 20] = 1.0
    down = augmentation._moved(dot, 0.0, np.array([3.0, -2.0]))
    assert np.unravel_index(down.argmax(), down.shape) == (16, 18)
    turned = augmentation._moved(dot, np.pi / 2, np.zeros(2))
    row, column = np.unravel_index(turned.argmax(), turned.shape)
    # The middle of 28 pixels lies between two of them, at 13.5.
    assert {row, column} & {7, 20} and {row, column} & {13, 14}


def test_training_sets_are_equally_large_and_half_of_three_is_generated(digits):
    known = few_per_class(digits.train, 2)
    blank = data.Split(np.zeros((10, 28, 28, 1), "float32"), np.arange(10))
    found = dict(augmentation.training_sets(known, blank, blank, count=200))
    assert list(found) == ["plain", "moved", "with GAN", "moved, with GAN", "leak"]
    for name, split in found.items():
        assert len(split) == 200 and np.bincount(split.labels).tolist() == [20] * 10
        empty = (split.images.max(axis=(1, 2, 3)) == 0).mean()
        assert empty == (0.0 if name in ("plain", "moved") else 0.5)
    places = [
        np.flatnonzero((known.images == image).all(axis=(1, 2, 3)))[0]
        for image in found["plain"].images
    ]
    assert np.array_equal(known.labels[places], found["plain"].labels)


def test_a_gan_on_few_digits_generates_the_classes_in_turn(digits):
    known = few_per_class(digits.train, 1)
    gan = augmentation.train_on_few(known, epochs=1)
    fakes = augmentation.generate(gan, 25, seed=1)
    assert fakes.images.shape == (25, 28, 28, 1) and fakes.labels.tolist() == [
        *range(10),
        *range(10),
        *range(5),
    ]
    assert fakes.images.min() >= 0 and fakes.images.max() <= 1


# ------------------------------------------------------------------ compression
def test_what_is_packed_comes_back():
    rng = np.random.default_rng(0)
    for symbols in (
        rng.integers(-128, 128, (100, 7)),
        np.zeros((100, 7)),
        rng.normal(0, 2, (100, 7)),
    ):
        symbols = symbols.astype("int8")
        assert np.array_equal(compression.unpack(compression.pack(symbols), symbols.shape), symbols)
    for coder, decoder in compression.CODERS.values():
        assert decoder(coder(b"abcabc")) == b"abcabc"


def test_bits_of_a_constant_of_coins_and_of_noise():
    rng = np.random.default_rng(0)

    def bits(symbols):
        return 8 * len(compression.pack(symbols.astype("int8"))) / symbols.size

    assert bits(np.full((1000, 32), 3)) < 0.02
    # None of the compressors is made for coins; they waste up to a fifth.
    assert 1.0 <= bits(rng.integers(0, 2, (1000, 32))) < 1.2
    assert 8.0 <= bits(rng.integers(-128, 128, (1000, 32))) < 8.1
    # The entropy of rounded Gaussian numbers, h = log2(σ√(2πe)) for steps of 1.
    assert bits(np.round(rng.normal(0, 3, (1000, 32)))) == pytest.approx(3.63, abs=0.15)


def test_codes_are_rounded_to_steps():
    codes = np.array([[0.0, 0.24, -0.26, 1.1]])
    assert compression.quantize(codes, 0.5).tolist() == [[0, 0, -1, 2]]
    for step in (0, 0.001, -1, float("nan")):
        with pytest.raises(ValueError, match=f"step is {step}; give at least 0.0086"):
            compression.quantize(codes, step)


def test_smaller_steps_cost_bits_and_save_error(digits):
    images = digits.test.images[:100]
    codes = images.reshape(100, -1)
    bits, errors = compression.tradeoff(
        codes, lambda rows: rows.reshape(images.shape), images, [0.5, 0.1, 0.02]
    )
    assert bits == sorted(bits) and errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.02**2 / 12


def test_a_sheet_without_loss_has_no_error_and_a_header_once(digits):
    images = digits.test.images[:80]
    bits, error = compression.as_file(images, "PNG")
    assert error == pytest.approx(0, abs=1e-12) and 500 < bits < 3000
    alone, _ = compression.as_file(images[:1], "PNG", columns=1)
    assert alone > bits
    rough = compression.as_file(images, "JPEG", quality=1)
    fine = compression.as_file(images, "JPEG", quality=90)
    assert rough[0] < fine[0] and rough[1] > 10 * fine[1] > 0
    with pytest.raises(ValueError, match="rows of 30"):
        compression.as_file(images, "PNG", columns=30)


# ------------------------------------------------------------------ anomalies
def test_the_area_of_known_scores():
    assert anomaly.auc([1, 2, 3], [4, 5]) == 1.0
    assert anomaly.auc([4, 5], [1, 2, 3]) == 0.0
    assert anomaly.auc([1, 1], [1]) == 0.5
    # Of the four pairs (1, 2), (1, 4), (3, 2), (3, 4) three are in order.
    assert anomaly.auc([1, 3], [2, 4]) == 0.75


def test_errors_of_single_images():
    images = np.zeros((3, 2, 2, 1))
    others = images.copy()
    others[1] = 1.0
    others[2, 0, 0] = 0.5
    assert anomaly._squared_error(images, others) == pytest.approx([0, 1, 0.25 / 4])


def test_a_class_is_left_out_and_a_part_is_held_out(digits):
    rest = anomaly.without(digits.test, 3)
    assert len(rest) == 900 and len(anomaly.without(digits.train, 3)) == 3600
    learned, held = anomaly.hold_out(rest, 0.2, seed=1)
    assert len(learned) == 720 and len(held) == 180
    together = np.concatenate([learned, held]).sum(axis=(1, 2, 3))
    assert np.sort(together) == pytest.approx(np.sort(rest.sum(axis=(1, 2, 3))))


@pytest.mark.parametrize("name", ["PCA", "isolation forest", "nearest digit"])
def test_noise_is_more_anomalous_than_digits(digits, name):
    score = anomaly.SCORES[name](digits.train.images[:500], 0)
    noise = np.random.default_rng(0).random((50, 28, 28, 1), "float32")
    assert anomaly.auc(score(digits.test.images[:200]), score(noise)) > 0.95


@pytest.mark.parametrize("fit", [anomaly.by_autoencoder, anomaly.by_discriminator])
def test_networks_score_each_image(digits, fit, monkeypatch):
    monkeypatch.setattr(anomaly, "EPOCHS", 1)
    score = fit(digits.train.images[:128], 0)
    found = score(digits.test.images[:30])
    assert found.shape == (30,) and np.isfinite(found).all() and found.std() > 0


# ------------------------------------------------------------------ records
@pytest.mark.parametrize("name", TABLES)
def test_a_record_has_every_participant_with_equal_seeds_and_its_command(name):
    assert experiments.TABLES[name] is TABLES[name]
    rows, facts = experiments.recorded(name), experiments.provenance(name)
    assert list(dict.fromkeys(rows["name"])) == list(TABLES[name])
    seeds = rows.groupby("name")["seed"].apply(tuple)
    assert seeds.nunique() == 1 and len(seeds.iloc[0]) >= 3
    assert facts["command"].startswith(f"python benchmarks/record.py {name} ")


def test_features_of_a_denoiser_beat_pixels_with_every_recorded_seed():
    rows = experiments.recorded("features").pivot(index="seed", columns="name", values="10 a class")
    assert (rows["straightener, 32 latents"] > rows["raw pixels"] + 5).all()
    assert (rows["denoiser, 32 latents"] > rows["raw pixels"] + 1).all()
