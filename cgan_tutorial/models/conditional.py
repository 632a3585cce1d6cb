"""The conditional GAN: one asks it for a digit by name."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_labels
from cgan_tutorial.models.base import check_latents, in_batches
from cgan_tutorial.models.gan import GAN


class ConditionalGAN(GAN):
    """A GAN whose players are both told the class: what the literature calls CGAN.

    Mirza & Osindero (2014). The generator reads the class beside the latent vector;
    the discriminator has one score for each class and is asked for that one, a
    simple case of the projection of Miyato & Koyama (2018).

    Args:
        generator: latents beside one-hot labels (n, latent_dim + classes) → data (n, …).
        discriminator: data (n, …) → scores (n, classes).
        **options: as for `GAN`.
    """

    preview_rows = "real digits", "samples of the classes 0 to 9"

    def __init__(self, generator, discriminator, **options):
        super().__init__(generator, discriminator, **options)
        self.classes = discriminator.output_shape[-1]

    def call(self, inputs, training=False):
        """Images (n, …) and labels (n,) → as `GAN.call`."""
        images, labels = inputs
        named = ops.one_hot(labels, self.classes)
        latents = keras.random.normal((ops.shape(images)[0], self.latent_dim), seed=self.random)
        fakes = self.forge(ops.concatenate([latents, named], axis=-1), training)
        return self.play(images, fakes, named, training)

    def images(self, x):
        """The images among the inputs."""
        return x[0]

    def decode(self, latents: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Latents (n, latent_dim) and labels (n,) → images (n, 28, 28, 1), float32.

        Without labels the classes take turns: 0, 1, …, 9, 0, ….

        Raises:
            ValueError: latents or labels are not of that shape, type and range.
        """
        return in_batches(self.decoder, self.beside(latents, labels))

    def beside(self, latents: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """What the generator reads: latents, then one-hot labels, (n, latent_dim + classes).

        Raises:
            ValueError: as for `decode`.
        """
        latents = check_latents(latents, self.latent_dim)
        labels = np.arange(len(latents)) % self.classes if labels is None else labels
        labels = check_labels(labels, len(latents), self.classes)
        named = np.eye(self.classes, dtype="float32")[labels]
        return np.concatenate([latents, named], axis=1)
