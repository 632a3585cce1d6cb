"""Metrics give their known values on known inputs."""

import json

import numpy as np
import pytest

from cgan_tutorial import data, metrics
from cgan_tutorial.metrics import classifier, coverage


@pytest.fixture(scope="module")
def digits():
    return data.load()


def test_mse_and_psnr_of_a_known_difference():
    black, grey = np.zeros((2, 28, 28, 1)), np.full((2, 28, 28, 1), 0.1)
    assert metrics.mse(black, grey) == pytest.approx(0.01)
    assert metrics.psnr(black, grey) == pytest.approx(20.0)
    assert metrics.psnr(black, black) == float("inf")


def test_different_shapes_are_refused():
    with pytest.raises(ValueError) as error:
        metrics.mse(np.zeros((2, 28, 28, 1)), np.zeros((3, 28, 28, 1)))
    assert str(error.value) == (
        "images have shapes (2, 28, 28, 1) and (3, 28, 28, 1); give equal shapes"
    )


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


def test_a_set_against_itself_is_0_and_order_does_not_matter(digits):
    some, others = digits.test.images[:300], digits.train.images[:300]
    assert metrics.frechet_classifier_distance(some, some) == pytest.approx(0.0, abs=1e-6)
    forward = metrics.frechet_classifier_distance(some, others)
    assert forward == pytest.approx(metrics.frechet_classifier_distance(others, some), rel=1e-6)
    shuffled = np.random.default_rng(0).permutation(some)
    assert metrics.frechet_classifier_distance(shuffled, others) == pytest.approx(forward, rel=1e-4)


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
    with pytest.raises(ValueError) as error:
        metrics.frechet_classifier_distance(digits.test.images[:64], digits.test.images)
    assert str(error.value) == (
        "64 images are too few for a Fréchet distance on 64 features; "
        "give at least 65, better 1,000"
    )


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
    """Precision, recall, density and coverage by all pairs, straight from the definitions."""

    def apart(one, two):
        return np.sqrt(((one[:, None] - two[None]) ** 2).sum(axis=-1))

    def radii(points):
        distances = apart(points, points)
        np.fill_diagonal(distances, np.inf)
        return np.sort(distances, axis=1)[:, k - 1]

    in_reference = apart(samples, reference) <= radii(reference)
    in_samples = apart(reference, samples) <= radii(samples)
    density = in_reference.sum() / (k * len(samples))
    shares = in_reference.any(1).mean(), in_samples.any(1).mean(), in_reference.any(0).mean()
    return (*shares[:2], density, shares[2])


@pytest.mark.parametrize(("axes", "k"), [(2, 1), (2, 5), (64, 3)])
def test_neighborhoods_agree_with_all_pairs(axes, k):
    rng = np.random.default_rng(axes + k)
    samples, reference = rng.normal(size=(150, axes)), rng.normal(0.5, size=(200, axes))
    found = (
        *coverage.precision_recall(samples, reference, k),
        *coverage.density_coverage(samples, reference, k),
    )
    assert found == pytest.approx(brute(samples, reference, k))
    assert min(found) > 0 and max(found[0], found[1], found[3]) < 1


def test_neighborhoods_in_parts_agree_with_all_pairs():
    # More centers than one part of the search takes.
    samples, reference = np.random.default_rng(0).normal(size=(2, 1100, 2))
    found = coverage.precision_recall(samples, reference)
    assert found == pytest.approx(brute(samples, reference, 3)[:2])


def test_a_set_covers_itself():
    points = mixture(CENTERS)
    assert coverage.precision_recall(points, points) == (1.0, 1.0)
    assert coverage.density_coverage(points, points) == (pytest.approx(6 / 5), 1.0)


def test_a_fresh_draw_has_the_density_and_coverage_of_the_paper():
    density, covered = coverage.density_coverage(mixture(CENTERS), mixture(CENTERS, seed=1))
    assert density == pytest.approx(1, abs=0.05)
    assert covered == pytest.approx(1 - 2**-5, abs=0.02)


