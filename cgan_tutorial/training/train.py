"""`train`: Keras' `fit` with a seed, a budget, a live view, checkpoints and a guard."""

from __future__ import annotations

import gc
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from cgan_tutorial import devices
from cgan_tutorial.data import Dataset, check_images, check_labels, check_rows
from cgan_tutorial.distributed import processes
from cgan_tutorial.training import checkpoints, progress
from cgan_tutorial.training.batches import Batches, feed
from cgan_tutorial.training.callbacks import Watch

SHAPE = (28, 28, 1)
# For a model that does not name its own.
BATCH_SIZE, LEARNING_RATE, BETAS = 64, 4e-3, (0.9, 0.999)


@dataclass(frozen=True)
class History:
    """What a training did.

    Attributes:
        epochs: how many epochs were trained in all, resumed ones included; the last
            one counts also when a budget of seconds cut it short.
        seconds: wall-clock time of this call.
        losses: mean training loss of each epoch of this call.
        stopped: "epochs" or "seconds" (the budget that ended it), or "nan".
        logs: all that the model watches, by name, one mean for each epoch of this call.
        warnings: what the guard saw in the last epoch (a game that is out of balance),
            in words; empty if all was well.
        film: what `model.preview` showed after each epoch of this call, each of shape
            (rows, 10, 28, 28, 1); empty for a model that has none.
    """

    epochs: int
    seconds: float
    losses: list[float]
    stopped: str
    logs: dict[str, list[float]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    film: list[np.ndarray] = field(default_factory=list)


def train(
    model: keras.Model,
    data: Dataset | np.ndarray | tuple[np.ndarray, np.ndarray],
    *,
    seconds: float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    output: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    view: bool = True,
) -> History:
    """Train a model of this book until its budget of epochs or seconds is spent.

    A model that is not compiled gets Adam, its learning rate falling to zero
    along a half cosine over the budget, set anew every few steps. The same seed,
    data and number of epochs give the same weights on the same machine; a budget
    in seconds does not, since the number of steps depends on the machine. The
    weights that the model comes with are where training starts: call
    `keras.utils.set_random_seed` before building it to fix those too.

    Args:
        model: a model whose `compute_loss` takes a batch of images as `x`.
        data: a `Dataset` (its training split is used) or images, float32 in
            [0, 1] of shape (n, 28, 28, 1), or, for a conditional model, the pair of
            such images and their labels, or, for a translator, of images that are shown
            and wanted. For a model of points, points (n, 2).
        seconds: budget of wall-clock time, greater than 0, looked at every few steps; or
        epochs: budget of passes over the data, at least 1. Give one of the two.
        seed: for the order of the images and the noise drawn in training.
        batch_size: images a step, the model's own number if it is not given; those
            left over at an epoch's end are left out of it, others each time.
        learning_rate: Adam's, at the start; the model's own if it is not given.
        output: folder for a checkpoint of each epoch; made if it is missing.
        resume: go on from the last checkpoint in `output`.
        force: replace the run in `output` by this one.
        view: show a progress line and a picture while training.

    Returns:
        A `History`. With `stopped == "nan"` the loss was no longer a number and
        the model has the weights of the last good epoch.

    Raises:
        ValueError: a bad budget, bad images, or a folder that is in use.
        checkpoints.RunFolderError: `resume=True` and the folder's content does not fit.
        devices.OutOfMemoryError: the model or its batch does not fit in memory.
        processes.ProcessLostError: another of the processes that train together has ended.
    """
    arrays = _arrays(model, data)
    if batch_size is None:
        batch_size = getattr(model, "batch_size", BATCH_SIZE)
    if learning_rate is None:
        learning_rate = getattr(model, "learning_rate", LEARNING_RATE)
    _check_budget(seconds, epochs, batch_size)
    batches = Batches(arrays, min(batch_size, len(arrays[0])), seed)
    processes.check_batch(batches.batch_size)
    with devices.memory_errors_in_words(f"batch_size {batch_size}"), processes.lost_in_words():
        scheduled = _prepare(model, batches, learning_rate)
        folder = checkpoints.open_folder(output, model, data, seed, batch_size, resume, force)
        done = folder.restore(model) if folder else 0
        budget = _Budget(seconds, epochs, learning_rate if scheduled else None)
        guard, watch = _Guard(model), Watch()
        film = _Film(arrays[0][:10])
        control = [_EpochSeeds(batches), budget, guard, watch, film]
        _fit(model, batches, done, control, folder, view and processes.first())
    return History(
        done + len(guard.losses),
        budget.elapsed,
        guard.losses,
        guard.stopped or budget.kind,
        guard.logs,
        watch.seen,
        film.frames,
    )


def _arrays(model: keras.Model, data) -> tuple[np.ndarray, ...]:
    """The images, pairs of images, or points to train on; with labels if the model is told them."""
    if getattr(model, "paired", False):
        return _pair(data)
    classes = getattr(model, "classes", 0)
    if isinstance(data, Dataset):
        data = (data.train.images, data.train.labels) if classes else data.train.images
    if not classes:
        shape = getattr(model, "data_shape", SHAPE)
        return (check_images(data) if shape == SHAPE else _points(data, shape),)
    if not isinstance(data, tuple) or len(data) != 2:
        raise ValueError(
            f"this model is told {classes} classes, and data are a {type(data).__name__} without "
            "labels; give a Dataset or the pair (images, labels)"
        )
    images = check_images(data[0])
    return images, check_labels(data[1], len(images), classes)


def _pair(data) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(data, tuple) or len(data) != 2:
        raise ValueError(
            f"this model translates images, and data are a {type(data).__name__}; give the pair "
            "(images that are shown, images that are wanted)"
        )
    shown, wanted = map(check_images, data)
    if len(shown) != len(wanted):
        raise ValueError(
            f"{len(shown)} images are shown and {len(wanted)} are wanted; give as many of both"
        )
    return shown, wanted


def _points(data, shape: tuple[int, ...]) -> np.ndarray:
    return check_rows(data, shape, "points", " with n at least 1, as this model makes them")


def _fit(model, batches, done, control, folder, view) -> None:
    _, budget, guard, watch, film = control
    if budget.epochs is not None and done >= budget.epochs:
        return
    callbacks = [*control, *(folder.callbacks() if folder else [])]
    shown = [progress.View(film, budget, watch)] if view else []
    try:
        model.fit(
            feed(batches, done),
            steps_per_epoch=len(batches),
            epochs=budget.epochs or 1_000_000,
            initial_epoch=done,
            callbacks=[*callbacks, *shown],
            # Keras would shuffle the batches once more, by a generator that no resume restores.
            shuffle=False,
            verbose=0,
        )
    except _NotANumberError:
        guard.restore()
    finally:
        for screen in shown:
            screen.close()
        # The traced step holds tens of megabytes; Keras traces it anew if `fit` is called again.
        model.train_function = None
        gc.collect()


def _prepare(model: keras.Model, batches: Batches, learning_rate: float) -> bool:
    """Compile and build; return whether the learning rate is ours to lower."""
    if not model.compiled:
        # Remembered, so that a second training does not start at the first one's last rate.
        model.scheduled_by_train = True
        beta_1, beta_2 = getattr(model, "betas", BETAS)
        adam = keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=beta_2)
        model.compile(adam)
    ours = getattr(model, "scheduled_by_train", False)
    if ours:
        # Not an argument of `compile`, for the next training may have other epochs.
        model.steps_per_execution = batches.at_once
    model(batches[0][0])
    model.optimizer.build(model.trainable_variables)
    return ours


