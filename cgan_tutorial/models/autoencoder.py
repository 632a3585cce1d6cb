"""Autoencoders: squeeze an image through a few numbers and ask for it back."""

from __future__ import annotations

import keras
from keras import ops

from cgan_tutorial.models.base import EncodingModel


class Autoencoder(EncodingModel):
    """min over θ, φ of E‖x − G_φ(E_θ(x))‖² (Hinton & Salakhutdinov, 2006).

    Nothing in this loss makes decoded standard-normal latents (`sample`) look
    like data; chapter 3 shows what they look like.

    Args:
        encoder: images (n, 28, 28, 1) in [0, 1] → latents (n, latent_dim).
        decoder: latents (n, latent_dim) → images (n, 28, 28, 1).
    """

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) in [0, 1] → reconstructions of the same shape."""
        latents = self.encoder(images, training=training)
        return self.decoder(latents, training=training)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The squared error, averaged over pixels and images."""
        return ops.mean(ops.square(x - y_pred))


class DenoisingAutoencoder(Autoencoder):
    """Shown a corrupted image, asked for the clean one (Vincent et al., 2008 and 2010).

    Args:
        encoder: as for `Autoencoder`.
        decoder: as for `Autoencoder`.
        sigma: standard deviation of the Gaussian noise added in training.
        hole: side of the square, in pixels, that is blanked in training; 0 for none.
    """

    preview_rows = "corrupted digits", "what the model makes of them"

    def __init__(self, encoder, decoder, sigma=0.5, hole=0):
        super().__init__(encoder, decoder)
        self.sigma = sigma
        self.hole = hole
        self.random = keras.random.SeedGenerator()

    def options(self):
        """The arguments that a run's folder records."""
        return {"sigma": self.sigma, "hole": self.hole}

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) → denoised images; in training they are corrupted first."""
        if training:
            images = self.corrupt(images)
        return super().call(images, training=training)

    def corrupt(self, images, seed=None):
        """Add noise, clip to [0, 1], then blank one square at random in the middle 20×20."""
        seed = self.random if seed is None else seed
        noise = keras.random.normal(ops.shape(images), stddev=self.sigma, seed=seed)
        images = ops.clip(ops.add(images, noise), 0.0, 1.0)
        return images * self._mask(ops.shape(images)[0], seed) if self.hole else images

    def _mask(self, count, seed):
        starts = keras.random.randint((2, count, 1), 4, 25 - self.hole, seed=seed)
        pixels = ops.arange(28, dtype="int32")
        inside = ops.logical_and(pixels >= starts, pixels < starts + self.hole)
        square = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        return ops.cast(ops.logical_not(square), "float32")[..., None]

    def preview(self, images):
        """A row of corrupted images above the row of what the model makes of them."""
        return super().preview(ops.convert_to_numpy(self.corrupt(images, seed=0)))