@pytest.mark.parametrize("kept", [2, 5, 8])
def test_dropped_modes_cost_recall_and_coverage_but_not_precision(kept):
    samples, reference = mixture(CENTERS[:kept], each=1000 // kept), mixture(CENTERS, seed=1)
    precision, recall = coverage.precision_recall(samples, reference)
    density, covered = coverage.density_coverage(samples, reference)
    print(f"{kept} of 10 modes: {precision:.2f} {recall:.2f} {density:.2f} {covered:.2f}")
    assert precision > 0.9 and density == pytest.approx(1, abs=0.1)
    assert 0.9 * kept / 10 < recall <= kept / 10
    assert 0.9 * kept / 10 < covered <= kept / 10


def test_junk_costs_precision_and_density_but_not_recall_or_coverage():
    good, reference = mixture(CENTERS), mixture(CENTERS, seed=1)
    junk = np.random.default_rng(2).uniform(50, 60, (1000, 2))
    mixed = np.concatenate([good, junk])
    before, after = (coverage.precision_recall(points, reference) for points in (good, mixed))
    assert after == (pytest.approx(before[0] / 2), before[1])
    before, after = (coverage.density_coverage(points, reference) for points in (good, mixed))
    assert after == (pytest.approx(before[0] / 2), before[1])


def test_duplicates_lie_in_their_own_ball_of_radius_0():
    points = np.repeat(CENTERS, 6, axis=0)
    assert coverage.precision_recall(points, points) == (1.0, 1.0)
    assert coverage.density_coverage(points, points)[1] == 1.0
    collapsed = np.repeat(CENTERS[:1], 60, axis=0)
    assert coverage.precision_recall(collapsed, points) == (1.0, pytest.approx(0.1))


@pytest.mark.parametrize("k", [0, 5, 9])
def test_a_k_that_the_points_cannot_serve_is_refused(k):
    for measure in (coverage.precision_recall, coverage.density_coverage):
        with pytest.raises(ValueError) as error:
            measure(np.zeros((20, 2)), np.zeros((5, 2)), k)
        assert str(error.value) == (
            f"k is {k} for 5 points; give k from 1 to one less than the number of points, "
            "or more points"
        )


def test_points_of_other_shapes_or_values_are_refused():
    with pytest.raises(ValueError) as error:
        coverage.precision_recall(np.zeros((20, 2)), np.zeros((20, 3)))
    assert str(error.value) == (
        "points have shapes (20, 2) and (20, 3); give (n, d) and (m, d), with n, m and d at least 1"
    )
    with pytest.raises(ValueError) as error:
        metrics.frechet_of_points(np.full((20, 2), np.nan), np.zeros((20, 2)))
    assert str(error.value) == ("some points are not finite; leave out those with NaN or infinity")


def test_fidelity_of_digits_one_digit_and_noise(digits):
    test, train = digits.test.images, digits.train
    real = coverage.fidelity(train.images[:1000], test)
    threes = coverage.fidelity(train.images[train.labels == 3], test)
    pixels = np.random.default_rng(0).random(test.shape, dtype="float32")
    noise = coverage.fidelity(pixels, test)
    print(f"real {real}, threes {threes}, noise {noise}")
    assert min(real.precision, real.recall, real.density, real.coverage) > 0.85
    assert threes.precision > 0.85 and threes.recall < 0.3 and threes.coverage < 0.2
    # Noise lies in the balls of odd digits: only recall and coverage tell, as the docstring says.
    assert noise.precision > 0.8 and noise.recall < 0.01 and noise.coverage < 0.05


def test_classes_of_one_digit_and_of_all(digits):
    threes = digits.train.images[digits.train.labels == 3]
    only = threes[classifier.classify(threes) == 3]
    one = coverage.classes_covered(only)
    assert (one.covered, one.entropy, one.rarest, one.shares[3]) == (1, 0.0, 0.0, 1.0)
    every = coverage.classes_covered(digits.test.images)
    assert every.covered == 10 and sum(every.shares) == pytest.approx(1)
    assert every.entropy == pytest.approx(np.log2(10), abs=0.01)
    assert 0.09 < every.rarest == min(every.shares) <= 0.1
    assert coverage.classes_covered(digits.test.images, least_share=0.5).covered == 0


def test_a_least_share_outside_0_to_1_is_refused(digits):
    with pytest.raises(ValueError) as error:
        coverage.classes_covered(digits.test.images[:5], least_share=0)
    assert str(error.value) == "least_share is 0; give a share above 0 and at most 1"


def test_modes_covered_counts_modes_and_good_points():
    lone, far = CENTERS[9:] + np.zeros((5, 2)), np.full((495, 2), 100.0)
    points = np.concatenate([mixture(CENTERS[:5]), lone, far])
    modes = coverage.modes_covered(points, CENTERS, radius=0.6)
    # Center 9 has 5 of 1,000 points: too few at 0.01, enough at 0.005.
    assert modes.shares == pytest.approx([0.1] * 5 + [0.0] * 4 + [0.005])
    assert modes.covered == 5 and modes.high_quality == pytest.approx(0.505)
    assert coverage.modes_covered(points, CENTERS, 0.6, least_share=0.005).covered == 6


def test_three_standard_deviations_hold_what_the_docstring_says():
    modes = coverage.modes_covered(mixture(CENTERS, each=2000), CENTERS, radius=0.3)
    assert modes.covered == 10
    assert modes.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)


