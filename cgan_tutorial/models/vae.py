"""The variational autoencoder: an autoencoder that you can sample from."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgan_tutorial.losses import BernoulliLoss, gaussian_kl, scaled
from cgan_tutorial.models.autoencoder import Autoencoder
from cgan_tutorial.models.base import check_number


@keras.saving.register_keras_serializable("cgan_tutorial")
class VAE(Autoencoder):
    """Minimizes −E[log p(x|z)] + β·KL(q(z|x) ‖ N(0, I)).

    With β = 1 this is the negative evidence lower bound of Kingma & Welling
    (2014), with Bernoulli pixels; other values are the β-VAE of Higgins et al.
    (2017). `encode` gives the means of q(z|x). Pixels between 0 and 1 are taken
    as probabilities, which is common practice rather than an exact likelihood.
    `compile(loss=...)` replaces the first term.

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
        """Map images to reconstructions ("images"), and "mean" and "log_var" of q(z|x).

        The latents are drawn in training; otherwise they are the means.
        """
        mean, log_var = self.posterior(images, training)
        latents = self.draw(mean, log_var) if training else mean
        images = self.decoder(latents, training=training)
        return {"images": images, "mean": mean, "log_var": log_var}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Compute the objective, in nats for an image; evaluation draws latents too."""
        images, mean, log_var = (y_pred[name] for name in ("images", "mean", "log_var"))
        if not training:
            images = self.decoder(self.draw(mean, log_var))
        kl = gaussian_kl(mean, log_var)
        if sample_weight is not None:
            kl = kl * ops.reshape(ops.cast(sample_weight, kl.dtype), (-1,))
        self.kl_tracker.update_state(kl)
        loss = super().compute_loss(x, y, images, sample_weight, training)
        return loss + scaled(self.beta * ops.mean(kl))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Report the loss without its KL term as `reconstruction_loss`, too."""
        results = super().compute_metrics(x, y, y_pred["images"], sample_weight)
        rest = results["loss"] - self.beta * results["kl_loss"]
        return {**results, "reconstruction_loss": rest}

    def predict(self, *args, **options):
        """Return reconstructions, as an autoencoder does."""
        return super().predict(*args, **options)["images"]

    def predict_on_batch(self, x):
        """Return reconstructions, as `predict` does."""
        return super().predict_on_batch(x)["images"]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta": self.beta}
