"""The losses of the two players, by name: what each makes of the discriminator's scores.

A score is a logit: D's probability of "real" is sigmoid(score). Each function
takes the scores of real images, of fakes in the discriminator's turn, and of the
same fakes in the generator's turn (`fooled`), each of shape (n,), and returns
the discriminator's loss and the generator's.
"""

from __future__ import annotations

from keras import ops


def minimax(real, fake, fooled):
    """D: −E[log D(x)] − E[log(1 − D(G(z)))]; G: E[log(1 − D(G(z)))].

    The article's formula as printed; Goodfellow et al. (2014), eq. 1.
    """
    discriminator = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return discriminator, -ops.mean(ops.softplus(fooled))


def non_saturating(real, fake, fooled):
    """D as in minimax; G: −E[log D(G(z))]. Goodfellow et al. (2014), section 3."""
    discriminator = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return discriminator, ops.mean(ops.softplus(-fooled))


def least_squares(real, fake, fooled):
    """D: ½E[(s(x) − 1)²] + ½E[s(G(z))²]; G: ½E[(s(G(z)) − 1)²]. Mao et al. (2017), eq. 9."""
    discriminator = ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake))
    return discriminator / 2, ops.mean(ops.square(fooled - 1.0)) / 2


def hinge(real, fake, fooled):
    """D: E[max(0, 1 − s(x))] + E[max(0, 1 + s(G(z)))]; G: −E[s(G(z))]. Lim & Ye (2017)."""
    discriminator = ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))
    return discriminator, -ops.mean(fooled)


def relativistic(real, fake, fooled):
    """D: E[softplus(s(G(z)) − s(x))]; G: E[softplus(s(x) − s(G(z)))], in pairs (x, z).

    Only the difference of two scores counts: Jolicoeur-Martineau (2018); with
    zero-centred penalties, Huang et al. (2024), eq. 2.
    """
    discriminator = ops.mean(ops.softplus(fake - real))
    return discriminator, ops.mean(ops.softplus(ops.stop_gradient(real) - fooled))


LOSSES = {
    "minimax": minimax,
    "non-saturating": non_saturating,
    "least-squares": least_squares,
    "hinge": hinge,
    "relativistic": relativistic,
}


def gaussian_kl(mean, log_variance):
    """KL(N(μ, diag σ²) ‖ N(0, I)) = ½ Σ (μ² + σ² − log σ² − 1), in nats.

    Args:
        mean: μ, of shape (n, latent_dim).
        log_variance: log σ², of the same shape.

    Returns:
        One divergence for each row, shape (n,). Source: Kingma & Welling (2014), appendix B.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
    return 0.5 * ops.sum(terms, axis=-1)
