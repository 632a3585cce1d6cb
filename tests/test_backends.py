"""The same model files on TensorFlow, JAX and PyTorch: equal losses and gradients, and learning."""

import json
import os
import subprocess
import sys
from collections import namedtuple
from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BACKENDS = ["tensorflow", "jax", "torch"]
AUTOENCODERS = ["autoencoder", "denoiser", "vae"]
GAMES = ["gan", "conditional-gan", "cgan"]

# Runs in a process of its own, since a process has one backend. Each backend would draw
# other weights and another noise; so both come from numpy.
PROGRAM = """
import json
import sys
import numpy as np
import cgan_tutorial
cgan_tutorial.setup()
import keras
from cgan_tutorial import data, models
from cgan_tutorial.training import train

TABLE = np.random.default_rng(1).normal(size=2 * 64 * 784).astype("float32")

def drawn(shape, stddev=1.0, seed=None):
    count = 1
    for side in shape:
        count = count * side
    return stddev * keras.ops.reshape(keras.ops.convert_to_tensor(TABLE)[:count], shape)

def built(name):
    model = models.build(name, latent_dim=4, width=4)
    model(tuple(part[:1] for part in fitting(model)) if model.pairs else images[:1])
    rng = np.random.default_rng(0)
    model.set_weights([
        np.abs(w) + 0.5 if w.ndim == 1 else rng.normal(0, 0.05, w.shape)
        for w in model.get_weights()
    ])
    return model

def fitting(model):
    return (images, split.labels[:64]) if model.pairs else images

keras.random.normal = drawn
split = data.load("digits-8x8").train
# A little noise: the blank pixels of a digit all meet an activation's kink at once.
images = 0.8 * split.images[:64] + 0.2 * np.random.default_rng(2).random((64, 28, 28, 1))
images = images.astype("float32")
found = {"backend": keras.backend.backend()}
gradients = {}
for name in models.MODELS:
    model = built(name)
    adam = keras.optimizers.Adam(1e-3)
    history = train(model, fitting(model), epochs=5, batch_size=64, optimizer=adam, view=False)
    found[name] = history.history["loss"]
    model = built(name)
    model.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    train(model, fitting(model), epochs=1, batch_size=64, view=False)
    after = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    for number, (old, new) in enumerate(zip(before, after)):
        gradients[f"{name} {number:02}"] = old.astype("float64") - new
np.savez(sys.argv[1], **gradients)
print(json.dumps(found))
"""

# An epoch of 44 steps, in which `train` takes several at a time where the backend allows it;
# then the model is saved, and its outputs for a fresh process to compare with.
EPOCH = """
import pathlib
import sys
import cgan_tutorial
cgan_tutorial.setup()
import keras
import numpy as np
from cgan_tutorial import data, models
from cgan_tutorial.training import train

folder = pathlib.Path(sys.argv[1])
images, labels = data.load("digits-8x8").train
for name in models.MODELS:
    keras.utils.set_random_seed(0)
    model = models.build(name, latent_dim=4, width=4)
    inputs = (images, labels) if model.pairs else images
    history = train(model, inputs, epochs=1, batch_size=32, view=False)
    assert history.params["steps"] == 44 and np.isfinite(history.history["loss"]).all()
    assert int(model.optimizer.iterations) == 44
    model.save(folder / f"{name}.keras")
    np.save(folder / name, model.sample(3, seed=0))
"""
LOAD = """
import pathlib
import sys
import cgan_tutorial
cgan_tutorial.setup()
import keras
import numpy as np
import cgan_tutorial.models

for path in pathlib.Path(sys.argv[1]).glob("*.keras"):
    wanted = np.load(path.with_suffix(".npy"))
    found = keras.models.load_model(path).sample(3, seed=0)
    print(path.stem, np.abs(found - wanted).max() <= 1e-6)
"""


