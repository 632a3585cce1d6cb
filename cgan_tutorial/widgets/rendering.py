"""One latent vector → one picture, fast enough to follow a slider."""

from __future__ import annotations

import io

import keras
import numpy as np
from PIL import Image

from cgan_tutorial.models.base import check_latents


def render(model: keras.Model, latent: np.ndarray, label: int | None = None) -> np.ndarray:
    """Decode one latent vector to a picture.

    Args:
        model: has `decode` and `latent_dim`; one with a network named `decoder`
            is decoded about fifty times faster.
        latent: of shape (latent_dim,), finite.
        label: the class that a conditional model is asked for; 0 if it is not given.

    Returns:
        A picture, uint8: (height, width) in gray, (height, width, 3) in color.

    Raises:
        ValueError: the vector has another length or is not finite, or the label is
            none of the model's classes.
    """
    latent = np.asarray(latent, dtype="float32")
    if latent.shape != (model.latent_dim,):
        raise ValueError(
            f"the latent vector has shape {latent.shape}; give ({model.latent_dim},), "
            "one number for each latent of the model"
        )
    latents = check_latents(latent[None], model.latent_dim)
    if getattr(model, "num_classes", 0):
        latents = model.with_labels(latents, None if label is None else np.array([label]))
    return to_uint8(_decode(model, latents)[0])


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Turn images (…, height, width, 1 or 3) into pictures; values are clipped to [0, 1]."""
    picture = np.round(np.clip(image, 0.0, 1.0) * 255).astype("uint8")
    return picture[..., 0] if picture.shape[-1] == 1 else picture


def png(picture: np.ndarray) -> bytes:
    """Write a uint8 picture as a PNG file, about 300 bytes for a digit."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="png")
    return buffer.getvalue()


def _decode(model: keras.Model, latents: np.ndarray) -> np.ndarray:
    network = getattr(model, "decoder", None)
    if network is None:
        return model.decode(latents)
    # predict() sets up a data pipeline each time (100 ms); this is the same compiled step.
    return network.predict_on_batch(latents)
