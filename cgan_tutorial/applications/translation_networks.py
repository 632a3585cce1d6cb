"""The two networks of image translation: from image to image, and from a pair to scores."""

from __future__ import annotations

import keras
from keras import layers

from cgan_tutorial.networks import IMAGE_SHAPE, normalized

# The batch normalization that follows has a bias of its own.
PLAIN = {"padding": "same", "use_bias": False}


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


def _activated(maps):
    for layer in normalized():
        maps = layer(maps)
    return maps
