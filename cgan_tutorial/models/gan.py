"""The generative adversarial network as one Keras model: two networks, two losses, one `fit`."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgan_tutorial.losses import scaled
from cgan_tutorial.models.adversarial import AdversarialModel, check_logits, refuse_targets
from cgan_tutorial.models.base import Tensor


@keras.saving.register_keras_serializable("cgan_tutorial")
class GAN(AdversarialModel):
    """Generator against discriminator (Goodfellow et al., 2014), trained by one `fit`.

    The fakes are scored twice: with the gradient to the generator stopped (the
    discriminator's loss), and with the discriminator frozen (the generator's loss). So the
    sum of both losses gives each network the gradient of its own loss and nothing else.

    Args:
        generator: latents (n, latent_dim) → data (n, …).
        discriminator: data (n, …) → logits (n, 1) of "real".
        loss: a name of `losses.LOSSES`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Raises:
        ValueError: the loss is unknown, or the logits have no axis of their own.
    """

    def __init__(self, generator, discriminator, loss="non-saturating", **kwargs):
        super().__init__(loss, **kwargs)
        check_logits(discriminator)
        self.generator = generator
        self.discriminator = discriminator

    @property
    def decoder(self):
        """The network that `decode` and `sample` run."""
        return self.generator

    def call(self, images, training=False):
        """Map data to fakes (n, …) and the logits of both losses, each (n, 1)."""
        count = ops.shape(images)[0]
        latents = keras.random.normal((count, self.latent_dim), seed=self.seed_generator)
        fakes = self.generator(latents, training=training)
        hidden = ops.stop_gradient(fakes)
        return {
            "fakes": fakes,
            "real_logits": self.discriminator(images, training=training),
            "fake_logits": self.discriminator(hidden, training=training),
            "frozen_logits": call_frozen(self.discriminator, fakes, training),
        }

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add the losses of both networks, and regularizers if there are any."""
        refuse_targets(self, y, sample_weight)
        d_loss, g_loss = self.both_losses(y_pred)
        return scaled(d_loss + g_loss + sum(self.losses))


def call_frozen(network: keras.Model, inputs: Tensor, training: bool) -> Any:
    """Run a network so that gradients reach its inputs, but not its weights."""
    weights = [ops.stop_gradient(weight) for weight in network.trainable_variables]
    state = network.non_trainable_variables
    outputs, _ = network.stateless_call(weights, state, inputs, training=training)
    return outputs
