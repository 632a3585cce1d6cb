"""The latent explorer and the morph, moved in a page without a kernel, and what Python writes."""

import re

import keras
import numpy as np
import pytest

from cgan_tutorial import data, models
from cgan_tutorial.widgets.explorer import latent_explorer
from cgan_tutorial.widgets.morphing import morph

CLOSE = 2 / 255
SEEN = """canvas => {
    const { width, height } = canvas;
    return [...canvas.getContext("2d").getImageData(0, 0, width, height).data];
}"""


@pytest.fixture(scope="module")
def digits():
    return data.load()


@pytest.fixture(scope="module")
def cgan():
    return models.pretrained("cgan")


@pytest.fixture(scope="module")
def explorer(cgan, digits):
    return latent_explorer(cgan, digits)


@pytest.fixture(scope="module")
def colored():
    """Untrained on a few images in color, 64×64, of three classes."""
    rng = np.random.default_rng(0)
    images, labels = rng.random((40, 64, 64, 3), "float32"), np.arange(40) % 3
    splits = data.Split(images, labels), data.Split(images[:8], labels[:8])
    return data.Dataset("folder:x", *splits, ("circle", "square", "star"))


def pixels(page, selector=".cgan-large", channels=1):
    seen = np.array(page.locator(selector).first.evaluate(SEEN)).reshape(-1, 4)[:, :channels]
    return seen.ravel() / 255


def button(page, name, exact=False):
    return page.get_by_role("button", name=name, exact=exact)


def copied(page, name):
    button(page, name).click()
    page.wait_for_timeout(50)
    return page.evaluate("navigator.clipboard.readText()")


def latent(page):
    text = copied(page, "Copy latent vector")
    found = {"np": np}
    exec(text, found)
    return found["z"], found.get("labels")


def settled(page, selector=".cgan-large"):
    """What the picture shows once it does not change any more."""
    page.wait_for_timeout(300)
    return pixels(page, selector)


def drag(page, *places, selector=".cgan-pad"):
    box = page.locator(selector).bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def touch(page, x, y):
    """Move one finger over the pad, by the browser's own protocol."""
    box = page.locator(".cgan-pad").bounding_box()
    send = page.context.new_cdp_session(page).send
    for kind, share in (("touchStart", 0.5), ("touchMove", 1.0)):
        point = {
            "x": box["x"] + share * x * box["width"],
            "y": box["y"] + share * y * box["height"],
        }
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def assert_decoded(page, model, channels=1):
    z, labels = latent(page)
    wanted = model.decode(z[None], **({} if labels is None else {"labels": labels}))
    apart = np.abs(pixels(page, channels=channels) - wanted.ravel().clip(0, 1)).max()
    print(f"at most {apart * 255:.2f} of 255 apart")
    assert apart <= CLOSE


