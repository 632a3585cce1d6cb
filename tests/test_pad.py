"""The drawing board normalizes as MNIST was, and the pad answers in the page as Keras does."""

import javascript
import keras
import lab_server
import numpy as np
import pytest
from keras import layers

from cgan_tutorial import data, models, networks
from cgan_tutorial.data.pairs import skeletons
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.metrics.strokes import thickness
from cgan_tutorial.widgets.pad import draw_digit
from cgan_tutorial.widgets.page import code

pytestmark = pytest.mark.slow
CENTERED = "centered(image, Math.sqrt(image.length), Math.sqrt(image.length), 28)"
PIXELS = """(name) => {
  const canvas = document.querySelector(`canvas[aria-label="${name}"]`);
  const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
  return [...data].filter((_, i) => i % 4 === 0);
}"""


def by_node(call, images):
    """What an expression of `image`, an array, returns in Node for each image."""
    program = f"""
    answer(GIVEN.map((pixels) => {{
      const image = Float32Array.from(pixels);
      const made = {call};
      return made && [...made];
    }}));
    """
    given = [np.ravel(image).tolist() for image in images]
    return javascript.run(code("pad") + program, given)


def normalized(image):
    """MNIST's normalization, (side, side) → (28, 28), by matrices of overlaps."""
    down, across = (np.flatnonzero(image.any(axis)) for axis in (1, 0))
    ink = image[down[0] : down[-1] + 1, across[0] : across[-1] + 1].astype("float64")
    scale = 20 / max(ink.shape)

    def overlaps(length):
        edges = np.arange(length + 1) * scale
        pixels = np.arange(int(np.ceil(length * scale - 1e-6)))[:, None]
        both = np.minimum(pixels + 1, edges[1:]) - np.maximum(pixels, edges[:-1])
        return np.clip(both, 0, None)

    box = overlaps(ink.shape[0]) @ ink @ overlaps(ink.shape[1]).T
    starts = []
    for axis, length in enumerate(box.shape):
        places = (np.arange(ink.shape[axis]) + 0.5) * scale
        center = (ink.sum(axis=1 - axis) * places).sum() / ink.sum()
        starts.append(min(max(int(np.ceil(14 - center - 1e-6)), 0), 28 - length))
    result = np.zeros((28, 28))
    result[starts[0] : starts[0] + box.shape[0], starts[1] : starts[1] + box.shape[1]] = box
    return result


def center_of_mass(image):
    return [(np.indices(image.shape)[axis] * image).sum() / image.sum() for axis in (0, 1)]


@pytest.fixture(scope="module")
def digits():
    return data.load("mnist-5k")


@javascript.needs_node
def test_a_bar_is_twenty_pixels_long_and_in_the_middle():
    image = np.zeros((100, 100))
    image[10:90, 3:11] = 1
    (made,) = np.reshape(by_node(CENTERED, [image]), (1, 28, 28))
    rows, columns = (np.flatnonzero(made.max(axis) > 1e-6) for axis in (1, 0))
    assert (len(rows), len(columns)) == (20, 2)
    assert made.sum() == pytest.approx(image.sum() / 16, abs=1e-4)
    assert np.abs(np.subtract(center_of_mass(made), 14)).max() <= 0.5 + 1e-6


@javascript.needs_node
def test_a_blob_off_the_center_gets_there_but_loses_no_ink_at_the_edge():
    rows, columns = np.indices((120, 120))
    blob = ((rows - 20) ** 2 + (columns - 90) ** 2 < 200) * 1.0
    blob[10:50, 80] = 0.5
    heavy = blob.copy()
    heavy[60:100, 90] = 0.5  # at the far end of so long a tail, the blob cannot be centered
    for image, least, most in (blob, 0, 0.5 + 1e-3), (heavy, 0.6, 4):
        (made,) = np.reshape(by_node(CENTERED, [image]), (1, 28, 28))
        rows, columns = (np.flatnonzero(image.any(axis)) for axis in (1, 0))
        scale = 20 / max(np.ptp(rows) + 1, np.ptp(columns) + 1)
        assert made.sum() == pytest.approx(image.sum() * scale**2, rel=1e-5)
        assert least <= np.abs(np.subtract(center_of_mass(made), 14)).max() <= most


@javascript.needs_node
def test_an_empty_board_gives_null():
    assert by_node(CENTERED, [np.zeros((50, 50))]) == [None]


