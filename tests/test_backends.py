"""The same model files on TensorFlow, JAX and PyTorch: equal first losses, and learning."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

BACKENDS = ["tensorflow", "jax", "torch"]

# Runs in a process of its own, since a process has one backend. The weights come from
# numpy, so that they are the same everywhere; the noise of the VAE and of the denoiser
# is fed by their parts, because each backend draws its own.
PROGRAM = """
import json
import numpy as np
import cgan_tutorial
import keras
from cgan_tutorial import data, models
from cgan_tutorial.training import train

images = data.load("digits-8x8").train.images[:64]
found = {"backend": keras.backend.backend()}
for name in models.MODELS:
    model = models.build(name, latent_dim=4, width=4)
    if name == "denoiser":
        model.sigma = 0.0
    model(images[:1])
    rng = np.random.default_rng(0)
    model.set_weights([
        np.abs(w) + 0.5 if w.ndim == 1 else rng.normal(0, 0.05, w.shape)
        for w in model.get_weights()
    ])
    if name == "vae":
        kernel, bias = model.encoder.layers[-1].get_weights()
        kernel[:, 4:], bias[4:] = 0.0, -40.0
        model.encoder.layers[-1].set_weights([kernel, bias])
    history = train(model, images, epochs=5, batch_size=64, learning_rate=1e-3, view=False)
    found[name] = history.losses
print(json.dumps(found))
"""


def losses_on(backend, tmp_path):
    environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return losses_on("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_first_losses_agree_and_training_learns(backend, reference, tmp_path):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed; pip install {backend} to test it")
    found = reference if backend == "tensorflow" else losses_on(backend, tmp_path)
    assert found["backend"] == backend
    for model in ("autoencoder", "denoiser", "vae"):
        first, wanted = found[model][0], reference[model][0]
        print(f"{backend} {model}: first loss {first:.7g}, on tensorflow {wanted:.7g}")
        assert first == pytest.approx(wanted, rel=1e-4)
        assert found[model][-1] < first


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        (
            "theano",
            "ValueError: KERAS_BACKEND is 'theano'; set it to one of tensorflow, jax, torch, "
            "or unset it",
        ),
    ],
)
def test_an_unknown_backend_is_refused_in_a_sentence(backend, sentence):
    done = subprocess.run(
        [sys.executable, "-c", "import cgan_tutorial"],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == sentence


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    from cgan_tutorial import backend

    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(backend, "find_spec", lambda name: None)
    with pytest.raises(ImportError) as error:
        backend.choose()
    assert str(error.value) == ("the backend torch is not installed; run pip install torch")


def test_without_tensorflow_the_next_backend_is_chosen(monkeypatch):
    from cgan_tutorial import backend

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(backend, "find_spec", lambda name: name == "jax" or None)
    assert backend.choose() == "jax"


def test_importing_the_package_imports_no_backend():
    program = (
        "import sys, cgan_tutorial; "
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_models_and_networks_import_no_backend():
    from pathlib import Path

    import cgan_tutorial

    root = Path(cgan_tutorial.__file__).parent
    sources = [root / "networks.py", *sorted((root / "models").glob("*.py"))]
    assert len(sources) > 3
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert not [name for name in BACKENDS if f"import {name}" in text], source.name
