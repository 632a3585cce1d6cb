"""What a few labelled digits are enough for: a linear classifier on features, or a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from cgan_tutorial import models, networks
from cgan_tutorial.chapters.ch06.retrieval import precision_at
from cgan_tutorial.chapters.ch06.spatial_denoiser import StraighteningAutoencoder
from cgan_tutorial.data import Dataset, Split, check_images, check_labels
from cgan_tutorial.metrics.classifier import build_classifier
from cgan_tutorial.models.base import EncodingModel, in_batches
from cgan_tutorial.training import train

# Labelled digits a class in the recorded comparisons.
COUNTS = 10, 50, 100
BATCH, STEPS, RATE = 32, 400, 2e-3
LATENTS, WIDTH = 32, 16
# Chosen by benchmarks/denoiser_noise.py. The denoiser's noise is more than chapter 3's;
# the straightener does as well with none.
SIGMA = 1.0
EPOCHS = {"autoencoder": 6, "denoiser": 16, "straightener": 12}
# What cross-validation chooses from: inverse strengths of the penalty on the weights.
PENALTIES = {"C": [10.0, 100.0, 1000.0]}

Read = Callable[[np.ndarray], np.ndarray]


def draw(split: Split, per_class: int, seed: int = 0) -> Split:
    """Draw `per_class` images of each class at random, without replacement.

    Raises:
        ValueError: a class has fewer images than that.
    """
    digits, counts = np.unique(split.labels, return_counts=True)
    if not 1 <= per_class <= counts.min():
        raise ValueError(
            f"per_class is {per_class}; give a number from 1 to {counts.min()}, "
            "as many as the rarest class has"
        )
    rng = np.random.default_rng(seed)
    where = [np.flatnonzero(split.labels == digit) for digit in digits]
    chosen = np.concatenate([rng.choice(places, per_class, replace=False) for places in where])
    return Split(split.images[chosen], split.labels[chosen])


def repeated(split: Split, count: int, seed: int = 0) -> Split:
    """Repeat a split until it has `count` images, all equally often, in random order."""
    order = shuffled(len(split), count, seed)
    return Split(split.images[order], split.labels[order])


def shuffled(rows: int, count: int, seed: int = 0) -> np.ndarray:
    """`count` indices of `rows` rows, all equally often, in random order."""
    return np.random.default_rng(seed).permutation(np.arange(count) % rows)


def linear_accuracy(known: np.ndarray, labels: np.ndarray, unseen: np.ndarray, truth) -> float:
    """Share of unseen rows that a logistic regression on the known ones reads rightly.

    How strongly its weights are held back is chosen by threefold cross-validation on the
    known rows. All features are divided by one number, so that their total variance is 1
    and the choice is the same for pixels and for codes.

    Args:
        known: features of labelled images, (n, d), each class at least three times.
        labels: their classes, (n,).
        unseen: features (m, d).
        truth: their classes, (m,), used for counting only.

    Returns:
        From 0 to 1.
    """
    mean = known.mean(axis=0)
    spread = np.sqrt(np.mean(np.sum((known - mean) ** 2, axis=1)))
    search = GridSearchCV(LogisticRegression(tol=1e-3, max_iter=1000), PENALTIES, cv=3)
    search.fit((known - mean) / spread, labels)
    return float(search.score((unseen - mean) / spread, truth))


def train_classifier(images: np.ndarray, labels: np.ndarray, seed: int = 0) -> keras.Model:
    """Train the book's small convolutional classifier by one pass over the images.

    Batches of 32, Adam, its rate falling from 2e-3 to zero along a half cosine.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), in the order of training; repeat
            them (`repeated`) for more passes.
        labels: integers from 0 to 9, (n,).
        seed: of the weights and of dropout.

    Raises:
        ValueError: images or labels are not of that shape, type and range.
    """
    labels = check_labels(labels, len(check_images(images)))
    keras.utils.set_random_seed(seed)
    model = build_classifier()
    rate = keras.optimizers.schedules.CosineDecay(RATE, max(1, len(images) // BATCH))
    loss = "sparse_categorical_crossentropy"
    # Several small steps a call: half of their time would be the calls'.
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False, steps_per_execution=20)
    model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0)
    return model


def percent(model: keras.Model, split: Split) -> float:
    """Percentage of a split's images that a classifier reads rightly, to one digit."""
    right = in_batches(model, split.images).argmax(axis=1) == split.labels
    return round(100 * float(np.mean(right)), 1)


