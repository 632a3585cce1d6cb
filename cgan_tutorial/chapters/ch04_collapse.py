"""Mode collapse on a ring of eight Gaussians and on digits, and the cure of both."""

from __future__ import annotations

import keras
import numpy as np
from scipy.stats import entropy

from cgan_tutorial import networks
from cgan_tutorial.chapters.common import JIT, Unmeasured, train_one
from cgan_tutorial.data import toy2d
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.models import StabilizedGAN

# Of a mode or a class that counts as reached: the least share of the fakes.
LEAST_SHARE = 0.01
# Points of the ring, points in a step, discriminator's steps for each of the generator's.
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


def play_ring(seed: int, generator_rate: float, rounds: int = 600) -> np.ndarray:
    """Train a GAN on the ring with the minimax loss; return 2,000 of its fakes, (2000, 2).

    The discriminator's rate starts at 0.01, the generator's at `generator_rate`; see `play`.
    """
    keras.utils.set_random_seed(seed)
    points = toy2d.shape("ring").draw(POINTS, seed)
    pair = networks.point_generator(), networks.point_discriminator()
    gan = StabilizedGAN(*pair, loss="minimax", gp_weight=0.0, ema_decay=0.0)
    play(gan, points, seed, generator_rate, rounds)
    return gan.sample(2000, seed=1)


def play_codes(codes: np.ndarray, seed: int, latent_dim: int, rounds: int = 180) -> np.ndarray:
    """Train a GAN on the codes of images, (n, d); return 1,000 codes that it makes, (1000, d).

    The generator starts from `latent_dim` random numbers. Both rates start at 0.01; see `play`.
    """
    keras.utils.set_random_seed(seed)
    size = codes.shape[1]
    pair = networks.point_generator(latent_dim, size=size), networks.point_discriminator(size=size)
    gan = StabilizedGAN(*pair, loss="non-saturating", gp_weight=0.1, ema_decay=0.0)
    play(gan, codes, seed, 1e-2, rounds)
    return gan.sample(1000, seed=1)


def play(
    gan: StabilizedGAN, points: np.ndarray, seed: int, generator_rate: float, rounds: int
) -> None:
    """Train a GAN on points (n, d), one network at a time.

    In a round the discriminator takes `STEPS` steps of rate 0.01, then the generator one. Both
    rates fall along a half cosine.
    """
    rng = np.random.default_rng(seed)
    generating = compiled_copy(gan, generator_rate, rounds)
    judging = compiled_copy(gan, 1e-2, rounds * STEPS)
    for _ in range(rounds):
        for _ in range(STEPS):
            batch = points[rng.integers(len(points), size=BATCH)]
            train_one(judging, gan.discriminator, batch)
        train_one(generating, gan.generator, batch)


def compiled_copy(gan: StabilizedGAN, rate: float, steps: int) -> Unmeasured:
    """Compile a GAN of the same networks, for `steps` steps at a falling rate."""
    settings = {"loss": gan.adversarial_loss, "gp_weight": gan.gp_weight, "ema_decay": 0.0}
    copy = Unmeasured(gan.generator, gan.discriminator, **settings)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=1e-3)
    copy.compile(keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.9), jit_compile=JIT)
    return copy
