"""A slider that turns one image into another, through a model's latent space, in the page."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.data import Dataset
from cgan_tutorial.widgets.choices import choices, evaluated
from cgan_tutorial.widgets.explorer import check
from cgan_tutorial.widgets.latent_axes import principal_axes
from cgan_tutorial.widgets.page import PageWidget

SHARES = np.linspace(0, 1, 11)
SEEN = 1500


def between(
    model: keras.Model, start_image: np.ndarray, end_image: np.ndarray, shares: Sequence[float]
) -> np.ndarray:
    """Decode places on the straight line from one image's latent vector to another's.

    Args:
        model: has `encode` and `decode`; it should be trained.
        start_image: float32 in [0, 1] of shape (height, width, channels).
        end_image: the same.
        shares: how far along the line, n numbers; 0 is the start's latent vector, 1 the end's.

    Returns:
        Images (n, height, width, channels), float32.

    Raises:
        ValueError: an image of another shape, type or range, or a share that is not finite.
    """
    start, end = model.encode(start_image[None]), model.encode(end_image[None])
    shares = np.reshape(shares, (-1, 1))
    return model.decode((1 - shares) * start + shares * end)


def morph(
    model: keras.Model, first: np.ndarray, second: np.ndarray, data: Dataset | None = None
) -> PageWidget:
    """Turn one image into another by a slider.

    Args:
        model: has `encoder` and `decoder`; it should be trained.
        first: float32 in [0, 1] of shape (height, width, channels).
        second: the same.
        data: whose test images can be chosen instead; digits are classified, too.

    Raises:
        ValueError: the model cannot encode, an image has another shape, type or range, or
            the data has other images than the model.
        NotExportableError: neither the page nor the kernel can evaluate a network.
    """
    if not hasattr(model, "encode"):
        raise ValueError(
            f"model is of type {type(model).__name__} and cannot encode; give one that can, for "
            "example a VAE"
        )
    if data is not None:
        check(model, data)
    axes = principal_axes(model.encode(data.train.images[:SEEN])) if data else None
    strip = between(model, first, second, SHARES)
    names = ["first", *[f"{share:.0%}".replace("%", " %") for share in SHARES], "second"]
    images = np.concatenate([first[None], strip, second[None]])
    still = plots.grid(images, len(images), columns_named=names)
    alt = "An image, eleven pictures decoded on the way from it to another, and that other one."
    spec = choices(model, data, axes, own=(first, second))
    return PageWidget("morphing", spec, evaluated(model, data), still, alt)
