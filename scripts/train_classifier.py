"""Train the digit classifier on the training split only and store its weights and provenance."""

from __future__ import annotations

import json

import keras
import numpy as np

from cgan_tutorial import data
from cgan_tutorial.metrics.classifier import WEIGHTS, build_classifier

SEED, EPOCHS, BATCH = 0, 40, 64


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift each image by up to two pixels along each axis."""
    moves = rng.integers(-2, 3, (len(images), 2))
    pairs = zip(images, moves, strict=True)
    return np.stack([np.roll(image, tuple(move), axis=(0, 1)) for image, move in pairs])


def main() -> None:
    """Train, store, and print the accuracy on digits that the training did not see."""
    keras.utils.set_random_seed(SEED)
    digits = data.load()
    rng = np.random.default_rng(SEED)
    model = build_classifier()
    steps = EPOCHS * len(digits.train) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(
        keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    for _ in range(EPOCHS):
        images = shifted(digits.train.images, rng)
        model.fit(images, digits.train.labels, batch_size=BATCH, verbose=0)
    _, accuracy = model.evaluate(digits.test.images, digits.test.labels, verbose=0)
    model.save_weights(WEIGHTS)
    record = {
        "command": "python scripts/train_classifier.py",
        "data": f"{digits.name}, training split, {len(digits.train)} images",
        "seed": SEED,
        "epochs": EPOCHS,
        "augmentation": "shifts of up to 2 pixels",
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "test_accuracy": round(accuracy, 4),
    }
    path = WEIGHTS.with_suffix("").with_suffix(".json")
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8", newline="\n")
    print(f"test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
