"""What every model with a latent space can do, whatever its loss."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_images, check_rows


class LatentModel(keras.Model):
    """A model with a `decoder`; subclasses say what flows and what is wanted.

    Subclasses that are not autoencoders name here how `train` should treat them.
    """

    decoder: keras.Model
    preview_rows: tuple[str, ...] = ()
    # How `train` treats the model where its caller says nothing else.
    batch_size = 64
    learning_rate = 4e-3
    betas = 0.9, 0.999
    # How many classes the model is told of; 0 for a model that sees no labels.
    classes = 0

    @property
    def latent_dim(self) -> int:
        """How many numbers a latent vector has."""
        return self.decoder.input_shape[-1] - self.classes

    @property
    def data_shape(self) -> tuple[int, ...]:
        """The shape of one image (or point) that the model makes."""
        return tuple(self.decoder.output_shape[1:])

    def example(self) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """An empty input of the right shape; called with it, a model makes its variables."""
        image = np.zeros((1, *self.data_shape), "float32")
        return (image, np.zeros(1, "int64")) if self.classes else image

    def options(self) -> dict:
        """What a run's folder records beside the networks: arguments of the model's class."""
        return {}

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Latents (n, latent_dim) → images (n, 28, 28, 1), float32.

        Raises:
            ValueError: the latents are not of that shape, or not finite.
        """
        return in_batches(self.decoder, check_latents(latents, self.latent_dim))

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Decode `count` standard-normal latents → images (count, 28, 28, 1)."""
        noise = np.random.default_rng(seed).normal(size=(count, self.latent_dim))
        return self.decode(noise)


class EncodingModel(LatentModel):
    """A model with an `encoder` too.

    The first `latent_dim` outputs of the encoder are taken as the latent vector,
    so an encoder may say more about an image than where it lies.
    """

    encoder: keras.Model
    preview_rows = "digits", "their reconstructions"

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1), float32 in [0, 1] → latents (n, latent_dim).

        Raises:
            ValueError: the images are not of that shape, type and range.
        """
        return in_batches(self.encoder, check_images(images))[:, : self.latent_dim]

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Encode and decode: images (n, 28, 28, 1) → images of the same shape."""
        return self.decode(self.encode(images))

    def preview(self, images: np.ndarray) -> np.ndarray:
        """What training shows: a row of images above the row of their reconstructions."""
        latents = self.encoder(images)[:, : self.latent_dim]
        return np.stack([images, ops.convert_to_numpy(self.decoder(latents))])


def in_batches(network: keras.Model, inputs: np.ndarray, size: int = 250) -> np.ndarray:
    """Run a network in inference mode, `size` inputs at a time, (n, …) → (n, …).

    `predict` would trace each new network first: 0.1 to 0.5 s, where a direct
    call takes milliseconds.
    """
    pieces = [inputs[first : first + size] for first in range(0, len(inputs), size)]
    return np.concatenate(
        [ops.convert_to_numpy(network(piece, training=False)) for piece in pieces]
    )


def check_latents(latents: np.ndarray, latent_dim: int) -> np.ndarray:
    """Return `latents` as float32 if they have shape (n, latent_dim) and are finite.

    Raises:
        ValueError: wrong shape, or a value that is not finite.
    """
    hint = ", one row for each image that is wanted"
    return check_rows(latents, (latent_dim,), "latents", hint)
