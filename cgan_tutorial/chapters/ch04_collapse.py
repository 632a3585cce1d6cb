"""Mode collapse on a ring of eight Gaussians, its cure, and how it differs from divergence."""

from __future__ import annotations

import keras
import numpy as np
from scipy.stats import entropy

from cgan_tutorial import networks
from cgan_tutorial.data import toy2d
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.models import StabilizedGAN

# Of a mode or a class that counts as reached: the least share of the fakes.
LEAST_SHARE = 0.01
# Of the ring: points, points in a step, discriminator's steps for each of the generator's.
POINTS, BATCH, STEPS = 8000, 256, 5


def on_modes(points: np.ndarray) -> dict[str, float]:
    """Count the ring's modes that points (n, 2) reach, and the share of points on a mode.

    On a mode is what lies within three standard deviations (0.3) of its center; a mode is
    reached if that holds for at least 1 % of the points.
    """
    ring = toy2d.shape("ring")
    shares = mode_shares(points, ring.centers, ring.radius)
    return {"modes": int((shares >= LEAST_SHARE).sum()), "on a mode": float(shares.sum())}


def as_digits(images: np.ndarray) -> dict[str, float]:
    """Say how the classifier reads images (n, 28, 28, 1) in [0, 1].

    `classes` counts those with at least 1 % of the images. `bits` is the entropy of their
    shares, at most log₂ 10 = 3.32; `confidence` the median of the highest probability; `sure`
    the share of images with at least 0.9; `brightness` the mean pixel.
    """
    chances = classifier().predict(images, batch_size=500, verbose=0)
    shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(images)
    highest = chances.max(axis=1)
    return {
        "classes": int((shares >= LEAST_SHARE).sum()),
        "bits": float(abs(entropy(shares, base=2))),
        "confidence": float(np.median(highest)),
        "sure": float((highest >= 0.9).mean()),
        "brightness": float(images.mean()),
    }


def play_ring(seed: int, generator_rate: float, epochs: int = 60) -> np.ndarray:
    """Train a GAN on the ring; return 2,000 of its fakes, (2000, 2).

    The discriminator takes a step of rate 0.01 for each batch, the generator one for every
    fifth. Both rates fall along a half cosine; `epochs` are the discriminator's.
    """
    keras.utils.set_random_seed(seed)
    pair = networks.point_generator(), networks.point_discriminator()
    steps, rng = epochs * (POINTS // BATCH), np.random.default_rng(seed)
    points = toy2d.shape("ring").draw(POINTS, seed)
    players = compiled_gan(pair, generator_rate, steps // STEPS), compiled_gan(pair, 1e-2, steps)
    for step in range(1, steps + 1):
        batch = points[rng.integers(POINTS, size=BATCH)]
        for number in (1, 0) if step % STEPS == 0 else (1,):
            # Keras asks for what is trainable whenever it trains.
            pair[0].trainable, pair[1].trainable = number == 0, number == 1
            players[number].train_on_batch(batch)
    return players[0].sample(2000, seed=1)


def compiled_gan(pair: tuple[keras.Model, keras.Model], rate: float, steps: int) -> StabilizedGAN:
    """Compile a GAN of both networks, for `steps` steps of one of them at a falling rate."""
    game = StabilizedGAN(*pair, loss="non-saturating", gp_weight=0.1, ema_decay=0.0)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=1e-3)
    game.compile(keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.9), jit_compile=False)
    return game
