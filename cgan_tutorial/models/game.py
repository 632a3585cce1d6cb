"""What every two-player game here shares: its settings, and what is watched in it."""

from __future__ import annotations

from numbers import Real

import keras
import numpy as np
from keras import ops

from cgan_tutorial.losses import LOSSES
from cgan_tutorial.models.base import LatentModel

WATCHED = "discriminator", "generator", "accuracy", "diversity"


class Game(LatentModel):
    """Checks a game's settings and watches it; subclasses say how it is played.

    Args:
        loss, penalty, averaging: as for `GAN`.

    Raises:
        ValueError: the loss is unknown, or a number is out of its range.
    """

    preview_rows = "real digits", "samples of ten fixed latents"
    # Found by trial: without momentum, and with short memory, the players follow each other.
    batch_size = 32
    learning_rate = 4e-3
    betas = 0.0, 0.9

    def __init__(self, loss, penalty, averaging):
        super().__init__()
        check_game(loss, penalty, averaging)
        self.objective, self.penalty, self.averaging = loss, penalty, averaging
        self.watched = [keras.metrics.Mean(name=name) for name in WATCHED]

    def player_losses(self, game):
        """The losses of both players, from the scores of both turns."""
        return LOSSES[self.objective](game["real"], game["fake"], game["fooled"])

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Both losses; share of pairs ranked rightly; variance of fakes over that of data."""
        images, fakes = self.images(x), y_pred["fakes"]
        ranked = ops.mean(ops.cast(y_pred["real"] > y_pred["fake"], "float32"))
        diversity = ops.mean(ops.var(fakes, axis=0)) / ops.mean(ops.var(images, axis=0))
        values = *self.player_losses(y_pred), ranked, diversity
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
