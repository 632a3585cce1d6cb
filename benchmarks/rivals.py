"""What this book's GAN is measured against: steps and networks as others write them.

Both published recipes are rebuilt from their layer sizes; the loop around them is the
one that their readers run, a `tf.function` with one tape for each player.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from cgan_tutorial.models.ema import update_ema
from cgan_tutorial.models.stabilized import SIGMA


def one_machine(cores: list[int]) -> None:
    """Keep this process, and TensorFlow's threads, on the given cores; call it first."""
    os.sched_setaffinity(0, cores)
    tf.config.threading.set_intra_op_parallelism_threads(len(cores))
    tf.config.threading.set_inter_op_parallelism_threads(len(cores))


def batches(images: np.ndarray, size: int, seed: int) -> Iterator[np.ndarray]:
    """Yield shuffled batches (size, …) for ever; what is left over at an epoch's end is dropped."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(images))
        for first in range(0, len(order) - size + 1, size):
            yield images[order[first : first + size]]


def hand_written_step(model: keras.Model, compiler: bool) -> Callable:
    """A step of the book's GAN with two tapes and two Adams: images (n, 28, 28, 1) → two losses.

    It plays with the networks, the relativistic loss, the penalty and the moving average of
    `model`. The fakes are judged once, on both tapes.

    Args:
        model: of `models.build("gan")`; its networks are what is trained.
        compiler: compile the step with XLA.
    """
    generator, discriminator, average = model.generator, model.discriminator, model.ema_generator
    adams = [model.default_optimizer() for _ in range(2)]
    for adam, network in zip(adams, (generator, discriminator), strict=True):
        adam.build(network.trainable_variables)

    @tf.function(jit_compile=compiler)
    def step(images):
        count = tf.shape(images)[0]
        noise = tf.random.normal((2 * count, 28, 28, 1))
        update_ema(average, generator, model.ema_decay, model.ema_steps)
        with tf.GradientTape() as generators, tf.GradientTape() as discriminators:
            fakes = generator(tf.random.normal((count, model.latent_dim)), training=True)
            shown = tf.concat([images, tf.stop_gradient(fakes)], axis=0)
            shown = tf.concat([images, shown + SIGMA * noise], axis=0)
            fake = discriminator(fakes, training=True)
            real, *moved = tf.split(discriminator(shown, training=True), 3)
            slopes = (tf.concat(moved, 0) - tf.concat([real, fake], 0)) / SIGMA
            penalty = model.gp_weight * tf.reduce_mean(tf.square(slopes))
            losses = (
                tf.reduce_mean(tf.nn.softplus(real - fake)),
                tf.reduce_mean(tf.nn.softplus(fake - real)) + penalty,
            )
        tapes = generators, discriminators
        for adam, tape, loss, network in zip(
            adams, tapes, losses, (generator, discriminator), strict=True
        ):
            weights = network.trainable_variables
            adam.apply(tape.gradient(loss, weights), weights)
        return losses

    return step


def steps_at_once(step: Callable, at_once: int) -> Callable:
    """One call for a few steps: images (at_once · n, 28, 28, 1) → the last step's losses."""

    @tf.function
    def steps(images):
        for batch in tf.split(images, at_once):
            losses = step(batch)
        return losses

    return steps


def tensorflow_site_networks() -> tuple[keras.Model, keras.Model]:
    """Generator and discriminator of the TensorFlow site's DCGAN, for images in [−1, 1]."""

    def rectified():
        return [layers.BatchNormalization(), layers.LeakyReLU()]

    def up(channels, strides, **options):
        return layers.Conv2DTranspose(
            channels, 5, strides=strides, padding="same", use_bias=False, **options
        )

    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            *rectified(),
            layers.Reshape((7, 7, 256)),
            up(128, 1),
            *rectified(),
            up(64, 2),
            *rectified(),
            up(1, 2, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (64, 128):
        discriminator.add(layers.Conv2D(channels, 5, strides=2, padding="same"))
        discriminator.add(layers.LeakyReLU())
        discriminator.add(layers.Dropout(0.3))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def keras_examples_networks() -> tuple[keras.Model, keras.Model]:
    """Generator and discriminator of the Keras examples' DCGAN, for images in [0, 1]."""

    def leaky():
        return layers.LeakyReLU(negative_slope=0.2)

    def up():
        return layers.Conv2DTranspose(128, 4, strides=2, padding="same")

    generator = keras.Sequential(
        [
            keras.Input((128,)),
            layers.Dense(7 * 7 * 128),
            leaky(),
            layers.Reshape((7, 7, 128)),
            up(),
            leaky(),
            up(),
            leaky(),
            layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            leaky(),
            layers.Conv2D(128, 3, strides=2, padding="same"),
            leaky(),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def plain_step(generator: keras.Model, discriminator: keras.Model) -> Callable:
    """The textbook's step: as the TensorFlow site's, with Adams of 1e-3 and β₁ 0.5."""
    adams = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
    return two_tape_step(generator, discriminator, adams)


def tensorflow_site_step(generator: keras.Model, discriminator: keras.Model) -> Callable:
    """The site's step: both losses from one pass, two tapes, two Adams of 1e-4."""
    adams = [keras.optimizers.Adam(1e-4) for _ in range(2)]
    return two_tape_step(generator, discriminator, adams)


def two_tape_step(generator: keras.Model, discriminator: keras.Model, adams: list) -> Callable:
    """A step by the non-saturating losses: images (n, 28, 28, 1) → two losses."""
    players = generator, discriminator
    for adam, network in zip(adams, players, strict=True):
        adam.build(network.trainable_variables)

    @tf.function
    def step(images):
        noise = tf.random.normal((tf.shape(images)[0], generator.input_shape[-1]))
        with tf.GradientTape() as generators, tf.GradientTape() as discriminators:
            real = discriminator(images, training=True)
            fake = discriminator(generator(noise, training=True), training=True)
            # Cross-entropy from logits: softplus(−s) for "real", softplus(s) for "fake".
            losses = (
                tf.reduce_mean(tf.nn.softplus(-fake)),
                tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake)),
            )
        tapes = generators, discriminators
        for adam, tape, loss, network in zip(adams, tapes, losses, players, strict=True):
            weights = network.trainable_variables
            adam.apply(tape.gradient(loss, weights), weights)
        return losses

    return step


def keras_examples_step(generator: keras.Model, discriminator: keras.Model) -> Callable:
    """The examples' step: the discriminator first, on noisy labels, then the generator."""
    adams = keras.optimizers.Adam(3e-4), keras.optimizers.Adam(3e-4)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    for adam, network in zip(adams, (generator, discriminator), strict=True):
        adam.build(network.trainable_variables)

    @tf.function
    def step(images):
        count = tf.shape(images)[0]
        latents = tf.random.normal((2, count, generator.input_shape[-1]))
        shown = tf.concat([generator(latents[0]), images], axis=0)
        # Here 1 stands for "fake".
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
        labels += 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            caught = entropy(labels, discriminator(shown))
        weights = discriminator.trainable_variables
        adams[1].apply(tape.gradient(caught, weights), weights)
        with tf.GradientTape() as tape:
            fooled = entropy(tf.zeros((count, 1)), discriminator(generator(latents[1])))
        weights = generator.trainable_variables
        adams[0].apply(tape.gradient(fooled, weights), weights)
        return fooled, caught

    return step