@pytest.mark.parametrize("radius", [0, -1.0, float("nan")])
def test_a_radius_that_holds_nothing_is_refused(radius):
    with pytest.raises(ValueError) as error:
        coverage.modes_covered(CENTERS, CENTERS, radius)
    assert str(error.value) == (
        f"radius is {radius}; give one above 0, such as 3 standard deviations"
    )


def test_nearest_finds_copies_and_agrees_with_all_pairs(digits):
    train, test = digits.train.images[:300], digits.test.images[:50]
    indices, distances = metrics.nearest(train[::-1], train)
    assert np.array_equal(indices, np.arange(300)[::-1]) and not distances.any()
    apart = np.sqrt(((test[:, None].astype("float64") - train[None]) ** 2).sum(axis=(2, 3, 4)))
    indices, distances = metrics.nearest(test, train)
    assert np.array_equal(indices, apart.argmin(axis=1))
    assert distances == pytest.approx(apart.min(axis=1))


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
    with pytest.raises(ValueError) as error:
        metrics.memorization(train, train, train)
    assert str(error.value) == (
        "at least half of the unseen images are training images; "
        "give images that the model was not trained on, such as the test split"
    )


def test_frechet_of_points_of_a_shifted_and_scaled_cloud():
    points = np.random.default_rng(0).normal(size=(500, 2))
    assert metrics.frechet_of_points(points, points) == pytest.approx(0, abs=1e-9)
    assert metrics.frechet_of_points(points + [3, 4], points) == pytest.approx(25)
    # Scaled about its mean by 2, each standard deviation σ moves by σ.
    scaled = 2 * points - points.mean(axis=0)
    total = np.trace(np.cov(points, rowvar=False))
    assert metrics.frechet_of_points(scaled, points) == pytest.approx(total)
    with pytest.raises(ValueError) as error:
        metrics.frechet_of_points(points[:2], points)
    assert str(error.value) == (
        "2 points are too few for a Fréchet distance on 2 features; give at least 3, better 1,000"
    )


def test_the_frechet_distance_falls_with_the_count_and_repeats(digits):
    images, test = digits.train.images, digits.test.images
    found = metrics.frechet_by_count(images, test, [100, 500, 4000], seed=1)
    print("100, 500 and 4,000 real digits:", ", ".join(f"{distance:.2f}" for distance in found))
    assert found[0] > 2 * found[1] > 2 * found[2] > 0
    assert metrics.frechet_by_count(images, test, [100, 500, 4000], seed=1) == found
    whole = metrics.frechet_classifier_distance(images, test)
    assert found[2] == pytest.approx(whole, rel=1e-6)


def test_counts_above_the_images_are_refused(digits):
    with pytest.raises(ValueError) as error:
        metrics.frechet_by_count(digits.test.images[:100], digits.test.images, [70, 200])
    assert str(error.value) == (
        "counts go up to 200 but there are 100 images; give smaller counts or more images"
    )
