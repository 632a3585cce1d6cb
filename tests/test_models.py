"""The models: gradients against an independent derivation, shapes, and what is refused."""

import keras
import numpy as np
import pytest
from keras import ops
from small import tiny

from cgan_tutorial import data, models, networks
from cgan_tutorial.chapters.ch06.spatial_denoiser import SpatialDenoisingAutoencoder
from cgan_tutorial.losses import ContinuousBernoulliLoss, gaussian_kl
from cgan_tutorial.models.base import EncodingModel
from cgan_tutorial.training import train

ENCODERS = [name for name, kind in models.MODELS.items() if issubclass(kind, EncodingModel)]


@pytest.fixture(scope="module")
def images():
    return data.load().train.images[:32]


@pytest.mark.parametrize("name", ENCODERS)
def test_latents_and_images_have_the_promised_shapes(name, images):
    model = tiny(name)
    assert model.encode(images).shape == (32, 4)
    assert model.decode(np.zeros((3, 4))).shape == (3, 28, 28, 1)
    assert model.reconstruct(images).shape == images.shape
    sampled = model.sample(5, seed=1)
    assert sampled.dtype == np.float32
    assert sampled.min() >= 0 and sampled.max() <= 1
    assert np.array_equal(sampled, model.sample(5, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(64, 64, 3), (12, 20, 1)])
@pytest.mark.parametrize("name", models.MODELS)
def test_images_have_the_shape_of_the_data(name, shape):
    model = models.build(name, 4, 2, classes=3, shape=shape)
    images = np.random.default_rng(0).random((8, *shape), "float32")
    assert model.data_shape == shape
    assert model.sample(3, seed=0).shape == (3, *shape)
    arrays = (images, np.arange(8) % 3) if model.pairs else images
    history = train(model, arrays, epochs=1, batch_size=8, view=False)
    assert np.isfinite(history.history["loss"]).all()
    assert history.film[0].shape[2:] == shape
    if hasattr(model, "reconstruct"):
        assert model.reconstruct(images).shape == images.shape


@pytest.mark.parametrize("shape", [(30, 28, 1), (28, 28, 2), (4, 4, 1), (28, 28)])
def test_shapes_that_the_networks_cannot_make(shape):
    with pytest.raises(ValueError, match="4 divides"):
        models.build("vae", shape=shape)


def test_larger_images_are_halved_more_often():
    assert networks.widths(16, (28, 28, 1)) == [16, 32]
    assert networks.widths(8, (64, 64, 3)) == [8, 16, 32]
    assert networks.widths(8, (36, 36, 1)) == [8, 16]  # 9 is odd


@pytest.mark.parametrize("name", models.MODELS)
def test_build_makes_a_model_of_the_given_size(name):
    model = models.build(name, latent_dim=3, width=2)
    assert model.latent_dim == 3
    assert model.decoder.layers[-3].output.shape[-1] == 2
    assert model.built


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (("gun",), "unknown model 'gun'; choose one of autoencoder"),
        (("vae", 0), "latent_dim is 0"),
        (("vae", True), "latent_dim is True"),
        (("vae", 4, 2.5), "width is 2.5"),
    ],
)
def test_build_refuses_in_a_sentence(arguments, fact):
    with pytest.raises(ValueError, match=fact):
        models.build(*arguments)


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("vae", "beta", -1.0),
        ("vae", "beta", "4"),
        ("vae", "beta", float("nan")),
        ("denoiser", "sigma", -0.5),
        ("denoiser", "hole", 25),
        ("denoiser", "hole", -3),
        ("cgan", "kl_weight", "x"),
        ("cgan", "reconstruction_weight", -1),
    ],
)
def test_options_out_of_their_range_are_refused(name, option, value):
    with pytest.raises(ValueError, match=f"{option} is .*{value}"):
        tiny(name, **{option: value})


@pytest.mark.parametrize(
    ("latents", "fact"),
    [
        (np.zeros((2, 5)), r"\(2, 5\); give \(n, 4\)"),
        (np.zeros(4), r"\(4,\); give \(n, 4\)"),
        (np.full((1, 4), np.inf), "not finite"),
    ],
)
def test_bad_latents_are_refused_in_a_sentence(latents, fact):
    with pytest.raises(ValueError, match=fact):
        tiny("autoencoder").decode(latents)


def test_encode_refuses_wrong_images():
    with pytest.raises(ValueError, match="images are float64; give float32"):
        tiny("autoencoder").encode(np.zeros((1, 28, 28, 1)))


