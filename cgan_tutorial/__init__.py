"""A runnable book on autoencoders and generative adversarial networks.

Importing this package is cheap and imports no backend; it only settles which
one Keras will use. TensorFlow's start-up lines and retracing warnings
would end up in every notebook, so they are switched off here, before anything can import it.
"""

import logging
import os
import sys
from pathlib import Path

from cgan_tutorial import backend

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
logging.getLogger("tensorflow").setLevel(logging.ERROR)
try:
    backend.choose()
except (ValueError, ImportError):
    # The command says the same without a traceback, and its doctor runs all the same.
    if Path(*sys.argv[:1]).stem != "cgan-tutorial":
        raise

__version__ = "0.1.0"
