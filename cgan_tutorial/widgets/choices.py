"""What the page of a widget needs of a model and its data: networks, and images to choose."""

from __future__ import annotations

import base64
from typing import Any

import keras
import numpy as np

from cgan_tutorial.data import Dataset
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.metrics.features import are_digits
from cgan_tutorial.widgets.export import Spec
from cgan_tutorial.widgets.latent_axes import LatentAxes

# Test images that travel to the page, at most, and their bytes together.
IMAGES, BYTES = 30, 150_000


def evaluated(
    model: Any, data: Dataset | None, decoder_only: bool = False
) -> dict[str, keras.Model]:
    """Return the networks that the page runs; beside an encoder, D would be too many bytes."""
    other = "encoder" if hasattr(model, "encode") else "discriminator"
    names = ("decoder",) if decoder_only else ("decoder", other)
    parts = {name: getattr(model, name) for name in names if hasattr(model, name)}
    return parts | ({"classifier": classifier()} if data and are_digits(data) else {})


def choices(model: Any, data: Dataset | None, axes: LatentAxes | None, own: Any = ()) -> Spec:
    """Return what choose.js offers: images, `own` first, and the Gaussian to draw from.

    Without axes that is the standard normal.
    """
    few = picked(model, data)
    images = [*own, *(data.test.images[few] if data and few else ())]
    pixels = b"".join(to_uint8(image).tobytes() for image in images)
    encoded = model.encode(np.stack(images)) if images else np.empty(0)
    spread = [] if axes is None else axes.deviations[:, None] * axes.directions
    return {
        "shape": model.data_shape,
        "latents": model.latent_dim,
        "conditions": model.num_classes,
        "classes": data.classes if data else (),
        "images": base64.b64encode(pixels).decode("ascii"),
        "encoded": encoded.astype(float).round(4).tolist(),
        "labels": [None] * len(own) + [int(data.test.labels[place]) for place in few],
        "center": [] if axes is None else axes.mean.astype(float).round(3).tolist(),
        "spread": np.asarray(spread, float).round(3).tolist(),
    }


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Turn images with values in [0, 1] into uint8; values beyond are clipped."""
    return np.rint(np.clip(image, 0.0, 1.0) * 255).astype("uint8")


def picked(model: Any, data: Dataset | None) -> list[int]:
    """Return places of test images, one of each class, then another one of each."""
    if not data or not hasattr(model, "encode"):
        return []
    labels = data.test.labels
    turn = [np.sum(labels[:place] == label) for place, label in enumerate(labels)]
    most = min(IMAGES, max(4, BYTES // data.test.images[0].size))
    return np.lexsort((labels, turn))[:most].tolist()
