"""The two-player game as one Keras model: one `fit`, one loss, two players."""

from __future__ import annotations

import keras
from keras import ops

from cgan_tutorial.models.ema import copy, follow
from cgan_tutorial.models.game import Game
from cgan_tutorial.models.reading import read_once

# Step of the penalty's finite difference, in units of the data.
SIGMA = 0.05


class GAN(Game):
    """Generator against discriminator (Goodfellow et al., 2014), trained by one loss.

    The fakes are judged twice: once behind a wall before the generator (the
    discriminator's turn), once behind a wall before the discriminator's weights
    (the generator's turn). So the sum of both losses gives each player the
    gradient of its own loss and nothing of the other's.

    Args:
        generator: latents (n, latent_dim) → data (n, …).
        discriminator: data (n, …) → scores (n, 1), the logits of "real".
        loss: a name of `adversarial.LOSSES`.
        penalty: γ of the zero-centered gradient penalty on real and on fake data; for a
            discriminator that judges each image by itself, without batch normalization.
        averaging: how much of the old stays, at each step, in a moving average of the
            generator's weights; `decode` and `sample` use it. 0 for no average.

    Raises:
        ValueError: the loss is unknown, or a number is out of its range.
    """

    def __init__(self, generator, discriminator, loss="non-saturating", penalty=0.0, averaging=0.0):
        super().__init__(loss, penalty, averaging)
        self.generator, self.discriminator = generator, discriminator
        self.average = copy(generator) if averaging else None
        self.random = keras.random.SeedGenerator()

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
        hidden = ops.stop_gradient(fakes)
        near = [self.near(images), self.near(hidden)] if self.penalty else []
        # Both turns judge the fakes, and nothing else with them: a compiler does so once.
        with read_once(self.discriminator.variables):
            real, *by_real = self.judge([images, *near[:1]], asked, training)
            alone = [[each] for each in (hidden, *near[1:])]
            fake, *by_fake = (self.judge(each, asked, training)[0] for each in alone)
            fooled = ops.sum(behind_wall(self.discriminator, fakes, training) * asked, axis=-1)
        steep = steepness([real, fake], [*by_real, *by_fake])
        return {"fakes": fakes, "real": real, "fake": fake, "fooled": fooled, "steepness": steep}

    def judge(self, batches, asked, training):
        """Batches of data, each (n, …) → the scores that are asked for, each (n,), in one pass."""
        scores = self.discriminator(ops.concatenate(batches), training=training)
        return [ops.sum(each * asked, axis=-1) for each in ops.split(scores, len(batches))]

    def near(self, shown):
        """Data (n, …) → a point near each, x + σε, in a random direction ε."""
        return shown + SIGMA * keras.random.normal(ops.shape(shown), seed=self.random)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """D's loss and penalty ½γ(E‖∇D(x)‖² + E‖∇D(G(z))‖²), and G's loss."""
        discriminator, generator = self.player_losses(y_pred)
        return discriminator + self.penalty * y_pred["steepness"] + generator


def behind_wall(network, inputs, training):
    """Run a network so that gradients reach its inputs, but not its weights."""
    weights = [ops.stop_gradient(weight) for weight in network.trainable_variables]
    state = network.non_trainable_variables
    outputs, _ = network.stateless_call(weights, state, inputs, training=training)
    return outputs


def steepness(scores, moved):
    """Scores of some batches, and of the points near them → mean squared slope; 0 without any.

    The slope along a random direction ε, (D(x + σε) − D(x)) / σ, needs no second
    derivative; its mean square is E‖∇D‖² for small σ. The penalty is that of Huang et al.
    (2024), who take the gradient itself.
    """
    slopes = [(there - here) / SIGMA for here, there in zip(scores, moved, strict=False)]
    return sum(ops.mean(ops.square(each)) for each in slopes) / max(1, len(slopes))
