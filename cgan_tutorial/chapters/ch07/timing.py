"""What a training step costs: timed part by part, and counted in operations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from cgan_tutorial import data, models, networks
from cgan_tutorial.chapters.common import multiply_adds
from cgan_tutorial.training.batches import Batches


class ForwardOnly(keras.Model):
    """Train one weight, and do some work without a gradient at each step.

    The time of its `fit` is that of the work, the data and Keras. It does not run on JAX,
    where a step must own all variables that it changes.

    Args:
        work: images (n, 28, 28, 1) → a scalar.
    """

    def __init__(self, work: Callable[[Any], Any]):
        super().__init__()
        # A function: Keras would take the networks behind it for layers to train.
        self.work = lambda images: ops.stop_gradient(work(images))
        self.weight = self.add_weight(shape=(), name="weight")

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) → the result of the work, a scalar."""
        return self.work(images)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the weight; the work is added so that no compiler removes it."""
        return self.weight + y_pred


def stages(width: int = 16) -> dict[str, keras.Model]:
    """Take the GAN's training step apart: each model does one thing more than the one before.

    Returns:
        By what is added: nothing but data and Keras; the generator's forward pass; the
        discriminator's; all gradients; the optimizer Adam, which makes it the whole step.

    Raises:
        ValueError: on the JAX backend.
    """
    if keras.backend.backend() == "jax":
        raise ValueError("a step is taken apart on TensorFlow or PyTorch only, not on jax")
    whole, plain = models.build("gan", width=width), models.build("gan", width=width)

    def generate(images):
        """Generate as many fakes as there are images, and return their mean pixel."""
        shape = ops.shape(images)[0], plain.latent_dim
        latents = keras.random.normal(shape, seed=plain.seed_generator)
        return ops.mean(plain.generate(latents, training=True))

    def forward(images):
        """Return the loss of a whole step."""
        return plain.compute_loss(images, y_pred=plain(images, training=True))

    parts = {
        "data and Keras": ForwardOnly(ops.mean),
        "generator, forward": ForwardOnly(generate),
        "discriminator, forward": ForwardOnly(forward),
        "gradients": plain,
        "Adam": whole,
    }
    for name, model in parts.items():
        optimizer = keras.optimizers.Adam if name == "Adam" else keras.optimizers.SGD
        model.compile(optimizer(1e-4), jit_compile=False)
    return parts


def step_times(
    compiled: dict[str, keras.Model], inputs: dict[str, Any] | np.ndarray, steps: int, **options
) -> dict[str, float]:
    """Time a step of each model's `fit` in milliseconds: a round's median, the best of three.

    The models take turns, so that a busy moment of the machine affects all of them. A round
    before those traces or compiles them and is not timed.

    Args:
        compiled: the models by name.
        inputs: what `fit` takes, for all of them or by name.
        steps: steps per epoch.
        **options: further arguments of `fit`.
    """
    best = {name: math.inf for name in compiled}
    for turn in range(4):
        for name, model in compiled.items():
            x = inputs[name] if isinstance(inputs, dict) else inputs
            clock = _Clock()
            count = min(steps, 2) if turn == 0 else steps
            fixed = {"steps_per_epoch": count, "shuffle": False, "verbose": 0}
            model.fit(x, callbacks=[clock], **fixed, **options)
            if turn:
                best[name] = min(best[name], 1000 * float(np.median(np.diff(clock.moments))))
    return best


class _Clock(keras.callbacks.Callback):
    """Record when each step is over."""

    def __init__(self):
        super().__init__()
        self.moments = []

    def on_train_batch_end(self, batch, logs=None):
        """Wait for the loss, because a GPU still computes when Python goes on."""
        float(logs["loss"])
        self.moments.append(time.perf_counter())


def variants(steps: int = 20) -> dict[str, float]:
    """Time a step of the autoencoder in milliseconds, with 64 digits unless the name says else.

    Call it in a process of its own (`processes.in_a_process`), because XLA's compiler does not
    give its memory back.
    """
    images, make = data.load().train.images, autoencoder
    tried = {"as it is": make(), "XLA": make(jit_compile=True)}
    tried["mixed precision"] = make("mixed_bfloat16")
    found = step_times(tried, images, steps, batch_size=64)
    fed = pipelines(images, 64)
    found |= step_times({name: make() for name in fed}, fed, steps)
    for size in (16, 256):
        found |= step_times({f"batch of {size}": make()}, images, steps // 2, batch_size=size)
    return found


def pipelines(images: np.ndarray, batch: int) -> dict[str, Any]:
    """Make two inputs of `fit` that shuffle and batch images (n, 28, 28, 1).

    Returns:
        A `PyDataset`, which gathers each batch in Python; where TensorFlow is installed also
        `tf.data`, which does it in C++, ahead of time.
    """
    found: dict[str, Any] = {"PyDataset": Batches((images,), batch, seed=0)}
    if find_spec("tensorflow"):
        import tensorflow as tf

        whole = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images)).repeat()
        found["tf.data"] = whole.batch(batch, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    return found


def autoencoder(precision: str = "float32", jit_compile: bool = False) -> keras.Model:
    """Build and compile the book's autoencoder.

    Args:
        precision: a dtype policy of Keras, such as "mixed_bfloat16".
        jit_compile: compile the step with XLA.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        # The loss is computed in 32 bits, whatever the layers use.
        outputs = layers.Activation("linear", dtype="float32")
        decoder = keras.Sequential([networks.decoder(), outputs])
        model = models.Autoencoder(networks.encoder(), decoder)
    finally:
        keras.config.set_dtype_policy(before)
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=jit_compile)
    return model


def operations(gan: keras.Model, batch: int) -> float:
    """Count the floating-point operations that a GAN's step of `batch` images needs at least.

    A multiply-add counts as two; only dense and convolutional layers count. The generator
    processes n latents, the discriminator 4n images (real and fake, and both perturbed for the
    penalty): a forward pass, one for the gradients of the weights and one for those of the
    inputs. A first layer needs no gradient of its inputs, except where the generator learns
    from the discriminator: n more backward passes.
    """
    generator, discriminator = multiply_adds(gan.generator), multiply_adds(gan.discriminator)
    generated = 3 * sum(generator) - generator[0]
    scored = 4 * (3 * sum(discriminator) - discriminator[0]) + sum(discriminator)
    return 2.0 * batch * (generated + scored)


def product_rate(size: int = 1024, repeats: int = 7) -> float:
    """Measure the backend's operations per second in a float32 matrix product, at its best."""
    left, right = keras.random.normal((size, size)), keras.random.normal((size, size))
    best = math.inf
    for _ in range(repeats + 1):
        started = time.perf_counter()
        # Fetching one number waits for all.
        float(ops.matmul(left, right)[0, 0])
        best = min(best, time.perf_counter() - started)
    return 2.0 * size**3 / best
