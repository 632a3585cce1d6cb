"""Players small enough to be solved on paper, for the package's own GANs."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from cgan_tutorial.chapters.common import JIT
from cgan_tutorial.models import StabilizedGAN

# Copies of the one real point in a batch: the penalty's random directions are averaged over them.
DRAWS = 2000


def one_point_generator(place: float = 1.0) -> keras.Model:
    """A generator of one weight: whatever the latents (n, 1) are, all fakes are one point."""
    # Latents times 0 leave the bias alone: nothing else has a gradient.
    dense = layers.Dense(1)
    generator = keras.Sequential([keras.Input((1,)), layers.Rescaling(0.0), dense], name="point")
    dense.set_weights([np.zeros((1, 1)), np.array([place])])
    return generator


def one_slope_discriminator(slope: float = 0.0) -> keras.Model:
    """A discriminator of one weight: its score of x is slope·x; (n, 1) → (n, 1)."""
    dense = layers.Dense(1, use_bias=False)
    discriminator = keras.Sequential([keras.Input((1,)), dense], name="slope")
    dense.set_weights([np.array([[slope]])])
    return discriminator


class Trail(keras.callbacks.Callback):
    """Notes the generator's point and the discriminator's slope after each epoch of `fit`.

    Attributes:
        positions: one pair (point, slope) an epoch, the first from before the training.
    """

    def __init__(self):
        super().__init__()
        self.positions: list[tuple[float, float]] = []

    def on_train_begin(self, logs=None):
        """Note where both players start."""
        self._note()

    def on_epoch_end(self, epoch, logs=None):
        """Note where both players stand."""
        self._note()

    def _note(self) -> None:
        players = self.model.generator, self.model.discriminator
        # The one weight of each that moves is the last of its last layer.
        pair = (float(player.layers[-1].get_weights()[-1].ravel()[0]) for player in players)
        self.positions.append(tuple(pair))


def trail(learning_rate: float, penalty: float = 0.0, steps: int = 40) -> np.ndarray:
    """Train one point against one slope by plain gradient descent.

    All real data lie at 0, so the equilibrium is (0, 0). This is the "Dirac-GAN" of
    Mescheder et al. (2018). The players start at the point 0.02 and the slope 0.

    Args:
        learning_rate: of both players.
        penalty: `gp_weight` of the `StabilizedGAN`.
        steps: how many, at least 1.

    Returns:
        The positions (point, slope), (steps + 1, 2).
    """
    players = one_point_generator(0.02), one_slope_discriminator()
    game = StabilizedGAN(*players, loss="minimax", gp_weight=penalty, ema_decay=0.0)
    game.compile(keras.optimizers.SGD(learning_rate), jit_compile=JIT)
    noted = Trail()
    data = np.zeros((DRAWS, 1), "float32")
    # An epoch is one step: between the steps of an epoch, JAX does not show the weights.
    game.fit(data, epochs=steps, batch_size=DRAWS, callbacks=[noted], shuffle=False, verbose=0)
    return np.array(noted.positions)
