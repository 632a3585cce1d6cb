"""Linear probes: what can be read off an encoder's latents by a weighted sum.

Alain & Bengio (2017). A probe that succeeds says that the latents hold the answer in a plain
form, not that the encoder uses it; so pixels and an untrained encoder are probed too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cgan_tutorial.chapters.ch07 import cached_models
from cgan_tutorial.data import Dataset
from cgan_tutorial.metrics import strokes

# Training digits that a probe is shown, drawn by the seed.
SHOWN = 1000
STRENGTHS = np.logspace(-1, 5, 7)
VALUES = {"slant": strokes.slant, "thickness": strokes.thickness, "width": strokes.width}


def reads_class(codes, labels, test_codes, test_labels) -> float:
    """Share of test rows whose class a linear classifier of the codes finds.

    Args:
        codes: (n, d) to fit on, with labels (n,).
        test_codes: (m, d) to judge by, with test_labels (m,).
    """
    # Scaled as a whole: single pixels at the rim would be blown up by their own deviation.
    scale = codes.std() * np.sqrt(codes.shape[1] / 32)
    model = LogisticRegression(C=1.0, tol=1e-3, max_iter=300).fit(codes / scale, labels)
    return float(model.score(test_codes / scale, test_labels))


def reads_value(codes, values, test_codes, test_values) -> float:
    """R² on test rows of a ridge regression of the values on the codes.

    1 for a perfect reading, 0 for one no better than the mean. The penalty is chosen by
    leaving out one row of the fit at a time. Arguments as for `reads_class`.
    """
    model = make_pipeline(StandardScaler(with_std=False), RidgeCV(STRENGTHS))
    return float(model.fit(codes, values).score(test_codes, test_values))


def best_axis(codes: np.ndarray, values: np.ndarray) -> float:
    """The largest share of the values' variance that one latent alone explains, 0 to 1."""
    centered, wanted = codes - codes.mean(axis=0), values - values.mean()
    spread = np.linalg.norm(centered, axis=0) * np.linalg.norm(wanted)
    return float(np.max((wanted @ centered / np.where(spread == 0, np.inf, spread)) ** 2))


def rotated(codes: np.ndarray, seed: int) -> np.ndarray:
    """Turn the codes' space at random: the same information, on other axes."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(codes.shape[1], codes.shape[1])))
    return codes @ turn


def probe(encode: Callable[[np.ndarray], np.ndarray], data: Dataset, seed: int) -> dict:
    """Ask an encoder's latents for the digit, its slant, its thickness and its width.

    Args:
        encode: images (n, 28, 28, 1) → codes (n, d).
        data: 1,000 of its training digits fit the probes, its test digits judge them.
        seed: of the choice of those digits.

    Returns:
        "digit": accuracy; the others: R². And how many numbers a code has.
    """
    images, labels, values = _shown(data, seed)
    codes, test_codes = encode(images), encode(data.test.images)
    row = {"numbers": codes.shape[1]}
    row["digit"] = reads_class(codes, labels, test_codes, data.test.labels)
    for name, (known, wanted) in values.items():
        row[name] = reads_value(codes, known, test_codes, wanted)
    return {name: round(value, 4) for name, value in row.items()}


def flat(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28, 1) → their pixels (n, 784)."""
    return images.reshape(len(images), -1)


@cache
def _shown(data: Dataset, seed: int) -> tuple[np.ndarray, np.ndarray, dict]:
    """Images and labels to fit on; of each measure its values on them and on the test digits."""
    chosen = np.random.default_rng(seed).permutation(len(data.train))[:SHOWN]
    images = data.train.images[chosen]
    values = {
        name: (measure(images), measure(data.test.images)) for name, measure in VALUES.items()
    }
    return images, data.train.labels[chosen], values


def _pca(data: Dataset, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    pca = PCA(cached_models.LATENTS, random_state=seed).fit(flat(data.train.images))
    return lambda images: pca.transform(flat(images))


def _of(name: str) -> Callable[[Dataset, int], dict]:
    return lambda data, seed: probe(cached_models.trained(name, data, seed).encode, data, seed)


PARTICIPANTS: dict[str, Callable[[Dataset, int], dict]] = {
    "pixels": lambda data, seed: probe(flat, data, seed),
    "PCA": lambda data, seed: probe(_pca(data, seed), data, seed),
    "untrained encoder": lambda data, seed: probe(cached_models.untrained(seed).encode, data, seed),
    "autoencoder": _of("autoencoder"),
    "VAE": _of("vae"),
}
