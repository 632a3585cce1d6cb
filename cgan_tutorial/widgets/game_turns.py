"""One player's turn: the game's own loss, trained by Keras, with a part of its variables."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from cgan_tutorial import models, networks


class Part(keras.Model):
    """A model around a GAN in which only the variables `moved` are trained."""

    moved: list = []
    # The game's own figures are not read here; without them a step takes half the time.
    metrics: list = []

    @property
    def trainable_variables(self):
        """The variables that an optimizer moves."""
        return self.moved

    @property
    def trainable_weights(self):
        """The same: Keras asks by either name."""
        return self.moved

    @property
    def non_trainable_variables(self):
        """All others, the other player's among them."""
        moved = {id(variable) for variable in self.moved}
        return [variable for variable in self.variables if id(variable) not in moved]


class Turn(Part):
    """The turn of one player: the GAN's loss as it is, the gradient of one player only.

    Args:
        game: a `models.GAN`.
        player: its generator or its discriminator.
    """

    def __init__(self, game, player):
        super().__init__()
        self.game = game
        self.moved = player.trainable_variables
        self.compile(keras.optimizers.Adam(1e-3, 0.0, 0.9), jit_compile=False)
        self.optimizer.build(self.moved)

    def call(self, points, training=False):
        """What the GAN makes of points (n, 2)."""
        return self.game(points, training=training)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The GAN's own loss, of both players."""
        return self.game.compute_loss(x, y, y_pred, sample_weight, training)


class Push(Part):
    """Fakes that are free to move, each on its own.

    One step of gradient descent at rate 1 moves each by minus the gradient of the
    generator's loss there: the direction in which the generator is pushed.

    Args:
        game: a `models.GAN`.
        count: how many fakes.
    """

    def __init__(self, game, count):
        super().__init__()
        self.game = game
        self.shift = self.add_weight(shape=(count, 2), initializer="zeros", name="shift")
        self.moved, self.built = [self.shift], True
        self.compile(keras.optimizers.SGD(1.0), jit_compile=False)

    def call(self, pair, training=False):
        """The scores (n,) of real points (n, 2) and of fakes (n, 2) that were shifted."""
        real, fakes = pair
        score = self.game.discriminator
        logits = {"real": score(real), "fake": score(fakes), "frozen": score(fakes + self.shift)}
        return {f"{name}_logits": each[:, 0] for name, each in logits.items()}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum, not the mean, of the generator's loss: a push does not depend on n."""
        return self.game.both_losses(y_pred)[1] * self.shift.shape[0]

    def on(self, real: np.ndarray, fakes: np.ndarray) -> np.ndarray:
        """The push on each of the fakes (n, 2), in units of loss for a unit of the plane."""
        self.shift.assign(np.zeros(self.shift.shape))
        self.train_on_batch((real, fakes))
        return ops.convert_to_numpy(self.shift)


class Players:
    """A GAN on points in the plane whose players move one at a time.

    Args:
        loss: a name of `losses.LOSSES`.
        penalty: γ of the GAN's gradient penalty.
        noise: numbers in a latent vector.
        pushed: how many fakes `push` takes.
    """

    def __init__(self, loss: str, penalty: float, noise: int, pushed: int):
        self.model = points_gan(loss, penalty, noise)
        self.turns = {
            "discriminator": Turn(self.model, self.model.discriminator),
            "generator": Turn(self.model, self.model.generator),
        }
        self.push = Push(self.model, pushed)

    def start(self, seed: int) -> None:
        """Draw the weights anew and forget all steps; seeds Python, numpy and the backend."""
        keras.utils.set_random_seed(seed)
        model = self.model
        fresh = points_gan(model.adversarial_loss, model.gp_weight, model.latent_dim)
        for mine, new in zip(model.variables, fresh.variables, strict=True):
            mine.assign(new)
        for turn in self.turns.values():
            for variable in turn.optimizer.variables:
                variable.assign(np.zeros(variable.shape))

    def move(self, player: str, batch: np.ndarray, rate: float) -> None:
        """One gradient step of one player on real points (n, 2), at a learning rate."""
        turn = self.turns[player]
        turn.optimizer.learning_rate = rate
        turn.train_on_batch(batch)


def points_gan(loss: str, penalty: float, noise: int) -> models.StabilizedGAN:
    """The package's GAN with two small dense networks."""
    players = networks.point_generator(noise), networks.point_discriminator()
    return models.StabilizedGAN(*players, loss=loss, gp_weight=penalty, ema_decay=0.0)
