"""The same model files on TensorFlow, JAX and PyTorch: equal losses and gradients, and learning."""

import json
import os
import subprocess
import sys
from collections import namedtuple
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BACKENDS = ["tensorflow", "jax", "torch"]
AUTOENCODERS = ["autoencoder", "denoiser", "vae"]
GAMES = ["gan", "conditional-gan", "cgan"]

# Runs in a process of its own, since a process has one backend. For the first step weights and
# noise come from numpy, since each backend would draw others. Then each model is trained for two
# epochs of 44 steps, in which `train` takes several at a time where the backend allows it.
PROGRAM = """
import json
import pathlib
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

folder = pathlib.Path(sys.argv[1])
normal, keras.random.normal = keras.random.normal, drawn
split = data.load("digits-8x8").train
# A little noise: the blank pixels of a digit all meet an activation's kink at once.
images = 0.8 * split.images[:64] + 0.2 * np.random.default_rng(2).random((64, 28, 28, 1))
images = images.astype("float32")
first, gradients, learned = {}, {}, {}
for name in models.MODELS:
    model = built(name)
    model.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    history = train(model, fitting(model), epochs=1, batch_size=64, view=False)
    first[name] = history.history["loss"][0]
    after = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    for number, (old, new) in enumerate(zip(before, after)):
        gradients[f"{name} {number:02}"] = old.astype("float64") - new
np.savez(folder / "gradients.npz", **gradients)

keras.random.normal = normal
for name in models.MODELS:
    keras.utils.set_random_seed(0)
    model = models.build(name, latent_dim=4, width=4)
    inputs = tuple(split) if model.pairs else split.images
    history = train(model, inputs, epochs=2, batch_size=32, view=False)
    assert history.params["steps"] == 44
    assert int(model.optimizer.iterations) == 88
    learned[name] = history.history["loss"]
    model.save(folder / f"{name}.keras")
    np.save(folder / name, model.sample(3, seed=0))

class Slides(keras.Model):
    # Its one weight has the gradient 1, so it moves by the sum of the learning rates.
    def build(self, shape=None):
        self.place = self.add_weight(shape=(), initializer="zeros")

    def call(self, points):
        return points

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return self.place + 0.0

slides = Slides()
slides.build()
points = np.zeros((8, 2), "float32")
train(slides, points, epochs=1, batch_size=2, optimizer=keras.optimizers.SGD(1.0), view=False)
slid = -float(keras.ops.convert_to_numpy(slides.place))
found = {"backend": keras.backend.backend(), "first": first, "learned": learned, "slid": slid}
(folder / "found.json").write_text(json.dumps(found))
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


def run_program(backend, *words):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


Outcome = namedtuple("Outcome", "folder backend first learned slid gradients")


@pytest.fixture(scope="module")
def outcome_on(tmp_path_factory):
    """Return a function that gives what the program found on a backend, run once for each."""

    @cache
    def outcome_on(backend):
        folder = tmp_path_factory.mktemp(backend)
        run_program(backend, "-c", PROGRAM, folder)
        with np.load(folder / "gradients.npz") as arrays:
            gradients = dict(arrays)
        return Outcome(
            folder, **json.loads((folder / "found.json").read_text()), gradients=gradients
        )

    return outcome_on


@pytest.fixture(scope="module")
def reference(outcome_on):
    return outcome_on("tensorflow")


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request):
    if not find_spec(request.param):
        pytest.skip(f"{request.param} is not installed; pip install {request.param} to test it")
    return request.param


@pytest.fixture(scope="module")
def outcome(backend, outcome_on):
    found = outcome_on(backend)
    assert found.backend == backend
    return found


def test_first_losses_agree(outcome, reference):
    for model, first in outcome.first.items():
        wanted = reference.first[model]
        print(f"{outcome.backend} {model}: loss {first:.7g}, on tensorflow {wanted:.7g}")
        assert first == pytest.approx(wanted, rel=1e-4)


def test_training_learns(outcome):
    assert list(outcome.learned) == [*AUTOENCODERS, *GAMES]
    for model, (first, second) in outcome.learned.items():
        assert np.isfinite([first, second]).all()
        # What one player of a game wins, the other loses.
        assert model in GAMES or second < first


def test_the_learning_rate_falls_within_an_epoch(outcome):
    # Four steps of a half cosine from 1.
    assert outcome.slid == pytest.approx(1 + (1 + 0.5**0.5) / 2 + 0.5 + (1 - 0.5**0.5) / 2)


@pytest.mark.parametrize("model", [*AUTOENCODERS, *GAMES])
def test_gradients_agree(model, outcome, reference):
    """A gradient is what one step of plain descent takes away."""
    names = [name for name in outcome.gradients if name.startswith(f"{model} ")]
    assert len(names) > 10
    found, wanted = outcome.gradients, reference.gradients
    size = max(np.abs(wanted[name]).max() for name in names)
    worst = max(np.abs(found[name] - wanted[name]).max() for name in names)
    print(f"{outcome.backend} {model}: gradients to {size:.3g}, off by {worst / size:.1e} of that")
    # Rounding: in a game the gradient is a small difference of real and fake features.
    assert worst <= 2e-5 * size


def test_what_is_saved_is_loaded_in_a_fresh_process(outcome):
    said = run_program(outcome.backend, "-c", LOAD, outcome.folder)
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
