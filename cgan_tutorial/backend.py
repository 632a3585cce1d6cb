"""Chooses Keras' backend before Keras is imported; says in a sentence if it cannot."""

from __future__ import annotations

import os
from importlib.util import find_spec

BACKENDS = ("tensorflow", "jax", "torch")


def choose() -> str:
    """Return the backend in KERAS_BACKEND, or the first of `BACKENDS` that is installed.

    Raises:
        ValueError: KERAS_BACKEND names none of `BACKENDS`.
        ImportError: the backend, or all of them, are not installed.
    """
    wanted = os.environ.get("KERAS_BACKEND")
    if wanted and wanted not in BACKENDS:
        raise ValueError(
            f"KERAS_BACKEND is {wanted!r}; set it to one of {', '.join(BACKENDS)}, or unset it"
        )
    for name in [wanted] if wanted else BACKENDS:
        if find_spec(name):
            os.environ["KERAS_BACKEND"] = name
            return name
    raise ImportError(
        f"the backend {wanted or 'of Keras'} is not installed; "
        f"run pip install {wanted or 'tensorflow'}"
    )
