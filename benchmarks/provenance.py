"""Where a record comes from: versions, processor and date."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import cgan_tutorial


def machine() -> dict:
    """Versions, processor and date, for a record's provenance."""
    cgan_tutorial.setup()
    import keras
    import numpy as np

    from cgan_tutorial import devices

    return {
        "data": "mnist-5k: 4,000 to train on, 1,000 to judge by",
        "software": f"{devices.describe()}".split(":")[0],
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "processor": processor(),
        "date": time.strftime("%Y-%m-%d"),
    }


def processor() -> str:
    """The processor's name, where Linux says it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