def _check_budget(seconds: float | None, epochs: int | None, batch_size: int) -> None:
    if (seconds is None) == (epochs is None):
        given = "neither" if seconds is None else "both"
        raise ValueError(f"{given} of seconds and epochs given; give one of the two as budget")
    if seconds is not None and not (0 < seconds < math.inf):
        raise ValueError(f"seconds is {seconds!r}; give a number greater than 0")
    if epochs is not None and (not isinstance(epochs, int) or epochs < 1):
        raise ValueError(f"epochs is {epochs!r}; give an integer of at least 1")
    processes.check_budget(processes.here, epochs)
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size is {batch_size!r}; give an integer of at least 1")


class _EpochSeeds(keras.callbacks.Callback):
    """Makes an epoch's order and noise a function of the seed and the epoch."""

    def __init__(self, batches: Batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch, logs=None):
        """Set the order, and the state of each of the model's random generators."""
        self.batches.start(epoch)
        for number, variable in enumerate(self.model.non_trainable_variables):
            if variable.path.endswith("seed_generator_state"):
                variable.assign([self.batches.seed + 1000 * number, epoch * 1_000_000])


class _Budget(keras.callbacks.Callback):
    """Knows how much of the budget is spent; lowers the learning rate and stops with it."""

    def __init__(self, seconds: float | None, epochs: int | None, learning_rate: float | None):
        super().__init__()
        self.seconds, self.epochs, self.learning_rate = seconds, epochs, learning_rate
        self.kind = "seconds" if epochs is None else "epochs"
        self.epoch = 0
        self.started = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since the training was set up."""
        return time.perf_counter() - self.started

    def share_spent(self, batch: int = 0) -> float:
        """How much of the budget is spent before this batch of the epoch, 0 to 1."""
        if self.epochs is None:
            return min(self.elapsed / self.seconds, 1.0)
        return (self.epoch + batch / self.params["steps"]) / self.epochs

    def on_epoch_begin(self, epoch, logs=None):
        """Count the epochs."""
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Lower the learning rate along a half cosine, to a thousandth at the end."""
        if self.learning_rate is not None:
            factor = 0.5 * (1 + math.cos(math.pi * self.share_spent(batch)))
            self.model.optimizer.learning_rate = self.learning_rate * max(factor, 1e-3)

    def on_train_batch_end(self, batch, logs=None):
        """Stop when the seconds are spent."""
        if self.seconds is not None and self.elapsed >= self.seconds:
            self.model.stop_training = True


