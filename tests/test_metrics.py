"""Metrics give their known values on known inputs."""

import json

import numpy as np
import pytest

from cgan_tutorial import classifier, data, metrics


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
