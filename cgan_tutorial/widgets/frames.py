"""Pictures behind sliders: Python draws one for each position, and the page keeps them all."""

import base64
import html
import io
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from cgan_tutorial.plots import FEW_COLORS, SCALE, has_images
from cgan_tutorial.widgets.page import PageWidget

# array @ ANY is array.any(axis=-1) in a fifth of the time.
ANY = np.ones(3, bool)


def frames(
    function: Callable[..., Figure | np.ndarray],
    first: tuple,
    second: tuple | None = None,
    *,
    said: Callable[..., str] = lambda *values: "",
    alt: str,
    start: Sequence[float] | None = None,
    most: int = 600_000,
) -> PageWidget:
    """Return a widget that shows a picture for each position of one or two sliders.

    Args:
        function: the sliders' values → a figure, or uint8 (height, width) or (height, width, 3).
            If it returns one figure each time, its animated artists alone are drawn again.
        first, second: label, two or more positions, and unit: `("delay", [0, 5, 10], " ms")`.
        said: the sliders' values → the sentence below the picture, with its numbers.
        alt: what all pictures show, for readers who cannot see them.
        start: where the sliders start, at the nearest positions; by default at the first ones.
        most: bytes that the pictures may take in the page.

    Raises:
        ValueError: the pictures differ in size, or take more bytes.
    """
    sliders, kept = [(*each, "")[:3] for each in (first, second) if each], {}
    values = list(itertools.product(*(places for _, places, _ in sliders)))
    at = 0 if start is None else int(np.abs(np.subtract(values, start)).sum(axis=1).argmin())
    home = np.unravel_index(at, [len(places) for _, places, _ in sliders])
    pictures = (function(*each) for each in values)
    drawn, outside, scales, charts = map(
        list, zip(*(_drawn(picture, kept) for picture in pictures), strict=True)
    )
    drawn = _padded(drawn, outside)
    still, changes = _stored(drawn, at, most)
    sentences = [said(*each) for each in values]
    named = [
        {"label": label, "names": [f"{place:g}{unit}" for place in places], "start": start}
        for (label, places, unit), start in zip(sliders, map(int, home), strict=True)
    ]
    (height, width, _), kind = drawn[0].shape, "cgan-frame" + all(charts) * " cgan-chart"
    spec = {
        **{"alt": alt, "width": width, "height": height, "shown": width // scales[0]},
        **{"kind": kind, "still": still, "changes": changes, "said": sentences, "sliders": named},
    }
    shown, size = f"{alt} {sentences[at]}".strip(), spec["shown"]
    image = f'<img class="{kind}" alt="{html.escape(shown)}" width="{size}" src="{still}">'
    return PageWidget("frames", spec, {}, image, shown)


def _stored(drawn: list[np.ndarray], at: int, most: int) -> tuple[str, list[str]]:
    """Return the picture `at`, and what each picture has other than it, as addresses.

    The pictures are changed in place, because they take hundreds of megabytes.
    """
    if len({picture.shape for picture in drawn}) > 1:
        raise ValueError("the pictures differ in size; draw all in one size")
    _few_colors(drawn)
    still = _uri(drawn[at], "png")
    changes = [_change(picture, drawn[at]) for picture in drawn]
    taken = 2 * len(still) + sum(map(len, changes))
    if taken > most:
        fitting = f"about {len(drawn) * most // taken} of this size fit"
        raise ValueError(f"{len(drawn)} pictures take {taken:,} bytes; {fitting} into {most:,}")
    return still, changes


def _drawn(
    picture: Figure | np.ndarray, kept: dict
) -> tuple[np.ndarray, tuple[int, ...], int, bool]:
    """Draw a picture.

    Returns:
        Its pixels in RGB; how many rows above and below, and columns left and right, are labels
        outside of the figure; how many pixels the page shows as one; whether it is a chart.
    """
    if not isinstance(picture, Figure):
        return np.asarray(Image.fromarray(picture).convert("RGB")), (0, 0, 0, 0), 1, False
    moving, outside = picture.findobj(Artist.get_animated), (0, 0, 0, 0)
    if moving:
        pixels = _moved(picture, moving, kept)
    else:
        pixels, outside = _whole(picture)
    plt.close(picture)
    return pixels, outside, SCALE, not has_images(picture)


def _whole(figure: Figure) -> tuple[np.ndarray, tuple[int, ...]]:
    """Draw a figure with the labels that lie outside of it; return these sides' pixels, too."""
    figure.dpi = dots = SCALE * figure.dpi  # texts are not quite in proportion
    figure.draw_without_rendering()  # lays it out
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    beyond = box.y1 - height, -box.y0, -box.x0, box.x1 - width
    outside = tuple(max(0, math.ceil(dots * side - 0.01)) for side in beyond)
    above, below, left, right = (side / dots for side in outside)
    shown, buffer = Bbox([[-left, -below], [width + right, height + above]]), io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots, bbox_inches=shown)
    figure.dpi = dots / SCALE
    return np.array(Image.open(buffer).convert("RGB")), outside


def _padded(pictures: list[np.ndarray], outside: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Give all pictures the same white around their figures, so that these do not move."""
    rooms = np.max(outside, axis=0) - outside
    return [
        np.pad(one, ((above, below), (left, right), (0, 0)), constant_values=255)
        for one, (above, below, left, right) in zip(pictures, rooms, strict=True)
    ]


def _moved(picture: Figure, moving: list[Artist], kept: dict) -> np.ndarray:
    """Draw a figure's animated artists over its ground, which is drawn once."""
    dpi = picture.dpi
    place = picture, *(axes.viewLim.bounds for axes in picture.axes)
    picture.dpi = SCALE * dpi
    canvas = FigureCanvasAgg(picture)
    if place in kept:
        canvas.restore_region(kept[place])
    else:
        canvas.draw()
        kept.clear()  # Neighbors share their ground, and each takes megabytes.
        kept[place] = canvas.copy_from_bbox(picture.bbox)
    for artist in moving:
        artist.draw(canvas.get_renderer())
    picture.dpi = dpi
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _few_colors(pictures: list[np.ndarray]) -> None:
    """Reduce pictures to the same 64 colors, in place, unless they show images in color."""
    if Image.fromarray(pictures[0]).getcolors(FEW_COLORS) is None:
        return
    sample = Image.fromarray(np.concatenate([picture[::4, ::4] for picture in pictures]))
    look = {"palette": sample.quantize(64), "dither": Image.Dither.NONE}
    for at, picture in enumerate(pictures):
        few = Image.fromarray(picture).quantize(**look).convert("RGB")
        # White stays white, which the palette may lack.
        pictures[at] = np.where(((picture != 255) @ ANY)[..., None], few, np.uint8(255))


def _change(picture: np.ndarray, ground: np.ndarray) -> str:
    """Return what a picture has other than `ground`, transparent elsewhere; "" for nothing."""
    differs = (picture != ground) @ ANY
    pixels = np.dstack([picture, 255 * differs]).astype("uint8")
    return _uri(pixels, "webp", lossless=True) if differs.any() else ""


def _uri(pixels: np.ndarray, kind: str, **options: Any) -> str:
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    if kind == "png" and image.getcolors(256):
        image = image.quantize(256)
    image.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