class _Film(keras.callbacks.Callback):
    """Keeps what the model's preview shows after each epoch; ten small pictures a row."""

    def __init__(self, images: np.ndarray):
        super().__init__()
        self.images, self.frames = images, []

    def on_epoch_end(self, epoch, logs=None):
        """Add a frame; points and models without a preview have none."""
        if hasattr(self.model, "preview") and self.images.ndim == 4:
            self.frames.append(self.model.preview(self.images))


class _NotANumberError(RuntimeError):
    """Ends `fit` from within a callback."""


class _Guard(keras.callbacks.Callback):
    """Keeps the last good weights; ends the training when the loss is not a number."""

    def __init__(self, model: keras.Model):
        super().__init__()
        self.good = model.get_weights()
        self.logs: dict[str, list[float]] = {}
        self.stopped = ""

    @property
    def losses(self) -> list[float]:
        """Mean loss of each whole epoch."""
        return self.logs.get("loss", [])

    def on_train_batch_end(self, batch, logs=None):
        """Raise `_NotANumberError` when the loss is not finite."""
        if not math.isfinite(logs["loss"]):
            raise _NotANumberError

    def on_epoch_end(self, epoch, logs=None):
        """Remember the weights and the epoch's means."""
        self.good = self.model.get_weights()
        for name, value in logs.items():
            self.logs.setdefault(name, []).append(float(value))

    def restore(self) -> None:
        """Give the model its last good weights back, and say so."""
        self.model.set_weights(self.good)
        self.stopped = "nan"
        print(
            f"the loss is not a number after {len(self.losses)} whole epochs; training stopped "
            "with the weights of the last good epoch; try a lower learning_rate"
        )