@javascript.needs_node
def test_normalization_equals_an_independent_one():
    rng = np.random.default_rng(0)
    images = []
    for _ in range(30):
        image, (height, width) = np.zeros((90, 90)), rng.integers(5, 70, 2)
        top, left = rng.integers(0, 90 - height), rng.integers(0, 90 - width)
        image[top : top + height, left : left + width] = rng.random((height, width))
        images.append(image.astype("float32"))
    found = np.reshape(by_node(CENTERED, images), (-1, 28, 28))
    apart = np.abs(found - [normalized(image) for image in images]).max()
    print(f"at most {apart:.1e} apart")
    assert apart < 1e-6


@javascript.needs_node
def test_training_digits_come_back_from_ten_times_their_size(digits):
    images = digits.train.images[:100, ..., 0]
    found = by_node(CENTERED, [np.kron(image, np.ones((10, 10))) for image in images])
    apart = np.abs(np.reshape(found, (-1, 28, 28)) - images).max(axis=(1, 2))
    print(f"{np.mean(apart < 1e-5):.0%} come back within 1e-5; the worst is {apart.max():.2g} off")
    assert np.mean(apart < 1e-5) >= 0.95


@javascript.needs_node
def test_lines_in_the_page_equal_the_skeletons_of_the_pairs(digits):
    images = digits.train.images[:40]
    found = by_node("thinned(image, 28)", images)
    assert np.array_equal(np.reshape(found, images.shape), skeletons(images))


needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(lab_server.find_browser() is None, reason="needs Chromium: install it"),
]


@pytest.fixture
def opened(opened):
    """Open a widget in a page of its own, and wait until it says what it shows."""

    def open_page(widget, **options):
        page = opened(widget, **options)
        page.wait_for_function("document.querySelector('.cgan-status')?.textContent")
        return page

    return open_page


@pytest.fixture(scope="module")
def pad():
    names = "autoencoder", "denoiser", "vae", "cgan"
    return draw_digit(*map(models.pretrained, names), classifier())


def pixels(page, name):
    """A picture of the page by its name, (1, 28, 28, 1) in [0, 1]."""
    return np.reshape(page.evaluate(PIXELS, name), (1, 28, 28, 1)).astype("float32") / 255


def settle(page, act):
    """Do something to the board, and wait for what the line says then."""
    before = page.locator(".cgan-status").text_content()
    act()
    page.wait_for_function(
        "(before) => document.querySelector('.cgan-status').textContent !== before", arg=before
    )
    page.wait_for_timeout(300)


def drag(page, *points):
    """Draw a line by mouse through points of the board, each from 0 to 1."""
    box = page.locator(".cgan-surface canvas").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


