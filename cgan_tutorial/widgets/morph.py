"""A slider that turns one image into another, through a model's latent space."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import keras
import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.widgets.rendering import png, render, to_uint8

STRIP = np.arange(11) / 10
SIDE = 224
WITHOUT_FRONT_END = "Run this cell to get its slider."


def between(
    model: keras.Model, start_image: np.ndarray, end_image: np.ndarray, shares: Sequence[float]
) -> np.ndarray:
    """Decode places on the straight line from one image's code to another's.

    Args:
        model: has `encode` and `decode`; it should be trained.
        start_image: float32 in [0, 1] of shape (height, width, channels).
        end_image: the same.
        shares: how far along the line, n numbers; 0 is the start's code, 1 the end's.

    Returns:
        Images (n, height, width, channels), float32.

    Raises:
        ValueError: an image of another shape, type or range, or a share that is not finite.
    """
    start, end = model.encode(start_image[None]), model.encode(end_image[None])
    shares = np.reshape(shares, (-1, 1))
    return model.decode((1 - shares) * start + shares * end)


class Morph:
    """Two images, the picture on the way from one to the other, and a slider.

    Displayed as the last value of a cell.

    Args:
        model: has `encode`, `decode` and `latent_dim`.
        start_image: float32 in [0, 1] of shape (height, width, channels).
        end_image: the same.
    """

    def __init__(self, model: keras.Model, start_image: np.ndarray, end_image: np.ndarray):
        self.model = model
        self.start, self.end = (model.encode(i[None])[0] for i in (start_image, end_image))
        self.slider = ipywidgets.FloatSlider(
            description="way", min=0.0, max=1.0, step=0.02, layout={"width": "400px"}
        )
        self.slider.observe(self._show, names="value")
        self.image = ipywidgets.Image()
        ends = [ipywidgets.Image(value=_png(to_uint8(i), 84)) for i in (start_image, end_image)]
        pictures = ipywidgets.HBox([ends[0], self.image, ends[1]], layout={"align_items": "center"})
        self.box = ipywidgets.VBox([pictures, self.slider])
        self._show()

    @property
    def latent(self) -> np.ndarray:
        """The latent vector that is decoded now, (latent_dim,)."""
        share = self.slider.value
        return (1 - share) * self.start + share * self.end

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {
            "text/plain": WITHOUT_FRONT_END,
            "application/vnd.jupyter.widget-view+json": view,
        }

    def _show(self, change=None) -> None:
        self.image.value = _png(render(self.model, self.latent), SIDE)


def morph(model: keras.Model, start_image: np.ndarray, end_image: np.ndarray) -> Morph:
    """Turn one image into another by a slider.

    A strip of pictures comes first, which is all that a page without a kernel shows:
    the first image, eleven decoded places on the way, the second image. Return the
    slider as the last value of the cell to see it below them.

    Args:
        model: has `encode`, `decode` and `latent_dim`; it should be trained.
        start_image: float32 in [0, 1] of shape (height, width, channels).
        end_image: the same.

    Returns:
        The slider.

    Raises:
        ValueError: the model cannot encode, or an image has another shape, type or range.
    """
    if not hasattr(model, "encode"):
        raise ValueError(
            f"model is of type {type(model).__name__} and cannot encode; "
            "give one that can, for example a VAE"
        )
    widget = Morph(model, start_image, end_image)
    steps = between(model, start_image, end_image, STRIP)
    names = ["start", *[f"{share:g}" for share in STRIP], "end"]
    images = np.concatenate([start_image[None], steps, end_image[None]])
    title = "The way, decoded, and the two images"
    figure = plots.grid(images, len(names), title=title, columns_named=names)
    plots.show(
        figure,
        "An image, eleven decoded pictures on the way from it to another, and that other one.",
    )
    return widget


def _png(picture: np.ndarray, side: int) -> bytes:
    # Enlarged here, by a whole factor: a browser would blur the pixels.
    zoom = max(1, side // max(picture.shape))
    return png(picture.repeat(zoom, axis=0).repeat(zoom, axis=1))
