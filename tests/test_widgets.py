"""The latent sliders: their numbers, their pictures, and what a notebook stores of them."""

import io

import keras
import numpy as np
import pytest
from PIL import Image

from cgan_tutorial import data, models
from cgan_tutorial.training import train
from cgan_tutorial.widgets import latent_sliders, morph, principal_axes, render, sensitive_axes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def digits():
    whole = data.load()
    parts = (whole.train, 500), (whole.test, 20)
    splits = [data.Split(part.images[:n], part.labels[:n]) for part, n in parts]
    return data.Dataset(whole.name, *splits)


ENCODING = sorted(name for name, kind in models.MODELS.items() if hasattr(kind, "encode"))


@pytest.fixture(scope="module", params=ENCODING)
def model(request, digits):
    keras.utils.set_random_seed(0)
    model = models.build(request.param, latent_dim=4, width=4)
    train(model, digits, epochs=2, view=False)
    return model


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed while a test runs: (data, metadata) each."""
    calls = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda bundle, raw, metadata: calls.append((bundle, metadata)),
    )
    return calls


@pytest.fixture
def sliders(model, digits, displayed):
    return latent_sliders(model, digits, axes=3)


def seen(image_widget):
    return np.asarray(Image.open(io.BytesIO(image_widget.value)))


def drawn(model, latent):
    """What the model makes of a latent vector, without this package's way to draw it."""
    image = model.decode(np.asarray(latent, "float32")[None])[0, ..., 0]
    return np.round(image.clip(0, 1) * 255).astype("uint8")


def off_by_one(picture, other):
    # The same network, compiled for one vector and for a batch, may round differently.
    return np.abs(picture.astype(int) - other).max() <= 1


def test_axes_are_the_covariances_eigenvectors():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 7
    axes = principal_axes(latents)
    values, vectors = np.linalg.eigh(np.cov(latents, rowvar=False))
    assert np.allclose(axes.deviations**2, values[::-1])
    assert np.allclose(axes.shares, values[::-1] / values.sum())
    assert np.allclose(np.abs(np.sum(axes.directions.T * vectors[:, ::-1], axis=0)), 1)
    assert np.allclose(axes.directions @ axes.directions.T, np.eye(5))
    assert np.allclose(axes.mean, latents.mean(axis=0))


def test_axes_are_sorted_and_named_with_their_shares(sliders):
    axes = sliders.axes
    assert (np.diff(axes.deviations) <= 0).all()
    assert axes.shares.sum() <= 1 + 1e-9
    assert axes.names(2)[1] == f"axis 2 · {100 * axes.shares[1]:.0f} %"
    assert [slider.description for slider in sliders.sliders] == axes.names(3)


def test_positions_undo_moves():
    axes = principal_axes(np.random.default_rng(0).normal(size=(50, 4)))
    steps = np.array([1.5, -2.0, 0.5, 0.0])
    assert np.allclose(axes.positions(axes.move(axes.mean, steps)), steps)


def test_an_axis_without_spread_has_position_zero():
    latents = np.random.default_rng(0).normal(size=(50, 3)) * [1, 1, 0]
    positions = principal_axes(latents).positions(np.array([0.0, 0.0, 9.0]))
    assert np.isfinite(positions).all()


def test_random_draws_have_the_fitted_mean_and_covariance():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3)) + [1, 2, 3]
    axes = principal_axes(latents)
    draws = np.stack([axes.sample(seed) for seed in range(4000)])
    assert np.allclose(draws.mean(axis=0), latents.mean(axis=0), atol=0.15)
    assert np.allclose(np.cov(draws.T), np.cov(latents.T), atol=0.35)


def test_render_is_the_models_own_decoding(model):
    latent = np.array([0.5, -1.0, 0.0, 2.0])
    picture = render(model, latent)
    assert picture.shape == (28, 28)
    assert picture.dtype == np.uint8
    assert off_by_one(picture, drawn(model, latent))


def test_render_takes_a_model_without_a_decoder_network(model):
    class Other:
        latent_dim, decode = model.latent_dim, staticmethod(model.decode)

    assert off_by_one(render(Other(), np.zeros(4)), render(model, np.zeros(4)))


def test_first_picture_is_the_mean(sliders):
    assert (seen(sliders.image) == render(sliders.model, sliders.axes.mean)).all()
    assert (sliders.steps == 0).all()


def test_moving_sliders_shows_what_render_says(sliders):
    before = seen(sliders.image)
    sliders.sliders[0].value = 2.5
    sliders.sliders[2].value = -1.0
    axes = sliders.axes
    moved = axes.mean + 2.5 * axes.deviations[0] * axes.directions[0]
    moved = moved - axes.deviations[2] * axes.directions[2]
    assert np.allclose(sliders.latent, moved)
    assert (seen(sliders.image) == render(sliders.model, sliders.latent)).all()
    assert (seen(sliders.image) != before).any()


