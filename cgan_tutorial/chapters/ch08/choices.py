"""The sizes of an autoencoder's networks: change one at a time, and measure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

import keras
from keras import layers

from cgan_tutorial import metrics, networks
from cgan_tutorial.chapters.common import multiply_adds
from cgan_tutorial.data import Dataset
from cgan_tutorial.models.autoencoder import Autoencoder
from cgan_tutorial.networks import HIDDEN, normalized
from cgan_tutorial.training import train

EPOCHS = 4


def autoencoder(
    depth: int = 2,
    width: int = 8,
    latent_dim: int = 16,
    kernel: int = 4,
    size: int = 28,
    channels: int = 1,
) -> Autoencoder:
    """Build a convolutional autoencoder; the defaults are the book's at width 8.

    Args:
        depth: convolutions in each network. The first ones halve the image while its side
            stays at 7 or more; those after them keep it.
        width: filters of the first convolution, doubled with each halving.
        latent_dim: numbers in the latent vector.
        kernel: side of each convolution's window, in pixels.
        size: side of the images in pixels, a power of two times 7 or 8.
        channels: 1 for gray images, 3 for red, green and blue.
    """
    halvings = min(depth, int(math.log2(size / 7)))
    strides = [2] * halvings + [1] * (depth - halvings)
    filters = [width * 2 ** min(n, halvings - 1) for n in range(depth)]
    encoder, decoder = [keras.Input((size, size, channels))], [keras.Input((latent_dim,))]
    for count, stride in zip(filters, strides, strict=True):
        convolution = layers.Conv2D(count, kernel, stride, padding="same", use_bias=False)
        encoder += [convolution, *normalized()]
    encoder += [layers.Flatten(), *_dense(HIDDEN), layers.Dense(latent_dim)]

    side = size // 2**halvings
    decoder += [*_dense(HIDDEN), *_dense(side * side * filters[-1])]
    decoder += [layers.Reshape((side, side, filters[-1]))]
    for count, stride in zip(filters[-2::-1], strides[:0:-1], strict=True):
        up = layers.Conv2DTranspose(count, kernel, stride, padding="same", use_bias=False)
        decoder += [up, *normalized()]
    last = {"strides": strides[0], "padding": "same", "activation": "sigmoid"}
    decoder += [layers.Conv2DTranspose(channels, kernel, **last)]
    return Autoencoder(keras.Sequential(encoder), keras.Sequential(decoder))


def _dense(units: int) -> list[layers.Layer]:
    return [layers.Dense(units, use_bias=False), *normalized()]


def evaluate(data: Dataset, seed: int, build: Callable[[], Autoencoder]) -> dict:
    """Train an autoencoder for `EPOCHS` epochs; test it, and measure its size and its cost.

    `million` is multiply-adds for one image in millions, `seconds` is processor time of the
    training, summed over the cores.
    """
    model = build()
    # Processor time hardly depends on what else the machine does.
    started = time.process_time()
    train(model, data, epochs=EPOCHS, seed=seed, view=False)
    spent = time.process_time() - started
    test, parts = data.test.images, (model.encoder, model.decoder)
    return {
        "mse": round(metrics.mse(test, model.reconstruct(test)), 5),
        "parameters": sum(part.count_params() for part in parts),
        "million": round(sum(sum(multiply_adds(part)) for part in parts) / 1e6, 3),
        "seconds": round(spent, 1),
    }


NETWORKS: dict[str, Callable[[], Autoencoder]] = {
    "the start": autoencoder,
    "no convolution": lambda: Autoencoder(networks.dense_encoder(16), networks.dense_decoder(16)),
    "1 convolution": partial(autoencoder, depth=1),
    "3 convolutions": partial(autoencoder, depth=3),
    "width 4": partial(autoencoder, width=4),
    "width 16": partial(autoencoder, width=16),
    "4 latents": partial(autoencoder, latent_dim=4),
    "64 latents": partial(autoencoder, latent_dim=64),
    "kernel 2×2": partial(autoencoder, kernel=2),
    "kernel 3×3": partial(autoencoder, kernel=3),
}
PARTICIPANTS = {name: partial(evaluate, build=build) for name, build in NETWORKS.items()}
