"""Strokes of known slant, width and thickness are measured; known latent directions are found."""

import numpy as np
import pytest

from cgan_tutorial import data, models
from cgan_tutorial.metrics import strokes
from cgan_tutorial.metrics.classifier import classify

FINE = 8
MEASURES = strokes.slant, strokes.thickness, strokes.width


def drawn(inside):
    """Draw what `inside(x, y)` says, x to the right and y up from the middle, edges smoothed."""
    along = (np.arange(28 * FINE) + 0.5) / FINE - 14
    x, y = np.meshgrid(along, -along)
    fine = inside(x, y).reshape(28, FINE, 28, FINE)
    return fine.mean(axis=(1, 3)).astype("float32")[None, ..., None]


def turned_bar(thick, degrees, shift=0.0):
    """A bar 18 pixels long, turned by an angle from the vertical, positive to the right."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))

    def inside(x, y):
        x = x - shift
        return (np.abs(x * cosine - y * sine) <= thick / 2) & (np.abs(x * sine + y * cosine) <= 9)

    return drawn(inside)


def sheared_bar(thick, degrees):
    """An upright bar whose rows are moved sideways."""
    tangent = np.tan(np.radians(degrees))
    return drawn(lambda x, y: (np.abs(x - tangent * y) <= thick / 2) & (np.abs(y) <= 9))


@pytest.mark.parametrize("thick", [2, 3, 4, 5, 6])
def test_thickness_of_bars_at_several_angles(thick):
    for degrees in (-45, -20, 0, 10, 30, 60, 90):
        for shift in (0.0, 0.3):
            (found,) = strokes.thickness(turned_bar(thick, degrees, shift))
            assert found == pytest.approx(thick, abs=0.35), (degrees, shift)


def test_thickness_of_a_ring_and_of_a_faint_bar():
    ring = drawn(lambda x, y: np.abs(np.hypot(x, y) - 8) <= 1.5)
    assert strokes.thickness(ring)[0] == pytest.approx(3, abs=0.3)
    bar = turned_bar(3, 20)
    # A stroke is seen against its own image's brightest pixel.
    assert strokes.thickness(bar * np.float32(0.5)) == pytest.approx(strokes.thickness(bar))


def test_a_stroke_at_the_border_ends_there():
    edge = np.zeros((1, 28, 28, 1), "float32")
    edge[:, :, :4] = 1.0
    assert strokes.thickness(edge)[0] == pytest.approx(4, abs=0.3)


@pytest.mark.parametrize("degrees", [-40, -25, -10, 0, 5, 15, 30, 45])
def test_slant_of_sheared_bars(degrees):
    for thick in (2, 4, 6):
        (found,) = strokes.slant(sheared_bar(thick, degrees))
        assert found == pytest.approx(degrees, abs=0.5)


def test_slant_of_a_turned_bar_is_its_angle_and_positive_leans_right():
    for degrees in (-30, -10, 10, 30):
        (found,) = strokes.slant(turned_bar(2, degrees))
        assert found == pytest.approx(degrees, abs=2)
    right = np.zeros((1, 28, 28, 1), "float32")
    right[0, 5, 20] = right[0, 20, 5] = 1.0
    assert strokes.slant(right)[0] == pytest.approx(45)


def test_slant_does_not_depend_on_place_or_brightness():
    image = sheared_bar(3, 20)
    moved = np.roll(image, (3, -2), axis=(1, 2)) * np.float32(0.3)
    assert strokes.slant(moved) == pytest.approx(strokes.slant(image), abs=1e-3)


def test_width_of_a_block_and_of_sheared_bars():
    for columns in (1, 4, 11):
        block = np.zeros((1, 28, 28, 1), "float32")
        block[:, 6:22, 8 : 8 + columns] = 0.7
        assert strokes.width(block)[0] == pytest.approx(columns, abs=1e-4)
    for degrees in (-30, 0, 30):
        assert strokes.width(sheared_bar(5, degrees))[0] == pytest.approx(5, abs=0.4)


@pytest.mark.filterwarnings("error")
def test_blank_images_and_single_rows_have_no_slant():
    images = np.zeros((3, 28, 28, 1), "float32")
    images[1, 14, 5:20] = 1.0
    images[2] = sheared_bar(3, 10)[0]
    for measure in (strokes.slant, strokes.width):
        assert list(np.isnan(measure(images))) == [True, True, False]
    assert list(np.isnan(strokes.thickness(images))) == [True, False, False]


@pytest.mark.parametrize("measure", MEASURES)
def test_other_images_are_refused(measure):
    with pytest.raises(ValueError, match="images have shape"):
        measure(np.zeros((3, 28, 28), "float32"))
    with pytest.raises(ValueError, match="values from 0 to 255"):
        measure(np.full((1, 28, 28, 1), 255, "float32") * np.eye(28, dtype="float32")[..., None])


def test_measures_of_real_digits_tell_the_classes_apart():
    split = data.load().test
    ones, zeros = (split.images[split.labels == digit][:40] for digit in (1, 0))
    found = {m.__name__: [float(np.mean(m(x))) for x in (ones, zeros)] for m in MEASURES}
    print(found)
    assert found["width"][1] > 3 * found["width"][0]
    assert 1.5 < found["thickness"][0] < 4 and 1.5 < found["thickness"][1] < 4
    assert 5 < found["slant"][0] < 25


def test_a_sheared_digit_gains_the_slant_of_the_shear():
    from scipy.ndimage import affine_transform

    images = data.load().test.images[:20]
    shear = np.tan(np.radians(15))
    matrix, offset = [[1, 0], [shear, 1]], [0, -13.5 * shear]
    moved = [affine_transform(image, matrix, offset, order=1) for image in images[..., 0]]
    moved = np.stack(moved)[..., None].clip(0, 1)

    def tangent(x):
        return np.tan(np.radians(strokes.slant(x)))

    assert tangent(moved) - tangent(images) == pytest.approx(np.full(20, shear), abs=0.03)


# Directions


def test_direction_is_found_where_it_was_put():
    rng = np.random.default_rng(0)
    values, wanted, start = rng.normal(20, 5, 50), rng.normal(size=6), rng.normal(size=6)
    latents = start + values[:, None] * wanted
    assert strokes.direction(latents, values) == pytest.approx(wanted, rel=1e-9)


def test_a_step_gains_the_share_that_the_latents_explain():
    rng = np.random.default_rng(3)
    latents, slope = rng.normal(size=(20_000, 4)), np.array([3.0, 0.0, -1.0, 0.5])
    explained = latents @ slope
    values = explained + rng.normal(0, 2, 20_000)
    gain = strokes.direction(latents, values) @ slope
    assert gain == pytest.approx(explained.var() / values.var(), abs=0.02)


@pytest.mark.slow
def test_a_direction_turns_decoded_digits_and_keeps_their_class():
    model, split = models.pretrained("cgan"), data.load().train
    latents, values = model.encode(split.images[:1500]), strokes.slant(split.images[:1500])
    turn = strokes.direction(latents, values, split.labels[:1500])
    start = model.encode(data.load().test.images[:200])
    before = model.decode(start)
    for degrees in (-10, 10):
        after = model.decode(start + degrees * turn)
        gain = np.mean(strokes.slant(after) - strokes.slant(before))
        kept = np.mean(classify(after) == classify(before))
        print(f"{degrees} degrees asked for: {gain:.1f} gained, {kept:.1%} classified as before")
        assert 0.2 < gain / degrees < 0.8
        assert kept > 0.95


def test_labels_take_off_what_leads_from_class_to_class():
    rng = np.random.default_rng(2)
    labels = np.arange(300) % 10
    within, wanted = rng.normal(size=300), np.array([1.0, 0.0, -2.0])
    # Classes with larger values lie elsewhere: a shift that has nothing to do with the measure.
    between = labels * 3.0
    latents = within[:, None] * wanted + between[:, None] * np.array([0.0, 5.0, 0.0])
    values = within + between
    found = strokes.direction(latents, values, labels)
    assert found == pytest.approx(wanted, abs=1e-9)
    misled = strokes.direction(latents, values)
    assert misled[1] > 4 and abs(misled[2]) < 0.2


def test_values_that_do_not_differ_give_no_direction():
    latents = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(ValueError, match="do not differ"):
        strokes.direction(latents, np.full(6, 0.1))
    labels = np.array([0, 0, 0, 1, 1, 1])
    with pytest.raises(ValueError, match="do not differ"):
        strokes.direction(latents, labels * 2.5, labels)


@pytest.mark.parametrize(
    ("latents", "values"), [((5, 2), (4,)), ((5,), (5,)), ((0, 2), (0,)), ((5, 2), (5, 1))]
)
def test_other_shapes_are_refused(latents, values):
    with pytest.raises(ValueError, match="have shapes"):
        strokes.direction(np.ones(latents), np.ones(values))


def test_values_of_blank_images_are_refused():
    latents = np.random.default_rng(0).normal(size=(3, 2))
    values = np.array([1.0, np.nan, 2.0])
    with pytest.raises(ValueError, match="not finite"):
        strokes.direction(latents, values)


def test_labels_of_another_number_are_refused():
    with pytest.raises(ValueError, match="3 integers"):
        strokes.direction(np.eye(3), np.arange(3.0), np.array([0, 1]))
