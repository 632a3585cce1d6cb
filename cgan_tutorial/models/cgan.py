"""The article's hybrid: a GAN and an autoencoder that share one network."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial.losses import gaussian_kl
from cgan_tutorial.models.base import EncodingModel
from cgan_tutorial.models.gan import GAN


class CGAN(GAN, EncodingModel):
    """The generator of a GAN is the decoder of an autoencoder; one loss trains both.

    "Computational GAN" (CGAN) is this article's own term; in the literature CGAN
    means a conditional GAN (`ConditionalGAN`). Its nearest relative there is
    VAE/GAN (Larsen et al., 2016), which measures the reconstruction by the
    discriminator's features, where this model compares pixels. Adversarial
    autoencoders (Makhzani et al., 2016) play the game on latents instead of images;
    BiGAN and ALI (Donahue et al.; Dumoulin et al., 2017) on pairs of both, without a
    reconstruction; in BEGAN (Berthelot et al., 2017) the discriminator is the
    autoencoder; in pix2pix (Isola et al., 2017) the generator is one, from image to
    image, and draws no latents.

    Args:
        encoder: images (n, 28, 28, 1) in [0, 1] → (n, 2·latent_dim): the means,
            then the log-variances, of q(z|x).
        generator: latents (n, latent_dim) → images (n, 28, 28, 1) in [0, 1].
        discriminator: images → scores (n, 1).
        reconstruction: weight of the squared error, summed over an image's pixels.
        divergence: weight of KL(q(z|x) ‖ N(0, I)).
        adversarial: weight of the generator's loss in the game.
        **options: as for `GAN`.
    """

    preview_rows = "real digits", "their reconstructions", "samples of ten fixed latents"

    def __init__(
        self,
        encoder,
        generator,
        discriminator,
        reconstruction=0.04,
        divergence=0.003,
        adversarial=1.0,
        **options,
    ):
        super().__init__(generator, discriminator, **options)
        self.encoder = encoder
        self.reconstruction, self.divergence = reconstruction, divergence
        self.adversarial = adversarial

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) → reconstructions, q(z|x), and all that `GAN.call` gives."""
        mean, log_variance = ops.split(self.encoder(images, training=training), 2, axis=-1)
        noise = keras.random.normal((2, *ops.shape(mean)), seed=self.random)
        encoded, drawn = mean + ops.exp(log_variance / 2) * noise[0], noise[1]
        # One pass: in two, the batch norm of one kind of latents would spoil the other's.
        both = self.forge(ops.concatenate([encoded, drawn]), training)
        again, fakes = ops.split(both, 2)
        game = self.play(images, fakes, ops.ones_like(mean[:, :1]), training)
        return {**game, "again": again, "mean": mean, "log_variance": log_variance}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The game, with the squared error of the reconstruction and the divergence."""
        discriminator, generator = self.player_losses(y_pred)
        error = ops.mean(ops.sum(ops.square(x - y_pred["again"]), axis=(1, 2, 3)))
        divergence = ops.mean(gaussian_kl(y_pred["mean"], y_pred["log_variance"]))
        return (
            discriminator
            + self.penalty * y_pred["steepness"]
            + self.adversarial * generator
            + self.reconstruction * error
            + self.divergence * divergence
        )

    def options(self):
        """The arguments that a run's folder records."""
        return {
            **super().options(),
            "reconstruction": self.reconstruction,
            "divergence": self.divergence,
            "adversarial": self.adversarial,
        }

    def generate(self, count: int, seed: int = 0):
        """Decode `count` standard-normal latents: `sample`, by the name that the article uses."""
        return self.sample(count, seed)

    def preview(self, images):
        """What training shows: digits, their reconstructions, and samples of fixed latents."""
        return np.concatenate([EncodingModel.preview(self, images), GAN.preview(self, images)[1:]])
