"""Train the models that ship with the package and store their weights and provenance.

    python scripts/train_pretrained.py [MODEL ...]

Each is trained by the book's `train` on the training split alone, and evaluated on the test
split twice: as it was trained, and as it ships, with weights in float16.
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
from cgan_tutorial.models.pretrained import FOLDER, LATENTS, WIDTH, checksum
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


def evaluated(model: keras.Model, digits: data.Dataset) -> dict[str, float]:
    """Return what `metrics.evaluate_model` finds, and what is special about a model."""
    found = metrics.evaluate_model(model, digits)
    if isinstance(model, models.ConditionalGAN):
        asked = np.arange(1000) % model.num_classes
        found["as asked"] = round(float(np.mean(classify(model.sample(1000, seed=0)) == asked)), 3)
    if isinstance(model, models.DenoisingAutoencoder):
        clean = digits.test.images
        noisy = data.add_gaussian_noise(clean, model.sigma, seed=1)
        found["PSNR of denoised digits, dB"] = round(
            metrics.psnr(clean, model.reconstruct(noisy)), 2
        )
    return found


def store(model: keras.Model, name: str, path: Path) -> None:
    """Write the weights as float16, a GAN's generator at its average, without the optimizer."""
    if hasattr(model, "generator"):
        model.generator.set_weights(model.decoder.get_weights())
    keras.config.set_dtype_policy("float16")
    twin = models.build(name, LATENTS, WIDTH)
    keras.config.set_dtype_policy("float32")
    twin.set_weights(model.get_weights())
    twin.save_weights(path)


def write(name: str, record: dict) -> None:
    """Write a model's record beside its weights."""
    text = json.dumps(record, indent=2) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def make(name: str, digits: data.Dataset) -> None:
    """Train one model, store it, load it again, evaluate both, and write the record."""
    keras.utils.set_random_seed(SEED)
    model = models.build(name, LATENTS, WIDTH)
    history = train(model, digits, epochs=EPOCHS[name], seed=SEED, view=False)
    if history.stopped == "nan":
        raise ValueError(f"{name} was not trained to its end, so it is not stored")
    path = FOLDER / f"{name}.weights.h5"
    store(model, name, path)
    record = {
        "command": f"python scripts/train_pretrained.py {name}",
        "model": {"model": name, "latent_dim": LATENTS, "width": WIDTH},
        "seed": SEED,
        "epochs": history.epochs,
        "batch_size": model.default_batch_size,
        "learning_rate": float(model.default_optimizer().learning_rate),
        "seconds": round(history.seconds),
        **machine(),
        "as trained": evaluated(model, digits),
        "sha256": checksum(path),
    }
    write(name, record)
    write(name, {**record, "as shipped": evaluated(models.pretrained(name), digits)})
    print(f"{name}: {history.seconds:.0f} s, {record['as trained']}", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", help="all if none is named")
    digits = data.load()
    for name in parser.parse_args().models or EPOCHS:
        make(name, digits)


if __name__ == "__main__":
    main()
