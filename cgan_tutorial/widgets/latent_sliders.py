"""Sliders that walk a model's latent space along its strongest directions."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import partial

import ipywidgets
import keras
import numpy as np
from matplotlib.figure import Figure

from cgan_tutorial import plots
from cgan_tutorial.data import Dataset, Split
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.metrics.features import are_digits
from cgan_tutorial.widgets.latent_axes import LatentAxes, principal_axes, sensitive_axes
from cgan_tutorial.widgets.rendering import png, render, to_uint8

REACH = 3.0
STEP = 0.1
STRIP = np.linspace(-REACH, REACH, 13)
WITHOUT_FRONT_END = "Run this cell to get its sliders."
UNITS = {
    True: "In standard deviations from the mean of the training images",
    False: "In standard deviations of the latents that the generator was trained with",
}
MEANS = {True: "the mean of all training images", False: "latents that are all 0"}
DRAWS = 2000
# An Image widget has no option for this: without it, browsers blur enlarged pixels.
PIXELATED = "<style>.latent-picture {image-rendering: pixelated}</style>"


class LatentSliders:
    """A picture, sliders along latent axes, and places to start from.

    Displayed as the last value of a cell. The latent vector is the start plus what
    the sliders were moved by since, so a start is decoded exactly as it is, though
    sliders show it only to a tenth and stop at 3 deviations.

    Args:
        model: has `decode` and `latent_dim`. One that can `encode` gets a button that
            starts at a test image; one that is told the class, buttons that tell it.
        axes: the axes that the sliders move along.
        class_means: class → mean of its latents, (latent_dim,).
        test: images to encode and start from.
        names: of the classes.
        count: number of sliders.
    """

    def __init__(
        self,
        model: keras.Model,
        axes: LatentAxes,
        class_means: dict[int, np.ndarray],
        test: Split,
        names: Sequence[str],
        count: int,
    ):
        self.model, self.axes, self.test, self.names = model, axes, test, names
        self.class_means = class_means
        self.encodes = hasattr(model, "encode")
        # The class that a conditional model is asked for.
        self.label = 0 if getattr(model, "num_classes", 0) else None
        self.draws = 0
        self._build(count)
        self.reset()

    @property
    def steps(self) -> np.ndarray:
        """Where the sliders stand, in standard deviations, (count,)."""
        return np.array([slider.value for slider in self.sliders])

    @property
    def latent(self) -> np.ndarray:
        """The latent vector that is decoded now, (latent_dim,)."""
        return self.axes.move(self._start, self.steps - self._start_steps)

    def start_at(self, latent: np.ndarray, name: str, original: np.ndarray | None = None) -> None:
        """Put the sliders where `latent` (latent_dim,) lies and decode it.

        Args:
            latent: the new start.
            name: what it is, in words.
            original: a picture to show beside the decoded one, uint8, (height, width) or
                (height, width, 3); without it the decoded start stays there for comparison.
        """
        picture = render(self.model, latent, self.label)
        self._start = np.asarray(latent)
        positions = self.axes.positions(self._start)[: len(self.sliders)]
        # The front end snaps sliders to their step; adding 0 turns −0 into 0.
        self._start_steps = np.clip(np.round(positions, 1) + 0.0, -REACH, REACH)
        self._moving = True
        for slider, step in zip(self.sliders, self._start_steps, strict=True):
            slider.value = step
        self._moving = False
        self.start_image.value = png(picture if original is None else original)
        self.start_name.value = html.escape(f"Start: {name}", quote=False)
        self._show()

    def reset(self) -> None:
        """Go back to the first start: the axes' own mean."""
        self.start_at(self.axes.mean, MEANS[self.encodes])

    def start_at_class(self, label: int) -> None:
        """Start at the mean of a class's latents; ask a conditional model for the class."""
        if self.label is not None:
            self.label = label
            self.start_at(self.latent, f"the same latents, asked for class {self.names[label]}")
            return
        self.start_at(self.class_means[label], f"the mean of class {self.names[label]}")

    def start_at_random(self) -> None:
        """Start at a draw from the Gaussian that has these axes."""
        self.start_at(self.axes.sample(self.draws), f"random draw {self.draws}")
        self.draws += 1

    def start_at_test_image(self, index: int) -> None:
        """Encode a test image, start there, and show the original."""
        image = self.test.images[index : index + 1]
        label = self.test.labels[index]
        name = f"test image {index}, class {self.names[label]}; on the left the original"
        self.start_at(self.model.encode(image)[0], name, to_uint8(image[0]))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {
            "text/plain": WITHOUT_FRONT_END,
            "application/vnd.jupyter.widget-view+json": view,
        }

    def _show(self) -> None:
        self.image.value = png(render(self.model, self.latent, self.label))

    def _slider_moved(self, change) -> None:
        if not self._moving:
            self._show()

    def _build(self, count: int) -> None:
        self.sliders = [_slider(name) for name in self.axes.names(count)]
        for slider in self.sliders:
            slider.observe(self._slider_moved, names="value")
        self.image, self.start_image = _picture(224), _picture(84)
        self.start_name = ipywidgets.HTML()
        width = "2.6em" if all(len(name) < 3 for name in self.names) else "auto"
        self.class_buttons = [
            _button(self.names[label], partial(self.start_at_class, label), width)
            for label in self.class_means
        ]
        self.random_button = _button("random draw", self.start_at_random)
        self.reset_button = _button("reset", self.reset)
        self.test_index = ipywidgets.BoundedIntText(max=len(self.test) - 1, layout={"width": "5em"})
        self.test_index.observe(self._test_image_chosen, names="value")
        self.test_button = _button("encode test image", self._test_image_chosen)
        self.box = self._arrange()

    def _arrange(self) -> ipywidgets.Box:
        sliders = _column(ipywidgets.HTML(UNITS[self.encodes]), *self.sliders)
        classes = "mean of class" if self.label is None else "ask for class"
        encoding = [self.test_button, self.test_index] if self.encodes else []
        several = len(self.class_buttons) > 1
        kinds = [ipywidgets.HTML(classes), *self.class_buttons] if several else []
        starts = _column(
            self.start_name,
            _row(*kinds),
            _row(*encoding, self.random_button, self.reset_button),
        )
        return _column(
            ipywidgets.HTML(PIXELATED, layout={"display": "none"}),
            _row(self.image, sliders),
            _row(self.start_image, starts),
        )

    def _test_image_chosen(self, change=None) -> None:
        self.start_at_test_image(self.test_index.value)


