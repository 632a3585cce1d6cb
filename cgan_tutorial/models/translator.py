"""Image translation: a network from image to image, and a game about pairs of them."""

from __future__ import annotations

import numpy as np
from keras import ops

from cgan_tutorial.data import check_images
from cgan_tutorial.models.base import in_batches
from cgan_tutorial.models.gan import GAN


class Translator(GAN):
    """pix2pix (Isola et al., 2017): learns from pairs what answer belongs to an image.

    A `GAN` whose generator is shown an image where others are given latents, so
    it draws no samples and `translate` takes the place of `decode`. The discriminator
    judges pairs, patch by patch: what was shown, beside the true answer or the made one.
    Unlike the paper's, the generator has no dropout: one image has one answer.

    Args:
        generator: images (n, 28, 28, 1) in [0, 1] → images of the same shape.
        discriminator: pairs (n, 28, 28, 2) → scores of patches (n, rows, columns, 1).
        l1: weight of the mean absolute error; the paper has 100, with pixels in [−1, 1].
        adversarial: weight of the generator's loss in the game; 0 for the error alone.
        **options: as for `GAN`.
    """

    preview_rows = "what is shown", "what the model makes of it"
    paired = True

    def __init__(self, generator, discriminator, l1=10.0, adversarial=1.0, **options):
        super().__init__(generator, discriminator, **options)
        self.l1, self.adversarial = l1, adversarial

    @property
    def latent_dim(self):
        """There is none, so that nothing takes this model for one with a latent space."""
        raise AttributeError("a Translator has no latents; use its translate(images)")

    def call(self, inputs, training=False):
        """Images that are shown and wanted, each (n, 28, 28, 1) → as `GAN.call`."""
        shown, wanted = inputs
        made = self.forge(shown, training)
        real, fake = (ops.concatenate([shown, image], axis=-1) for image in (wanted, made))
        # One score a patch: there is nothing to pick.
        return {**self.play(real, fake, ops.ones((1,)), training), "fakes": made}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The game about the patches, and the mean absolute error of the pixels."""
        discriminator, generator = self.player_losses(y_pred)
        error = ops.mean(ops.abs(x[1] - y_pred["fakes"]))
        penalty = self.penalty * y_pred["steepness"]
        return discriminator + penalty + self.adversarial * generator + self.l1 * error

    def translate(self, images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1), float32 in [0, 1] → answers of the same shape and range.

        Raises:
            ValueError: the images are not of that shape, type and range.
        """
        return in_batches(self.decoder, check_images(images))

    def images(self, x):
        """The images that are wanted, among the inputs."""
        return x[1]

    def example(self):
        """An empty pair."""
        return (super().example(),) * 2

    def options(self):
        """The arguments that a run's folder records."""
        return {**super().options(), "l1": self.l1, "adversarial": self.adversarial}

    def preview(self, images):
        """What training shows: images above what becomes of them."""
        return np.stack([images, self.translate(images)])