class TestInTheBrowser:
    pytestmark = needs_browser

    def test_a_one_drawn_by_mouse_is_read_as_a_one_and_undone(self, opened, pad):
        page = opened(pad)
        start = page.locator(".cgan-status").text_content()
        settle(page, lambda: drag(page, (0.55, 0.15), (0.45, 0.85)))
        assert "Classifier: 1 (" in page.locator(".cgan-status").text_content()
        drawn = pixels(page, "Normalized digit")
        assert 2 < thickness(drawn)[0] < 3.3
        assert np.abs(np.subtract(center_of_mass(drawn[0, ..., 0]), 14)).max() < 0.6
        settle(page, page.get_by_role("button", name="Undo").click)
        assert page.locator(".cgan-status").text_content() == start

    def test_strokes_may_leave_the_board_and_a_dot_stays_small(self, opened, pad):
        page = opened(pad)
        settle(page, lambda: drag(page, (0.5, 0.5), (1.4, 0.5), (1.4, 0.9), (0.5, 0.9)))
        assert pixels(page, "Normalized digit").any()
        settle(page, page.get_by_role("button", name="Clear").click)
        settle(page, lambda: drag(page, (0.5, 0.5)))
        assert 0 < pixels(page, "Normalized digit").sum() < 20

    def test_touch_draws(self, opened, pad):
        page = opened(pad, has_touch=True, viewport={"width": 390, "height": 844})
        box = page.locator(".cgan-surface canvas").bounding_box()
        session = page.context.new_cdp_session(page)
        before = page.evaluate("scrollY")

        def touch(kind, *points):
            at = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        def stroke():
            touch("touchStart", (140, 40))
            for y in range(50, 250, 10):
                touch("touchMove", (140, y))
            touch("touchEnd")

        settle(page, stroke)
        assert "Classifier: 1 (" in page.locator(".cgan-status").text_content()
        assert page.evaluate("scrollY") == before
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_the_keyboard_draws(self, opened, pad):
        page = opened(pad)
        page.locator(".cgan-surface canvas").focus()

        def typed():
            page.keyboard.press(" ")
            for _ in range(18):
                page.keyboard.press("ArrowDown")
            page.keyboard.press(" ")

        settle(page, typed)
        page.keyboard.press("ArrowLeft")
        drawn = pixels(page, "Normalized digit")[0, ..., 0]
        assert np.count_nonzero(drawn.max(axis=1) > 0.5) == pytest.approx(20, abs=1)
        assert np.count_nonzero(drawn.max(axis=0) > 0.5) <= 4

    def test_an_empty_board_has_empty_answers(self, opened, pad):
        page = opened(pad)
        settle(page, page.get_by_role("button", name="Clear").click)
        assert "Draw a digit" in page.locator(".cgan-status").text_content()
        for name in ("Normalized digit", "Autoencoder", "Digit with noise", "CGAN"):
            assert not pixels(page, name).any()
        assert "%" not in page.locator(".cgan-strip").inner_text()

    @pytest.mark.parametrize("drawn", [False, True])
    def test_answers_are_those_of_keras(self, opened, pad, drawn):
        page = opened(pad)
        if drawn:
            line = (0.3, 0.25), (0.6, 0.2), (0.5, 0.5), (0.3, 0.85), (0.7, 0.85)
            settle(page, lambda: drag(page, *line))
        seen = pixels(page, "Normalized digit")
        for name, kind in ("Autoencoder", "autoencoder"), ("VAE", "vae"), ("CGAN", "cgan"):
            wanted = models.pretrained(kind).reconstruct(seen)
            apart = np.abs(pixels(page, name) - wanted).max()
            print(f"{name}: at most {255 * apart:.2f} of 255 apart")
            assert apart <= 2 / 255
        noisy = pixels(page, "Digit with noise")
        wanted = models.pretrained("denoiser").reconstruct(noisy)
        assert np.abs(pixels(page, "Denoising Autoencoder") - wanted).max() <= 3 / 255
        best = classifier().predict(seen, verbose=0)[0]
        said = f"Classifier: {best.argmax()} ({best.max():.0%}".replace("%", " %")
        assert said in page.locator(".cgan-status").text_content()

    def test_the_slider_sets_the_noise(self, opened, pad):
        page = opened(pad)
        settle(page, lambda: page.locator("input[type=range]").fill("0"))
        seen, noisy = (pixels(page, name) for name in ("Normalized digit", "Digit with noise"))
        assert np.array_equal(seen, noisy)

    def test_the_next_test_digit_is_shown_as_it_is(self, opened, pad, digits):
        page = opened(pad)
        settle(page, page.get_by_role("button", name="Another test digit").click)
        assert np.allclose(pixels(page, "Normalized digit"), digits.test.images[1], atol=1 / 255)

    def test_a_translator_gets_lines_and_a_discriminator_compares(self, opened):
        last = layers.Conv2D(1, 3, padding="same", activation="sigmoid")
        translator = models.Translator(
            keras.Sequential([keras.Input((28, 28, 1)), last]),
            keras.Sequential([keras.Input((28, 28, 2)), layers.Conv2D(1, 4, strides=4)]),
        )
        gan = models.pretrained("gan")
        page = opened(draw_digit(translator, gan))
        lines = skeletons(pixels(page, "Normalized digit"))
        assert np.array_equal(pixels(page, "Digit as lines"), lines)
        wanted = translator.translate(lines)
        assert np.abs(pixels(page, "Translator") - wanted).max() <= 2 / 255
        logit = gan.discriminator.predict(pixels(page, "Normalized digit"), verbose=0)[0, 0]
        logit -= gan.discriminator.predict(gan.sample(200, seed=0), verbose=0).mean()
        share = round(100 / (1 + np.exp(-logit)))
        said = page.locator(".cgan-status").text_content()
        assert any(f"({near} %)" in said for near in (share - 1, share, share + 1))


def test_the_still_picture_is_named(pad):
    assert "test digit" in pad.alt
    assert all(name in pad.alt for name in ("Autoencoder", "Digit with noise", "VAE", "CGAN"))


@pytest.mark.parametrize(
    "model",
    [object(), networks.encoder(2, 4), lambda images: images],
    ids=["an object", "an encoder", "a function"],
)
def test_what_can_do_nothing_with_a_drawing_is_refused(model):
    with pytest.raises(ValueError, match=f"{type(model).__name__}.*encode"):
        draw_digit(model)


def test_a_conditional_discriminator_and_logits_are_refused():
    logits = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    for model in (models.pretrained("conditional-gan"), logits):
        with pytest.raises(ValueError, match="probabilities"):
            draw_digit(model)


def test_images_of_another_shape_are_refused(digits):
    small = data.Split(digits.test.images[:20, :8, :8], digits.test.labels[:20])
    with pytest.raises(ValueError, match="8, 8"):
        draw_digit(models.pretrained("autoencoder"), data=data.Dataset("small", small, small))
