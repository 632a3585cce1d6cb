"""What chapter 8 adds to the package: word vectors, network sizes, a diffusion model, color."""

import keras
import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.stats import wasserstein_distance

from cgan_tutorial import data, networks
from cgan_tutorial.chapters import experiments
from cgan_tutorial.chapters.ch08 import choices, color, diffusion, words
from cgan_tutorial.chapters.common import multiply_adds
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.models import Autoencoder
from cgan_tutorial.training import train

pytestmark = pytest.mark.slow

# Two pairs that stand in the same places: cat and dog eat, train and bus stop.
TOY = ["cat eats", "dog eats", "train stops", "bus stops"] * 2
TOY_WORDS = ["bus", "cat", "dog", "eats", "stops", "train"]


def test_words_are_counted_within_the_window():
    counts = words.cooccurrence(["a b c d", "a c"], ["a", "b", "c", "d"], window=2)
    assert counts.tolist() == [[0, 1, 2, 0], [1, 0, 1, 1], [2, 1, 0, 1], [0, 1, 1, 0]]


def test_a_word_that_is_left_out_keeps_its_place():
    counts = words.cooccurrence(["a x b"], ["a", "b"], window=1)
    assert counts.tolist() == [[0, 0], [0, 0]]


def test_association_is_in_bits_above_chance():
    # a meets only b, c only d: each pair four times as often as by chance, 2 bits.
    counts = np.kron(np.eye(2), [[0, 1], [1, 0]])
    assert np.allclose(words.association(counts), 2 * counts)


def test_words_meeting_by_chance_alone_have_no_association():
    assert np.allclose(words.association(np.ones((5, 5))), 0)
    assert np.allclose(words.association(np.zeros((1, 1)) + 3), 0)


def test_nearest_words_of_a_toy_text_are_known():
    vectors = words.embed(words.association(words.cooccurrence(TOY, TOY_WORDS, window=1)), 4)
    assert words.nearest_words("cat", TOY_WORDS, vectors, 1) == ["dog"]
    assert words.nearest_words("bus", TOY_WORDS, vectors, 1) == ["train"]


def test_embedding_keeps_the_strongest_directions():
    matrix = np.diag([3.0, 2.0, 1.0])
    vectors = words.embed(matrix, 2)
    assert np.allclose(vectors @ vectors.T, np.diag([9.0, 4.0, 0.0]))


def test_vectors_of_the_books_text_put_each_group_together():
    texts = words.sentences()
    known = sorted(set(" ".join(texts).split()))
    vectors = words.embed(words.association(words.cooccurrence(texts, known)), 16)
    for word in ("dog", "meadow", "soup", "coat", "teacher", "lovely", "awful"):
        (group,) = words.group_of(word)
        near = words.nearest_words(word, known, vectors, 3)
        assert all(group in words.group_of(other) for other in near), (word, near)


def test_the_text_is_the_same_each_time_and_has_the_promised_size():
    texts = words.sentences()
    assert texts == words.sentences()
    assert texts[:100] != words.sentences(100, seed=1)
    assert 45_000 < len("\n".join(texts)) < 52_000


def test_reviews_have_words_of_their_label_only():
    texts, labels = words.reviews(100)
    assert labels.sum() == 50
    for text, label in zip(texts, labels, strict=True):
        groups = set().union(*(words.group_of(word) for word in text.split()))
        assert ("good" in groups, "bad" in groups) == (label == 1, label == 0)


def test_mean_vectors_pass_over_unknown_words():
    vectors = np.array([[1.0, 0.0], [0.0, 3.0]])
    means = words.mean_vectors(["a b", "a x", "x"], ["a", "b"], vectors)
    assert means.tolist() == [[0.5, 1.5], [1, 0], [0, 0]]


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="cow"):
        words.nearest_words("cow", ["cat"], np.eye(1))


def test_a_linear_autoencoder_is_the_truncated_svd():
    matrix = np.random.default_rng(0).normal(size=(64, 10)) * np.geomspace(3, 0.1, 10)
    matrix = matrix.astype("float32")
    keras.utils.set_random_seed(0)
    ends = [keras.layers.Dense(units, use_bias=False) for units in (3, 10)]
    inputs = [keras.Input((units,)) for units in (10, 3)]
    linear = Autoencoder(*(keras.Sequential(pair) for pair in zip(inputs, ends, strict=True)))
    adam = keras.optimizers.Adam(0.05)
    train(linear, matrix, epochs=300, batch_size=64, optimizer=adam, view=False)
    vectors = words.embed(matrix, 3)
    best = np.square(matrix).sum() - np.square(vectors).sum()
    assert np.square(matrix - np.asarray(linear(matrix))).sum() == pytest.approx(best, rel=1e-3)
    codes = np.asarray(linear.encoder(matrix))
    assert np.rad2deg(subspace_angles(codes, vectors)).max() < 2


