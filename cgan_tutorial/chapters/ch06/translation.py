"""Image translation: baselines without a network, the U-Nets, and their comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.linear_model import Ridge

from cgan_tutorial import metrics, models
from cgan_tutorial.chapters.common import flatten
from cgan_tutorial.data import SIZE, Dataset, pairs
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.networks import patch_discriminator, unet
from cgan_tutorial.training import train

EPOCHS = 4
RADII = 0.0, 1.0, 1.5, 2.0, 2.5, 3.0
SIGMAS = 0.0, 0.4, 0.6, 0.8, 1.0, 1.2

# Inputs → outputs, both float32 in [0, 1] of shape (n, 28, 28, 1).
Translate = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Thickening:
    """Dilate lines by a disk of this radius, then blur them; both in pixels, 0 for neither."""

    radius: float
    sigma: float

    def __call__(self, skeletons: np.ndarray) -> np.ndarray:
        """Skeletons (n, 28, 28, 1), float32, 0 or 1 → digits of the same form in [0, 1]."""
        offsets = np.arange(-int(self.radius), int(self.radius) + 1)
        disk = np.hypot(offsets[:, None], offsets) <= self.radius
        thick = ndimage.maximum_filter(skeletons[..., 0], footprint=disk[None], mode="constant")
        return ndimage.gaussian_filter(thick, (0, self.sigma, self.sigma))[..., None]


def fit_thickening(skeletons: np.ndarray, targets: np.ndarray) -> Thickening:
    """Choose the radius and the blur with the least squared error on the first 1,000 pairs.

    Both are float32 of shape (n, 28, 28, 1): skeletons are 0 or 1, targets in [0, 1].
    """
    # Two numbers need no more pairs than that.
    skeletons, targets = skeletons[:1000], targets[:1000]
    settings = [Thickening(radius, sigma) for radius, sigma in product(RADII, SIGMAS)]
    return min(settings, key=lambda thicken: np.square(thicken(skeletons) - targets).mean())


def bicubic(coarse: np.ndarray) -> np.ndarray:
    """Enlarge images of 7×7 blocks by cubic interpolation, clipped to [0, 1].

    Takes and returns float32 in [0, 1] of shape (n, 28, 28, 1), as `pairs.coarse` does.
    """
    small = [Image.fromarray(means) for means in pairs.block_means(coarse)]
    large = [image.resize((SIZE, SIZE), Image.Resampling.BICUBIC) for image in small]
    return np.clip(np.stack([np.asarray(image) for image in large]), 0.0, 1.0)[..., None]


def fit_linear(coarse: np.ndarray, targets: np.ndarray) -> Translate:
    """Fit the best linear map from 49 block means to 784 pixels, by least squares.

    Both are float32 in [0, 1] of shape (n, 28, 28, 1). The map's output is clipped to [0, 1].
    """

    def enlarge(images: np.ndarray) -> np.ndarray:
        """Map coarse images (n, 28, 28, 1) to sharp ones of the same shape, in [0, 1]."""
        pixels = ridge.predict(flatten(pairs.block_means(images)))
        return np.clip(pixels, 0.0, 1.0).astype("float32").reshape(images.shape)

    # A small penalty: the blocks at the border are 0 in every digit.
    ridge = Ridge(alpha=0.1).fit(flatten(pairs.block_means(coarse)), flatten(targets))
    return enlarge


def build(adversarial_weight: float = 1.0) -> models.Translator:
    """Build the book's translator; with `adversarial_weight=0` the L1 error alone trains it.

    The discriminator has no influence then, so it is as small as possible.
    """
    players = unet(), patch_discriminator(width=16 if adversarial_weight else 1)
    return models.Translator(*players, adversarial_weight=adversarial_weight)


def fit_network(
    inputs: np.ndarray, targets: np.ndarray, seed: int, adversarial_weight: float = 1.0
) -> Translate:
    """Train the book's translator for `EPOCHS` epochs; return its `translate`."""
    model = build(adversarial_weight)
    train(model, (inputs, targets), epochs=EPOCHS, seed=seed, view=False)
    return model.translate


def evaluate(outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Compare outputs with targets, both float32 in [0, 1] of shape (n, 28, 28, 1), n ≥ 65.

    Sharpness is the outputs' `mean_gradient` over the targets'; "read alike" is the share of
    outputs that the book's classifier labels like the target.
    """
    return {
        "l1": round(float(np.abs(outputs - targets).mean()), 4),
        "mse": round(metrics.mse(outputs, targets), 4),
        "frechet": round(metrics.frechet_classifier_distance(outputs, targets), 2),
        "sharpness": round(mean_gradient(outputs) / mean_gradient(targets), 3),
        "read alike": round(float((classify(outputs) == classify(targets)).mean()), 3),
    }


def mean_gradient(images: np.ndarray) -> float:
    """Mean absolute difference of neighboring pixels of images (n, 28, 28, 1), 0 to 1."""
    across, down = (np.abs(np.diff(images, axis=axis)).mean() for axis in (2, 1))
    return float(across + down) / 2


def compare(data: Dataset, seed: int, task: str, fit: Callable[..., Translate]) -> dict:
    """Fit a translation to the training pairs of a task of `pairs.TASKS`, test it on the others.

    `fit` takes inputs, targets and the seed.
    """
    degrade = pairs.TASKS[task]
    translate = fit(degrade(data.train.images), data.train.images, seed)
    return evaluate(translate(degrade(data.test.images)), data.test.images)


NETWORKS = {"L1 alone": partial(fit_network, adversarial_weight=0.0), "L1 + game": fit_network}
TRANSLATIONS: dict[str, dict[str, Callable[..., Translate]]] = {
    "skeleton": {"dilation, blur": lambda x, y, seed: fit_thickening(x, y), **NETWORKS},
    "7×7": {
        "bicubic": lambda x, y, seed: bicubic,
        "linear": lambda x, y, seed: fit_linear(x, y),
        **NETWORKS,
    },
}
PARTICIPANTS = {
    f"{task}: {name}": partial(compare, task=task, fit=fit)
    for task, fits in TRANSLATIONS.items()
    for name, fit in fits.items()
}
