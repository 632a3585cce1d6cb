"""A denoising autoencoder whose corruption rotates and shifts the image as well."""

from __future__ import annotations

import math
from functools import partial

import keras
from keras import ops

from cgan_tutorial.models.autoencoder import DenoisingAutoencoder


@keras.saving.register_keras_serializable("cgan_tutorial")
class SpatialDenoisingAutoencoder(DenoisingAutoencoder):
    """Restores images that were rotated, shifted and made noisy.

    Vincent et al. (2010) corrupt each pixel by itself. Here the digit moves as a whole, so
    its latents have to say what it is, wherever it was put. That is possible for images with
    a normal position: MNIST's digits are centered by their mass (LeCun et al., 1998).

    Args:
        shift: largest shift along each axis in training, in pixels.
        degrees: largest rotation around the center in training, either way.
        encoder, decoder, **kwargs: as for `DenoisingAutoencoder`.
    """

    preview_rows = ("moved digits", "their reconstructions")

    def __init__(self, encoder, decoder, shift=3.0, degrees=20.0, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.shift = shift
        self.degrees = degrees
        # XLA does not know TensorFlow's kernel that transforms images.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "shift": self.shift, "degrees": self.degrees}

    def corrupt(self, images, seed=None):
        """Rotate and shift each image by its own random amounts, then add noise."""
        seed = self.seed_generator if seed is None else seed
        return super().corrupt(self._move(images, seed), seed)

    def _move(self, images, seed):
        """Rotate and shift square images (n, side, side, 1); what enters the frame is 0."""
        count, center = ops.shape(images)[0], (images.shape[1] - 1) / 2
        uniform = partial(keras.random.uniform, minval=-1.0, maxval=1.0, seed=seed)
        angles = math.radians(self.degrees) * uniform((count,))
        shifts = self.shift * uniform((2, count))
        cos, sin, zero = ops.cos(angles), ops.sin(angles), ops.zeros((count,))
        # Where an output pixel comes from: the first two rows of an affine matrix.
        across = [cos, -sin, center * (1 - cos + sin) + shifts[0]]
        down = [sin, cos, center * (1 - cos - sin) + shifts[1]]
        rows = ops.stack([*across, *down, zero, zero], axis=1)
        return ops.image.affine_transform(images, rows)
