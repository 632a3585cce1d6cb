"""Encoders and decoders: plain functions that return a `keras.Model`.

Like DCGAN (Radford et al., 2016) the convolutional pair has strides instead of
pooling, and batch normalization. Unlike it, it has leaky ReLU on both sides and
one hidden dense layer between the feature maps and the latent vector: with few
latent numbers the error is lower for it. A decoder is what the GAN literature calls a generator.
"""

from __future__ import annotations

import math

import keras
from keras import layers

IMAGE_SHAPE = (28, 28, 1)
HIDDEN = 256
# The batch normalization that follows has a bias of its own.
PLAIN = {"padding": "same", "use_bias": False}


def widths(width: int, shape: tuple[int, ...]) -> list[int]:
    """Channels after each halving of an image: 28×28 has two (to 7×7), 64×64 three (to 8×8)."""
    channels: list[int] = []
    divisor, side = math.gcd(*shape[:2]), max(shape[:2])
    while len(channels) < 2 or (side > 8 and divisor % 2 == 0):
        channels.append(width * 2 ** len(channels))
        divisor, side = divisor // 2, side // 2
    return channels


def normalized(slope: float = 0.2) -> list[layers.Layer]:
    """What follows each layer but the last: batch normalization, then leaky ReLU."""
    # Keras' momentum of 0.99 needs 500 steps to forget its start; a run here has fewer.
    return [
        layers.BatchNormalization(momentum=0.9),
        layers.LeakyReLU(negative_slope=slope),
    ]


def encoder(
    latent_dim: int = 32,
    width: int = 16,
    outputs_per_latent: int = 1,
    shape: tuple[int, int, int] = IMAGE_SHAPE,
) -> keras.Model:
    """Convolutional encoder: 28×28 → 14×14 → 7×7 → latent vector.

    Args:
        latent_dim: numbers in the latent vector.
        width: channels of the first convolution; each further one has twice as many.
        outputs_per_latent: 1, or 2 for a Gaussian's mean and log-variance (VAE).
        shape: of an image; its height and width are divisible by 4.

    Returns:
        A model from images (n, *shape) in [0, 1] to (n, latent_dim · outputs_per_latent).
    """
    stack = [keras.Input(shape)]
    for channels in widths(width, shape):
        stack += [layers.Conv2D(channels, 4, strides=2, padding="same", use_bias=False)]
        stack += normalized()
    stack += [layers.Flatten(), layers.Dense(HIDDEN, use_bias=False), *normalized()]
    stack += [layers.Dense(latent_dim * outputs_per_latent)]
    return keras.Sequential(stack, name="encoder")


def decoder(
    latent_dim: int = 32,
    width: int = 16,
    slope: float = 0.2,
    hidden: int = HIDDEN,
    shape: tuple[int, int, int] = IMAGE_SHAPE,
) -> keras.Model:
    """Convolutional decoder, the encoder's mirror: latent vector → 7×7 → 14×14 → 28×28.

    Args:
        latent_dim: numbers in the latent vector.
        width: channels of the last feature map; each one before has twice as many.
        slope: of the activations below zero; 0 makes them plain ReLU.
        hidden: units of the dense layer after the latents; 0 for no such layer.
        shape: of an image, as for `encoder`.

    Returns:
        A model from latents (n, latent_dim) to images (n, *shape) in [0, 1].
    """
    *outer, inner = widths(width, shape)
    factor = 2 ** (len(outer) + 1)
    small = (shape[0] // factor, shape[1] // factor, inner)
    stack = [keras.Input((latent_dim,))]
    if hidden:
        stack += [layers.Dense(hidden, use_bias=False), *normalized(slope)]
    stack += [layers.Dense(math.prod(small), use_bias=False), *normalized(slope)]
    stack += [layers.Reshape(small)]
    for channels in reversed(outer):
        stack += [layers.Conv2DTranspose(channels, 4, strides=2, padding="same", use_bias=False)]
        stack += normalized(slope)
    stack += [layers.Conv2DTranspose(shape[2], 4, 2, padding="same", activation="sigmoid")]
    return keras.Sequential(stack, name="decoder")


def generator(
    latent_dim: int = 32,
    width: int = 16,
    classes: int = 0,
    hidden: int = HIDDEN,
    shape: tuple[int, int, int] = IMAGE_SHAPE,
) -> keras.Model:
    """The decoder under its name in a GAN, with plain ReLU, as in DCGAN.

    Plain ReLU learns the game faster, leaky ReLU the reconstruction. A class, if
    the generator is told one, comes one-hot after the latents.

    Args:
        latent_dim: numbers in the latent vector.
        width: channels of the last feature map.
        classes: how many classes there are; 0 if the generator is not told.
        hidden: units of the dense layer after the latents; 0 for no such layer.
        shape: of an image, as for `encoder`.

    Returns:
        A model from (n, latent_dim + classes) to images (n, *shape) in [0, 1].
    """
    return decoder(latent_dim + classes, width, slope=0.0, hidden=hidden, shape=shape)


def discriminator(
    width: int = 16,
    classes: int = 0,
    hidden: int = HIDDEN,
    normalize: bool = False,
    spectral: bool = False,
    shape: tuple[int, int, int] = IMAGE_SHAPE,
) -> keras.Model:
    """Convolutional discriminator: 28×28 → 14×14 → 7×7 → a score.

    The encoder without batch normalization: with it, the discriminator judges a
    batch rather than an image, and one with real images only is easy to tell.

    Args:
        width: channels of the first convolution; each further one has twice as many.
        classes: 0 for one score; otherwise one score for each class.
        hidden: units of the dense layer before the score; 0 for no such layer.
        normalize: batch normalization all the same, as in DCGAN.
        spectral: keep each kernel's largest singular value at 1 (Miyato et al., 2018).
        shape: of an image, as for `encoder`.

    Returns:
        A model from images (n, *shape) in [0, 1] to scores (n, max(1, classes)).
    """
    bounded = layers.SpectralNormalization if spectral else lambda layer: layer
    activated = normalized if normalize else lambda: [layers.LeakyReLU(negative_slope=0.2)]
    stack = [keras.Input(shape), layers.Rescaling(2.0, offset=-1.0)]
    for channels in widths(width, shape):
        stack += [bounded(layers.Conv2D(channels, 4, strides=2, padding="same")), *activated()]
    stack += [layers.Flatten()]
    if hidden:
        stack += [bounded(layers.Dense(hidden)), *activated()]
    stack += [bounded(layers.Dense(max(1, classes)))]
    return keras.Sequential(stack, name="discriminator")


def point_generator(latent_dim: int = 2, hidden: int = 64, size: int = 2) -> keras.Model:
    """Two hidden dense layers: latents (n, latent_dim) → points (n, size)."""
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(size),
        ],
        name="point_generator",
    )


