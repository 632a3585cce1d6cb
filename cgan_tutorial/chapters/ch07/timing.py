"""What a training step costs: timed part by part, and counted in operations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from importlib.util import find_spec

import keras
import numpy as np
from keras import layers, ops

from cgan_tutorial import data, models, networks


class Idle(keras.Model):
    """Learns one weight; whatever else is done at each step gets no gradient.

    So the time of its `fit` is that of the work, of the data and of Keras. Not for JAX,
    where a step must own all variables that it changes.

    Args:
        work: what is done at each step, images (n, 28, 28, 1) → a scalar.
    """

    def __init__(self, work: Callable):
        super().__init__()
        # A function: Keras would take the networks behind it for layers to train.
        self.work = lambda images: ops.stop_gradient(work(images))
        self.weight = self.add_weight(shape=(), name="weight")

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) → what the work makes of them, a scalar."""
        return self.work(images)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The weight; the work is added so that no compiler leaves it out."""
        return self.weight + y_pred


def stages(width: int = 16) -> dict[str, keras.Model]:
    """The GAN's training step, taken apart: each model does one thing more than that before.

    Returns:
        By what is added: nothing but data and Keras; the generator's forward pass; the
        discriminator's; all gradients; the optimizer Adam, which makes it the whole step.

    Raises:
        ValueError: on the JAX backend.
    """
    if keras.backend.backend() == "jax":
        raise ValueError("a step is taken apart on TensorFlow or PyTorch only, not on jax")
    whole, plain = models.build("gan", width=width), models.build("gan", width=width)

    def forge(images):
        """Images (n, 28, 28, 1), for their number → the mean pixel of as many fakes."""
        latents = keras.random.normal((ops.shape(images)[0], plain.latent_dim), seed=plain.random)
        return ops.mean(plain.forge(latents, training=True))

    def play(images):
        """Images (n, 28, 28, 1) → the loss of a whole step."""
        return plain.compute_loss(images, y_pred=plain(images, training=True))

    found = {
        "data and Keras": Idle(ops.mean),
        "generator, forward": Idle(forge),
        "discriminator, forward": Idle(play),
        "gradients": plain,
        "Adam": whole,
    }
    for name, model in found.items():
        rule = keras.optimizers.Adam if name == "Adam" else keras.optimizers.SGD
        model.compile(rule(1e-4), jit_compile=False)
    return found


def step_times(
    trained: dict[str, keras.Model], fed: dict[str, object] | np.ndarray, steps: int, **fit
) -> dict[str, float]:
    """Milliseconds of a step of each model's `fit`: the median of a turn, the best of three turns.

    The models take turns, so that a busy spell of the machine meets all of them. In a turn
    before those they are traced (or compiled), which is not timed.

    Args:
        trained: compiled models.
        fed: for all of them, or by name for each: what `fit` takes.
        steps: steps an epoch.
        fit: further arguments of `fit`.
    """
    found = {name: math.inf for name in trained}
    for turn in range(4):
        for name, model in trained.items():
            given = fed[name] if isinstance(fed, dict) else fed
            clock = _Clock()
            epoch = min(steps, 2) if turn == 0 else steps
            options = {"steps_per_epoch": epoch, "shuffle": False, "verbose": 0, **fit}
            model.fit(given, callbacks=[clock], **options)
            if turn:
                found[name] = min(found[name], 1000 * clock.lap)
    return found


class _Clock(keras.callbacks.Callback):
    """Notes when each step is over, its loss known."""

    def on_train_begin(self, logs=None):
        """Begin anew."""
        self.moments = []

    def on_train_batch_end(self, batch, logs=None):
        """Wait for the loss: a GPU computes on while Python goes ahead."""
        float(logs["loss"])
        self.moments.append(time.perf_counter())

    @property
    def lap(self) -> float:
        """Median seconds between the ends of steps."""
        return float(np.median(np.diff(self.moments)))


def variants(steps: int = 20) -> dict[str, float]:
    """Milliseconds of a step of the autoencoder, 64 digits if nothing else is said.

    Best called in a process of its own (`launch.in_a_process`): XLA's compiler takes memory
    that it does not give back.
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


def pipelines(images: np.ndarray, batch: int) -> dict[str, object]:
    """Two ways to feed shuffled batches to `fit`, beside giving it the array.

    Args:
        images: (n, 28, 28, 1).
        batch: images a step.

    Returns:
        Keras' `PyDataset`, which picks each batch in Python; and, where TensorFlow is
        installed, `tf.data`, which does it in C++, ahead of time.
    """
    found: dict[str, object] = {"PyDataset": _Picked(images, batch)}
    if find_spec("tensorflow"):
        import tensorflow as tf

        whole = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images)).repeat()
        found["tf.data"] = whole.batch(batch, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    return found


class _Picked(keras.utils.PyDataset):
    def __init__(self, images: np.ndarray, batch: int):
        super().__init__()
        self.images, self.batch = images, batch
        self.order = np.random.default_rng(0).permutation(len(images))

    def __len__(self) -> int:
        return len(self.order) // self.batch

    def __getitem__(self, step: int) -> tuple[np.ndarray]:
        return (self.images[self.order[step * self.batch : (step + 1) * self.batch]],)


def autoencoder(precision: str = "float32", jit_compile: bool = False) -> keras.Model:
    """The book's autoencoder, ready for `fit`.

    Args:
        precision: a policy of Keras, such as "mixed_bfloat16".
        jit_compile: compile the step with XLA.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        # The loss is taken in 32 bits whatever the layers compute in.
        outputs = layers.Activation("linear", dtype="float32")
        decoder = keras.Sequential([networks.decoder(), outputs])
        model = models.Autoencoder(networks.encoder(), decoder)
    finally:
        keras.config.set_dtype_policy(before)
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=jit_compile)
    return model


def operations(game: keras.Model, batch: int) -> float:
    """Floating-point operations that a step of the GAN needs at least.

    A multiply-add counts two; only dense and convolution layers count. The generator sees n
    latents; the discriminator 4n images (real, fake, and both moved for the penalty). Each
    is one forward pass, one for the gradients of the weights and one for those of the
    inputs; inputs of a first layer need none, except where the generator learns from the
    discriminator: n more backward passes through it.

    Args:
        game: of `models.build("gan")`.
        batch: images a step, n.
    """
    generator, discriminator = multiply_adds(game.generator), multiply_adds(game.discriminator)
    play = 3 * sum(generator) - generator[0]
    judge = 4 * (3 * sum(discriminator) - discriminator[0]) + sum(discriminator)
    return 2.0 * batch * (play + judge)


def multiply_adds(network: keras.Model) -> list[int]:
    """Multiply-adds of one forward pass of one image, for each dense or convolution layer."""
    found = []
    for layer in network.layers:
        if not isinstance(layer, layers.Dense | layers.Conv2D | layers.Conv2DTranspose):
            continue
        # A kernel is applied at each place of the output; a transposed one, of the input.
        transposed = isinstance(layer, layers.Conv2DTranspose)
        shape = (layer.input if transposed else layer.output).shape
        found.append(math.prod(layer.kernel.shape) * math.prod(shape[1:-1]))
    return found


def product_rate(size: int = 1024, repeats: int = 7) -> float:
    """Operations a second of a float32 matrix product of this backend: the best of some."""
    left, right = keras.random.normal((size, size)), keras.random.normal((size, size))
    best = math.inf
    for _ in range(repeats + 1):
        started = time.perf_counter()
        # Fetching one number waits for them all.
        float(ops.matmul(left, right)[0, 0])
        best = min(best, time.perf_counter() - started)
    return 2.0 * size**3 / best