def latent_sliders(model: keras.Model, data: Dataset, axes: int = 6) -> LatentSliders:
    """Show what a model's strongest latent directions do to an image.

    A strip of pictures comes first, which is all that a page without a kernel
    shows: a row for each direction, from −3 to 3 standard deviations. Return the
    sliders as the last value of the cell to see them below it.

    The directions are the principal axes of the encoded training images or, for a
    model that cannot encode, those in which its pictures change most.

    Args:
        model: has `decode` and `latent_dim`; it should be trained.
        data: its training images are encoded to find the directions.
        axes: number of directions, the strongest first; no more than the model has.

    Returns:
        The sliders.

    Raises:
        ValueError: the model cannot decode, the data is no `Dataset`, `axes` is not a
            positive integer, or there are no directions: all images are equal.
    """
    _check(model, data, axes)
    latents, labels = _latents(model, data)
    means = {int(c): latents[labels == c].mean(axis=0) for c in np.unique(labels)}
    if hasattr(model, "encode"):
        found = principal_axes(latents)
    else:
        found = sensitive_axes(model.decode, model.latent_dim)
    count = min(axes, len(found.deviations))
    figure, alt = strip(model, found, count)
    plots.show(figure, alt)
    return LatentSliders(model, found, means, data.test, data.classes, count)