@pytest.mark.browser
class TestInThePage:
    def test_the_mouse_drags_and_the_picture_is_kerass(self, opened, explorer, cgan):
        page = opened(explorer)
        first = settled(page)
        assert_decoded(page, cgan)
        drag(page, (0.3, 0.3), (0.9, 0.5))
        assert np.abs(settled(page) - first).max() > 0.2
        assert np.array_equal(pixels(page, ".cgan-tile"), pixels(page))
        assert_decoded(page, cgan)

    def test_a_finger_drags(self, opened, explorer, cgan):
        page = opened(explorer, has_touch=True, viewport={"width": 390, "height": 844})
        first = settled(page)
        touch(page, 0.9, 0.9)
        assert np.abs(settled(page) - first).max() > 0.2
        assert_decoded(page, cgan)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_the_keyboard_moves_every_slider(self, opened, explorer, cgan):
        page = opened(explorer)
        z = latent(page)[0]
        for slider in page.get_by_role("slider").all():
            slider.focus()
            page.keyboard.press("PageUp")
            settled(page)
            moved = latent(page)[0]
            assert np.abs(moved - z).max() > 0.01
            z = moved
        assert_decoded(page, cgan)

    def test_the_pad_keeps_what_the_sliders_moved(self, opened, explorer):
        page = opened(explorer)
        start = latent(page)[0]
        page.get_by_label("Slant").fill("2")
        pushed = latent(page)[0]
        page.get_by_label("Across").fill("1")
        moved = latent(page)[0]
        page.get_by_label("Slant").fill("0")
        assert np.allclose(moved - latent(page)[0], pushed - start, atol=1e-4)

    def test_corners_are_chosen_and_a_link_restores_them(self, opened, explorer, cgan, digits):
        page = opened(explorer)
        page.get_by_label("Across").fill("0")
        page.get_by_label("Down").fill("0")
        button(page, "Top left corner").click()
        button(page, "5", exact=True).click()
        settled(page)
        assert_decoded(page, cgan)
        (original,) = (pixels(page, ".cgan-pair canvas"),)
        assert np.abs(original - digits.test.images.reshape(-1, 784)).max(axis=1).min() < CLOSE
        wanted = cgan.encode(original.astype("float32").reshape(1, 28, 28, 1))[0]
        assert np.abs(latent(page)[0] - wanted).max() < 0.05
        for corner, choice in (("Top right", "test digit 12,"), ("Bottom left", "New draw")):
            button(page, f"{corner} corner").click()
            button(page, choice).click()
            settled(page)
        assert not page.locator(".cgan-pair").is_visible()
        page.get_by_label("Thickness").fill("1.5")
        drag(page, (0.5, 0.5), (0.6, 0.8))
        shown, link = settled(page), copied(page, "Copy link")
        again = opened(explorer, f"#{link.split('#')[1]}")
        assert np.abs(settled(again) - shown).max() <= CLOSE
        button(again, "Reset").click()
        assert np.abs(settled(again) - settled(opened(explorer))).max() <= CLOSE

    def test_a_broken_link_shows_the_start(self, opened, explorer):
        wanted = settled(opened(explorer))
        page = opened(explorer, "#explorer=cgan-32&x=nan&y=&s=many&c=t999&c=r-1&c=z1,2&class=7.5")
        assert np.array_equal(settled(page), wanted)

    def test_a_drawn_digit_takes_a_corner(self, opened, explorer, cgan):
        page = opened(explorer)
        page.get_by_label("Across").fill("1")
        page.get_by_label("Down").fill("1")
        button(page, "Bottom right corner").click()
        page.get_by_text("Draw a digit", exact=True).click()
        drag(page, (0.5, 0.2), (0.5, 0.5), (0.5, 0.8), selector=".cgan-board canvas")
        settled(page)
        assert button(page, "Bottom right corner: your drawing").count() == 1
        assert "reads 1" in page.locator(".cgan-reading").inner_text()
        assert_decoded(page, cgan)
        shown, link = pixels(page), copied(page, "Copy link")
        assert np.abs(settled(opened(explorer, f"#{link.split('#')[1]}")) - shown).max() < 0.02

    def test_with_the_decoder_alone_digits_can_be_chosen(self, opened, cgan, digits):
        widget = latent_explorer(cgan, digits, decoder_only=True)
        assert set(widget.networks) == {"decoder", "classifier"}
        page = opened(widget)
        button(page, "Top left corner").click()
        assert page.get_by_text("Draw a digit").count() == 0
        button(page, "5", exact=True).click()
        settled(page)
        assert button(page, "Top left corner: 5").count() == 1
        assert_decoded(page, cgan)

    def test_a_conditional_model_is_asked_for_the_class(self, opened, digits):
        model = models.pretrained("conditional-gan")
        page = opened(latent_explorer(model, digits, directions=1))
        z = latent(page)[0]
        button(page, "4", exact=True).click()
        settled(page)
        assert np.array_equal(latent(page)[0], z)
        assert latent(page)[1] == [4]
        assert "reads 4" in page.locator(".cgan-reading").inner_text()
        assert "logit" in page.locator(".cgan-reading").inner_text()
        assert_decoded(page, model)

    def test_two_latents_are_a_map(self, opened, digits):
        keras.utils.set_random_seed(0)
        model = models.build("vae", 2, 4)
        page = opened(latent_explorer(model, digits))
        drag(page, (0.2, 0.2), (0.5, 0.5))
        settled(page)
        assert_decoded(page, model)
        assert page.get_by_role("slider").count() == 2
        button(page, "Go to an image").click()
        button(page, "test digit 3,").click()
        settled(page)
        original = pixels(page, ".cgan-pair canvas").astype("float32").reshape(1, 28, 28, 1)
        assert np.abs(latent(page)[0] - model.encode(original)[0]).max() < 0.01

    def test_color_and_names_of_classes(self, opened, colored):
        keras.utils.set_random_seed(0)
        model = models.build("cgan", 6, 4, shape=(64, 64, 3))
        page = opened(latent_explorer(model, colored))
        drag(page, (0.2, 0.2), (0.7, 0.9))
        page.wait_for_timeout(500)
        assert_decoded(page, model, channels=3)
        button(page, "Top left corner").click()
        button(page, "star", exact=True).click()
        page.wait_for_timeout(500)
        assert button(page, "Top left corner: star").count() == 1
        assert page.get_by_text("Draw a digit").count() == 0

    def test_the_morph_goes_from_end_to_end(self, opened, cgan, digits):
        first, second = digits.test.images[:2]
        page = opened(morph(cgan, first, second, digits))
        for share, image in (("0", first), ("1", second)):
            page.get_by_role("slider").fill(share)
            apart = np.abs(settled(page) - cgan.reconstruct(image[None]).ravel()).max()
            assert apart <= CLOSE
        drag(page, (0.9, 0.5), (0.3, 0.5), selector=".cgan-film")
        half = settled(page)
        button(page, "Second digit").click()
        button(page, "5", exact=True).click()
        assert np.abs(settled(page) - half).max() > 0.05
        assert page.locator(".cgan-bars > div").count() == 10


