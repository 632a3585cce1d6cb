"""Compress digits: latents are quantized, then packed by Python's own compressors."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image

from cgan_tutorial import metrics, plots
from cgan_tutorial.data import check_images

# lc, lp, pb = 0: each byte is coded by its recent frequency, whatever its position.
_RAW = {
    "format": lzma.FORMAT_RAW,
    "filters": [{"id": lzma.FILTER_LZMA1, "preset": 9, "lc": 0, "lp": 0, "pb": 0}],
}


def _huffman(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(raw) + coder.flush()


# Name → how to pack and how to unpack; none of them adds a header worth counting.
CODERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "lzma": (partial(lzma.compress, **_RAW), partial(lzma.decompress, **_RAW)),
    "bz2": (bz2.compress, bz2.decompress),
    "huffman": (_huffman, lambda packed: zlib.decompress(packed, -15)),
}


def quantize(codes: np.ndarray, step: float) -> np.ndarray:
    """Round latents (n, d) to multiples of `step`; return the multiples, int8 of shape (n, d).

    Raises:
        ValueError: the step is so small that a multiple is beyond ±127.
    """
    largest = np.abs(codes).max()
    if not largest <= 127 * step:
        raise ValueError(
            f"step is {step}; give at least {largest / 127:g}, as the symbols are int8"
        )
    return np.round(codes / step).astype("int8")


def pack(symbols: np.ndarray) -> bytes:
    """Pack symbols (n, d), int8, by the compressor that makes them smallest.

    They are laid out column by column, because the numbers in a column are alike. The first
    byte names the compressor.
    """
    raw = np.ascontiguousarray(symbols.T).tobytes()
    packed = [bytes([n]) + coder(raw) for n, (coder, _) in enumerate(CODERS.values())]
    return min(packed, key=len)


def unpack(packed: bytes, shape: tuple[int, int]) -> np.ndarray:
    """Return the symbols that `pack` packed, int8 of that shape (n, d)."""
    _, decoder = list(CODERS.values())[packed[0]]
    return np.frombuffer(decoder(packed[1:]), "int8").reshape(shape[::-1]).T


def tradeoff(
    codes: np.ndarray, decode: Callable, images: np.ndarray, steps: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Measure bits per image and mean squared error for each step of `quantize`.

    `codes` (n, d) are the latents of the images, and `decode` maps latents to images. The
    decoder itself is not counted.
    """
    bits, errors = [], []
    for step in steps:
        packed = pack(quantize(codes, step))
        restored = decode((step * unpack(packed, codes.shape)).astype("float32"))
        bits.append(8 * len(packed) / len(codes))
        errors.append(metrics.mse(images, restored))
    return bits, errors


def as_file(images: np.ndarray, kind: str, columns: int = 40, **options) -> tuple[float, float]:
    """Write images to one file and read it back; return bits per image and mean squared error.

    They are tiled, so that there is one header, and the coder learns from all images.

    Args:
        images: float32 in [0, 1] of shape (n, 28, 28, 1), n a multiple of `columns`.
        kind: a format of Pillow: "PNG", "JPEG", "WEBP".
        columns: images in a row.
        **options: of the format, for example quality=10.

    Raises:
        ValueError: the images are not of that shape, type and range, or do not fill the rows.
    """
    if len(check_images(images)) % columns:
        raise ValueError(
            f"{len(images)} images do not fill rows of {columns}; give columns that divide them"
        )
    tiled, buffer = plots.tile(images, columns, gap=0, zoom=1), io.BytesIO()
    Image.fromarray(tiled).save(buffer, kind, **options)
    restored = np.asarray(Image.open(buffer).convert("L"))
    return 8 * len(buffer.getvalue()) / len(images), metrics.mse(tiled / 255, restored / 255)
