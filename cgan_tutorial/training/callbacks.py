"""Keras callbacks of `train`: repeatable noise, budget, guard against NaN, diagnosis, previews."""

from __future__ import annotations

import math
import time
from typing import Any

import keras
import numpy as np

from cgan_tutorial.training.batches import Batches
from cgan_tutorial.training.compiling import renew_optimizer

TOO_STRONG = 0.98
COLLAPSED = 0.25
PATIENCE = 3
MOST_BYTES = 2**26  # of a film: a thousand frames of digits


class EpochSeeds(keras.callbacks.Callback):
    """Makes an epoch's order and noise a function of the seed and the epoch."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the order, and the state of each of the model's random generators."""
        self.batches.start(epoch)
        states = (each for each in self.model.non_trainable_variables if _is_seed(each))
        for number, variable in enumerate(states):
            # PyTorch's is an int32.
            state = self.batches.seed + 1000 * number, epoch * 1_000_000
            variable.assign([value % 2**31 for value in state])


class Budget(keras.callbacks.Callback):
    """Counts epochs and seconds, lowers the learning rate, and stops when the seconds are spent.

    Args:
        seconds: the budget in wall-clock seconds, or None.
        epochs: the budget in epochs, or None.
        learning_rate: at the start; it falls to a thousandth along a half cosine over the
            budget. None leaves the optimizer's rate alone.
        spent: seconds that earlier parts of a resumed training took.
    """

    def __init__(
        self,
        seconds: float | None,
        epochs: int | None,
        learning_rate: float | None,
        spent: float = 0.0,
    ) -> None:
        super().__init__()
        self.seconds, self.epochs, self.learning_rate = seconds, epochs, learning_rate
        self.last_rate = 0.0
        self.kind = "seconds" if epochs is None else "epochs"
        self.epoch = 0
        self.warnings: list[str] = []
        self.started = time.perf_counter() - spent

    @property
    def elapsed(self) -> float:
        """Seconds of training, earlier parts of a resumed one included."""
        return time.perf_counter() - self.started

    def share_spent(self, batch: int = 0) -> float:
        """Return how much of the budget is spent before this batch of the epoch, 0 to 1."""
        if self.epochs is None:
            return min(self.elapsed / self.seconds, 1.0)
        return (self.epoch + batch / self.params["steps"]) / self.epochs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count the epochs."""
        self.epoch = epoch

    def on_train_begin(self, logs: Any = None) -> None:
        """Note the learning rate, to see whether another callback changes it."""
        if self.learning_rate is not None:
            self.last_rate = float(self.model.optimizer.learning_rate)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Lower the learning rate, unless another callback has set it since."""
        if self.learning_rate is None:
            return
        optimizer = self.model.optimizer
        if not math.isclose(float(optimizer.learning_rate), self.last_rate, rel_tol=1e-4):
            self.learning_rate = None
            return
        factor = 0.5 * (1 + math.cos(math.pi * self.share_spent(batch)))
        self.last_rate = self.learning_rate * max(factor, 1e-3)
        optimizer.learning_rate = self.last_rate

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop when the seconds are spent."""
        if self.seconds is not None and self.elapsed >= self.seconds:
            self.model.stop_training = True

    def restore_rate(self, model: keras.Model) -> None:
        """Give the optimizer the rate back that it started with, for what comes after."""
        if self.learning_rate is not None:
            model.optimizer.learning_rate = self.learning_rate

    def on_train_end(self, logs: Any = None) -> None:
        """Say when the seconds were too few for the model, as they are on a slow computer."""
        enough = math.ceil(getattr(self.model, "enough_steps", 0) / self.params["steps"])
        if self.kind == "seconds" and self.epoch + 1 < enough:
            epochs = f"{self.epoch + 1} epoch{'s' if self.epoch else ''}"
            self.warnings = [
                f"the budget was too small: {epochs} in {self.elapsed:.0f} s, and this model "
                f"needs about {enough}; train again with epochs={enough} (or --epochs {enough})"
            ]


class NotANumberError(RuntimeError):
    """Ends `fit` from within a callback."""


class StopOnNaN(keras.callbacks.Callback):
    """Ends a training whose loss is not finite, and keeps the weights of the last good epoch."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Remember the weights to start from."""
        self.good = self.model.get_weights()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Raise `NotANumberError` when the loss is not finite."""
        if not math.isfinite(logs["loss"]):
            raise NotANumberError

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Remember the weights."""
        self.good = self.model.get_weights()

    def restore(self) -> None:
        """Give the model its last good weights back, and an optimizer without history."""
        self.model.set_weights(self.good)
        renew_optimizer(self.model)


class CollapseMonitor(keras.callbacks.Callback):
    """Diagnoses each epoch of a GAN; `warnings` holds what the last few epochs agree on."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []
        self.found: list[str] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Warn when the same trouble has lasted for `PATIENCE` epochs."""
        self.found = [*self.found, diagnose(logs or {})][-PATIENCE:]
        kinds = {sentence.split(":")[0] for sentence in self.found}
        lasting = len(self.found) == PATIENCE and len(kinds) == 1
        self.warnings = [self.found[-1]] if lasting and self.found[-1] else []


def diagnose(logs: dict[str, float]) -> str:
    """Name what is wrong with a GAN's epoch, or return an empty string.

    Args:
        logs: of an epoch, with `pairwise_accuracy` and `diversity` (see
            `models.adversarial`). Other models' logs have neither.
    """
    if logs.get("diversity", 1.0) < COLLAPSED:
        return (
            f"the generator has collapsed: its samples vary {logs['diversity']:.0%} as much as the "
            "data; train again for more epochs, or with another seed, loss or a larger gp_weight"
        )
    if logs.get("pairwise_accuracy", 0.5) > TOO_STRONG:
        return (
            "the discriminator is too strong: it tells real from fake in "
            f"{logs['pairwise_accuracy']:.0%} of the pairs; train again for more epochs, or "
            "with a larger gp_weight"
        )
    return ""


class Film(keras.callbacks.Callback):
    """Keeps what the model's `preview` shows of some images after each epoch.

    Of a long training it keeps the newest frame and evenly spaced ones, within `MOST_BYTES`.
    """

    def __init__(self, images: np.ndarray) -> None:
        super().__init__()
        self.images = images
        self.frames: list[np.ndarray] = []
        self.epochs: list[int] = []
        self.spacing = 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add a frame; points and models without a preview have none."""
        if not hasattr(self.model, "preview") or self.images.ndim != 4:
            return
        if self.epochs and (self.epochs[-1] - self.epochs[0]) % self.spacing:
            del self.frames[-1], self.epochs[-1]
        if self.frames and (len(self.frames) + 1) * self.frames[0].nbytes > MOST_BYTES:
            del self.frames[1::2], self.epochs[1::2]
            self.spacing *= 2
        self.frames.append(self.model.preview(self.images))
        self.epochs.append(epoch + 1)


def _is_seed(variable: Any) -> bool:
    return variable.path.endswith("seed_generator_state")
