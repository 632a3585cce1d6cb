"""A frame as a few kilobytes, for a page that draws it."""

from __future__ import annotations

import numpy as np

from cgan_tutorial import plots
from cgan_tutorial.widgets.game_state import CELLS, PUSHED, REACH, SHOWN, Frame

# Places are whole multiples of 1/UNIT, which reach to ±8; a push may be ten times as long.
UNIT = 4096
PUSH_UNIT = 256
COLOURS = {
    "real": plots.COLOURS[0],
    "fakes": plots.COLOURS[3],
    "net": plots.COLOURS[4],
    "push": plots.COLOURS[6],
    "ground": plots.COLOURS[1],
}
LAYOUT = {
    "unit": UNIT,
    "pushUnit": PUSH_UNIT,
    "reach": REACH,
    "cells": CELLS,
    "shown": SHOWN,
    "pushed": PUSHED,
    "colours": COLOURS,
}


def pack(frame: Frame) -> bytes:
    """Fakes, push and net as little-endian int16, then the ground as uint8: 2.9 kB."""
    places = [whole(frame.fakes), whole(frame.push, PUSH_UNIT), whole(frame.net)]
    ground = np.round(frame.ground * 255).astype("uint8")
    return b"".join([*places, ground.tobytes()])


def whole(places: np.ndarray, unit: int = UNIT) -> bytes:
    """Places (n, 2) as little-endian int16 multiples of 1/unit; what is too far is held back."""
    return np.clip(np.round(places * unit), -(2**15), 2**15 - 1).astype("<i2").tobytes()
