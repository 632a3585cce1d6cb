"""The morph: what lies on the way between two images, and what is refused."""

import keras
import numpy as np
import pytest

from cgan_tutorial import data, models
from cgan_tutorial.widgets import between, morph

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def images():
    return data.load().test.images[:2]


@pytest.fixture(scope="module", params=["vae", "cgan"])
def model(request):
    keras.utils.set_random_seed(0)
    model = models.build(request.param, latent_dim=4, width=4)
    return model


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


def test_a_model_that_cannot_encode(images):
    with pytest.raises(ValueError) as error:
        morph(models.build("gan", latent_dim=4, width=4), *images)
    assert str(error.value) == (
        "model is of type StabilizedGAN and cannot encode; give one that can, for example a VAE"
    )


def test_bad_images(model, images):
    with pytest.raises(ValueError, match=r"images have shape \(1, 28, 28\); give"):
        morph(model, images[0][..., 0], images[1])
    with pytest.raises(ValueError, match="images have values from 0 to 2; give values in"):
        between(model, images[0], np.clip(images[1] * 9, 0, 2), [0.5])


def test_a_share_that_is_not_finite(model, images):
    with pytest.raises(ValueError, match="latents have values that are not finite"):
        between(model, *images, [0.5, np.nan])
