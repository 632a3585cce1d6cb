"""Image translation: a network from image to image, trained on pairs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_images
from cgan_tutorial.losses import scaled
from cgan_tutorial.models.adversarial import refuse_targets
from cgan_tutorial.models.base import check_number, predict_in_batches
from cgan_tutorial.models.stabilized import StabilizedGAN


@keras.saving.register_keras_serializable("cgan_tutorial")
class Translator(StabilizedGAN):
    """pix2pix (Isola et al., 2017): learns from pairs how to turn one image into another.

    A `StabilizedGAN` whose generator receives an image instead of latents, so it has no
    `sample`, and `translate` replaces `decode`. The discriminator scores pairs, patch by
    patch: the input beside the target or beside the output. Unlike the paper's, the
    generator has no dropout: one image has one output. `fit(inputs, targets)` and
    `fit((inputs, targets))` are the same.

    Args:
        generator: images (n, height, width, channels) in [0, 1] → images of the same shape.
        discriminator: pairs (n, height, width, 2·channels) → logits of patches
            (n, rows, columns, 1).
        l1_weight: of the mean absolute error; the paper has 100, with pixels in [−1, 1].
        adversarial_weight: of the generator's adversarial loss; 0 for the error alone.
        **kwargs: as for `StabilizedGAN`.

    Raises:
        ValueError: a weight is not a number of at least 0.
    """

    pairs = True
    preview_rows = ("inputs", "outputs")

    def __init__(self, generator, discriminator, l1_weight=10.0, adversarial_weight=1.0, **kwargs):
        super().__init__(generator, discriminator, **kwargs)
        check_number("l1_weight", l1_weight, 0)
        check_number("adversarial_weight", adversarial_weight, 0)
        self.l1_weight, self.adversarial_weight = l1_weight, adversarial_weight

    @property
    def latent_dim(self):
        """There is none, so that nothing takes this model for one with a latent space."""
        raise AttributeError("a Translator has no latent vectors; use translate(images)")

    def call(self, pair, training=False):
        """Map inputs and targets, each (n, …), to what `StabilizedGAN.call` returns."""
        inputs, targets = pair
        outputs = self.generate(inputs, training)
        real, fake = (ops.concatenate([inputs, image], axis=-1) for image in (targets, outputs))
        # One logit a patch: there is nothing to pick.
        scores = self.adversarial_pass(real, fake, ops.ones((1,)), training)
        return {**scores, "fakes": outputs}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add the mean absolute error to the adversarial losses of the patches."""
        refuse_targets(self, y, sample_weight)
        d_loss, g_loss = self.both_losses(y_pred)
        error = ops.mean(ops.abs(ops.subtract(x[1], y_pred["fakes"])))
        return scaled(
            d_loss
            + self.gp_weight * y_pred["slope_penalty"]
            + self.adversarial_weight * g_loss
            + self.l1_weight * error
            + sum(self.losses)
        )

    def translate(self, images: np.ndarray) -> np.ndarray:
        """Map images (n, height, width, channels), float32 in [0, 1], to outputs.

        Raises:
            ValueError: the images are not of the model's shape, float32 and in [0, 1].
        """
        shape = tuple(self.generator.input_shape[1:])
        return predict_in_batches(self.decoder, check_images(images, shape))

    def real_data(self, x):
        """Return the targets among the inputs."""
        return x[1]

    def preview(self, images: np.ndarray) -> np.ndarray:
        """Return inputs above outputs."""
        return np.stack([images, self.translate(images)])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        weights = {"l1_weight": self.l1_weight, "adversarial_weight": self.adversarial_weight}
        return {**super().get_config(), **weights}
