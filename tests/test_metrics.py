"""Metrics give their known values on known inputs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from cgan_tutorial import data, metrics
from cgan_tutorial.metrics import classifier, coverage
from cgan_tutorial.metrics.divergence import grid_divergence, jensen_shannon


@pytest.fixture(scope="module")
def digits():
    return data.load()


def test_mse_and_psnr_of_a_known_difference():
    black, grey = np.zeros((2, 28, 28, 1)), np.full((2, 28, 28, 1), 0.1)
    assert metrics.mse(black, grey) == pytest.approx(0.01)
    assert metrics.psnr(black, grey) == pytest.approx(20.0)
    assert metrics.psnr(black, black) == float("inf")


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 28, 28, 1\) and \(3, 28, 28, 1\)"):
        metrics.mse(np.zeros((2, 28, 28, 1)), np.zeros((3, 28, 28, 1)))


def test_frechet_distance_of_gaussians_with_diagonal_covariance():
    # ‖μ₁ − μ₂‖² + Σ (σ₁ − σ₂)²
    mean, other = np.array([0.0, 1.0]), np.array([3.0, 5.0])
    sigma, other_sigma = np.array([1.0, 2.0]), np.array([4.0, 2.5])
    found = metrics.frechet_distance(mean, np.diag(sigma**2), other, np.diag(other_sigma**2))
    assert found == pytest.approx(9 + 16 + 9 + 0.25)


def test_frechet_distance_agrees_with_the_matrix_square_root():
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(0)
    one, two = (np.cov(rng.normal(size=(5, 50)) * (1 + i)) for i in range(2))
    mean, other = rng.normal(size=(2, 5))
    wanted = np.sum((mean - other) ** 2) + np.trace(one + two - 2 * sqrtm(one @ two).real)
    assert metrics.frechet_distance(mean, one, other, two) == pytest.approx(wanted, rel=1e-9)


def test_frechet_distance_survives_a_singular_covariance():
    singular = np.diag([1.0, 0.0])
    assert metrics.frechet_distance(np.zeros(2), singular, np.zeros(2), singular) == 0.0


@pytest.mark.slow
def test_a_set_against_itself_is_0_and_order_does_not_matter(digits):
    some, others = digits.test.images[:300], digits.train.images[:300]
    assert metrics.frechet_classifier_distance(some, some) == pytest.approx(0.0, abs=1e-6)
    forward = metrics.frechet_classifier_distance(some, others)
    assert forward == pytest.approx(metrics.frechet_classifier_distance(others, some), rel=1e-6)
    shuffled = np.random.default_rng(0).permutation(some)
    assert metrics.frechet_classifier_distance(shuffled, others) == pytest.approx(forward, rel=1e-4)


@pytest.mark.slow
def test_worse_images_are_further_away(digits):
    test = digits.test.images
    real = metrics.frechet_classifier_distance(digits.train.images[:1000], test)
    noisy = metrics.frechet_classifier_distance(data.add_gaussian_noise(test, 0.3), test)
    noise = np.random.default_rng(0).random(test.shape, dtype="float32")
    far = metrics.frechet_classifier_distance(noise, test)
    print(f"real digits {real:.1f}, noisy digits {noisy:.1f}, pure noise {far:.0f}")
    assert real < noisy < far
    assert far > 50 * real


def test_too_few_images_are_refused(digits):
    with pytest.raises(ValueError, match="64 are too few .* at least 65"):
        metrics.frechet_classifier_distance(digits.test.images[:64], digits.test.images)


def test_the_shipped_classifier_knows_test_digits_as_its_record_says(digits):
    record = json.loads((classifier.WEIGHTS.parent / "classifier.json").read_text())
    accuracy = np.mean(classifier.classify(digits.test.images) == digits.test.labels)
    print(f"accuracy on the test split {accuracy:.3f}, recorded {record['test_accuracy']:.3f}")
    assert accuracy == pytest.approx(record["test_accuracy"], abs=0.002)
    assert accuracy > 0.97
    assert "training split" in record["data"]


CENTERS = np.array([(4.0 * x, 4.0 * y) for x in range(5) for y in range(2)])


def mixture(centers, each=100, seed=0):
    """Points (len(centers)·each, 2) of Gaussians of standard deviation 0.1."""
    spread = np.random.default_rng(seed).normal(0, 0.1, (len(centers), each, 2))
    return (centers[:, None] + spread).reshape(-1, 2)


def brute(samples, reference, k):
    """Precision, recall and coverage by all pairs, straight from the definitions."""

    def apart(one, two):
        return np.sqrt(((one[:, None] - two[None]) ** 2).sum(axis=-1))

    def radii(points):
        distances = apart(points, points)
        np.fill_diagonal(distances, np.inf)
        return np.sort(distances, axis=1)[:, k - 1]

    in_reference = apart(samples, reference) <= radii(reference)
    in_samples = apart(reference, samples) <= radii(samples)
    return in_reference.any(1).mean(), in_samples.any(1).mean(), in_reference.any(0).mean()


@pytest.mark.parametrize(("axes", "k"), [(2, 1), (2, 5), (64, 3)])
def test_neighborhoods_agree_with_all_pairs(axes, k):
    rng = np.random.default_rng(axes + k)
    samples, reference = rng.normal(size=(150, axes)), rng.normal(0.5, size=(200, axes))
    found = (
        *coverage.precision_recall(samples, reference, k),
        coverage.neighborhood_coverage(samples, reference, k),
    )
    assert found == pytest.approx(brute(samples, reference, k))
    assert min(found) > 0 and max(found) < 1


def test_neighborhoods_in_parts_agree_with_all_pairs():
    # More centers than one part of the search takes.
    samples, reference = np.random.default_rng(0).normal(size=(2, 1100, 2))
    found = coverage.precision_recall(samples, reference)
    assert found == pytest.approx(brute(samples, reference, 3)[:2])


def test_a_set_covers_itself():
    points = mixture(CENTERS)
    assert coverage.precision_recall(points, points) == (1.0, 1.0)
    assert coverage.neighborhood_coverage(points, points) == 1.0


def test_new_samples_have_the_coverage_of_the_paper():
    covered = coverage.neighborhood_coverage(mixture(CENTERS), mixture(CENTERS, seed=1))
    assert covered == pytest.approx(1 - 2**-5, abs=0.02)


@pytest.mark.parametrize("kept", [2, 5, 8])
def test_dropped_modes_cost_recall_and_coverage_but_not_precision(kept):
    samples, reference = mixture(CENTERS[:kept], each=1000 // kept), mixture(CENTERS, seed=1)
    precision, recall = coverage.precision_recall(samples, reference)
    covered = coverage.neighborhood_coverage(samples, reference)
    print(f"{kept} of 10 modes: {precision:.2f} {recall:.2f} {covered:.2f}")
    assert precision > 0.9
    assert 0.9 * kept / 10 < recall <= kept / 10
    assert 0.9 * kept / 10 < covered <= kept / 10


def test_junk_costs_precision_but_not_recall_or_coverage():
    good, reference = mixture(CENTERS), mixture(CENTERS, seed=1)
    junk = np.random.default_rng(2).uniform(50, 60, (1000, 2))
    mixed = np.concatenate([good, junk])
    before, after = (coverage.precision_recall(points, reference) for points in (good, mixed))
    assert after == (pytest.approx(before[0] / 2), before[1])
    before, after = (coverage.neighborhood_coverage(each, reference) for each in (good, mixed))
    assert after == before


def test_duplicates_lie_in_their_own_ball_of_radius_0():
    points = np.repeat(CENTERS, 6, axis=0)
    assert coverage.precision_recall(points, points) == (1.0, 1.0)
    assert coverage.neighborhood_coverage(points, points) == 1.0
    collapsed = np.repeat(CENTERS[:1], 60, axis=0)
    assert coverage.precision_recall(collapsed, points) == (1.0, pytest.approx(0.1))


@pytest.mark.parametrize("k", [0, 5, 9])
def test_a_k_that_the_points_cannot_serve_is_refused(k):
    for measure in (coverage.precision_recall, coverage.neighborhood_coverage):
        with pytest.raises(ValueError, match=f"k is {k} for 5 points"):
            measure(np.zeros((20, 2)), np.zeros((5, 2)), k)


def test_points_of_other_shapes_or_values_are_refused():
    with pytest.raises(ValueError, match=r"shapes \(20, 2\) and \(20, 3\)"):
        coverage.precision_recall(np.zeros((20, 2)), np.zeros((20, 3)))
    with pytest.raises(ValueError, match="not finite"):
        metrics.frechet_of_points(np.full((20, 2), np.nan), np.zeros((20, 2)))


def test_the_classes_of_one_digit_and_of_all(digits):
    threes = digits.train.images[digits.train.labels == 3]
    only = threes[classifier.classify(threes) == 3]
    assert coverage.class_shares(only).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    every = coverage.class_shares(digits.test.images)
    assert every.sum() == pytest.approx(1) and 0.09 < every.min() < every.max() < 0.11


def test_the_modes_that_points_reach():
    lone, far = CENTERS[9:] + np.zeros((5, 2)), np.full((495, 2), 100.0)
    points = np.concatenate([mixture(CENTERS[:5]), lone, far])
    shares = coverage.mode_shares(points, CENTERS, radius=0.6)
    assert shares == pytest.approx([0.1] * 5 + [0.0] * 4 + [0.005])


def test_three_standard_deviations_hold_what_the_docstring_says():
    shares = coverage.mode_shares(mixture(CENTERS, each=2000), CENTERS, radius=0.3)
    assert shares.sum() == pytest.approx(1 - np.exp(-4.5), abs=0.003)
    assert shares.min() > 0.09


@pytest.mark.parametrize("radius", [0, -1.0, float("nan")])
def test_a_radius_that_holds_nothing_is_refused(radius):
    with pytest.raises(ValueError, match=f"radius is {radius}"):
        coverage.mode_shares(CENTERS, CENTERS, radius)


def test_nearest_finds_copies_and_agrees_with_all_pairs(digits):
    train, test = digits.train.images[:300], digits.test.images[:50]
    indices, distances = metrics.nearest(train[::-1], train)
    assert np.array_equal(indices, np.arange(300)[::-1]) and not distances.any()
    apart = np.sqrt(((test[:, None].astype("float64") - train[None]) ** 2).sum(axis=(2, 3, 4)))
    indices, distances = metrics.nearest(test, train)
    assert np.array_equal(indices, apart.argmin(axis=1))
    assert distances == pytest.approx(apart.min(axis=1))


@pytest.mark.slow
def test_memorization_of_copies_near_copies_and_fresh_digits(digits):
    train, test = digits.train.images, digits.test.images
    assert metrics.memorization(train[:500], train, test) == 0.0
    close = metrics.memorization(data.add_gaussian_noise(train[:500], 0.05), train, test)
    fresh = metrics.memorization(test[:500], train, test[500:])
    print(f"near copies {close:.2f}, fresh digits {fresh:.2f}")
    assert close < 0.3
    assert fresh == pytest.approx(1, abs=0.05)


def test_memorization_needs_images_that_were_not_trained_on(digits):
    train = digits.train.images[:100]
    with pytest.raises(ValueError, match="unseen images are training images"):
        metrics.memorization(train, train, train)


def test_frechet_of_points_of_a_shifted_and_scaled_cloud():
    points = np.random.default_rng(0).normal(size=(500, 2))
    assert metrics.frechet_of_points(points, points) == pytest.approx(0, abs=1e-9)
    assert metrics.frechet_of_points(points + [3, 4], points) == pytest.approx(25)
    # Scaled about its mean by 2, each standard deviation σ moves by σ.
    scaled = 2 * points - points.mean(axis=0)
    total = np.trace(np.cov(points, rowvar=False))
    assert metrics.frechet_of_points(scaled, points) == pytest.approx(total)
    with pytest.raises(ValueError, match="2 are too few .* at least 3"):
        metrics.frechet_of_points(points[:2], points)


def test_neighbors_are_found_among_images_of_another_shape():
    images = np.random.default_rng(0).random((6, 16, 12, 3), "float32")
    indices, distances = metrics.nearest(images[2:4], images)
    assert indices.tolist() == [2, 3] and not distances.any()
    with pytest.raises(ValueError, match="images have shape"):
        metrics.nearest(np.zeros((1, 28, 28, 1), "float32"), images)


@pytest.mark.slow
def test_the_frechet_distance_falls_with_the_number_of_images(digits):
    rng, test = np.random.default_rng(1), digits.test.images
    drawn = [rng.choice(digits.train.images, count, replace=False) for count in (100, 500, 4000)]
    found = [metrics.frechet_classifier_distance(images, test) for images in drawn]
    print("100, 500 and 4,000 real digits:", ", ".join(f"{distance:.2f}" for distance in found))
    assert found[0] > 2 * found[1] > 2 * found[2] > 0


# The report


def test_samples_are_evaluated_as_the_single_metrics_say(digits):
    samples, reference = digits.train.images[:300], digits.test.images[:300]
    found = metrics.evaluate_samples(samples, reference)
    points = classifier.features(samples), classifier.features(reference)
    precision, recall = coverage.precision_recall(*points)
    wanted = {
        "frechet": metrics.frechet_classifier_distance(samples, reference),
        "precision": precision,
        "recall": recall,
        "coverage": coverage.neighborhood_coverage(*points),
        "rarest": coverage.class_shares(samples).min(),
        **dict(zip(("kid", "kid_error"), metrics.kernel_distance(*points), strict=True)),
    }
    assert found == pytest.approx(wanted, abs=0.006)


def test_real_digits_and_noise_are_evaluated_as_the_docstring_says(digits):
    test = digits.test.images
    real = metrics.evaluate_samples(digits.train.images[:1000], test)
    wanted = {"frechet": 1.1, "precision": 0.93, "recall": 0.88, "coverage": 0.97, "rarest": 0.09}
    assert {name: real[name] for name in wanted} == pytest.approx(wanted, abs=0.05)
    assert abs(real["kid"]) < 2 * real["kid_error"]
    noise = np.random.default_rng(0).random(test.shape, dtype="float32")
    found = metrics.evaluate_samples(noise, test)
    assert found["frechet"] == pytest.approx(190, abs=5)
    assert found["precision"] > 0.8 and found["recall"] < 0.01 and found["coverage"] < 0.05


class Copier:
    """A model that samples training images and reconstructs gray ones."""

    trainable_weights = (np.zeros((3, 4)), np.zeros(5))

    def __init__(self, images):
        self.images = images

    def sample(self, count, seed):
        return np.random.default_rng(seed).choice(self.images, count)


class Reconstructor(Copier):
    encode = None

    def reconstruct(self, images):
        return np.clip(images + 0.1, 0, None)


@pytest.fixture
def few(digits):
    parts = [(split.images[:200], split.labels[:200]) for split in (digits.train, digits.test)]
    return data.Dataset(digits.name, *(data.Split(*part) for part in parts))


@pytest.mark.slow
def test_a_model_is_evaluated_by_its_samples_and_counted_once(few):
    found = metrics.evaluate_model(Copier(few.train.images), few)
    assert set(found) == {
        *("frechet", "precision", "recall", "coverage", "rarest"),
        *("kid", "kid_error", "memorization", "parameters"),
    }
    assert found["memorization"] == 0 and found["parameters"] == 17


@pytest.mark.slow
def test_a_model_that_encodes_is_evaluated_by_its_reconstructions_too(few):
    found = metrics.evaluate_model(Reconstructor(few.train.images), few)
    assert found["mse"] == pytest.approx(0.01) and found["psnr"] == pytest.approx(20)


@pytest.mark.parametrize("count", [2, 20])
def test_other_images_are_evaluated_by_features_of_the_callers_own(count):
    images = np.random.default_rng(0).random((20 + count, 16, 16, 3), "float32")
    train, test = (data.Split(x, np.zeros(len(x), "int64")) for x in (images[:20], images[20:]))
    own = data.Dataset("own", train, test)
    features = lambda images: images.mean(axis=(1, 2))  # noqa: E731
    found = metrics.evaluate_model(Reconstructor(train.images), own, features=features)
    judged = {"frechet", "precision", "recall", "coverage", "kid", "kid_error"}
    assert set(found) == {"memorization", "mse", "psnr", "parameters"} | (
        judged if count > 2 else set()
    )


def test_metrics_import_nothing_of_models_training_or_chapters():
    sources = [path.read_text("utf-8") for path in Path(metrics.__file__).parent.glob("*.py")]
    found = re.findall(r"^ *from cgan_tutorial(?:\.| import )(\w+)", "\n".join(sources), re.M)
    assert set(found) == {"data", "metrics", "networks"}


# Kernel distance


def by_hand(points, reference):
    """Gretton et al. (2012), eq. 3, with the kernel of Bińkowski et al. (2018), in loops."""
    sums = {"xx": 0.0, "yy": 0.0, "xy": 0.0}
    for name, one, two in (
        *(("xx", points, points), ("yy", reference, reference)),
        ("xy", points, reference),
    ):
        for i, x in enumerate(one):
            for j, y in enumerate(two):
                if name == "xy" or i != j:
                    sums[name] += (np.dot(x, y) / len(x) + 1) ** 3
    n, m = len(points), len(reference)
    return sums["xx"] / (n * (n - 1)) + sums["yy"] / (m * (m - 1)) - 2 * sums["xy"] / (n * m)


@pytest.mark.parametrize(("n", "m"), [(3, 3), (20, 13)])
def test_the_kernel_distance_is_that_of_its_formula(n, m):
    rng = np.random.default_rng(0)
    points, reference = rng.normal(size=(n, 5)), rng.normal(0.3, 1.0, (m, 5))
    found, error = metrics.kernel_distance(points, reference)
    assert found == pytest.approx(by_hand(points, reference), abs=1e-6)
    # The jackknife by its definition.
    variance = 0.0
    for left, other in ((points, reference), (reference, points)):
        without = [by_hand(np.delete(left, i, axis=0), other) for i in range(len(left))]
        variance += (len(left) - 1) * np.var(without)
    assert error == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_the_kernel_distance_needs_few_points_and_its_error_is_the_spread():
    rng = np.random.default_rng(0)
    same, apart = (
        np.array(
            [
                metrics.kernel_distance(rng.normal(size=(40, 8)), rng.normal(mean, 1, (40, 8)))
                for _ in range(100)
            ]
        )
        for mean in (0.0, 0.5)
    )
    # Unbiased: around 0 where the distributions are equal.
    assert abs(same[:, 0].mean()) < 3 * same[:, 0].std() / 10 and (same[:, 0] < 0).any()
    assert apart[:, 0].mean() > 3 * same[:, 0].std()
    assert apart[:, 1].mean() == pytest.approx(apart[:, 0].std(), rel=0.3)


def test_how_many_images_a_difference_takes():
    # Twice as far as an error of 0.1 shows with 100 images takes a quarter of the error.
    assert metrics.images_needed(0.1, 0.1, 100) == 400
    assert metrics.images_needed(0.4, 0.1, 100) == 25
    for nothing in (-0.1, 0.0, 0.09):
        assert metrics.images_needed(nothing, 0.1, 100) is None
    with pytest.raises(ValueError, match="2 and 9 points"):
        metrics.kernel_distance(np.zeros((2, 4)), np.zeros((9, 4)))


@pytest.fixture(scope="module")
def squares():
    """Colored squares of 16×16, red ones first, and blue ones."""
    rng, images = np.random.default_rng(0), np.zeros((240, 16, 16, 3), "float32")
    for number, image in enumerate(images):
        top, left = rng.integers(2, 8, 2)
        image[top : top + 6, left : left + 6, 0 if number < 120 else 2] = rng.uniform(0.7, 1)
    return images


@pytest.mark.slow
def test_features_of_other_images_tell_them_apart(squares):
    order = np.random.default_rng(1).permutation(240)
    train, test = squares[order[:120]], squares[order[120:]]
    features = metrics.train_features(train)
    found = features(train)
    assert found.shape == (120, 32)
    assert np.allclose(found.mean(axis=0), 0, atol=0.1)
    assert np.allclose(found.std(axis=0), 1, atol=0.1)
    assert np.array_equal(found, metrics.train_features(train)(train))
    real = metrics.evaluate_samples(train, test, features)
    assert set(real) == {"frechet", "precision", "recall", "coverage", "kid", "kid_error"}
    red = metrics.evaluate_samples(squares[:120], test, features)
    assert red["kid"] > 4 * red["kid_error"] > 0 and red["kid"] > 4 * abs(real["kid"])
    assert red["frechet"] > 2 * real["frechet"]
    few = metrics.evaluate_samples(train[:4], test[:4], features)
    assert set(few) == {"kid", "kid_error"}
    with pytest.raises(ValueError, match="16, 16, 3"):
        features(np.zeros((2, 28, 28, 1), "float32"))


def test_the_features_are_the_classifiers_for_digits_alone(digits, monkeypatch):
    trained = []

    def train_features(images):
        trained.append(len(images))
        return lambda images: images.mean(axis=(1, 2))

    monkeypatch.setattr(metrics.features, "train_features", train_features)
    assert metrics.features_for(digits) is classifier.features
    own = data.Dataset("folder:mine", digits.train, digits.test)
    features = metrics.features_for(own)
    assert trained == []
    for _ in range(2):
        assert features(digits.test.images).shape == (1000, 1)
    assert trained == [4000]
    # Too few to compare: nothing is trained for them.
    assert metrics.evaluate_samples(np.ones((2, 28, 28, 1)), digits.test.images, None) == {}


def test_divergence_of_known_shares():
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(np.log(2))
    # ½·log(4/3) + ½·(½·log(2/3) + ½·log 2), by hand.
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(0.2157615)


def test_divergence_of_equal_and_of_disjoint_points():
    left = np.random.default_rng(0).uniform(-2.9, -0.1, (500, 2))
    assert grid_divergence(left, left) == 0.0
    assert grid_divergence(left, -left) == pytest.approx(np.log(2))
    half = np.concatenate([left, -left])
    assert grid_divergence(half, left) == pytest.approx(0.2157615)


def test_points_outside_the_grid_are_not_lost():
    inside, outside = np.full((10, 2), 2.95), np.full((10, 2), 50.0)
    assert grid_divergence(inside, outside) == 0.0
    assert grid_divergence(-inside, outside) == pytest.approx(np.log(2))


def test_divergence_refuses_points_of_space():
    with pytest.raises(ValueError, match="3 coordinates"):
        grid_divergence(np.zeros((4, 3)), np.zeros((4, 3)))