def test_the_start_of_the_sweep_is_the_books_autoencoder():
    start = choices.autoencoder()
    for mine, theirs in (
        (start.encoder, networks.encoder(16, 8)),
        (start.decoder, networks.decoder(16, 8)),
    ):
        assert [w.shape for w in mine.weights] == [w.shape for w in theirs.weights]


@pytest.mark.parametrize("name", choices.NETWORKS)
def test_each_network_of_the_sweep_returns_an_image(name):
    model = choices.NETWORKS[name]()
    assert model(np.zeros((1, 28, 28, 1), "float32")).shape == (1, 28, 28, 1)


def test_the_record_of_the_sweep_was_made_with_the_networks_of_today():
    rows, facts = experiments.recorded("choice"), experiments.provenance("choice")
    assert list(dict.fromkeys(rows["name"])) == experiments.participants("choice")
    seeds = rows.groupby("name")["seed"].apply(tuple)
    assert seeds.nunique() == 1 and len(seeds.iloc[0]) >= 3
    assert facts["command"].startswith("python benchmarks/record.py choice")
    for name, build in choices.NETWORKS.items():
        row, model = rows[rows["name"] == name].iloc[0], build()
        parts = model.encoder, model.decoder
        assert row["parameters"] == sum(part.count_params() for part in parts)
        millions = sum(sum(multiply_adds(part)) for part in parts) / 1e6
        assert row["million"] == pytest.approx(millions, abs=5e-4)


def test_larger_images_in_color_are_halved_down_to_8():
    model = choices.autoencoder(size=64, channels=3, depth=3, width=2)
    convolutions = [layer for layer in model.encoder.layers if hasattr(layer, "filters")]
    assert [layer.filters for layer in convolutions] == [2, 4, 8]
    assert [layer.output.shape[1] for layer in convolutions] == [32, 16, 8]
    assert model(np.zeros((1, 64, 64, 3), "float32")).shape == (1, 64, 64, 3)


def test_a_row_of_the_sweep_has_its_columns(monkeypatch):
    monkeypatch.setattr(choices, "EPOCHS", 1)
    full = data.load()
    few = Dataset("few", *(Split(part.images[:128], part.labels[:128]) for part in
                           (full.train, full.test)))  # fmt: skip
    row = choices.PARTICIPANTS["width 4"](few, 0)
    assert list(row) == ["mse", "parameters", "million", "seconds"]
    assert 0 < row["mse"] < 0.3
    build = choices.NETWORKS["width 4"]()
    assert row["parameters"] == build.encoder.count_params() + build.decoder.count_params()


CENTERS = np.array([-2.0, 2.0])


def test_the_best_guess_is_the_nearest_center_or_the_mean():
    guesses = diffusion.denoise(np.array([2.3, -1.9]), 0.3, CENTERS, 1e-3)
    assert np.allclose(guesses, [2, -2], atol=0.01)
    assert abs(diffusion.denoise(np.array([3.0]), 100.0, CENTERS, 0.1)[0]) < 0.01


def test_the_best_guess_is_the_mean_of_what_gave_such_noise():
    rng = np.random.default_rng(0)
    clean = rng.choice(CENTERS, 400_000) + 0.3 * rng.normal(size=400_000)
    noisy = clean + 1.5 * rng.normal(size=clean.size)
    near = np.abs(noisy - 1.0) < 0.05
    wanted = diffusion.denoise(np.array([1.0]), 1.5, CENTERS, 0.3)[0]
    assert clean[near].mean() == pytest.approx(wanted, abs=0.05)


def test_one_step_gives_the_mean_and_many_give_the_data():
    rng = np.random.default_rng(1)
    real = rng.choice(CENTERS, 4000) + 0.3 * rng.normal(size=4000)
    one, many = (diffusion.draw(4000, steps, CENTERS, 0.3) for steps in (1, 100))
    assert np.abs(one).max() < 1
    assert wasserstein_distance(many, real) < 0.15 < wasserstein_distance(one, real)
    assert np.array_equal(many, diffusion.draw(4000, 100, CENTERS, 0.3))


def test_digits_become_large_and_colored():
    images = data.load().test.images[:3]
    colored = color.colorize(images, 64)
    assert colored.shape == (3, 64, 64, 3) and colored.dtype == np.float32
    assert colored.min() >= 0 and colored.max() <= 1
    brightest = images[0, ..., 0].argmax() // 28 * 64 // 28 + 1
    assert colored[0, brightest].max() > 0.8 > colored[0, 0].max()
