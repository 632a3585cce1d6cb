"""Draw thin lines and see at once what a model makes of them."""

from __future__ import annotations

import anywidget
import numpy as np
import traitlets

from cgan_tutorial import plots
from cgan_tutorial.data import SIZE, check_images
from cgan_tutorial.data.pairs import skeletons
from cgan_tutorial.metrics.classifier import classifier
from cgan_tutorial.widgets.game_recording import asset
from cgan_tutorial.widgets.game_stored import Stored
from cgan_tutorial.widgets.rendering import to_uint8

WITHOUT_FRONT_END = "Run this cell to draw."
# Every alternative text starts so; a page in which the widget is alive hides its still by it.
NAME = "Lines as drawn"
ASKED = "clear", "example"
ZOOM = 7


class DrawWidget(anywidget.AnyWidget):
    """A canvas of 28×28 pixels, and beside it the answer to what is drawn there.

    A stored notebook keeps a picture of both as they were a second after the last stroke.

    Args:
        model: has `translate`.
        examples: skeletons to start from, (n, 28, 28, 1), float32 in [0, 1].

    Raises:
        ValueError: the model cannot translate, or the examples are no such images.
    """

    _esm = asset("draw.js")
    _css = asset("draw.css")
    # A byte a pixel, row by row; the page sets it too. What a page sends is no `bytes` yet.
    drawing = traitlets.CBytes(bytes(SIZE * SIZE)).tag(sync=True)
    made = traitlets.Bytes(bytes(SIZE * SIZE)).tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, model, examples: np.ndarray):
        if not hasattr(model, "translate"):
            raise ValueError(
                f"model is of type {type(model).__name__} and cannot translate; "
                "give one that can, for example a Translator"
            )
        self.model, self.examples, self.next = model, check_images(examples), 0
        self._stored = Stored(self._still)
        super().__init__()
        self.on_msg(self._asked)
        self.example()

    @property
    def lines(self) -> np.ndarray:
        """What is drawn, thinned as the training digits were, (1, 28, 28, 1)."""
        pixels = np.frombuffer(self.drawing, "uint8").reshape(1, SIZE, SIZE, 1)
        return skeletons((pixels / 255).astype("float32"))

    def show(self, image: np.ndarray) -> None:
        """Put an image on the canvas, (28, 28, 1), float32 in [0, 1].

        Raises:
            ValueError: the image is not of that shape, type and range.
        """
        self.drawing = to_uint8(check_images(image[None])[0]).tobytes()

    def clear(self) -> None:
        """Wipe the canvas."""
        self.drawing = bytes(SIZE * SIZE)

    def example(self) -> None:
        """Put the next example on the canvas; after the last, the first."""
        self.show(self.examples[self.next % len(self.examples)])
        self.next += 1

    @traitlets.validate("drawing")
    def _sized(self, proposal) -> bytes:
        if len(proposal["value"]) != SIZE * SIZE:
            raise ValueError(
                f"the drawing has {len(proposal['value'])} bytes; give {SIZE * SIZE}, one a pixel"
            )
        return proposal["value"]

    @traitlets.observe("drawing")
    def _answer(self, change) -> None:
        lines = self.lines
        answer = np.clip(self.model.translate(lines), 0.0, 1.0)
        with self.hold_sync():
            self.made = to_uint8(answer).tobytes()
            self.said = self._words(lines, answer)
        self._stored.soon()

    def _words(self, lines: np.ndarray, answer: np.ndarray) -> str:
        if not lines.any():
            return "Nothing is drawn yet."
        read = np.argmax(classifier()(answer), axis=-1)[0]
        return f"The book's classifier reads the answer as a {read}."

    def _asked(self, widget, content: dict, buffers: list) -> None:
        if content.get("do") in ASKED:
            getattr(self, content["do"])()

    def _still(self) -> tuple[dict, dict]:
        both = np.frombuffer(self.drawing + self.made, "uint8").reshape(2, SIZE, SIZE)
        alt = f"{NAME}, on the left, and what the model makes of them. {self.said}"
        return plots.png_bundle(plots.tile(both / 255, 2, zoom=ZOOM), alt)

    def _ipython_display_(self, **options) -> None:
        """Show the canvas, and the still picture that a page without a kernel has instead."""
        from IPython.display import display

        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        kinds = {"text/plain": WITHOUT_FRONT_END}
        display({**kinds, "application/vnd.jupyter.widget-view+json": view}, raw=True)
        self._stored.show()


def draw(model, examples: np.ndarray) -> DrawWidget:
    """Draw with mouse, pen, finger or arrow keys; show it as the last value of a cell.

    Args:
        model: has `translate`; it should be trained on skeletons.
        examples: skeletons to start from, (n, 28, 28, 1), float32 in [0, 1].

    Raises:
        ValueError: the model cannot translate, or the examples are no such images.
    """
    return DrawWidget(model, examples)
