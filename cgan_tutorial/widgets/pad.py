"""Draw a digit, and see in the page what each of several models makes of it."""

from typing import Any

import keras
import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.data import Dataset, add_gaussian_noise, check_images, load
from cgan_tutorial.data.pairs import skeletons
from cgan_tutorial.models.base import predict_in_batches
from cgan_tutorial.widgets.page import PageWidget


def draw_digit(model: Any, *more_models: Any, data: Dataset | None = None) -> PageWidget:
    """Draw with mouse, finger, pen or arrow keys, and see what each trained model answers.

    It reconstructs (`encode` and `decode`; with noise, if it has a `sigma`), turns lines into a
    digit (`translate`), compares with its samples (`discriminator`) or classifies (a plain
    `keras.Model`). `data` has the examples, 28×28 in gray, and the classes; "mnist-5k" if None.

    Raises:
        ValueError: a model can do none of this, or the images are others.
        NotExportableError: neither the page nor the kernel can evaluate a network.
    """
    data, models = data or load("mnist-5k"), (model, *more_models)
    images, label = check_images(data.test.images[:10]), data.classes[data.test.labels[0]]
    found = [one for each in models for one in _entries(each, images[:1], data.classes)]
    spec = {"shape": images.shape[1:], "entries": [entry for entry, _, _ in found]}
    spec["images"] = np.rint(255 * images).astype(int).reshape(len(images), -1).tolist()
    parts, shown, titles = {}, [images[:1]], []
    for at, (entry, networks, pictures) in enumerate(found):
        parts |= {f"{at}.{use}": network for use, network in networks.items()}
        shown, titles = shown + pictures, titles + entry["titles"][: len(pictures)]
    still = plots.tile(np.concatenate(shown), 3, zoom=8)
    alt = f"The test digit {label}, then what models make of it: {', '.join(titles) or 'shares'}."
    return PageWidget("pad", spec, parts, still, alt)


def _entries(model: Any, image: np.ndarray, classes: tuple[str, ...]) -> list[tuple]:
    """Return what the page must know, networks and pictures, for each thing a model can do."""
    name, sigma = type(model).__name__, getattr(model, "sigma", 0.0)
    found = _shares(model, image, classes)
    if hasattr(model, "translate"):
        made = [skeletons(image), model.translate(skeletons(image))]
        entry = {"titles": ["Digit as lines", name], "lines": True}
        found = [(entry, {"network": model.decoder}, made)]
    elif hasattr(model, "encode") and hasattr(model, "decode"):
        given = [add_gaussian_noise(image, sigma)] if sigma else []
        made = [*given, model.decode(model.encode([image, *given][-1]))]
        entry = {"titles": ["Digit with noise", name][-len(made) :], "sigma": sigma}
        found = [(entry, {"network": model.encoder, "decoder": model.decoder}, made), *found]
    if found:
        return found
    needed = f"encode and decode, translate, a discriminator or {len(classes)} probabilities"
    raise ValueError(f"a {name} can do nothing with a drawing; give a model with {needed}")


def _shares(model: Any, image: np.ndarray, classes: tuple[str, ...]) -> list[tuple]:
    """Return the same for a classifier's probabilities, or for a logit compared with samples'."""
    judge, output = (getattr(model, name, None) for name in ("discriminator", "output_shape"))
    if getattr(judge, "output_shape", None) == (None, 1):
        middle = float(predict_in_batches(judge, model.sample(200, seed=0)).mean())
        parts = [judge, keras.layers.Rescaling(1.0, -middle), keras.layers.Activation("sigmoid")]
        network = keras.Sequential([keras.Input(image.shape[1:]), *parts])
        entry = {"titles": [f"{type(model).__name__}'s discriminator"]}
        return [({**entry, "labels": ["more real than a sample"]}, {"network": network}, [])]
    fits = output == (None, len(classes)) and predict_in_batches(model, image).sum().round(3) == 1
    entry = {"titles": ["Classifier"], "labels": classes}
    return [(entry, {"network": model}, [])] if fits else []