def run_on(backend, folder):
    environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(folder)}
    words = [sys.executable, "-c", PROGRAM, str(folder / "gradients.npz")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(folder / "gradients.npz") as arrays:
        return json.loads(done.stdout.splitlines()[-1]), dict(arrays)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return run_on("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.fixture(scope="module", params=BACKENDS)
def outcome(request, reference, tmp_path_factory):
    """The backend's name, its losses, and its gradients (what one step of SGD takes away)."""
    backend = request.param
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed; pip install {backend} to test it")
    found = reference
    if backend != "tensorflow":
        found = run_on(backend, tmp_path_factory.mktemp(backend))
    assert found[0]["backend"] == backend
    return backend, *found


def test_first_losses_agree_and_training_learns(outcome, reference):
    backend, found, _ = outcome
    for model in [*AUTOENCODERS, *GAMES]:
        first, wanted = found[model][0], reference[0][model][0]
        print(f"{backend} {model}: first loss {first:.7g}, on tensorflow {wanted:.7g}")
        assert first == pytest.approx(wanted, rel=1e-4)
        assert model in GAMES or found[model][-1] < first


def run_program(backend, *words):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(params=BACKENDS)
def backend(request):
    if not find_spec(request.param):
        pytest.skip(f"{request.param} is not installed; pip install {request.param} to test it")
    return request.param


def test_a_whole_epoch_is_trained_saved_and_loaded_in_a_fresh_process(backend, tmp_path):
    run_program(backend, "-c", EPOCH, tmp_path)
    said = run_program(backend, "-c", LOAD, tmp_path)
    loaded = dict(line.split() for line in said.splitlines())
    assert loaded == dict.fromkeys([*AUTOENCODERS, *GAMES], "True")


def test_the_command_trains_a_whole_epoch(backend, tmp_path):
    words = ["train", "autoencoder", "--epochs", 1, "--width", 4, "--output", tmp_path / "run"]
    said = run_program(backend, "-m", "cgan_tutorial", *words)
    assert "after 1 epoch" in said
    run_program(
        backend, "-m", "cgan_tutorial", "sample", tmp_path / "run", "--output", tmp_path / "s.npz"
    )
    with np.load(tmp_path / "s.npz") as arrays:
        assert arrays["images"].shape == (100, 28, 28, 1)


@pytest.mark.parametrize("model", [*AUTOENCODERS, *GAMES])
def test_gradients_agree(model, outcome, reference):
    backend, _, found = outcome
    names = [name for name in found if name.startswith(f"{model} ")]
    assert len(names) > 10
    size = max(np.abs(reference[1][name]).max() for name in names)
    worst = max(np.abs(found[name] - reference[1][name]).max() for name in names)
    print(f"{backend} {model}: gradients to {size:.3g}, off by {worst / size:.1e} of that")
    # Rounding: in a game the gradient is a small difference of real and fake features.
    assert worst <= 2e-5 * size


def test_an_unknown_backend_is_refused_in_a_sentence():
    done = subprocess.run(
        [sys.executable, "-c", "import cgan_tutorial; cgan_tutorial.setup()"],
        env={**os.environ, "KERAS_BACKEND": "theano"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ValueError: KERAS_BACKEND is 'theano'") and "tensorflow, jax" in last


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    from cgan_tutorial import _backend

    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(_backend, "find_spec", lambda name: None)
    with pytest.raises(ImportError) as error:
        _backend.choose()
    assert str(error.value) == ("the backend torch is not installed; run pip install torch")


def test_without_tensorflow_the_next_backend_is_chosen(monkeypatch):
    from cgan_tutorial import _backend

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    # A package has an origin and places for its modules; a folder without code has no origin.
    found = {"jax": ("jax/__init__.py", ["jax"]), "tensorflow": (None, ["tensorflow"])}
    Spec = namedtuple("Spec", "origin submodule_search_locations")
    specs = {name: Spec(*facts) for name, facts in found.items()}
    monkeypatch.setattr(_backend, "find_spec", specs.get)
    assert _backend.choose() == "jax"


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