def test_class_mean_start(sliders, digits):
    sliders.class_buttons[3].click()
    latents = sliders.model.encode(digits.train.images)
    mean = latents[digits.train.labels == 3].mean(axis=0)
    assert np.allclose(sliders.latent, mean, atol=1e-5)
    assert off_by_one(seen(sliders.image), drawn(sliders.model, mean))
    positions = sliders.axes.positions(mean)[:3]
    assert np.allclose(sliders.steps, positions.clip(-3, 3), atol=0.051)
    assert sliders.start_name.value == "Start: the mean of class 3"


def test_encoded_test_image_is_shown_beside_its_original(sliders, digits):
    sliders.test_index.value = 7
    image = digits.test.images[7:8]
    decoded = drawn(sliders.model, sliders.model.encode(image)[0])
    assert off_by_one(seen(sliders.image), decoded)
    original = np.round(image[0, ..., 0] * 255).astype("uint8")
    assert (seen(sliders.start_image) == original).all()
    assert "test image 7" in sliders.start_name.value


def test_same_test_image_can_be_chosen_again(sliders):
    sliders.test_index.value = 7
    first = seen(sliders.image)
    sliders.sliders[0].value = 3 if sliders.sliders[0].value < 0 else -3
    sliders.test_button.click()
    assert (seen(sliders.image) == first).all()


def test_a_start_beyond_the_sliders_is_decoded_as_it_is(sliders):
    far = sliders.axes.move(sliders.axes.mean, np.array([5.0, 0.04, -7.0, 1.0]))
    sliders.start_at(far, "far away")
    assert (sliders.steps == [3.0, 0.0, -3.0]).all()
    assert (seen(sliders.image) == render(sliders.model, far)).all()


def test_random_starts_differ_and_repeat(model, digits, displayed):
    def draw():
        sliders = latent_sliders(model, digits)
        pictures = []
        for _ in range(2):
            sliders.random_button.click()
            pictures.append(seen(sliders.image))
        return pictures

    first, second = draw()
    assert (first != second).any()
    assert (np.array(draw()) == [first, second]).all()


def test_reset_goes_back_to_the_first_picture(sliders):
    first = seen(sliders.image), seen(sliders.start_image), sliders.start_name.value
    sliders.random_button.click()
    sliders.sliders[1].value = 1.5
    sliders.reset_button.click()
    assert (seen(sliders.image) == first[0]).all()
    assert (seen(sliders.start_image) == first[1]).all()
    assert sliders.start_name.value == first[2]
    assert (sliders.steps == 0).all()


def test_a_new_start_sends_one_picture(sliders):
    sent = []
    sliders.image.observe(lambda change: sent.append(change.new), names="value")
    sliders.class_buttons[5].click()
    assert len(sent) == 1


def test_strip_is_shown_first_with_its_words(sliders, displayed):
    ((bundle, metadata),) = displayed
    assert bundle["image/png"].startswith(b"\x89PNG")
    words = bundle["text/plain"]
    assert words.startswith("Decoded images along the 3 strongest latent directions")
    assert all(name in words for name in sliders.axes.names(3))
    assert metadata["image/png"]["alt"] == words


def test_notebook_gets_a_view_and_a_sentence(sliders):
    bundle = sliders._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == sliders.box.model_id
    assert bundle["text/plain"] == "Run this cell to get its sliders."


def test_no_more_sliders_than_latents(model, digits, displayed):
    assert len(latent_sliders(model, digits).sliders) == 4


def test_latent_of_wrong_length(model):
    with pytest.raises(ValueError) as error:
        render(model, np.zeros(3))
    assert str(error.value) == (
        "the latent vector has shape (3,); give (4,), one number for each latent of the model"
    )


def test_latent_that_is_not_finite(model):
    with pytest.raises(ValueError) as error:
        render(model, np.full(4, np.nan))
    assert str(error.value) == ("latents have values that are not finite; give real numbers only")


def test_model_that_cannot_decode(digits):
    with pytest.raises(ValueError) as error:
        latent_sliders(keras.Sequential(), digits)
    assert str(error.value) == (
        "model is of type Sequential and has no decode and no latent_dim; "
        "give one that has decode, latent_dim, for example an Autoencoder"
    )


def test_data_that_is_an_array(model, digits):
    with pytest.raises(ValueError) as error:
        latent_sliders(model, digits.train.images)
    assert str(error.value) == (
        "data is of type ndarray and has no train and no test; "
        'give one that has train, test, for example load("mnist-5k")'
    )


@pytest.mark.parametrize("axes", [0, 2.5, True])
def test_bad_number_of_axes(model, digits, axes):
    with pytest.raises(ValueError) as error:
        latent_sliders(model, digits, axes=axes)
    assert str(error.value) == (f"axes is {axes!r}; give a positive integer, for example axes=6")


