"""The shipped models: what they can do, where they come from, and what damage says."""

import json
import shutil
from functools import cache

import keras
import numpy as np
import pytest
from hatchling.builders.wheel import WheelBuilder

from cgan_tutorial import data, metrics, models
from cgan_tutorial.metrics import coverage
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.models import pretrained
from cgan_tutorial.training import train

LATENTS = np.random.default_rng(0).normal(size=(20, 32))
AGAIN = "install the package again, or train the weights anew by: make pretrained"
SAMPLED = "vae", "gan", "conditional-gan", "cgan"
ENCODING = "autoencoder", "denoiser", "vae", "cgan"


@pytest.fixture(scope="module")
def digits():
    return data.load()


loaded = cache(models.pretrained)


@cache
def samples(name):
    return loaded(name).sample(1000)


@cache
def record(name):
    return json.loads((pretrained.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def error_of(name, digits):
    test = digits.test.images
    return metrics.mse(test, loaded(name).reconstruct(test))


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_loads_and_decodes(name):
    model = loaded(name)
    assert type(model) is models.MODELS[name] and model.latent_dim == 32
    images = model.decode(LATENTS)
    assert images.shape == (20, 28, 28, 1) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1 and images.std() > 0.1
    assert model.count_params() > 400_000


@pytest.mark.parametrize("name", ENCODING)
def test_those_with_an_encoder_encode(name, digits):
    latents = loaded(name).encode(digits.test.images[:7])
    assert latents.shape == (7, 32) and np.isfinite(latents).all()


@pytest.mark.parametrize("name", ["gan", "conditional-gan", "cgan"])
def test_a_game_comes_with_its_discriminator(name, digits):
    model, test = loaded(name), digits.test
    asked = np.arange(1000) % 10
    real = model.discriminator.predict(test.images, verbose=0)
    fake = model.discriminator.predict(samples(name), verbose=0)
    if model.classes:
        real, fake = real[np.arange(1000), test.labels], fake[np.arange(1000), asked]
    noise = np.random.default_rng(0).random(test.images.shape, dtype="float32")
    void = model.discriminator.predict(noise, verbose=0)
    print(f"{name}: real {real.mean():.2f}, samples {fake.mean():.2f}, noise {void.mean():.2f}")
    # Against good samples it is near a coin; against noise it is not.
    assert real.mean() > fake.mean() > void.mean()
    twins = zip(model.generator.get_weights(), model.average.get_weights(), strict=True)
    assert all(np.array_equal(one, two) for one, two in twins)


@pytest.mark.parametrize(("name", "most"), [("gan", 8), ("conditional-gan", 8), ("cgan", 8)])
def test_samples_are_near_the_test_digits(name, most, digits):
    distance = metrics.frechet_classifier_distance(samples(name), digits.test.images)
    rarest = coverage.class_shares(samples(name)).min()
    print(f"{name}: Fréchet distance {distance:.2f}, rarest class {rarest:.1%}")
    assert distance <= most
    assert rarest >= 0.05


@pytest.mark.parametrize(("name", "most"), [("autoencoder", 0.009), ("vae", 0.02), ("cgan", 0.014)])
def test_unseen_digits_come_back(name, most, digits):
    error = error_of(name, digits)
    print(f"{name}: MSE {error:.4f}")
    assert error <= most


def test_the_denoiser_denoises(digits):
    clean = digits.test.images
    noisy = data.add_gaussian_noise(clean, 0.5, seed=1)
    gained = metrics.psnr(clean, loaded("denoiser").reconstruct(noisy)) - metrics.psnr(clean, noisy)
    print(f"denoiser: {gained:.1f} dB")
    assert gained >= 6


def test_the_conditional_gan_draws_the_digit_that_it_is_asked_for():
    right = np.mean(classify(samples("conditional-gan")) == np.arange(1000) % 10)
    print(f"read as asked: {right:.1%}")
    assert right >= 0.9


def test_the_vae_can_be_sampled(digits):
    distance = metrics.frechet_classifier_distance(samples("vae"), digits.test.images)
    print(f"vae: Fréchet distance {distance:.1f}")
    assert distance <= 40


def test_samples_are_no_copies_of_training_digits(digits):
    for name in ("gan", "cgan"):
        ratio = metrics.memorization(samples(name), digits.train.images, digits.test.images)
        print(f"{name}: memorization {ratio:.2f}")
        assert ratio >= 0.85


@pytest.mark.parametrize("name", models.MODELS)
def test_the_record_says_how_a_model_was_made(name, digits):
    facts = record(name)
    assert facts["command"] == f"python scripts/train_pretrained.py {name}"
    assert facts["model"]["model"] == name
    assert (facts["model"]["latent_dim"], facts["model"]["width"]) == (32, 8)
    wanted = {"data", "seed", "epochs", "batch_size", "learning_rate", "seconds", "software"}
    assert wanted | {"keras", "numpy", "python", "processor", "date"} <= set(facts)
    before, after = facts["as trained"], facts["as shipped"]
    assert set(before) == set(after) >= {"frechet", "precision", "recall", "rarest", "parameters"}
    assert facts["bytes"] == (pretrained.FOLDER / f"{name}.npz").stat().st_size
    if name in ENCODING:
        assert after["mse"] == pytest.approx(error_of(name, digits), rel=0.01)
        # Rounding costs next to nothing.
        assert after["mse"] == pytest.approx(before["mse"], rel=0.05)


@pytest.mark.parametrize("name", SAMPLED)
def test_the_recorded_distance_is_found_again(name, digits):
    distance = metrics.frechet_classifier_distance(samples(name), digits.test.images)
    assert distance == pytest.approx(record(name)["as shipped"]["frechet"], rel=0.02, abs=0.05)


def test_all_that_ships_is_small_and_in_the_wheel():
    sizes = {path.name: path.stat().st_size for path in pretrained.FOLDER.iterdir()}
    print(sizes)
    assert sum(sizes.values()) <= 3e6
    root = pretrained.FOLDER.parent.parent
    files = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"cgan_tutorial/pretrained/{name}" for name in sizes} <= files


def test_loading_twice_gives_the_same_model():
    one, two = models.pretrained("cgan"), models.pretrained("cgan")
    assert one is not two
    pairs = zip(one.get_weights(), two.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert np.array_equal(one.sample(5), two.sample(5))


def test_a_shipped_model_trains_on(digits):
    model, images = models.pretrained("autoencoder"), digits.train.images[:640]
    before = metrics.mse(images, model.reconstruct(images))
    history = train(model, images, epochs=2, learning_rate=1e-4, view=False)
    assert history.epochs == 2
    assert metrics.mse(images, model.reconstruct(images)) < 1.1 * before


# Rounded weights


def tiny(name="gan", seed=0):
    keras.utils.set_random_seed(seed)
    return models.build(name, latent_dim=4, width=2)


def test_the_error_is_at_most_half_a_scale(tmp_path):
    model, again = tiny("cgan"), tiny("cgan", seed=1)
    pretrained.store(model, tmp_path / "tiny.npz")
    pretrained.restore(again, tmp_path / "tiny.npz")
    for name in pretrained.NETWORKS:
        pairs = zip(
            getattr(model, name).get_weights(), getattr(again, name).get_weights(), strict=True
        )
        for wanted, found in pairs:
            axes = tuple(range(wanted.ndim - 1)) if wanted.ndim > 1 else ()
            scale = np.abs(wanted).max(axis=axes) / pretrained.LEVELS
            assert (np.abs(wanted - found) <= 0.5001 * scale + 1e-7).all()


def test_what_was_stored_once_is_stored_the_same_again(tmp_path):
    one, two = tmp_path / "one.npz", tmp_path / "two.npz"
    model = tiny()
    pretrained.store(model, one)
    pretrained.restore(model, one)
    pretrained.store(model, two)
    assert one.read_bytes() == two.read_bytes()


def test_a_channel_of_zeros_stays_zero(tmp_path):
    model = tiny()
    kernel = model.discriminator.weights[0]
    kernel.assign(np.concatenate([np.zeros((4, 4, 1, 1)), np.ones((4, 4, 1, 1))], axis=-1))
    pretrained.store(model, tmp_path / "tiny.npz")
    pretrained.restore(model, tmp_path / "tiny.npz")
    found = model.discriminator.get_weights()[0]
    assert not found[..., 0].any() and found[..., 1] == pytest.approx(1)


@pytest.mark.parametrize(("layer", "value"), [(0, np.nan), (0, np.inf), (1, np.nan), (1, 1e6)])
def test_weights_that_a_byte_cannot_hold_are_refused(layer, value, tmp_path):
    model = tiny()
    weight = model.discriminator.weights[layer]
    weight.assign(np.full(weight.shape, value))
    with pytest.raises(ValueError) as error:
        pretrained.store(model, tmp_path / "tiny.npz")
    assert str(error.value) == (
        "some weights are not finite or exceed float16, so they are not stored; "
        "train again with a lower learning_rate"
    )
    assert not (tmp_path / "tiny.npz").exists()


# Damage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the shipped weights that a test may spoil."""
    for name in ("gan", "vae", "autoencoder"):
        shutil.copy(pretrained.FOLDER / f"{name}.npz", tmp_path)
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    return tmp_path


def sentence(name):
    with pytest.raises(ValueError) as error:
        models.pretrained(name)
    return str(error.value)


def test_an_unknown_name_is_answered_by_the_known_ones():
    assert sentence("gann") == f"unknown model 'gann'; choose one of {', '.join(models.MODELS)}"


def test_a_missing_file_is_named(folder):
    assert sentence("cgan") == f"cgan.npz is missing from the package; {AGAIN}"


def test_a_file_cut_short_is_damaged(folder):
    path, model = folder / "vae.npz", tiny("vae")
    whole = path.read_bytes()
    for share in (0.0, 0.001, 0.3, 0.9, 0.999):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError) as error:
            pretrained.restore(model, path)
        assert str(error.value) == f"vae.npz is damaged; {AGAIN}"


def test_a_changed_byte_is_noticed_or_harmless(folder):
    path, model = folder / "vae.npz", models.pretrained("vae")
    whole, before = path.read_bytes(), model.get_weights()
    rng = np.random.default_rng(0)
    # The last bytes are the list of contents, where any field may be hit.
    places = [*rng.integers(0, len(whole), 20), *rng.integers(len(whole) - 2000, len(whole), 40)]
    noticed = 0
    for place in places:
        spoiled = bytearray(whole)
        spoiled[place] ^= 1 << rng.integers(8)
        path.write_bytes(spoiled)
        try:
            pretrained.restore(model, path)
        except ValueError as error:
            noticed += 1
            assert str(error).endswith(AGAIN)
        pairs = zip(model.get_weights(), before, strict=True)
        assert all(np.array_equal(one, two) for one, two in pairs)
    assert noticed >= 20


def test_weights_of_another_model_are_refused_and_change_nothing(folder):
    shutil.copy(folder / "autoencoder.npz", folder / "gan.npz")
    wanted = f"gan.npz holds weights of other networks than this model's; {AGAIN}"
    assert sentence("gan") == wanted
    model = tiny()
    before = model.get_weights()
    with pytest.raises(ValueError) as error:
        pretrained.restore(model, folder / "gan.npz")
    assert str(error.value) == wanted
    pairs = zip(model.get_weights(), before, strict=True)
    assert all(np.array_equal(one, two) for one, two in pairs)


def test_no_pickle_is_loaded(folder):
    pickled, path = np.array([{"a": 1}], dtype=object), folder / "gan.npz"
    np.savez(path, **{"decoder.0": pickled})
    assert sentence("gan") == f"gan.npz is damaged; {AGAIN}"
    for array in (pickled, np.zeros(3)):
        with path.open("wb") as file:
            np.save(file, array)
        assert sentence("gan") == f"gan.npz is damaged; {AGAIN}"
