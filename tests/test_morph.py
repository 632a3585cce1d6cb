"""The morph: what lies on the way between two images, and the slider that goes there."""

import io

import keras
import numpy as np
import pytest
from PIL import Image

from cgan_tutorial import data, models
from cgan_tutorial.widgets import between, morph, render

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def images():
    return data.load().test.images[:2]


@pytest.fixture(scope="module", params=["vae", "cgan"])
def model(request):
    keras.utils.set_random_seed(0)
    model = models.build(request.param, latent_dim=4, width=4)
    return model


@pytest.fixture
def displayed(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda bundle, raw, metadata: calls.append((bundle, metadata)),
    )
    return calls


@pytest.fixture
def widget(model, images, displayed):
    return morph(model, *images)


def seen(image):
    """What an Image widget shows, a pixel of the digit each."""
    return np.asarray(Image.open(io.BytesIO(image.value)))


class Identity:
    """Codes are the images' own pixels, so the right answer is known."""

    def encode(self, images):
        return images.reshape(-1, 784)

    def decode(self, latents):
        return latents.reshape(-1, 28, 28, 1)


def test_between_is_linear_in_the_codes(images):
    start, end = images
    found = between(Identity(), start, end, [0, 0.25, 1])
    assert np.allclose(found[0], start)
    assert np.allclose(found[1], 0.75 * start + 0.25 * end)
    assert np.allclose(found[2], end)


def test_both_ends_are_the_reconstructions(model, images):
    found = between(model, *images, [0, 1])
    assert found.shape == (2, 28, 28, 1)
    assert np.allclose(found, model.reconstruct(images), atol=1e-5)


def test_slider_shows_what_render_says(widget, model, images):
    start, end = model.encode(images)
    pictures = []
    for share in (0.0, 0.5, 1.0):
        widget.slider.value = share
        latent = (1 - share) * start + share * end
        assert np.allclose(widget.latent, latent, atol=1e-6)
        assert (seen(widget.image)[::8, ::8] == render(model, widget.latent)).all()
        pictures.append(seen(widget.image))
    assert pictures[0].shape == (224, 224)
    assert (pictures[0] != pictures[2]).any()


def test_both_images_stand_beside_the_slider(widget, images):
    row = widget.box.children[0].children
    assert row[1] is widget.image
    for shown, image in zip((row[0], row[2]), images, strict=True):
        assert (seen(shown)[::3, ::3] == np.round(image[..., 0] * 255)).all()


def test_strip_is_shown_first_with_its_words(widget, displayed):
    ((bundle, metadata),) = displayed
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith("An image, eleven decoded pictures on the way")
    assert metadata["image/png"]["alt"] == bundle["text/plain"]


def test_notebook_gets_a_view_and_a_sentence(widget):
    bundle = widget._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == widget.box.model_id
    assert bundle["text/plain"] == "Run this cell to get its slider."


def test_a_model_that_cannot_encode(images, displayed):
    with pytest.raises(ValueError) as error:
        morph(models.build("gan", latent_dim=4, width=4), *images)
    assert str(error.value) == (
        "model is of type StabilizedGAN and cannot encode; give one that can, for example a VAE"
    )
    assert not displayed


def test_bad_images(model, images, displayed):
    with pytest.raises(ValueError, match=r"images have shape \(1, 28, 28\); give"):
        morph(model, images[0][..., 0], images[1])
    with pytest.raises(ValueError, match="images have values from 0 to 2; give values in"):
        between(model, images[0], np.clip(images[1] * 9, 0, 2), [0.5])
    assert not displayed


def test_a_share_that_is_not_finite(model, images):
    with pytest.raises(ValueError, match="latents have values that are not finite"):
        between(model, *images, [0.5, np.nan])
