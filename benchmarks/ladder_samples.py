"""Draw samples of each step from DCGAN to this book's GAN, beside the record of their distances.

    python benchmarks/ladder_samples.py        # about 10 minutes

Each step of `ch04.LADDER` is trained on one core from seed 0, for as many epochs as that seed
had in the record `ladder`. Writes ladder_samples.png, a row of ten samples for each step, and
ladder_samples.json (where it comes from) into cgan_tutorial/chapters/records.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

# As in the record: TensorFlow starts as many threads as it is told here.
os.environ |= dict.fromkeys(
    ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1"
)

from provenance import machine

RECORDS = Path(__file__).parent.parent / "cgan_tutorial/chapters/records"
SEED, COUNT = 0, 10


def row(name: str, epochs: int):
    """Train one step of the ladder; return its samples beside each other, (28, 280)."""
    import keras
    import numpy as np

    from cgan_tutorial import data
    from cgan_tutorial.chapters import ch04
    from cgan_tutorial.training import train

    keras.utils.set_random_seed(SEED)
    model, options = ch04.LADDER[name]()
    train(model, data.load(), epochs=epochs, seed=SEED, view=False, **options)
    return np.hstack(model.sample(COUNT, seed=SEED)[..., 0])


def main() -> None:
    """Train all steps, write their samples and where they come from."""
    facts = machine()
    import numpy as np
    from PIL import Image

    from cgan_tutorial.chapters import experiments

    record = experiments.recorded("ladder")
    epochs = record[record["seed"] == SEED].set_index("name")["epochs"].to_dict()
    rows = []
    for name, count in epochs.items():
        print(name, count, "epochs", flush=True)
        rows.append(row(name, count))
    gray = np.rint(255 * np.clip(np.vstack(rows), 0, 1)).astype("uint8")
    Image.fromarray(gray).save(RECORDS / "ladder_samples.png", optimize=True)
    facts = {"command": "python benchmarks/ladder_samples.py", "epochs": epochs, **facts}
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (RECORDS / "ladder_samples.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
