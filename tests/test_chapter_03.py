"""Chapter 3: its listing runs alone and trains, and its plain code is what the text says."""

import re
from pathlib import Path

import alone
import keras
import nbformat
import numpy as np
import pytest
from keras import layers, ops

from cgan_tutorial import losses, models, networks

PATH = Path(__file__).parent.parent / "notebooks/03_autoencoder.ipynb"
CELLS = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]


def source(tag, sign=""):
    (found,) = [
        cell.source
        for cell in CELLS
        if tag in cell.metadata.get("tags", []) and sign in cell.source
    ]
    return found


def defined(sign, **names):
    """Run a plain cell, and return the names that it defines."""
    start = {"keras": keras, "layers": layers, "ops": ops, "Autoencoder": models.Autoencoder}
    names = {**start, "gaussian_kl": losses.gaussian_kl, "seed": 0, **names}
    exec(source("plain", sign), names)
    return names


@pytest.mark.slow
@pytest.mark.parametrize("before", alone.BEFORE.values(), ids=alone.BEFORE)
def test_the_listing_runs_alone_and_trains(before, tmp_path):
    said = alone.run(before + source("standalone"), tmp_path)
    values = re.search(r"^val_loss +(.+)$", said, re.M)[1].split()
    assert float(values[-1]) < float(values[0])


def described(network):
    """What the layers of a network are, without their names."""
    found = []
    for layer in network.layers:
        config = {key: value for key, value in layer.get_config().items() if key != "name"}
        found.append((type(layer).__name__, config, layer.output.shape))
    return found


def test_the_plain_layers_are_the_packages_networks():
    names = defined("conv_encoder", width=16, latent_dim=16)
    assert described(names["conv_encoder"]) == described(networks.encoder(16, 16))
    assert described(names["conv_decoder"]) == described(networks.decoder(16, 16))


def test_the_plain_dense_layers_are_the_packages_networks():
    names = {"keras": keras, "layers": layers, "Autoencoder": models.Autoencoder}
    names |= {"seed": 0, "latent_dim": 16}
    exec(next(cell.source for cell in CELLS if "dense_encoder = " in cell.source), names)
    assert described(names["dense_encoder"]) == described(networks.dense_encoder(16))
    assert described(names["dense_decoder"]) == described(networks.dense_decoder(16))


@pytest.fixture
def same_noise(monkeypatch):
    """Let every draw of noise return the same numbers."""

    def normal(shape, stddev=1.0, **options):
        return stddev * np.random.default_rng(0).normal(size=tuple(shape)).astype("float32")

    monkeypatch.setattr(keras.random, "normal", normal)


IMAGES = np.random.default_rng(1).random((8, 28, 28, 1)).astype("float32")


@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_the_plain_vae_has_the_packages_loss(same_noise, beta):
    parts = networks.encoder(4, 4, outputs_per_latent=2), networks.decoder(4, 4)
    plain, package = defined("class PlainVAE")["PlainVAE"](*parts), models.VAE(*parts, beta=beta)
    plain.beta = beta
    found = []
    for model in (plain, package):
        model.compile(run_eagerly=True)
        outputs = model(IMAGES, training=True)
        found.append(float(model.compute_loss(IMAGES, None, outputs)))
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_the_plain_denoiser_is_the_packages(same_noise):
    parts = networks.encoder(4, 4), networks.decoder(4, 4)
    plain = defined("class Denoiser")["Denoiser"](*parts)
    package = models.DenoisingAutoencoder(*parts, sigma=0.5)
    found = [ops.convert_to_numpy(model(IMAGES, training=True)) for model in (plain, package)]
    assert np.allclose(*found, atol=1e-5)
    assert not np.allclose(found[0], ops.convert_to_numpy(plain(IMAGES)), atol=1e-3)