def point_discriminator(hidden: int = 64, size: int = 2) -> keras.Model:
    """Two hidden dense layers: points (n, size) → scores (n, 1)."""
    return keras.Sequential(
        [
            keras.Input((size,)),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(1),
        ],
        name="point_discriminator",
    )


def dense_encoder(latent_dim: int = 32, hidden: int = HIDDEN) -> keras.Model:
    """One hidden dense layer: images (n, 28, 28, 1) → latents (n, latent_dim)."""
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE),
            layers.Flatten(),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(latent_dim),
        ],
        name="dense_encoder",
    )


def dense_decoder(latent_dim: int = 32, hidden: int = HIDDEN) -> keras.Model:
    """One hidden dense layer: latents (n, latent_dim) → images (n, 28, 28, 1) in [0, 1]."""
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(28 * 28, activation="sigmoid"),
            layers.Reshape(IMAGE_SHAPE),
        ],
        name="dense_decoder",
    )


def linear_encoder(latent_dim: int = 32) -> keras.Model:
    """No hidden layer and no activation: images (n, 28, 28, 1) → latents (n, latent_dim)."""
    return keras.Sequential(
        [keras.Input(IMAGE_SHAPE), layers.Flatten(), layers.Dense(latent_dim)],
        name="linear_encoder",
    )


def linear_decoder(latent_dim: int = 32) -> keras.Model:
    """No activation, so pixels may leave [0, 1]: latents (n, latent_dim) → (n, 28, 28, 1)."""
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(28 * 28),
            layers.Reshape(IMAGE_SHAPE),
        ],
        name="linear_decoder",
    )


def unet(width: int = 16) -> keras.Model:
    """U-Net (Ronneberger et al., 2015): down to 7×7, and up again beside what was seen.

    An encoder and a decoder without a bottleneck: each size of the way up is laid
    beside the feature maps of that size of the way down, so no place gets lost.

    Args:
        width: channels at 14×14; there are twice as many at 7×7.

    Returns:
        A model from images (n, 28, 28, 1) in [0, 1] to images of the same shape.
    """
    shown = keras.Input(IMAGE_SHAPE)
    middle = _activated(layers.Conv2D(width, 4, strides=2, **PLAIN)(shown))
    small = _activated(layers.Conv2D(2 * width, 4, strides=2, **PLAIN)(middle))
    small = _activated(layers.Conv2D(2 * width, 3, **PLAIN)(small))
    up = _activated(layers.Conv2DTranspose(width, 4, strides=2, **PLAIN)(small))
    up = layers.Concatenate()([up, middle])
    up = _activated(layers.Conv2DTranspose(width // 2, 4, strides=2, **PLAIN)(up))
    up = layers.Concatenate()([up, shown])
    made = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(up)
    return keras.Model(shown, made, name="unet")


def patch_discriminator(width: int = 16) -> keras.Model:
    """PatchGAN (Isola et al., 2017): one score for each of 7×7 places, each sees 18×18 pixels.

    Args:
        width: channels of the first convolution; the second has twice as many.

    Returns:
        A model from pairs (n, 28, 28, 2), what is shown and the answer to it, in [0, 1]
        to scores (n, 7, 7, 1).
    """
    return keras.Sequential(
        [
            keras.Input((*IMAGE_SHAPE[:2], 2)),
            layers.Rescaling(2.0, offset=-1.0),
            layers.Conv2D(width, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(2 * width, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(1, 3, padding="same"),
        ],
        name="patch_discriminator",
    )


def _activated(maps: keras.KerasTensor):
    for layer in normalized():
        maps = layer(maps)
    return maps
