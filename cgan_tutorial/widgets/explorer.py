"""The latent explorer: a pad between four images, or a map of two latents, moved in the page."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.data import Dataset, check_count
from cgan_tutorial.metrics.features import are_digits
from cgan_tutorial.models.base import predict_in_batches
from cgan_tutorial.models.registry import name_of
from cgan_tutorial.widgets.choices import choices, evaluated, picked
from cgan_tutorial.widgets.export import Spec
from cgan_tutorial.widgets.latent_axes import LatentAxes, measured, principal_axes, sensitive_axes
from cgan_tutorial.widgets.page import PageWidget

# Pictures along a side of the pad, and the pixels of one, about; classes of its first corners.
SIDE, PIXELS, FIRST = 9, 56, (3, 8, 4, 9)
PLACES = "top left", "top right", "bottom left", "bottom right"
# Images that find the directions; those whose strokes are measured; dots on a map.
SEEN, MEASURED, DOTS = 1500, 300, 300
LOGISTIC = "minimax", "non-saturating"  # Losses whose logit gives the probability of "real".


def latent_explorer(
    model: keras.Model, data: Dataset, directions: int = 4, decoder_only: bool = False
) -> PageWidget:
    """Show what a model decodes between four latent vectors, or all over two latents.

    Sliders below the pad move along directions: slant and thickness for handwritten digits,
    then the principal axes of the encoded training images or, for a model that cannot
    encode, the axes along which its pictures change most. A map of two latents has none.

    Args:
        model: has `decoder`, `decode` and `latent_dim`; it should be trained.
        data: its training images find the directions; its test images can be chosen.
        directions: number of sliders, at most.
        decoder_only: whether encoder and discriminator stay out of the page, which has about half
            the bytes then: no digit can be drawn, and no discriminator answers.

    Raises:
        ValueError: the model cannot decode, the data is no `Dataset` or has other images or
            classes, `directions` is not a positive integer, or the latents change nothing.
        NotExportableError: neither the page nor the kernel can evaluate a network.
    """
    check(model, data, directions)
    latents, axes = _latents(model, data)
    parts = evaluated(model, data, decoder_only)
    spec = choices(model, data, axes if hasattr(model, "encode") else None)
    if model.latent_dim == 2:
        spec |= {**_map(model, data, latents), "directions": []}
    else:
        spec |= _pad(model, data, latents)
        spec["directions"] = _directions(model, data, latents, axes)[:directions]
    if "discriminator" in parts:
        spec["judge"] = _judge(model, data)
    spec["key"] = f"{name_of(model)}-{model.latent_dim}"
    return PageWidget("explorer", spec, parts, _ground(model, spec["corners"]), spec["alt"])


def check(model: Any, data: Any, directions: int = 1) -> None:
    """Raise a ValueError for what the explorer cannot show."""
    for name, given, needed, example in (
        ("model", model, ("decoder", "decode", "latent_dim"), "an Autoencoder"),
        ("data", data, ("train", "test", "classes"), 'load("mnist-5k")'),
    ):
        if missing := [part for part in needed if not hasattr(given, part)]:
            raise ValueError(
                f"{name} is of type {type(given).__name__} and has no {' and no '.join(missing)}; "
                f"give one that has, for example {example}"
            )
    check_count("directions", directions)
    makes = f"images {tuple(model.data_shape)} of {model.num_classes or len(data.classes)} classes"
    has = f"images {data.train.images.shape[1:]} of {len(data.classes)} classes"
    if makes != has:
        raise ValueError(
            f"the model makes {makes}, and the data has {has}; give the data that it was trained on"
        )


def _latents(model: Any, data: Dataset) -> tuple[np.ndarray, LatentAxes]:
    """Return encoded training images, or draws, and the axes that explain most."""
    if hasattr(model, "encode"):
        latents = model.encode(data.train.images[:SEEN])
        return latents, principal_axes(latents)
    latents = np.random.default_rng(0).normal(size=(MEASURED, model.latent_dim))
    return latents, sensitive_axes(model.decode, model.latent_dim)


def _ground(model: Any, corners: list) -> np.ndarray:
    """Decode the pad's pictures, and put them in one."""
    down, across = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j].reshape(2, -1, 1)
    above, below = ((1 - across) * a + across * b for a, b in np.reshape(corners, (2, 2, -1)))
    asked = {"labels": np.zeros(SIDE**2, int)} if model.num_classes else {}
    images = model.decode((1 - down) * above + down * below, **asked)
    return plots.tile(images, SIDE, 0, max(1, round(PIXELS / images.shape[2])))