def _latents(model: keras.Model, data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Latents (n, latent_dim) and their classes: encoded, or drawn and classified if digits."""
    if hasattr(model, "encode"):
        return model.encode(data.train.images), data.train.labels
    latents = np.random.default_rng(0).normal(size=(DRAWS, model.latent_dim))
    if getattr(model, "num_classes", 0):
        return latents, np.arange(DRAWS) % model.num_classes
    if not are_digits(data):
        return latents[:0], np.zeros(0, int)
    return latents, classify(np.clip(model.decode(latents), 0.0, 1.0))


def strip(model: keras.Model, axes: LatentAxes, count: int) -> tuple[Figure, str]:
    """Draw the sweep along each of the first `count` axes, and say it in words.

    Returns:
        A figure with a row for each axis, through the axes' mean, and its
        alternative text.
    """
    moves = np.concatenate([np.outer(STRIP, row) for row in np.eye(count)])
    latents = np.stack([axes.move(axes.mean, move) for move in moves])
    rows = axes.names(count)
    columns = [_in_deviations(step) if step % 1 == 0 else "" for step in STRIP]
    asked = {"labels": np.zeros(len(latents), int)} if getattr(model, "num_classes", 0) else {}
    images = model.decode(latents, **asked)
    figure = plots.grid(images, len(STRIP), rows, columns_named=columns)
    alt = (
        f"Decoded images along the {count} strongest latent directions, a row each, "
        f"from {_in_deviations(-REACH)} to {_in_deviations(REACH)} around "
        f"{MEANS[hasattr(model, 'encode')]}: {', '.join(rows)}."
    )
    return figure, alt


def _in_deviations(step: float) -> str:
    return f"{step:+.0f}σ".replace("-", "−") if step else "mean"


def _check(model: keras.Model, data: Dataset, axes: int) -> None:
    _require("model", model, ("decode", "latent_dim"), "an Autoencoder")
    _require("data", data, ("train", "test"), 'load("mnist-5k")')
    if not isinstance(axes, int) or isinstance(axes, bool) or axes < 1:
        raise ValueError(f"axes is {axes!r}; give a positive integer, for example axes=6")
    if getattr(model, "num_classes", 0) > len(data.classes):
        raise ValueError(
            f"the model has {model.num_classes} classes and the data {len(data.classes)}; give the "
            "data that it was trained on"
        )


def _require(name: str, given: object, needed: tuple[str, ...], example: str) -> None:
    missing = [part for part in needed if not hasattr(given, part)]
    if missing:
        raise ValueError(
            f"{name} is of type {type(given).__name__} and has no {' and no '.join(missing)}; "
            f"give one that has {', '.join(needed)}, for example {example}"
        )


def _slider(name: str) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        description=name,
        min=-REACH,
        max=REACH,
        step=STEP,
        readout_format=".1f",
        style={"description_width": "8em"},
        layout={"width": "auto"},
    )


def _picture(side: int) -> ipywidgets.Image:
    layout = {"width": f"{side}px", "height": f"{side}px", "flex": "0 0 auto"}
    image = ipywidgets.Image(layout=layout)
    image.add_class("latent-picture")
    return image


def _button(text: str, action: Callable[[], None], width: str = "auto") -> ipywidgets.Button:
    button = ipywidgets.Button(description=text, layout={"width": width})
    button.on_click(lambda _: action())
    return button


def _row(*children: ipywidgets.Widget) -> ipywidgets.Box:
    layout = {"display": "flex", "flex_flow": "row wrap", "align_items": "center"}
    return ipywidgets.Box(children, layout={**layout, "grid_gap": "0 4px"})


def _column(*children: ipywidgets.Widget) -> ipywidgets.VBox:
    return ipywidgets.VBox(children, layout={"flex": "1 1 20em"})
