"""Chapter 4's measures of a mode collapse, on clouds and images that are known."""

import numpy as np
import pytest

from cgan_tutorial import data
from cgan_tutorial.chapters import ch04_collapse as collapse
from cgan_tutorial.data import toy2d


def test_the_rings_own_points_lie_on_all_modes():
    found = collapse.on_modes(toy2d.shape("ring").draw(4000, seed=0))
    assert found["modes"] == 8
    assert found["on a mode"] == pytest.approx(0.989, abs=0.01)


def test_points_at_two_modes_are_a_collapse():
    found = collapse.on_modes(np.repeat(toy2d.ring_centers()[:2], [300, 700], axis=0))
    assert found == {"modes": 2, "on a mode": 1.0}


def test_a_stray_point_reaches_no_mode_and_a_cloud_between_lies_on_none():
    centers = toy2d.ring_centers()
    points = np.concatenate([np.repeat(centers[:1], 499, axis=0), centers[1:2], np.zeros((500, 2))])
    assert collapse.on_modes(points) == {"modes": 1, "on a mode": 0.5}


def test_real_digits_are_read_with_confidence_as_ten_classes():
    found = collapse.as_digits(data.load().test.images)
    assert found["classes"] == 10
    assert found["bits"] == pytest.approx(np.log2(10), abs=0.01)
    assert found["sure"] > 0.9


def test_one_class_has_no_bits_and_black_images_no_confidence():
    digits = data.load().test
    ones = collapse.as_digits(digits.images[digits.labels == 1])
    assert ones["bits"] < 0.5 and ones["confidence"] > 0.9
    black = collapse.as_digits(np.zeros((10, 28, 28, 1), "float32"))
    assert black["bits"] == 0 and black["sure"] == 0 and black["brightness"] == 0
