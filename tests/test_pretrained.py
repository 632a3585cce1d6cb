"""The shipped models: what they can do, where they come from, and what damage says."""

import shutil
import sys
from functools import cache

import keras
import numpy as np
import pytest
from hatchling.builders.wheel import WheelBuilder

from cgan_tutorial import data, metrics, models
from cgan_tutorial.metrics import coverage
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.models.pretrained import FOLDER, checksum, record
from cgan_tutorial.training import train

pytestmark = pytest.mark.slow

LATENTS = np.random.default_rng(0).normal(size=(20, 32))
SAMPLED = "vae", "gan", "conditional-gan", "cgan"
ENCODING = "autoencoder", "denoiser", "vae", "cgan"


@pytest.fixture(scope="module")
def digits():
    return data.load()


loaded = cache(models.pretrained)


@cache
def samples(name):
    return loaded(name).sample(1000, seed=0)


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
def test_a_gan_comes_with_its_discriminator(name, digits):
    model, test = loaded(name), digits.test
    asked = np.arange(1000) % 10
    real = model.discriminator.predict(test.images, verbose=0)
    fake = model.discriminator.predict(samples(name), verbose=0)
    if model.num_classes:
        real, fake = real[np.arange(1000), test.labels], fake[np.arange(1000), asked]
    noise = np.random.default_rng(0).random(test.images.shape, dtype="float32")
    void = model.discriminator.predict(noise, verbose=0)
    print(f"{name}: real {real.mean():.2f}, samples {fake.mean():.2f}, noise {void.mean():.2f}")
    # Against good samples it is near a coin; against noise it is not.
    assert real.mean() > fake.mean() > void.mean()
    twins = zip(model.generator.get_weights(), model.ema_generator.get_weights(), strict=True)
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
    assert facts["sha256"] == checksum(FOLDER / f"{name}.weights.h5")
    if name in ENCODING:
        assert after["mse"] == pytest.approx(error_of(name, digits), rel=0.01)
        # Rounding costs next to nothing.
        assert after["mse"] == pytest.approx(before["mse"], rel=0.05)


@pytest.mark.parametrize("name", SAMPLED)
def test_the_recorded_distance_is_found_again(name, digits):
    distance = metrics.frechet_classifier_distance(samples(name), digits.test.images)
    assert distance == pytest.approx(record(name)["as shipped"]["frechet"], rel=0.02, abs=0.05)


def test_all_that_ships_is_small_and_in_the_wheel():
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    print(sizes)
    assert sum(sizes.values()) <= 9e6
    root = FOLDER.parent.parent
    files = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"cgan_tutorial/pretrained/{name}" for name in sizes} <= files


def test_loading_twice_gives_the_same_model():
    one, two = models.pretrained("cgan"), models.pretrained("cgan")
    assert one is not two
    pairs = zip(one.get_weights(), two.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert np.array_equal(one.sample(5, seed=0), two.sample(5, seed=0))


def test_a_shipped_model_trains_on(digits):
    model, images = models.pretrained("autoencoder"), digits.train.images[:640]
    before = metrics.mse(images, model.reconstruct(images))
    history = train(model, images, epochs=2, optimizer=keras.optimizers.Adam(1e-4), view=False)
    assert history.epochs == 2
    assert metrics.mse(images, model.reconstruct(images)) < 1.1 * before


# Damage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the shipped weights that a test may spoil."""
    for name in ("gan", "vae", "cgan"):
        for kind in ("weights.h5", "json"):
            shutil.copy(FOLDER / f"{name}.{kind}", tmp_path)
    (tmp_path / "cgan.weights.h5").unlink()
    monkeypatch.setattr(sys.modules["cgan_tutorial.models.pretrained"], "FOLDER", tmp_path)
    return tmp_path


def test_an_unknown_name_is_answered_by_the_known_ones():
    with pytest.raises(ValueError, match="unknown model 'gann'; choose one of autoencoder"):
        models.pretrained("gann")


def test_a_missing_file_is_named(folder):
    with pytest.raises(ValueError, match="cgan.weights.h5 is missing"):
        models.pretrained("cgan")


@pytest.mark.parametrize("damage", ["cut", "empty", "one bit", "another model's"])
def test_a_damaged_file_is_named(damage, folder):
    path = folder / "vae.weights.h5"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    other = (folder / "gan.weights.h5").read_bytes()
    spoiled = {"cut": whole[:1000], "empty": b"", "one bit": flipped, "another model's": other}
    path.write_bytes(spoiled[damage])
    with pytest.raises(ValueError, match="vae.weights.h5 is damaged"):
        models.pretrained("vae")
