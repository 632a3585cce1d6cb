"""Autoencoders: squeeze an image through a few numbers and ask for it back."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_images


class Autoencoder(keras.Model):
    """min over θ, φ of E‖x − D_φ(E_θ(x))‖² (Hinton & Salakhutdinov, 2006).

    Args:
        encoder: images (n, 28, 28, 1) in [0, 1] → latents (n, latent_dim).
        decoder: latents (n, latent_dim) → images (n, 28, 28, 1).
    """

    def __init__(self, encoder: keras.Model, decoder: keras.Model):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def call(self, images, training=False):
        latents = self.encoder(images, training=training)
        return self.decoder(latents, training=training)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The squared error, averaged over pixels and images."""
        return ops.mean(ops.square(x - y_pred))

    @property
    def latent_dim(self) -> int:
        """How many numbers a latent vector has."""
        return self.decoder.input_shape[-1]

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1), float32 in [0, 1] → latents (n, latent_dim).

        Raises:
            ValueError: the images are not of that shape, type and range.
        """
        return self.encoder.predict(check_images(images), batch_size=250, verbose=0)

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Latents (n, latent_dim) → images (n, 28, 28, 1), float32.

        Raises:
            ValueError: the latents are not of that shape, or not finite.
        """
        latents = check_latents(latents, self.latent_dim)
        return self.decoder.predict(latents, batch_size=250, verbose=0)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Encode and decode: images (n, 28, 28, 1) → images of the same shape."""
        return self.decode(self.encode(images))

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Decode `count` standard-normal latents → images (count, 28, 28, 1).

        Nothing in a plain autoencoder's loss makes these look like data.
        """
        noise = np.random.default_rng(seed).normal(size=(count, self.latent_dim))
        return self.decode(noise.astype("float32"))

    def preview(self, images: np.ndarray) -> np.ndarray:
        """What training shows: a row of images above the row of their reconstructions."""
        return np.stack([images, ops.convert_to_numpy(self(images))])


class DenoisingAutoencoder(Autoencoder):
    """Shown a corrupted image, asked for the clean one (Vincent et al., 2008).

    Args:
        encoder: as for `Autoencoder`.
        decoder: as for `Autoencoder`.
        sigma: standard deviation of the Gaussian noise added in training.
        hole: side of the square, in pixels, that is blanked in training; 0 for none.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        sigma: float = 0.5,
        hole: int = 0,
    ):
        super().__init__(encoder, decoder)
        self.sigma = sigma
        self.hole = hole
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False):
        if training:
            images = self.corrupt(images)
        return super().call(images, training=training)

    def corrupt(self, images):
        """Add noise, clip to [0, 1], then blank one square at random in the middle 20×20."""
        noise = keras.random.normal(
            ops.shape(images), stddev=self.sigma, seed=self.seed_generator
        )
        images = ops.clip(images + noise, 0.0, 1.0)
        return images * self._mask(ops.shape(images)[0]) if self.hole else images

    def _mask(self, count):
        starts = keras.random.randint(
            (2, count, 1), 4, 25 - self.hole, seed=self.seed_generator
        )
        inside = ops.logical_and(
            ops.arange(28) >= starts, ops.arange(28) < starts + self.hole
        )
        square = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        return ops.cast(~square, "float32")[..., None]

    def preview(self, images: np.ndarray) -> np.ndarray:
        """A row of corrupted images above the row of what the model makes of them."""
        corrupted = self.corrupt(images)
        return np.stack(
            [ops.convert_to_numpy(part) for part in (corrupted, self(corrupted))]
        )


def check_latents(latents: np.ndarray, latent_dim: int) -> np.ndarray:
    """Return `latents` as float32 if they have shape (n, latent_dim) and are finite.

    Raises:
        ValueError: wrong shape, or a value that is not finite.
    """
    latents = np.asarray(latents, dtype="float32")
    if latents.ndim != 2 or latents.shape[1] != latent_dim:
        raise ValueError(
            f"latents have shape {latents.shape}; give (n, {latent_dim}), "
            "one row for each image that is wanted"
        )
    if not np.isfinite(latents).all():
        raise ValueError(
            "latents have values that are not finite; give real numbers only"
        )
    return latents