def _pad(model: Any, data: Dataset, latents: np.ndarray) -> Spec:
    """Return four corners: test images of several classes, or random draws."""
    names, first, few = ["random draw"] * 4, [None] * 4, picked(model, data)
    if few:
        first = [place % len(few) for place in (FIRST if len(few) >= 10 else range(4))]
        images = [few[place] for place in first]
        latents = model.encode(data.test.images[images])
        names = [data.classes[data.test.labels[image]] for image in images]
    described = ", ".join(f"{a} at the {b}" for a, b in zip(names, PLACES, strict=True))
    alt = f"Nine by nine pictures, decoded between four latent vectors: {described}."
    return {
        "corners": latents[:4].astype(float).round(4).tolist(),
        "first": first,
        "names": names,
        "alt": alt,
    }


def _map(model: Any, data: Dataset, latents: np.ndarray) -> Spec:
    """Return the corners of the plane, and dots: coordinates from 0 to 1, and the class."""
    low, high = np.percentile(latents, [1, 99], axis=0)
    high = np.maximum(high, low + 1e-3)
    dots: list[Any] = []
    if hasattr(model, "encode"):
        places = (model.encode(data.test.images[:DOTS]) - low) / (high - low) * [1, -1] + [0, 1]
        rows = zip(*places.round(3).T.tolist(), data.test.labels.tolist(), strict=False)
        dots = [row for row in rows if min(row[:2]) >= 0 and max(row[:2]) <= 1]
    alt = (
        "Nine by nine pictures, decoded all over the plane of two latents: the first from "
        f"{low[0]:.1f} to {high[0]:.1f} across, the second from {low[1]:.1f} to {high[1]:.1f} up."
    )
    corners = [[x, y] for y in (high[1], low[1]) for x in (low[0], high[0])]
    return {"corners": np.round(corners, 4).tolist(), "dots": dots, "alt": alt}


def _directions(model: Any, data: Dataset, latents: np.ndarray, axes: LatentAxes) -> list[Spec]:
    """Return steps of one standard deviation, the measured ones first, and their names."""
    found, encodes = [], hasattr(model, "encode")
    if are_digits(data):
        few = latents[:MEASURED]
        images = data.train.images[: len(few)] if encodes else np.clip(model.decode(few), 0, 1)
        found = [{"name": name, "step": step} for name, step in measured(few, images).items()]
    said = "of the variation" if encodes else "of the pictures' change"
    steps = axes.deviations[:, None] * axes.directions
    for number, (share, step) in enumerate(zip(axes.shares, steps, strict=True), start=1):
        found.append(
            {"name": f"Axis {number}", "note": f"explains {100 * share:.0f} % {said}", "step": step}
        )
    return [{**one, "step": np.round(one["step"], 4).tolist()} for one in found]


def _judge(model: Any, data: Dataset) -> Spec:
    """Say how the discriminator's logits are read: as a probability, or beside real images'."""
    logits = predict_in_batches(model.discriminator, data.test.images[:MEASURED])
    own = data.test.labels[:MEASURED] if model.num_classes else 0
    median = float(np.median(logits[np.arange(len(logits)), own]))
    return {"logistic": model.adversarial_loss in LOGISTIC, "median": round(median, 2)}