@pytest.mark.slow
def test_still_words_and_bytes(explorer):
    page = explorer.html()
    print(len(page), "bytes")
    assert len(page) <= 1_600_000
    (alt,) = re.findall(r'<img[^>]* alt="([^"]+)"', page)
    assert "3 at the top left" in alt
    assert len(explorer.spec["labels"]) == 30
    names = [one["name"] for one in explorer.spec["directions"]]
    assert names == ["Slant", "Thickness", "Axis 1", "Axis 2"]
    assert "%" in explorer.spec["directions"][2]["note"]


@pytest.mark.slow
def test_a_model_that_cannot_encode_has_no_images_to_choose(digits):
    widget = latent_explorer(models.pretrained("gan"), digits, directions=3)
    assert widget.spec["labels"] == []
    assert widget.spec["judge"]["logistic"] is False
    assert set(widget.networks) == {"decoder", "discriminator", "classifier"}
    assert len(widget.spec["directions"]) == 3


@pytest.mark.slow
def test_only_digits_are_measured_and_classified(colored):
    widget = latent_explorer(models.build("cgan", 6, 4, shape=(64, 64, 3)), colored)
    assert "classifier" not in widget.networks
    assert widget.spec["directions"][0]["name"] == "Axis 1"


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"model": object()}, "decoder"),
        ({"data": [1]}, "list"),
        ({"directions": 0}, "directions is 0"),
        ({"directions": True}, "True"),
        ({"model": models.build("gan", 4, 2, shape=(32, 32, 3))}, r"\(32, 32, 3\)"),
        ({"model": models.build("conditional-gan", 4, 2, classes=3)}, "3 classes"),
    ],
)
def test_what_cannot_be_explored_is_said(cgan, digits, change, fact):
    with pytest.raises(ValueError, match=fact):
        latent_explorer(**{"model": cgan, "data": digits, **change})


def test_what_cannot_be_morphed_is_said(cgan, digits):
    images = digits.test.images
    with pytest.raises(ValueError, match="cannot encode"):
        morph(models.build("gan", 4, 2), *images[:2])
    with pytest.raises(ValueError, match="shape"):
        morph(cgan, images[0][..., 0], images[1])


def test_a_morph_without_data_offers_its_own_images(cgan, digits):
    widget = morph(cgan, *digits.test.images[:2])
    assert widget.spec["labels"] == [None, None]
    assert set(widget.networks) == {"decoder", "encoder"}