@pytest.mark.parametrize(
    ("latents", "sentence"),
    [
        (
            np.zeros(4),
            "latents have shape (4,); give (n, latent_dim) with n at least 2",
        ),
        (
            np.zeros((1, 4)),
            "latents have shape (1, 4); give (n, latent_dim) with n at least 2",
        ),
        (
            np.full((3, 4), np.inf),
            "latents have values that are not finite; give real numbers only",
        ),
        (
            np.ones((3, 4)),
            "all 3 latents are equal, so they have no axes; "
            "train the model, or give images that differ",
        ),
    ],
)
def test_latents_without_axes(latents, sentence):
    with pytest.raises(ValueError) as error:
        principal_axes(latents)
    assert str(error.value) == sentence


@pytest.fixture(params=sorted(set(models.MODELS) - set(ENCODING)))
def drawing(request, digits, displayed):
    """Sliders of a model that cannot encode, trained enough for its pictures to differ."""
    keras.utils.set_random_seed(0)
    model = models.build(request.param, latent_dim=4, width=4)
    train(model, digits, epochs=1, view=False)
    return latent_sliders(model, digits, axes=3)


def test_sensitive_axes_of_a_linear_decoder_are_its_singular_vectors():
    matrix = np.random.default_rng(0).normal(size=(5, 30))
    axes = sensitive_axes(lambda latents: latents @ matrix, 5)
    left, values, _ = np.linalg.svd(matrix)
    assert np.allclose(axes.shares, values**2 / (values**2).sum())
    assert np.allclose(np.abs(np.sum(axes.directions * left.T, axis=1)), 1)
    assert (axes.mean == 0).all()
    assert (axes.deviations == 1).all()


def test_a_decoder_that_draws_one_picture_has_no_sensitive_axes():
    with pytest.raises(ValueError) as error:
        sensitive_axes(lambda latents: np.ones((len(latents), 9)), 4)
    assert str(error.value) == ("the latents do not change the pictures; train the model first")


def test_sliders_without_an_encoder_move_and_start_at_draws(drawing):
    before = seen(drawing.image)
    drawing.sliders[0].value = 3.0
    moved = 3.0 * drawing.axes.directions[0]
    assert np.allclose(drawing.latent, moved)
    assert (seen(drawing.image) == render(drawing.model, moved, drawing.label)).all()
    assert (seen(drawing.image) != before).any()
    drawing.random_button.click()
    assert drawing.start_name.value == "Start: random draw 0"


def test_sliders_without_an_encoder_offer_no_test_image(drawing):
    shown = [drawing.box]
    for widget in shown:
        shown.extend(getattr(widget, "children", ()))
    assert drawing.random_button in shown
    assert drawing.test_button not in shown


def test_class_buttons_without_an_encoder(drawing):
    drawing.sliders[1].value = 1.0
    before = drawing.latent
    button = drawing.class_buttons[-1]
    button.click()
    digit = int(button.description)
    if drawing.model.num_classes:
        assert drawing.label == digit
        assert np.allclose(drawing.latent, before)
        asked = drawing.model.decode(before[None], labels=[digit])[0, ..., 0]
        assert off_by_one(seen(drawing.image), np.round(asked.clip(0, 1) * 255).astype("uint8"))
    else:
        assert np.allclose(drawing.latent, drawing.class_means[digit])
        assert drawing.start_name.value == f"Start: the mean of class {digit}"


def test_render_refuses_a_class_that_there_is_not(digits):
    model = models.build("conditional-gan", latent_dim=4, width=4)
    with pytest.raises(ValueError, match="labels run from 10 to 10"):
        render(model, np.zeros(4), label=10)


# Images that are no digits


@pytest.fixture(scope="module")
def colored():
    rng = np.random.default_rng(0)
    images = rng.random((40, 16, 16, 3), "float32")
    parts = (data.Split(part, np.arange(20) % 2) for part in (images[:20], images[20:]))
    return data.Dataset("folder:mine", *parts, ("cat", "dog"))


@pytest.mark.parametrize("name", ["vae", "gan", "conditional-gan"])
def test_sliders_of_colored_images_name_their_classes(name, colored, displayed):
    model = models.build(name, 4, 2, classes=2, shape=(16, 16, 3))
    sliders = latent_sliders(model, colored, axes=2)
    assert seen(sliders.image).shape == (16, 16, 3)
    # The digit classifier knows nothing of cats: an unconditional GAN has no classes here.
    named = [] if name == "gan" else ["cat", "dog"]
    assert [button.description for button in sliders.class_buttons] == named
    if named:
        sliders.class_buttons[1].click()
        assert "dog" in sliders.start_name.value
    if sliders.encodes:
        sliders.start_at_test_image(1)
        assert "class dog" in sliders.start_name.value
        assert seen(sliders.start_image).shape == (16, 16, 3)
        ours = morph(model, colored.test.images[0], colored.test.images[1])
        assert seen(ours.image).shape == (224, 224, 3)
