"""Draw a small set of color images to try the package with: circles, squares, and triangles.

    python scripts/make_shapes.py shapes              # 200 of each, 64×64
    python scripts/make_shapes.py shapes --count 50

Writes shapes/circle/0000.png and so on. Each shape has a random color, place, and size; the
same seed draws the same images.
"""

from __future__ import annotations

import argparse
import colorsys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIDE = 64
FINER = 4  # drawn this many times larger, then reduced, so that edges are smooth
CORNERS = {"circle": 60, "square": 4, "triangle": 3}


def shape(kind: str, rng: np.random.Generator) -> Image.Image:
    """Draw one shape on a dark background."""
    color = [round(255 * part) for part in colorsys.hsv_to_rgb(rng.random(), 0.8, 1.0)]
    image = Image.new("RGB", (FINER * SIDE, FINER * SIDE), (20, 20, 30))
    x, y, radius = rng.uniform(26, 38), rng.uniform(26, 38), rng.uniform(16, 24)
    place = FINER * x, FINER * y, FINER * radius
    # Pillow draws polygons with a side at the bottom.
    ImageDraw.Draw(image).regular_polygon(place, CORNERS[kind], fill=tuple(color))
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--count", type=int, default=200, help="images of each class; 200")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count is at least 1")
    if options.folder.exists():
        parser.error(f"{options.folder} is there already; name a new folder")
    rng = np.random.default_rng(options.seed)
    for kind in CORNERS:
        folder = options.folder / kind
        folder.mkdir(parents=True)
        for number in range(options.count):
            shape(kind, rng).save(folder / f"{number:04}.png")
    print(f"{options.folder} holds {options.count} images of each of {', '.join(CORNERS)}")


if __name__ == "__main__":
    main()
