"""How to choose an autoencoder's networks: one thing changed at a time, and measured."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from cgan_tutorial import metrics, networks
from cgan_tutorial.data import Dataset
from cgan_tutorial.models.autoencoder import Autoencoder
from cgan_tutorial.networks import HIDDEN, normalized
from cgan_tutorial.training import train

EPOCHS = 4


@dataclass(frozen=True)
class Choice:
    """The sizes of a convolutional autoencoder; with the defaults, the book's at width 8.

    Attributes:
        depth: convolutions in each network. The first ones halve the picture while its
            side stays at 7 or more; those after them keep it.
        width: channels of the first convolution, doubled with each halving.
        latent_dim: numbers in the latent vector.
        kernel: side of each convolution's window, in pixels.
        size: side of the images in pixels, a power of two times 7 or 8.
        colours: 1 for grey images, 3 for red, green and blue.
        hidden: units of the dense layer beside the latents.
    """

    depth: int = 2
    width: int = 8
    latent_dim: int = 16
    kernel: int = 4
    size: int = 28
    colours: int = 1
    hidden: int = HIDDEN

    @property
    def halvings(self) -> int:
        """How many convolutions have a stride of 2."""
        return min(self.depth, int(math.log2(self.size / 7)))

    @property
    def channels(self) -> list[int]:
        """Channels after each of the encoder's convolutions."""
        return [self.width * 2 ** min(n, self.halvings - 1) for n in range(self.depth)]

    @property
    def strides(self) -> list[int]:
        """The stride of each of the encoder's convolutions."""
        return [2 if n < self.halvings else 1 for n in range(self.depth)]

    def encoder(self) -> keras.Model:
        """Images (n, size, size, colours) in [0, 1] → latents (n, latent_dim)."""
        same = {"kernel_size": self.kernel, "padding": "same", "use_bias": False}
        network = [keras.Input((self.size, self.size, self.colours))]
        for channels, stride in zip(self.channels, self.strides, strict=True):
            network += [layers.Conv2D(channels, strides=stride, **same), *normalized()]
        dense = [layers.Dense(self.hidden, use_bias=False), *normalized()]
        network += [layers.Flatten(), *dense, layers.Dense(self.latent_dim)]
        return keras.Sequential(network, name="encoder")

    def decoder(self) -> keras.Model:
        """The encoder's mirror: latents (n, latent_dim) → images (n, size, size, colours)."""
        same = {"kernel_size": self.kernel, "padding": "same"}
        side, deepest = self.size // 2**self.halvings, self.channels[-1]
        network = [keras.Input((self.latent_dim,))]
        for units in (self.hidden, side * side * deepest):
            network += [layers.Dense(units, use_bias=False), *normalized()]
        network.append(layers.Reshape((side, side, deepest)))
        for n in reversed(range(1, self.depth)):
            up = {"strides": self.strides[n], "use_bias": False, **same}
            network += [layers.Conv2DTranspose(self.channels[n - 1], **up), *normalized()]
        last = {"strides": self.strides[0], "activation": "sigmoid", **same}
        network.append(layers.Conv2DTranspose(self.colours, **last))
        return keras.Sequential(network, name="decoder")

    def build(self) -> Autoencoder:
        """An untrained autoencoder of these networks."""
        return Autoencoder(self.encoder(), self.decoder())


def dense() -> Autoencoder:
    """Chapter 3's autoencoder without convolutions, with as many latents as `Choice`."""
    sizes = Choice().latent_dim, HIDDEN
    return Autoencoder(networks.dense_encoder(*sizes), networks.dense_decoder(*sizes))


def multiplications(network: keras.Model) -> int:
    """How many times a network of dense and convolutional layers multiplies for one input.

    Each weight of a dense layer is used once. A convolution's kernel is used once for
    each place of its output, a transposed one's for each place of its input. Biases,
    normalization and activations are not counted.
    """
    total = 0
    for layer in network.layers:
        if isinstance(layer, layers.Dense):
            total += math.prod(layer.kernel.shape)
        elif isinstance(layer, layers.Conv2DTranspose):
            total += math.prod(layer.kernel.shape) * math.prod(layer.input.shape[1:3])
        elif isinstance(layer, layers.Conv2D):
            total += math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:3])
    return total


def try_out(build: Callable[[], Autoencoder], data: Dataset, seed: int) -> dict:
    """Train an autoencoder for `EPOCHS` epochs and measure it.

    Returns:
        mse: of the test images. parameters: of both networks. million: multiplications
        for one image, in millions. seconds: of processor time for the training, summed
        over the cores.
    """
    model = build()
    # Of the processor, not of the clock: it hardly depends on what else the machine does.
    started = time.process_time()
    train(model, data, epochs=EPOCHS, seed=seed, view=False)
    spent = time.process_time() - started
    test, parts = data.test.images, (model.encoder, model.decoder)
    return {
        "mse": round(metrics.mse(test, model.reconstruct(test)), 5),
        "parameters": sum(part.count_params() for part in parts),
        "million": round(sum(multiplications(part) for part in parts) / 1e6, 3),
        "seconds": round(spent, 1),
    }


def _participant(build: Callable[[], Autoencoder]) -> Callable[[Dataset, int], dict]:
    return lambda data, seed: try_out(build, data, seed)


NETWORKS: dict[str, Callable[[], Autoencoder]] = {
    "the start": Choice().build,
    "no convolution": dense,
    "1 convolution": Choice(depth=1).build,
    "3 convolutions": Choice(depth=3).build,
    "width 4": Choice(width=4).build,
    "width 16": Choice(width=16).build,
    "4 latents": Choice(latent_dim=4).build,
    "64 latents": Choice(latent_dim=64).build,
    "kernel 2×2": Choice(kernel=2).build,
    "kernel 3×3": Choice(kernel=3).build,
}
PARTICIPANTS = {name: _participant(build) for name, build in NETWORKS.items()}