def test_a_linear_autoencoders_step_is_the_hand_derived_gradient(images):
    """For x̂ = D(Ex + e) + d: ∂L/∂D = zᵀr and ∂L/∂E = xᵀ(rDᵀ), with r = 2(x̂ − x)/(784 n)."""
    keras.utils.set_random_seed(0)
    model = models.Autoencoder(networks.linear_encoder(3), networks.linear_decoder(3))
    flat = images.reshape(len(images), -1).astype("float64")
    kernel, bias, back, offset = (w.astype("float64") for w in model.get_weights())
    latents = flat @ kernel + bias
    residual = 2 * (latents @ back + offset - flat) / flat.size
    wanted = [flat.T @ (residual @ back.T), (residual @ back.T).sum(0)]
    wanted += [latents.T @ residual, residual.sum(0)]
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    model.train_on_batch(images)
    for old, new, gradient in zip(before, model.get_weights(), wanted, strict=True):
        assert np.allclose(old - new, gradient, atol=1e-5)


def test_autoencoder_loss_is_the_mean_squared_error(images):
    model = tiny("autoencoder")
    model.compile()
    loss = float(model.compute_loss(images, y_pred=ops.convert_to_tensor(images * 0.5)))
    assert loss == pytest.approx(np.mean((images * 0.5) ** 2), rel=1e-5)


