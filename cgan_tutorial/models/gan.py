"""The two-player game as one Keras model: one `fit`, one loss, two players."""

from __future__ import annotations

from numbers import Real

import keras
import numpy as np
from keras import ops

from cgan_tutorial.models.adversarial import LOSSES
from cgan_tutorial.models.averaging import copy, follow
from cgan_tutorial.models.base import LatentModel

# Step of the penalty's finite difference, in units of the data.
SIGMA = 0.05
WATCHED = "discriminator", "generator", "accuracy", "diversity"


class GAN(LatentModel):
    """Generator against discriminator (Goodfellow et al., 2014), trained by one loss.

    The fakes are judged twice: once behind a wall before the generator (the
    discriminator's turn), once behind a wall before the discriminator's weights
    (the generator's turn). So the sum of both losses gives each player the
    gradient of its own loss and nothing of the other's.

    Args:
        generator: latents (n, latent_dim) → data (n, …).
        discriminator: data (n, …) → scores (n, 1), the logits of "real".
        loss: a name of `adversarial.LOSSES`.
        penalty: γ of the zero-centered gradient penalty on real and on fake data.
        averaging: how much of the old stays, at each step, in a moving average of the
            generator's weights; `decode` and `sample` use it. 0 for no average.

    Raises:
        ValueError: the loss is unknown, or a number is out of its range.
    """

    preview_rows = "real digits", "samples of ten fixed latents"
    # Found by trial: without momentum, and with short memory, the players follow each other.
    batch_size = 32
    learning_rate = 8e-3
    betas = 0.0, 0.9

    def __init__(self, generator, discriminator, loss="non-saturating", penalty=0.0, averaging=0.0):
        super().__init__()
        check_game(loss, penalty, averaging)
        self.generator, self.discriminator = generator, discriminator
        self.objective, self.penalty, self.averaging = loss, penalty, averaging
        self.average = copy(generator) if averaging else None
        self.random = keras.random.SeedGenerator()
        self.watched = [keras.metrics.Mean(name=name) for name in WATCHED]

    @property
    def decoder(self):
        """The generator that draws: the averaged one if there is an average."""
        return self.average or self.generator

    def call(self, images, training=False):
        """Data (n, …) → the fakes (n, …), the scores of both turns (n,), D's steepness."""
        count = ops.shape(images)[0]
        latents = keras.random.normal((count, self.latent_dim), seed=self.random)
        fakes = self.forge(latents, training)
        return self.play(images, fakes, ops.ones((count, 1)), training)

    def forge(self, latents, training):
        """Latents (n, latent_dim) → fakes; the average follows, one step behind."""
        if training and self.averaging:
            follow(self.average, self.generator, self.averaging)
        return self.generator(latents, training=training)

    def play(self, images, fakes, asked, training):
        """Both turns; `asked` (n, k) picks one of the discriminator's k scores of each image."""
        real, fake, steepness = self.judge(images, ops.stop_gradient(fakes), asked, training)
        fooled = behind_wall(self.discriminator, fakes, training)
        return {
            "fakes": fakes,
            "real": real,
            "fake": fake,
            "fooled": ops.sum(fooled * asked, axis=-1),
            "steepness": steepness,
        }

    def judge(self, images, fakes, asked, training):
        """Scores of real and of fake, (n,) each, and the mean squared slope of the score.

        The slope along a random direction ε, (D(x + σε) − D(x)) / σ, needs no second
        derivative; its mean square is E‖∇D‖² for small σ. Huang et al. (2024).
        """
        shown = ops.concatenate([images, fakes])
        if self.penalty:
            noise = keras.random.normal(ops.shape(shown), seed=self.random)
            shown = ops.concatenate([shown, shown + SIGMA * noise])
        scores = self.discriminator(shown, training=training)
        scores = ops.sum(ops.reshape(scores, (-1, *ops.shape(asked))) * asked, axis=-1)
        slopes = (scores[2:] - scores[:2]) / SIGMA if self.penalty else ops.zeros((1,))
        return scores[0], scores[1], ops.mean(ops.square(slopes))

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The discriminator's loss, its penalty ½γ(E‖∇D(x)‖² + E‖∇D(G(z))‖²), G's loss."""
        discriminator, generator = self.losses(y_pred)
        return discriminator + self.penalty * y_pred["steepness"] + generator

    def losses(self, game):
        """The losses of both players, from the scores of both turns."""
        return LOSSES[self.objective](game["real"], game["fake"], game["fooled"])

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Both losses; share of pairs ranked rightly; variance of fakes over that of data."""
        images, fakes = self.images(x), y_pred["fakes"]
        ranked = ops.mean(ops.cast(y_pred["real"] > y_pred["fake"], "float32"))
        diversity = ops.mean(ops.var(fakes, axis=0)) / ops.mean(ops.var(images, axis=0))
        values = *self.losses(y_pred), ranked, diversity
        for watched, value in zip(self.watched, values, strict=True):
            watched.update_state(value)
        return self.get_metrics_result()

    def options(self):
        """The arguments that a run's folder records."""
        return {"loss": self.objective, "penalty": self.penalty, "averaging": self.averaging}

    def images(self, x):
        """The images among the inputs; a conditional model is given labels too."""
        return x

    def preview(self, images):
        """What training shows: real digits above what becomes of latents that never change."""
        return np.stack([images, self.sample(len(images))])


def behind_wall(network, inputs, training):
    """Run a network so that gradients reach its inputs, but not its weights."""
    weights = [ops.stop_gradient(weight) for weight in network.trainable_variables]
    state = network.non_trainable_variables
    outputs, _ = network.stateless_call(weights, state, inputs, training=training)
    return outputs


def check_game(loss: str, penalty: float, averaging: float) -> None:
    """Refuse an unknown loss and numbers out of range.

    Raises:
        ValueError: the sentence says what was given and what is wanted.
    """
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; choose one of {', '.join(LOSSES)}")
    if not isinstance(penalty, Real) or not penalty >= 0:
        raise ValueError(f"penalty is {penalty!r}; give a number of at least 0")
    if not isinstance(averaging, Real) or not 0 <= averaging < 1:
        raise ValueError(f"averaging is {averaging!r}; give a number from 0 up to below 1")
