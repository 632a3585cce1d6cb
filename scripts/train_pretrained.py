"""Train the models that ship with the package and store their weights and provenance.

    python scripts/train_pretrained.py [MODEL ...]

Each is trained by the book's `train` on the training split alone, and judged by the test
split twice: as it was trained, and as it ships, its weights rounded.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import keras
import numpy as np

from cgan_tutorial import data, metrics, models
from cgan_tutorial.metrics.classifier import classify
from cgan_tutorial.models import pretrained
from cgan_tutorial.training import train

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))
from provenance import machine

SEED = 0
# Beyond these each gets better slowly, if at all; in all they take about 15 minutes.
EPOCHS = {
    "autoencoder": 60,
    "denoiser": 60,
    "vae": 60,
    "gan": 80,
    "conditional-gan": 50,
    "cgan": 60,
}


def judged(model: keras.Model, digits: data.Dataset) -> dict[str, float]:
    """Return what `metrics.evaluate_model` finds, and what is special about a model."""
    found = metrics.evaluate_model(model, digits)
    if isinstance(model, models.ConditionalGAN):
        asked = np.arange(1000) % model.classes
        found["as asked"] = round(float(np.mean(classify(model.sample(1000)) == asked)), 3)
    if isinstance(model, models.DenoisingAutoencoder):
        clean = digits.test.images
        noisy = data.add_gaussian_noise(clean, model.sigma, seed=1)
        found["PSNR of denoised digits, dB"] = round(
            metrics.psnr(clean, model.reconstruct(noisy)), 2
        )
    return found


def make(name: str, digits: data.Dataset) -> None:
    """Train one model, store it, load it again, judge both, and write the record."""
    keras.utils.set_random_seed(SEED)
    model = models.build(name, pretrained.LATENTS, pretrained.WIDTH)
    history = train(model, digits, epochs=EPOCHS[name], seed=SEED, view=False)
    if history.stopped == "nan":
        raise ValueError(f"{name} was not trained to its end, so it is not stored")
    path = pretrained.FOLDER / f"{name}.npz"
    pretrained.store(model, path)
    record = {
        "command": f"python scripts/train_pretrained.py {name}",
        "model": model.recipe | model.options(),
        "seed": SEED,
        "epochs": history.epochs,
        "batch_size": model.batch_size,
        "learning_rate": model.learning_rate,
        "seconds": round(history.seconds),
        **machine(),
        "as trained": judged(model, digits),
        "as shipped": judged(models.pretrained(name), digits),
        "bytes": path.stat().st_size,
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {history.seconds:.0f} s, {record['as shipped']}", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", help="all if none is named")
    digits = data.load()
    for name in parser.parse_args().models or EPOCHS:
        make(name, digits)


if __name__ == "__main__":
    main()
