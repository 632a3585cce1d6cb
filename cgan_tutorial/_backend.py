"""Choose Keras' backend, and import Keras without TensorFlow's log lines.

TensorFlow logs before it reads its settings, and it imports an installed JAX (100 MB).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

BACKENDS = ("tensorflow", "jax", "torch")


def choose() -> str:
    """Return the backend in KERAS_BACKEND, or set it to the first of `BACKENDS` installed.

    Raises:
        ValueError: KERAS_BACKEND names none of `BACKENDS`.
        ImportError: the backend is not installed, or none is, or a file hides a package.
    """
    _installed("keras")
    wanted = os.environ.get("KERAS_BACKEND")
    if wanted and wanted not in BACKENDS:
        raise ValueError(f"KERAS_BACKEND is {wanted!r}; set it to one of {', '.join(BACKENDS)}")
    for name in [wanted] if wanted else BACKENDS:
        if _installed(name):
            os.environ["KERAS_BACKEND"] = name
            return name
    missing = f"the backend {wanted} is" if wanted else "no backend of Keras is"
    raise ImportError(f"{missing} not installed; run pip install {wanted or 'tensorflow'}")


def _installed(name: str) -> bool:
    """Say whether a package is installed. A user's file of its name is refused.

    Raises:
        ImportError: names the file, which Python would import instead of the package.
    """
    found = find_spec(name)
    if found and found.submodule_search_locations is None:
        raise ImportError(f"{found.origin} hides the package {name}; give that file another name")
    # A folder without code, which Python takes for a package too, has no origin.
    return bool(found and found.origin)


def setup() -> None:
    """Choose a backend and import Keras, silently unless TF_CPP_MIN_LOG_LEVEL is 0.

    For this process, the images' channels come last and numbers are float32.
    """
    if choose() == "tensorflow" and os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "0":
        # JAX sets 1 itself and child processes inherit it, so 1 does not ask for the lines.
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        with _quietly_without_jax():
            import tensorflow as tf
        tf.get_logger().setLevel("ERROR")  # TensorFlow shows its warnings in a notebook
        if tf.__version__.startswith("2.20."):
            # Its remapper fails on Conv2D with a bias before LeakyReLU, and logs it always.
            tf.config.optimizer.set_experimental_options({"remapping": False})
    import keras

    # A user's own keras.json may say otherwise, and the networks here are written for these.
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")


@contextmanager
def _quietly_without_jax() -> Iterator[None]:
    # The file descriptor, not sys.stderr, because the lines come from C++.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        stderr = os.dup(2)
    except OSError:  # closed, as that of a service may be
        stderr = os.dup(nowhere)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    # None tells Python that a module cannot be imported.
    hidden = sys.modules.setdefault("jax", None) is None  # type: ignore[arg-type]
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        if hidden:
            del sys.modules["jax"]
