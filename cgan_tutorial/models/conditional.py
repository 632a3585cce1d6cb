"""The conditional GAN: generates images of a class that you choose."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_labels
from cgan_tutorial.models.base import check_latents, predict_in_batches
from cgan_tutorial.models.stabilized import StabilizedGAN


@keras.saving.register_keras_serializable("cgan_tutorial")
class ConditionalGAN(StabilizedGAN):
    """A GAN whose networks both receive the class: what the literature calls CGAN.

    Mirza & Osindero (2014). The generator receives the class beside the latent vector;
    the discriminator has one logit for each class, of which the image's counts, a
    simple case of the projection of Miyato & Koyama (2018). `fit(images, labels)` and
    `fit((images, labels))` are the same.

    Args:
        generator: latents beside one-hot labels (n, latent_dim + classes) → data (n, …).
        discriminator: data (n, …) → logits (n, classes).
        loss, gp_weight, ema_decay: as for `StabilizedGAN`.
        **kwargs: as for `GAN`.
    """

    pairs = True
    preview_rows = ("real images", "samples of each class in turn")

    def __init__(self, generator, discriminator, loss="relativistic", **kwargs):
        super().__init__(generator, discriminator, loss, **kwargs)
        self.num_classes = discriminator.output_shape[-1]

    def call(self, inputs, training=False):
        """Map images (n, …) and labels (n,) to what `StabilizedGAN.call` returns."""
        images, labels = inputs
        class_mask = ops.one_hot(ops.cast(labels, "int32"), self.num_classes)
        count = ops.shape(images)[0]
        latents = keras.random.normal((count, self.latent_dim), seed=self.seed_generator)
        fakes = self.generate(ops.concatenate([latents, class_mask], axis=-1), training)
        return self.adversarial_pass(images, fakes, class_mask, training)

    def real_data(self, x):
        """Return the images among the inputs."""
        return x[0]

    def decode(self, latents: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Map latents (n, latent_dim) and labels (n,) to images (n, …), float32.

        Without labels the classes take turns: 0, 1, …, 0, 1, ….

        Raises:
            ValueError: latents or labels are not of that shape, type and range.
        """
        return predict_in_batches(self.decoder, self.with_labels(latents, labels))

    def sample(
        self, count: int, labels: np.ndarray | None = None, seed: int | None = None
    ) -> np.ndarray:
        """Decode `count` random latents with `labels` (count,), or with each class in turn."""
        latents = np.random.default_rng(seed).normal(size=(count, self.latent_dim))
        return self.decode(latents, labels)

    def with_labels(self, latents: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Return the generator's input: latents, then one-hot labels.

        Raises:
            ValueError: as for `decode`.
        """
        latents = check_latents(latents, self.latent_dim)
        labels = np.arange(len(latents)) % self.num_classes if labels is None else labels
        labels = check_labels(labels, len(latents), self.num_classes)
        return np.concatenate([latents, np.eye(self.num_classes, dtype="float32")[labels]], axis=1)
