"""A denoiser that is shown turned and shifted images, and is asked for them as they were."""

from __future__ import annotations

import math

import keras
from keras import ops

from cgan_tutorial.models.autoencoder import DenoisingAutoencoder


class StraighteningAutoencoder(DenoisingAutoencoder):
    """What moves an image must leave its latents as they are, or the answer is wrong.

    Vincent et al. (2010) corrupt each pixel by itself; here the digit moves as a whole, and
    noise is added then. Only images with a place of their own can be put back: MNIST's
    digits are centred by their mass (LeCun et al., 1998).

    Args:
        encoder: as for `Autoencoder`.
        decoder: as for `Autoencoder`.
        shift: largest shift along each axis in training, in pixels.
        degrees: largest turn around the middle in training, either way.
        **options: as for `DenoisingAutoencoder`.
    """

    preview_rows = "moved digits", "what the model makes of them"

    def __init__(self, encoder, decoder, shift=3.0, degrees=20.0, **options):
        super().__init__(encoder, decoder, **options)
        self.shift = shift
        self.degrees = degrees
        # TensorFlow's kernel that moves images is unknown to XLA.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    def options(self):
        """The arguments that a run's folder records."""
        return {**super().options(), "shift": self.shift, "degrees": self.degrees}

    def corrupt(self, images, seed=None):
        """Turn and shift each image by amounts of its own, then add noise as a denoiser does."""
        moved = self._move(images, self.random if seed is None else seed)
        return super().corrupt(moved, seed)

    def _move(self, images, seed):
        """Images (n, 28, 28, 1) → turned and shifted ones; what enters the frame is 0."""
        count, middle = ops.shape(images)[0], 13.5
        angles = math.radians(self.degrees) * _signed((count,), seed)
        shifts = self.shift * _signed((2, count), seed)
        cos, sin, zero = ops.cos(angles), ops.sin(angles), ops.zeros((count,))
        # Where in the old image each place of the new one lies: two rows of a matrix.
        across = [cos, -sin, middle * (1 - cos + sin) + shifts[0]]
        along = [sin, cos, middle * (1 - cos - sin) + shifts[1]]
        rows = ops.stack([*across, *along, zero, zero], axis=1)
        return ops.image.affine_transform(images, rows)


def _signed(shape, seed):
    """Numbers between −1 and 1, each equally likely."""
    return keras.random.uniform(shape, -1.0, 1.0, seed=seed)
