"""Keeps TensorFlow from importing JAX, which costs every chapter 100 MB and most of a second.

Where JAX is installed, two modules import it whatever the backend: TensorFlow's converter
for small devices, and Keras' checkpoints by Orbax. Told that it is not there, both do
without, and this book uses neither.
"""

from __future__ import annotations

import sys

from cgan_tutorial import importing

IMPORTERS = ("tensorflow.lite.python.util", "keras.src.callbacks.orbax_checkpoint")


def spare_jax() -> None:
    """Have Keras and TensorFlow imported without JAX, if they come later and before JAX."""
    for name in IMPORTERS:
        importing.around(name, _without_jax)


def _without_jax(execute, module) -> None:
    if "jax" in sys.modules:
        execute(module)
        return
    # None means to Python: this module cannot be imported.
    sys.modules["jax"] = None
    try:
        execute(module)
    finally:
        del sys.modules["jax"]
