"""Adversarial losses by name, and the two terms of a VAE's objective.

An adversarial loss takes logits of the discriminator, each of shape (n,): of real data, of
fakes, and of the same fakes with the discriminator frozen (`frozen`), so that the last alone
carries a gradient to the generator. It returns the discriminator's loss and the generator's.
The discriminator's probability of "real" is sigmoid(logit).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = Any


def minimax(real: Tensor, fake: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
    """D: −E[log D(x)] − E[log(1 − D(G(z)))]; G: E[log(1 − D(G(z)))].

    The article's formula as printed; Goodfellow et al. (2014), eq. 1.
    """
    d_loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return d_loss, -ops.mean(ops.softplus(frozen))


def non_saturating(real: Tensor, fake: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
    """D as in minimax; G: −E[log D(G(z))]. Goodfellow et al. (2014), section 3."""
    d_loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return d_loss, ops.mean(ops.softplus(-frozen))


def least_squares(real: Tensor, fake: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
    """D: ½E[(s(x) − 1)²] + ½E[s(G(z))²]; G: ½E[(s(G(z)) − 1)²]. Mao et al. (2017), eq. 9."""
    d_loss = ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake))
    return d_loss / 2, ops.mean(ops.square(frozen - 1.0)) / 2


def hinge(real: Tensor, fake: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
    """D: E[max(0, 1 − s(x))] + E[max(0, 1 + s(G(z)))]; G: −E[s(G(z))]. Lim & Ye (2017)."""
    d_loss = ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))
    return d_loss, -ops.mean(frozen)


def relativistic(real: Tensor, fake: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
    """D: E[softplus(s(G(z)) − s(x))]; G: E[softplus(s(x) − s(G(z)))], in pairs (x, z).

    Only the difference of two logits counts: Jolicoeur-Martineau (2018); with
    zero-centered penalties, Huang et al. (2024), eq. 2.
    """
    d_loss = ops.mean(ops.softplus(fake - real))
    return d_loss, ops.mean(ops.softplus(ops.stop_gradient(real) - frozen))


LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "minimax": minimax,
    "non-saturating": non_saturating,
    "least-squares": least_squares,
    "hinge": hinge,
    "relativistic": relativistic,
}


@keras.saving.register_keras_serializable("cgan_tutorial")
class BernoulliLoss(keras.losses.Loss):
    """Binary cross-entropy summed over the pixels of an image, averaged over images, in nats.

    With probabilities as predictions it is −log p(x|z) of Bernoulli pixels, the
    reconstruction term of a VAE; images (n, height, width, channels) in [0, 1].
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each image, shape (n,)."""
        return ops.sum(ops.binary_crossentropy(y_true, y_pred), axis=(1, 2, 3))


@keras.saving.register_keras_serializable("cgan_tutorial")
class ContinuousBernoulliLoss(BernoulliLoss):
    """`BernoulliLoss` as a likelihood of gray values: −log p(x|z) of continuous Bernoulli pixels.

    Cross-entropy alone is no density on [0, 1]. Its missing factor grows towards 0 and 1, so
    decoders trained with it give sharper images. Loaiza-Ganem & Cunningham (2019), eq. 8 to 10.
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each image, shape (n,), in nats; it may be negative."""
        log_factor = ops.sum(_log_normalizer(y_pred), axis=(1, 2, 3))
        return super().call(y_true, y_pred) - log_factor


def _log_normalizer(probability: Tensor) -> Tensor:
    """Return log(2 artanh(1 − 2λ) / (1 − 2λ)), near ½ by its Taylor series."""
    probability = ops.clip(probability, 1e-6, 1.0 - 1e-6)
    near = ops.abs(probability - 0.5) < 0.02
    away = ops.where(near, 0.4, probability)
    exact = ops.log((ops.log1p(-away) - ops.log(away)) / (1.0 - 2.0 * away))
    return ops.where(near, math.log(2.0) + 4 / 3 * ops.square(probability - 0.5), exact)


def gaussian_kl(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(μ, diag σ²) ‖ N(0, I)) = ½ Σ (μ² + σ² − log σ² − 1), in nats.

    Args:
        mean: μ, of shape (n, latent_dim).
        log_var: log σ², of the same shape.

    Returns:
        One divergence for each row, shape (n,). Source: Kingma & Welling (2014), appendix B.
    """
    terms = ops.square(mean) + ops.exp(log_var) - log_var - 1.0
    return 0.5 * ops.sum(terms, axis=-1)


def scaled(loss: Tensor) -> Tensor:
    """Return a scalar loss as Keras' own losses return theirs: shared out among replicas.

    `tf.distribute` adds up what its replicas return, so each returns its share.
    """
    return _Value(name="value")(ops.zeros((1,)), ops.reshape(loss, (1,)))


class _Value(keras.losses.Loss):
    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the predictions, which are the loss already."""
        return y_pred
