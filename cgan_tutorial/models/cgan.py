"""The article's hybrid: a GAN and an autoencoder that share one network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.losses import gaussian_kl, scaled
from cgan_tutorial.models.adversarial import refuse_targets
from cgan_tutorial.models.base import EncodingModel, check_number
from cgan_tutorial.models.stabilized import StabilizedGAN

WEIGHTS = ("reconstruction_weight", "kl_weight", "adversarial_weight")


@keras.saving.register_keras_serializable("cgan_tutorial")
class CGAN(StabilizedGAN, EncodingModel):
    """The generator of a GAN is the decoder of an autoencoder; one loss trains both.

    "Computational GAN" (CGAN) is this article's own term; in the literature CGAN
    means a conditional GAN (`ConditionalGAN`). Its nearest relative there is
    VAE/GAN (Larsen et al., 2016), which measures the reconstruction by the
    discriminator's features, where this model compares pixels. Adversarial
    autoencoders (Makhzani et al., 2016) are adversarial on latents instead of images;
    BiGAN and ALI (Donahue et al.; Dumoulin et al., 2017) on pairs of both, without a
    reconstruction; in BEGAN (Berthelot et al., 2017) the discriminator is the
    autoencoder; in pix2pix (Isola et al., 2017) the generator is one, from image to
    image, and draws no latents.

    Args:
        encoder: images (n, height, width, channels) in [0, 1] → (n, 2·latent_dim): the
            means, then the log-variances, of q(z|x).
        generator: latents (n, latent_dim) → images of the same shape in [0, 1].
        discriminator: images → logits (n, 1).
        reconstruction_weight: of the squared error, summed over an image's pixels.
        kl_weight: of KL(q(z|x) ‖ N(0, I)).
        adversarial_weight: of the generator's adversarial loss.
        **kwargs: as for `StabilizedGAN`.

    Raises:
        ValueError: a weight is not a number of at least 0.
    """

    networks = ("encoder", "generator", "discriminator")
    preview_rows = ("real images", "their reconstructions", "samples of fixed latents")

    def __init__(
        self,
        encoder,
        generator,
        discriminator,
        reconstruction_weight=0.04,
        kl_weight=0.003,
        adversarial_weight=1.0,
        **kwargs,
    ):
        super().__init__(generator, discriminator, **kwargs)
        self.encoder = encoder
        self.reconstruction_weight, self.kl_weight = reconstruction_weight, kl_weight
        self.adversarial_weight = adversarial_weight
        for name in WEIGHTS:
            check_number(name, getattr(self, name), 0)

    def call(self, images, training=False):
        """Map images to reconstructions, q(z|x), and all that `StabilizedGAN.call` returns."""
        posterior = ops.cast(self.encoder(images, training=training), keras.config.floatx())
        mean, log_var = ops.split(posterior, 2, axis=-1)
        noise = keras.random.normal((2, *ops.shape(mean)), seed=self.seed_generator)
        encoded, random = mean + ops.exp(log_var / 2) * noise[0], noise[1]
        # One pass: in two, the batch normalization of one kind of latents would spoil the other's.
        both = self.generate(ops.concatenate([encoded, random]), training)
        reconstructions, fakes = ops.split(both, 2)
        outputs = self.adversarial_pass(images, fakes, ops.ones_like(mean[:, :1]), training)
        return {**outputs, "reconstructions": reconstructions, "mean": mean, "log_var": log_var}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add squared error and KL term to the adversarial losses, each with its weight."""
        refuse_targets(self, y, sample_weight)
        d_loss, g_loss = self.both_losses(y_pred)
        error = ops.square(ops.subtract(x, y_pred["reconstructions"]))
        kl = gaussian_kl(y_pred["mean"], y_pred["log_var"])
        return scaled(
            d_loss
            + self.gp_weight * y_pred["slope_penalty"]
            + self.adversarial_weight * g_loss
            + self.reconstruction_weight * ops.mean(ops.sum(error, axis=(1, 2, 3)))
            + self.kl_weight * ops.mean(kl)
            + sum(self.losses)
        )

    def preview(self, images: np.ndarray) -> np.ndarray:
        """Return images above their reconstructions and samples of fixed latents."""
        samples = self.sample(len(images), seed=0)
        return np.concatenate([EncodingModel.preview(self, images), samples[None]])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), **{name: getattr(self, name) for name in WEIGHTS}}
