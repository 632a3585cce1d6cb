"""The variational autoencoder: an autoencoder that one can sample from."""

from __future__ import annotations

import keras
from keras import ops

from cgan_tutorial.losses import gaussian_kl
from cgan_tutorial.models.base import EncodingModel


class VAE(EncodingModel):
    """Minimizes −E[log p(x|z)] + β·KL(q(z|x) ‖ N(0, I)).

    With β = 1 this is the negative evidence lower bound of Kingma & Welling
    (2014), with Bernoulli pixels; other values are the β-VAE of Higgins et al.
    (2017). `encode` gives the means of q(z|x). Pixels between 0 and 1 are read
    as probabilities, which is common practice rather than an exact likelihood.

    Args:
        encoder: images (n, 28, 28, 1) in [0, 1] → (n, 2·latent_dim): the means,
            then the log-variances, of q(z|x).
        decoder: latents (n, latent_dim) → images (n, 28, 28, 1) in [0, 1].
        beta: weight of the divergence.
    """

    def __init__(self, encoder, decoder, beta=1.0):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.beta = beta
        self.random = keras.random.SeedGenerator()
        self.divergence = keras.metrics.Mean(name="divergence")

    def options(self):
        """The arguments that a run's folder records."""
        return {"beta": self.beta}

    def call(self, images, training=False):
        """Images (n, 28, 28, 1) → reconstructions, and q(z|x)'s means and log-variances."""
        mean, log_variance = ops.split(self.encoder(images, training=training), 2, axis=-1)
        noise = keras.random.normal(ops.shape(mean), seed=self.random)
        latents = mean + ops.exp(log_variance / 2) * noise if training else mean
        return self.decoder(latents, training=training), mean, log_variance

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The objective in nats for an image, averaged over the batch."""
        images, mean, log_variance = y_pred
        surprise = ops.sum(ops.binary_crossentropy(x, images), axis=(1, 2, 3))
        divergence = gaussian_kl(mean, log_variance)
        self.divergence.update_state(divergence)
        return ops.mean(surprise + self.beta * divergence)
