"""Small digit classifiers, plain or made robust, and what is put in front of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np
from keras import layers

from cgan_tutorial import networks
from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.chapters.ch07.corruption import normalize
from cgan_tutorial.chapters.ch07.gradients import attack, cross_entropy
from cgan_tutorial.chapters.common import fit_classifier
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.models.base import predict_in_batches

EPOCHS, WIDTH, RATE, BATCH = 6, 8, 2e-3, 64
EPS = 0.1


@dataclass(frozen=True)
class Classifier:
    """A network and the preprocessing in front of it.

    Attributes:
        network: images (n, 28, 28, 1) → logits (n, 10), differentiable throughout.
        preprocess: images → images, without a gradient.
    """

    network: keras.Model
    preprocess: Callable[[np.ndarray], np.ndarray] = lambda images: images

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Images (n, 28, 28, 1), float32 in [0, 1] → the most likely digit of each, (n,)."""
        return predict_in_batches(self.network, self.preprocess(images)).argmax(axis=-1)

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Share of images that are classified as their labels (n,)."""
        return float(np.mean(self.predict(images) == labels))


@dataclass(frozen=True)
class Training:
    """How a classifier is trained; the defaults regularize nothing.

    Attributes:
        noise: largest σ of the Gaussian noise on the images; each image has its own σ.
        dropout: share of the hidden units that is dropped.
        decay: weight decay of AdamW (Loshchilov & Hutter, 2019).
        eps: of FGSM on a random half of the images, repeated before each epoch
            (Goodfellow et al., 2015, section 6).
    """

    noise: float = 0.0
    dropout: float = 0.0
    decay: float = 0.0
    eps: float = 0.0


TRAININGS = {
    "plain": Training(),
    "dropout and weight decay": Training(dropout=0.5, decay=0.05),
    "noise in training": Training(noise=0.6),
    "attacks in training": Training(eps=EPS),
}
# The plain classifier with something in front of it; the names are those of the record.
FRONT_ENDS = "behind a denoiser", "behind tidying"


def trained(name: str, data: Dataset, seed: int) -> Classifier:
    """Train a classifier, or take the weights of an earlier such call.

    Each call returns a new network, which you may train further.

    Raises:
        ValueError: the name is neither a key of `TRAININGS` nor one of `FRONT_ENDS`.
    """
    names = [*TRAININGS, *FRONT_ENDS]
    if name not in names:
        raise ValueError(f"unknown classifier {name!r}; choose one of {', '.join(names)}")
    training = TRAININGS.get(name, TRAININGS["plain"])
    network = _network(training)
    network.set_weights(_weights(training, data, seed))
    if name == "behind a denoiser":
        denoiser = cached_models.trained("denoiser", data, seed)
        network = keras.Sequential([denoiser.encoder, denoiser.decoder, network])
    return Classifier(network, normalize) if name == "behind tidying" else Classifier(network)


def fit(training: Training, split: Split, seed: int) -> keras.Model:
    """Train a new network for `EPOCHS` epochs; the learning rate falls to 0 along a cosine."""
    keras.utils.set_random_seed(seed)
    network = _network(training)
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * (len(split) // BATCH))
    optimizer = keras.optimizers.AdamW(rate, weight_decay=training.decay)
    rng = np.random.default_rng(seed)
    passes = (_perturbed(training, network, split, rng) for _ in range(EPOCHS))
    return fit_classifier(network, passes, split.labels, optimizer, BATCH)


@lru_cache(maxsize=8)
def _weights(training: Training, data: Dataset, seed: int) -> list[np.ndarray]:
    return fit(training, data.train, seed).get_weights()


def _network(training: Training) -> keras.Model:
    *body, last = networks.discriminator(WIDTH, classes=10).layers
    dropout = [layers.Dropout(training.dropout)] if training.dropout else []
    return keras.Sequential([keras.Input(networks.IMAGE_SHAPE), *body, *dropout, last])


def _perturbed(
    training: Training, network: keras.Model, split: Split, rng: np.random.Generator
) -> np.ndarray:
    images = split.images
    if training.noise:
        sigmas = rng.uniform(0, training.noise, (len(images), 1, 1, 1))
        images = np.clip(images + sigmas * rng.normal(size=images.shape), 0, 1).astype("float32")
    if training.eps:
        attacked = attack(cross_entropy(network), images, training.eps, split.labels)
        half = rng.random((len(images), 1, 1, 1)) < 0.5
        images = np.where(half, attacked, images)
    return images
