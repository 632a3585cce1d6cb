"""What the models learn in a short time, measured on test digits that no model saw."""

import keras
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, median_filter
from sklearn.decomposition import PCA

from cgan_tutorial import data, metrics, models
from cgan_tutorial.chapters import ch04_collapse as collapse
from cgan_tutorial.metrics import coverage
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.training import train

pytestmark = pytest.mark.slow

EPOCHS = 12


@pytest.fixture(scope="module")
def digits():
    return data.load()


def trained(name, latent_dim, digits, epochs=EPOCHS):
    keras.utils.set_random_seed(0)
    model = models.build(name, latent_dim)
    history = train(model, digits, epochs=epochs, view=False)
    print(f"{name}, {latent_dim} latents: {history.seconds:.0f} s of training")
    return model


@pytest.fixture(scope="module")
def autoencoder(digits):
    return trained("autoencoder", 16, digits)


def pca_error(digits, size):
    train_flat, test_flat = (x.images.reshape(-1, 784) for x in (digits.train, digits.test))
    pca = PCA(size).fit(train_flat)
    return metrics.mse(test_flat, pca.inverse_transform(pca.transform(test_flat)))


@pytest.mark.parametrize("size", [8, 16, 32])
def test_the_autoencoder_makes_at_most_0_6_of_pcas_error(size, digits, autoencoder):
    model = autoencoder if size == 16 else trained("autoencoder", size, digits, epochs=8)
    error = metrics.mse(digits.test.images, model.reconstruct(digits.test.images))
    rival = pca_error(digits, size)
    print(f"MSE {error:.4f}, PCA {rival:.4f}, ratio {error / rival:.3f}")
    assert error <= 0.60 * rival


def test_the_denoiser_stands_4_db_above_the_better_filter(digits):
    clean = digits.test.images
    noisy = data.add_gaussian_noise(clean, 0.5, seed=1)
    blurs = [gaussian_filter(noisy, (0, s, s, 0)) for s in (0.6, 0.7, 0.8, 0.9, 1.0, 1.2)]
    medians = [median_filter(noisy, (1, size, size, 1)) for size in (3, 5)]
    best = max(metrics.psnr(clean, image) for image in [*blurs, *medians])
    found = metrics.psnr(clean, trained("denoiser", 64, digits).reconstruct(noisy))
    print(f"denoiser {found:.2f} dB, better filter {best:.2f} dB")
    assert found >= best + 4


def test_the_vaes_samples_are_at_most_half_as_far_as_the_plain_ones(digits, autoencoder):
    def distance(images):
        return metrics.frechet_classifier_distance(images, digits.test.images)

    codes = autoencoder.encode(digits.train.images)
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(codes.mean(axis=0), np.cov(codes, rowvar=False), 1000)
    plain, fitted = distance(autoencoder.sample(1000)), distance(autoencoder.decode(drawn))
    vae = distance(trained("vae", 16, digits).sample(1000))
    print(f"plain {plain:.1f}, Gaussian fitted to its codes {fitted:.1f}, VAE {vae:.1f}")
    assert vae <= plain / 2


def test_the_gan_draws_all_ten_digits(digits):
    samples = trained("gan", 32, digits, epochs=16).sample(1000)
    distance = metrics.frechet_classifier_distance(samples, digits.test.images)
    rarest = coverage.class_shares(samples).min()
    copied = metrics.memorization(samples, digits.train.images, digits.test.images)
    print(f"GAN: distance {distance:.1f}, rarest {rarest:.1%}, memorization {copied:.2f}")
    assert distance <= 12
    assert rarest >= 0.05
    assert copied >= 0.9


def test_the_conditional_gan_draws_the_digit_that_it_is_asked_for(digits):
    model = trained("conditional-gan", 32, digits, epochs=8)
    seen = classify(model.sample(1000))
    right = np.mean(seen == np.arange(1000) % 10)
    print(f"conditional GAN: {right:.1%} of the samples are read as the digit asked for")
    assert right >= 0.9


def test_the_hybrid_samples_and_reconstructs(digits):
    model = trained("cgan", 32, digits)
    distance = metrics.frechet_classifier_distance(model.sample(1000), digits.test.images)
    error = metrics.mse(digits.test.images, model.reconstruct(digits.test.images))
    print(f"CGAN: distance {distance:.1f}, MSE {error:.4f}, PCA {pca_error(digits, 32):.4f}")
    assert distance <= 20
    assert error <= pca_error(digits, 32)


def medians(measured):
    """The median of each figure over three seeds."""
    found = [measured(seed) for seed in range(3)]
    print(found)
    return {name: np.median([each[name] for each in found]) for name in found[0]}


def test_a_slow_generator_collapses_on_a_ring_and_a_faster_one_does_not():
    collapsed, cured = (
        medians(lambda seed, rate=rate: collapse.on_modes(collapse.play_ring(seed, rate)))
        for rate in (1e-3, 1e-2)
    )
    # Two and eight modes where the chapter was written, with 0.86 and 0.78 of the fakes.
    assert collapsed["modes"] <= 3 and collapsed["on a mode"] >= 0.7
    assert cured["modes"] >= 7 and cured["on a mode"] >= 0.6


def test_a_short_noise_vector_collapses_on_codes_of_digits_and_a_longer_one_does_not(digits):
    vae = models.pretrained("vae")
    codes = vae.encode(digits.train.images)

    def measured(seed, latent_dim):
        return collapse.as_digits(vae.decode(collapse.play_codes(codes, seed, latent_dim)))

    collapsed, cured = (medians(lambda seed, size=size: measured(seed, size)) for size in (2, 32))
    # Where the chapter was written: 0.2 and 3.3 bits, with a confidence of 1.00 and 0.95.
    assert collapsed["bits"] <= 1.5 and collapsed["confidence"] >= 0.9
    assert cured["bits"] >= 3.0 and cured["classes"] >= 9 and cured["confidence"] >= 0.85
