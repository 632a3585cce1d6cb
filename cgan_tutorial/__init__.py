"""A runnable book on autoencoders and generative adversarial networks.

Importing this package is cheap and imports no backend; it only settles which
one Keras will use. TensorFlow's start-up log lines would end up in every
notebook, so they are switched off here, before anything can import it.
"""

import os

from cgan_tutorial import backend

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
backend.choose()

__version__ = "0.1.0"
