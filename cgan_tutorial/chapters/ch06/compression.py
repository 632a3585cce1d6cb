"""Digits as few bits: numbers rounded to steps, packed by Python's own compressors."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from cgan_tutorial import metrics, plots
from cgan_tutorial.data import check_images

# lc, lp, pb = 0: each byte is coded by how often it came lately, whatever its place.
_PLAIN = [{"id": lzma.FILTER_LZMA1, "preset": 9, "lc": 0, "lp": 0, "pb": 0}]


def _huffman(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(raw) + coder.flush()


# Name → how to pack and how to unpack; none of them adds a header worth counting.
CODERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "lzma": (
        lambda raw: lzma.compress(raw, lzma.FORMAT_RAW, filters=_PLAIN),
        lambda packed: lzma.decompress(packed, lzma.FORMAT_RAW, filters=_PLAIN),
    ),
    "bz2": (bz2.compress, bz2.decompress),
    "huffman": (_huffman, lambda packed: zlib.decompress(packed, -15)),
}


def quantize(codes: np.ndarray, step: float) -> np.ndarray:
    """Round codes (n, d) to whole steps: the symbols (n, d), int8; `step` times them is near.

    Raises:
        ValueError: the step is not above 0, or so small that a symbol leaves −128 to 127.
    """
    if not step > 0:
        raise ValueError(f"step is {step!r}; give a number above 0")
    symbols = np.round(codes / step)
    if np.abs(symbols).max() > 127:
        raise ValueError(
            f"the largest code is {np.abs(codes).max():g}, more than 127 steps of {step:g}; "
            "give a larger step"
        )
    return symbols.astype("int8")


def pack(symbols: np.ndarray) -> bytes:
    """Pack symbols (n, d), int8, by the compressor that makes them smallest.

    They are laid out column by column: what is alike stands together. The first byte
    names the compressor.
    """
    raw = np.ascontiguousarray(symbols.T).tobytes()
    packed = [bytes([n]) + coder(raw) for n, (coder, _) in enumerate(CODERS.values())]
    return min(packed, key=len)


def unpack(packed: bytes, shape: tuple[int, int]) -> np.ndarray:
    """Give back the symbols, int8, of that shape (n, d), that `pack` packed."""
    _, decoder = list(CODERS.values())[packed[0]]
    return np.frombuffer(decoder(packed[1:]), "int8").reshape(shape[::-1]).T


def tradeoff(
    codes: np.ndarray, decode: Callable, images: np.ndarray, steps: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Bits an image against error, for several steps, by packing and unpacking all of them.

    The decoder itself is not counted.

    Args:
        codes: of the images, (n, d).
        decode: codes → images (n, 28, 28, 1).
        images: what should come back.
        steps: what the codes are rounded to, in their own units.

    Returns:
        Bits an image, and mean squared errors, one for each step.
    """
    bits, errors = [], []
    for step in steps:
        packed = pack(quantize(codes, step))
        again = decode((step * unpack(packed, codes.shape)).astype("float32"))
        bits.append(8 * len(packed) / len(codes))
        errors.append(metrics.mse(images, again))
    return bits, errors


def as_file(images: np.ndarray, kind: str, columns: int = 40, **options) -> tuple[float, float]:
    """Put all images on one sheet, write it as a picture file, and read it back.

    One sheet has one header, and its coder learns from all images.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), n a multiple of `columns`.
        kind: a format of Pillow: "PNG", "JPEG", "WEBP".
        columns: images in a row.
        **options: of the format, for example quality=10.

    Returns:
        Bits an image, and mean squared error against the sheet of 8-bit values.

    Raises:
        ValueError: the images are not of that shape, type and range, or do not fill the sheet.
    """
    if len(check_images(images)) % columns:
        raise ValueError(
            f"{len(images)} images do not fill rows of {columns}; give columns that divide them"
        )
    sheet, buffer = plots.tile(images, columns, gap=0, zoom=1), io.BytesIO()
    Image.fromarray(sheet).save(buffer, kind, **options)
    again = np.asarray(Image.open(buffer).convert("L")) / 255
    return 8 * len(buffer.getvalue()) / len(images), metrics.mse(sheet / 255, again)