def hidden_units(model: EncodingModel, images: np.ndarray) -> np.ndarray:
    """What the encoder's last hidden layer says of images (n, 28, 28, 1) → (n, 256).

    Raises:
        ValueError: the images are not float32 in [0, 1] of that shape.
    """
    encoder = model.encoder
    network = keras.Model(encoder.inputs[0], encoder.layers[-2].output)
    return in_batches(network, check_images(images))


def pixels(data: Dataset, seed: int) -> Read:
    """The reader that reads nothing: images (n, 28, 28, 1) → their pixels (n, 784)."""
    return lambda images: images.reshape(len(images), -1)


def by_pca(data: Dataset, seed: int) -> Read:
    """The strongest axes of all training digits: images → (n, 32)."""
    pca = PCA(LATENTS, random_state=seed).fit(pixels(data, seed)(data.train.images))
    return lambda images: pca.transform(images.reshape(len(images), -1))


def straightener(
    sigma: float = 0.3, shift: float = 3.0, degrees: float = 20.0
) -> StraighteningAutoencoder:
    """An untrained model that learns to put turned and shifted digits back in their place.

    Args:
        sigma: standard deviation of the noise.
        shift: the largest, in pixels.
        degrees: the largest turn.
    """
    players = networks.encoder(LATENTS, WIDTH), networks.decoder(LATENTS, WIDTH)
    return StraighteningAutoencoder(*players, sigma=sigma, shift=shift, degrees=degrees)


# Untrained encoders and decoders by name.
BUILDERS: dict[str, Callable[[], EncodingModel]] = {
    "autoencoder": partial(models.build, "autoencoder", LATENTS, WIDTH),
    "denoiser": partial(models.build, "denoiser", LATENTS, WIDTH, sigma=SIGMA),
    "straightener": straightener,
}


def learned(name: str, data: Dataset, seed: int) -> EncodingModel:
    """One of `BUILDERS`, trained on all training digits for its `EPOCHS`, no label used."""
    model = BUILDERS[name]()
    train(model, data, epochs=EPOCHS[name], seed=seed, view=False)
    return model


def by_latents(name: str) -> Callable[[Dataset, int], Read]:
    """What learns the latents of one of `BUILDERS`: images → (n, 32)."""
    return lambda data, seed: learned(name, data, seed).encode


def by_hidden_units(data: Dataset, seed: int) -> Read:
    """The straightener's last hidden layer: images → (n, 256)."""
    return partial(hidden_units, learned("straightener", data, seed))


def compare(read: Read, data: Dataset, seed: int, counts: tuple[int, ...] = COUNTS) -> dict:
    """Accuracy in percent with each count of labels a class, and precision at 10.

    Args:
        read: images → features.
        data: the labels of its training split are used for `counts` a class only.
        seed: of the draw.
        counts: labelled digits a class.
    """
    seen, unseen = read(data.train.images), read(data.test.images)
    row = {}
    for count in counts:
        known = draw(data.train, count, seed)
        found = linear_accuracy(read(known.images), known.labels, unseen, data.test.labels)
        row[f"{count} a class"] = round(100 * found, 1)
    near = precision_at(10, unseen, data.test.labels, seen, data.train.labels)
    return {**row, "precision at 10": round(100 * float(near.mean()), 1)}


def from_scratch(data: Dataset, seed: int, counts: tuple[int, ...] = COUNTS) -> dict:
    """The same for a convolutional network that sees the labelled digits and nothing else."""
    row = {}
    for count in counts:
        stream = repeated(draw(data.train, count, seed), BATCH * STEPS, seed)
        model = train_classifier(stream.images, stream.labels, seed)
        row[f"{count} a class"] = percent(model, data.test)
    return {**row, "precision at 10": float("nan")}


READERS: dict[str, Callable[[Dataset, int], Read]] = {
    "raw pixels": pixels,
    "PCA": by_pca,
    "autoencoder, 32 latents": by_latents("autoencoder"),
    "denoiser, 32 latents": by_latents("denoiser"),
    "straightener, 256 hidden units": by_hidden_units,
    "straightener, 32 latents": by_latents("straightener"),
}


def _on(name: str) -> Callable[[Dataset, int], dict]:
    return lambda data, seed: compare(READERS[name](data, seed), data, seed)


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    **{name: _on(name) for name in READERS},
    "small network from scratch": from_scratch,
}
