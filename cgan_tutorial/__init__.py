"""A runnable book on autoencoders and generative adversarial networks.

Importing this package is cheap and imports no backend; it only settles which
one Keras will use, and sees to it that TensorFlow's log lines stay out of notebooks
and that TensorFlow does not bring JAX along.
"""

import sys
from pathlib import Path

from cgan_tutorial import backend, lean, quiet

try:
    backend.choose()
except (ValueError, ImportError):
    # The command says the same without a traceback, and its doctor runs all the same.
    if Path(*sys.argv[:1]).stem != "cgan-tutorial":
        raise
quiet.hush_tensorflow()
lean.spare_jax()

__version__ = "0.1.0"
