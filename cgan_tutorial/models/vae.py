"""The variational autoencoder: an autoencoder that you can sample from."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgan_tutorial.losses import BernoulliLoss, gaussian_kl
from cgan_tutorial.models.autoencoder import Autoencoder
from cgan_tutorial.models.base import check_number


@keras.saving.register_keras_serializable("cgan_tutorial")
class VAE(Autoencoder):
    """Minimizes −E[log p(x|z)] + β·KL(q(z|x) ‖ N(0, I)).

    With β = 1 this is the negative evidence lower bound of Kingma & Welling
    (2014), with Bernoulli pixels; other values are the β-VAE of Higgins et al.
    (2017). `encode` gives the means of q(z|x). Pixels between 0 and 1 are taken
    as probabilities, which is common practice rather than an exact likelihood.
    `compile(loss=...)` replaces the first term, and `sample_weight` weighs it.

    Args:
        encoder: images (n, height, width, channels) in [0, 1] → (n, 2·latent_dim): the
            means, then the log-variances, of q(z|x).
        decoder: latents (n, latent_dim) → images of the same shape in [0, 1].
        beta: weight of the KL term, at least 0.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: `beta` is out of its range.
    """

    default_loss: Any = BernoulliLoss()
    enough_steps = 180

    def __init__(self, encoder, decoder, beta=1.0, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        check_number("beta", beta, 0)
        self.beta = beta
        self.seed_generator = keras.random.SeedGenerator()
        self.kl_tracker = keras.metrics.Mean(name="kl_loss")

    def posterior(self, images, training=False):
        """Map images to the means and log-variances of q(z|x), each (n, latent_dim)."""
        outputs = self.encoder(images, training=training)
        return ops.split(ops.cast(outputs, keras.config.floatx()), 2, axis=-1)

    def draw(self, mean, log_var):
        """Draw latents from q(z|x) as μ + σ·ε: gradients reach μ and σ, not the noise ε."""
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(log_var / 2) * noise

    def call(self, images, training=False):
        """Map images to reconstructions: of drawn latents in training, else of the means."""
        mean, log_var = self.posterior(images, training)
        kl = gaussian_kl(mean, log_var)
        self.add_loss(self.beta * ops.mean(kl))
        self.kl_tracker.update_state(kl)
        return self.decoder(self.draw(mean, log_var) if training else mean, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Compute the objective, in nats for an image; evaluation draws latents too."""
        if not training:
            y_pred = self.decoder(self.draw(*self.posterior(x)))
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Report the loss without its KL term as `reconstruction_loss`, too."""
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        rest = results["loss"] - self.beta * results["kl_loss"]
        return {**results, "reconstruction_loss": rest}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta": self.beta}
