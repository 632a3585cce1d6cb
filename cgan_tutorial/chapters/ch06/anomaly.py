"""Find what does not belong: scores of oddness, and a threshold chosen before the test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from cgan_tutorial import metrics, models
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.models.base import in_batches
from cgan_tutorial.training import train

# One number for autoencoder and PCA, not tuned: tuning needs anomalies, and there are none.
LATENTS = 16
WIDTH = 8
AE_EPOCHS, GAN_EPOCHS = 4, 4

Score = Callable[[np.ndarray], np.ndarray]


def without(split: Split, digit: int) -> np.ndarray:
    """The images of a split that are not of this class, (m, 28, 28, 1)."""
    return split.images[split.labels != digit]


def image_errors(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean squared error of each image, (n, …) and (n, …) → (n,).

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(images) != np.shape(others):
        raise ValueError(
            f"images have shapes {np.shape(images)} and {np.shape(others)}; give equal shapes"
        )
    return np.mean(np.square(images - others).reshape(len(images), -1), axis=1)


def auc(usual: np.ndarray, odd: np.ndarray) -> float:
    """Area under the ROC curve: how often an odd one has the higher score, 0 to 1.

    Over all pairs of a usual and an odd one, ties counting half: 1 is perfect, 0.5 a coin.
    Hanley & McNeil (1982).

    Args:
        usual: scores (n,) of what belongs.
        odd: scores (m,) of what does not.

    Raises:
        ValueError: one of the two is empty.
    """
    if len(usual) == 0 or len(odd) == 0:
        raise ValueError(
            f"there are {len(usual)} usual and {len(odd)} odd scores; give at least one of each"
        )
    truth = np.repeat([0, 1], [len(usual), len(odd)])
    return float(roc_auc_score(truth, np.concatenate([usual, odd])))


def threshold(scores: np.ndarray, false_alarms: float = 0.05) -> float:
    """The score that this share of usual ones exceeds; ask it of a validation split.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not 0 < false_alarms < 1:
        raise ValueError(f"false_alarms is {false_alarms!r}; give a share between 0 and 1")
    return float(np.quantile(scores, 1 - false_alarms))


def hold_out(images: np.ndarray, share: float = 0.2, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Split images at random: those to learn from, and this share of them to validate by."""
    order = np.random.default_rng(seed).permutation(len(images))
    count = round(share * len(images))
    return images[order[count:]], images[order[:count]]


def by_pca(images: np.ndarray, seed: int = 0) -> Score:
    """Squared error of redrawing an image by the 16 strongest axes of these images."""
    pca = PCA(LATENTS, random_state=seed).fit(_flat(images))
    return lambda x: image_errors(_flat(x), pca.inverse_transform(pca.transform(_flat(x))))


def by_forest(images: np.ndarray, seed: int = 0) -> Score:
    """How few random cuts set an image apart: isolation forest (Liu et al., 2008)."""
    forest = IsolationForest(n_estimators=200, random_state=seed).fit(_flat(images))
    return lambda x: -forest.score_samples(_flat(x))


def by_neighbor(images: np.ndarray, seed: int = 0) -> Score:
    """Distance to the nearest of these images, pixel by pixel."""
    return lambda x: metrics.nearest(x, images)[1]


def by_autoencoder(images: np.ndarray, seed: int = 0, epochs: int = AE_EPOCHS) -> Score:
    """Squared error of an autoencoder trained on these images."""
    keras.utils.set_random_seed(seed)
    model = models.build("autoencoder", LATENTS, WIDTH)
    train(model, images, epochs=epochs, seed=seed, view=False)
    return lambda x: image_errors(x, model.reconstruct(x))


def by_discriminator(images: np.ndarray, seed: int = 0, epochs: int = GAN_EPOCHS) -> Score:
    """How fake an image looks to the discriminator of a GAN trained on these images."""
    keras.utils.set_random_seed(seed)
    gan = models.build("gan", LATENTS, WIDTH)
    train(gan, images, epochs=epochs, seed=seed, view=False)
    return lambda x: -in_batches(gan.discriminator, x)[:, 0]


SCORES: dict[str, Callable[[np.ndarray, int], Score]] = {
    "PCA": by_pca,
    "isolation forest": by_forest,
    "nearest digit": by_neighbor,
    "autoencoder": by_autoencoder,
    "discriminator": by_discriminator,
}


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def compare(data: Dataset, seed: int, name: str) -> dict:
    """Leave each class out of the training digits; AUC of a score on the test digits.

    Returns:
        A column for each digit that is left out, and their mean.
    """
    row = {}
    for digit in range(10):
        learned, _ = hold_out(without(data.train, digit), seed=seed)
        score = SCORES[name](learned, seed)
        usual, odd = without(data.test, digit), data.test.images[data.test.labels == digit]
        row[str(digit)] = round(auc(score(usual), score(odd)), 3)
    return {**row, "mean": round(float(np.mean(list(row.values()))), 3)}


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    name: partial(compare, name=name) for name in SCORES
}