def test_divergence_is_that_of_scipys_quadrature():
    from scipy import integrate, stats

    q = stats.norm(0.7, np.exp(-0.4 / 2))
    wanted, _ = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), -10, 10)
    found = gaussian_kl(np.array([[0.7]]), np.array([[-0.4]]))
    assert float(found[0]) == pytest.approx(wanted, rel=1e-5)
    zero = np.zeros((2, 3), "float32")
    assert ops.convert_to_numpy(gaussian_kl(zero, zero)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_vae_loss_is_the_negative_bound(beta, images):
    model = tiny("vae", beta=beta)
    model.compile()
    model.seed_generator.state.assign([5, 0])
    made = model(images, training=True)
    x_hat = ops.convert_to_numpy(made["images"]).astype("float64")
    loss = float(model.compute_loss(images, y_pred=made))
    entropy = -(images * np.log(x_hat) + (1 - images) * np.log(1 - x_hat)).sum(axis=(1, 2, 3))
    mean, log_var = (ops.convert_to_numpy(each) for each in model.posterior(images, training=True))
    kl = 0.5 * (mean**2 + np.exp(log_var) - log_var - 1).sum(axis=1)
    assert loss == pytest.approx(entropy.mean() + beta * kl.mean(), rel=1e-4)


@pytest.mark.parametrize("guess", [1e-3, 0.2, 0.481, 0.4999, 0.5, 0.519, 0.97])
def test_continuous_bernoulli_is_a_density(guess):
    values = np.linspace(0, 1, 4001, dtype="float32").reshape(-1, 1, 1, 1)
    loss = ContinuousBernoulliLoss(reduction=None)
    density = np.exp(-ops.convert_to_numpy(loss(values, np.full_like(values, guess))))
    assert np.trapezoid(density, values.ravel()) == pytest.approx(1, abs=2e-3)


def test_vae_draws_in_training_and_takes_the_mean_otherwise(images):
    model = tiny("vae")
    still = [ops.convert_to_numpy(model(images, training=False)["images"]) for _ in range(2)]
    assert np.array_equal(*still)
    assert np.allclose(still[0], model.decode(model.encode(images)), atol=1e-6)
    moved = [ops.convert_to_numpy(model(images, training=True)["images"]) for _ in range(2)]
    assert not np.allclose(*moved)


@pytest.mark.slow
def test_vae_evaluation_measures_its_objective(images):
    """The negative bound with drawn latents, not with the means, and its parts."""
    model = tiny("vae")
    train(model, images, epochs=30, view=False)
    found = [model.evaluate(images, verbose=0, return_dict=True) for _ in range(20)]
    mean, log_var = model.posterior(images)
    drawn = [model.decoder(model.draw(mean, log_var)) for _ in range(20)]
    nats = [float(ops.mean(model.default_loss.call(images, each))) for each in drawn]
    wanted = np.mean(nats) + float(ops.mean(gaussian_kl(mean, log_var)))
    by_means = float(ops.mean(model.default_loss.call(images, model.decoder(mean))))
    losses = [each["loss"] for each in found]
    print(f"objective {np.mean(losses):.2f}, by hand {wanted:.2f}, with means {by_means:.2f}")
    assert np.mean(losses) == pytest.approx(wanted, rel=5e-3)
    assert np.std(losses) > 0
    parts = found[0]["reconstruction_loss"] + found[0]["kl_loss"]
    assert parts == pytest.approx(found[0]["loss"], rel=1e-5)


def test_denoiser_corrupts_in_training_only_and_is_compared_with_the_clean_image(images):
    model = tiny("denoiser", sigma=0.5, hole=8)
    still = [ops.convert_to_numpy(model(images, training=False)) for _ in range(2)]
    assert np.array_equal(*still)
    model.compile()
    clean = float(model.compute_loss(images, y_pred=ops.convert_to_tensor(images)))
    assert clean == pytest.approx(0.0, abs=1e-9)
    corrupted = ops.convert_to_numpy(model.corrupt(images))
    assert corrupted.min() >= 0 and corrupted.max() <= 1
    assert not np.allclose(corrupted, images)


def test_denoiser_evaluation_corrupts_unless_targets_are_given(images):
    # Networks that change nothing: all that is left of the loss is the corruption.
    shape = images.shape[1:]
    encoder = keras.Sequential([keras.Input(shape), keras.layers.Flatten()])
    decoder = keras.Sequential([keras.Input((images[0].size,)), keras.layers.Reshape(shape)])
    model = models.DenoisingAutoencoder(encoder, decoder, sigma=0.0, hole=20)
    model.compile()
    noisy = ops.convert_to_numpy(model.corrupt(images, seed=0))
    expected = np.mean((noisy - images) ** 2)
    assert expected > 0.01
    assert model.evaluate(images, verbose=0) == pytest.approx(expected, rel=0.5)
    assert model.evaluate(noisy, images, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(images, images, verbose=0) == 0


@pytest.mark.parametrize("data_of", ["equal images", "one image"])
def test_diversity_is_a_number_where_the_data_do_not_vary(data_of, images):
    model = tiny("gan")
    model.compile()
    same_images = np.repeat(images[:1], 8 if data_of == "equal images" else 1, axis=0)
    assert np.isfinite(model.evaluate(same_images, verbose=0, return_dict=True)["diversity"])


def test_the_hole_is_one_square_in_the_middle():
    model = tiny("denoiser", sigma=0.0, hole=8)
    white = np.ones((64, 28, 28, 1), "float32")
    holes = ops.convert_to_numpy(model.corrupt(white))[..., 0] == 0
    assert holes.sum(axis=(1, 2)).tolist() == [64] * 64
    assert holes.any(axis=2).sum(axis=1).tolist() == [8] * 64
    assert not holes[:, :4].any() and not holes[:, 24:].any()
    assert len({hole.tobytes() for hole in holes}) > 20


def test_a_denoisers_preview_is_the_same_each_time(images):
    model = tiny("denoiser", sigma=0.5, hole=8)
    assert np.array_equal(model.preview(images[:5]), model.preview(images[:5]))


def straightener(shift=0.0, degrees=0.0, sigma=0.0):
    keras.utils.set_random_seed(0)
    players = networks.encoder(4, 4), networks.decoder(4, 4)
    return SpatialDenoisingAutoencoder(*players, sigma=sigma, shift=shift, degrees=degrees)


def brightest(images):
    """Rows and columns of the brightest pixels, (n, 2)."""
    flat = ops.convert_to_numpy(images).reshape(len(images), -1)
    return np.stack(np.unravel_index(flat.argmax(axis=1), (28, 28)), axis=1)


def test_a_shift_moves_each_image_by_its_own_amount_and_no_further():
    model = straightener(shift=3.0)
    dots = np.zeros((200, 28, 28, 1), "float32")
    dots[:, 13:15, 13:15] = 1
    away = brightest(model.corrupt(dots)) - 13
    assert away.min() in (-3, -2) and away.max() in (3, 4)
    assert len(np.unique(away, axis=0)) > 20


def test_a_turn_goes_around_the_middle_and_no_further():
    model = straightener(degrees=20.0)
    dots = np.zeros((200, 28, 28, 1), "float32")
    dots[:, 13:15, 23:25] = 1
    rows, columns = brightest(model.corrupt(dots)).T - 13.5
    angles = np.degrees(np.arctan2(rows, columns))
    assert np.hypot(rows, columns) == pytest.approx(10, abs=1.2)
    assert -25 < angles.min() < -14 and 14 < angles.max() < 25


def test_nothing_moves_without_shift_and_turn(images):
    still = ops.convert_to_numpy(straightener().corrupt(images))
    assert still == pytest.approx(images, abs=1e-4)


@pytest.mark.slow
def test_a_straightener_is_compared_with_the_digit_in_its_place(images):
    model = straightener(shift=3.0, degrees=20.0, sigma=0.3)
    model.compile()
    assert float(model.compute_loss(images, y_pred=ops.convert_to_tensor(images))) == 0.0
    assert np.array_equal(model.preview(images[:5]), model.preview(images[:5]))
    history = train(model, images, epochs=40, seed=0, view=False)
    assert history.history["loss"][-1] < 0.7 * history.history["loss"][0]
