"""The axes of a latent space: principal ones, and those in which pictures change most."""

import numpy as np
import pytest

from cgan_tutorial.widgets import principal_axes, sensitive_axes


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
