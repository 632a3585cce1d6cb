"""Autoencoders: map an image to a few numbers, and those back to the image."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.models.base import EncodingModel, Tensor, check_number


@keras.saving.register_keras_serializable("cgan_tutorial")
class Autoencoder(EncodingModel):
    """Minimizes the mean squared error of G_φ(E_θ(x)) (Hinton & Salakhutdinov, 2006).

    The mean is taken over all pixels of all images x, so it is E‖x − G_φ(E_θ(x))‖² / 784.

    `fit(x)` compares the outputs with the inputs, `fit(x, y)` with `y`; `compile` sets another
    loss than the mean squared error. Nothing in this loss makes decoded standard-normal
    latents (`sample`) look like data; chapter 3 shows what they look like.

    Args:
        encoder: images (n, height, width, channels) in [0, 1] → latents (n, latent_dim).
        decoder: latents (n, latent_dim) → images of the same shape.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.
    """

    networks = ("encoder", "decoder")
    default_loss: Any = "mse"
    enough_steps = 60

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Map images in [0, 1] to reconstructions of the same shape."""
        latents = self.encoder(images, training=training)
        return self.decoder(latents, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Compute Keras' loss with the images as targets, unless there are others."""
        y = x if y is None else y
        sample_weight = self.per_image(sample_weight, y, y_pred)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Compute the compiled metrics with the same targets."""
        return super().compute_metrics(x, x if y is None else y, y_pred, sample_weight)


@keras.saving.register_keras_serializable("cgan_tutorial")
class DenoisingAutoencoder(Autoencoder):
    """Learns to remove corruption that it adds itself (Vincent et al., 2008 and 2010).

    `evaluate(x)` corrupts images as training does; `evaluate(noisy, clean)` takes them as
    they are. In `fit(noisy, clean)` the corruption comes on top, as that of a
    `keras.layers.GaussianNoise` would. Metrics given to `compile` judge what `predict`
    returns, so in evaluation, unlike the loss, those of the images as they are.

    Args:
        encoder: as for `Autoencoder`.
        decoder: as for `Autoencoder`.
        sigma: standard deviation of the Gaussian noise added in training, at least 0.
        hole: side of the square, in pixels, that is set to 0 in training; 0 for none.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: `sigma` or `hole` is out of its range.
    """

    preview_rows = ("corrupted images", "their reconstructions")

    def __init__(self, encoder, decoder, sigma=0.5, hole=0, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        check_number("sigma", sigma, 0)
        check_number("hole", hole, 0, below=21)
        self.sigma = sigma
        self.hole = hole
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False):
        """Map images to denoised images; in training they are corrupted first."""
        if training:
            images = self.corrupt(images)
        return super().call(images, training=training)

    def corrupt(self, images, seed=None):
        """Add noise, clip to [0, 1], then blank one square at random in the middle 20×20."""
        seed = self.seed_generator if seed is None else seed
        noise = keras.random.normal(ops.shape(images), stddev=self.sigma, seed=seed)
        images = ops.clip(ops.add(images, ops.cast(noise, images.dtype)), 0.0, 1.0)
        return images * self._mask(images, seed) if self.hole else images

    def _mask(self, images, seed):
        count, side = ops.shape(images)[0], images.shape[1]
        starts = keras.random.randint((2, count, 1), 4, side - 3 - self.hole, seed=seed)
        pixels = ops.arange(side, dtype="int32")
        inside = ops.logical_and(pixels >= starts, pixels < starts + self.hole)
        square = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        return ops.cast(ops.logical_not(square), images.dtype)[..., None]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Compute the loss; without targets, evaluation corrupts the images too."""
        if not training and y is None:
            y_pred = super().call(self.corrupt(x))
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def preview(self, images: np.ndarray) -> np.ndarray:
        """Return corrupted images above their reconstructions."""
        seed = keras.random.SeedGenerator(0)
        return super().preview(ops.convert_to_numpy(self.corrupt(images, seed)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "sigma": self.sigma, "hole": self.hole}
