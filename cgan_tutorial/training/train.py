"""`train`: Keras' `fit` with a seed, a budget, a live view, checkpoints and guards."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cgan_tutorial import devices
from cgan_tutorial.data import (
    Dataset,
    Split,
    check_count,
    check_images,
    check_labels,
    check_rows,
)
from cgan_tutorial.training.batches import Batches, as_inputs
from cgan_tutorial.training.callbacks import (
    Budget,
    CollapseMonitor,
    EpochSeeds,
    Film,
    NotANumberError,
    StopOnNaN,
)
from cgan_tutorial.training.checkpoints import (
    SETTINGS,
    RunFolder,
    describe,
    name_of_data,
    require_same,
)
from cgan_tutorial.training.compiling import compile_model, describe_compilation
from cgan_tutorial.training.progress import View

BATCH_SIZE = 64

NAN = (
    "the loss is not a number after {} whole epochs; training stopped with the weights of the "
    "last good epoch; train again with another seed, or with an optimizer of a lower learning rate"
)


class History(keras.callbacks.History):
    """Keras' `History` (`history`: a list for each name, a mean for each epoch), and more.

    Attributes:
        epochs: how many epochs were trained in all, resumed ones included; the last
            one counts also when a budget of seconds cut it short.
        seconds: wall-clock time of the training, resumed parts included.
        stopped: "epochs" or "seconds" (the budget that ended it), "nan", or "callback".
        warnings: what is wrong with the training, in words; empty if all is well.
        film: what `model.preview` showed after each epoch of this call, each of shape
            (rows, 10, height, width, channels); empty for a model that has none. Of a long
            training, evenly spaced ones and the last, in at most 64 MiB.
        film_epochs: the epoch of each, counted from 1.
    """

    epochs: int = 0
    seconds: float = 0.0
    stopped: str = ""
    warnings: Sequence[str] = ()
    film: Sequence[np.ndarray] = ()
    film_epochs: Sequence[int] = ()

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        return f"History of {self.epochs} epochs ({self.stopped}): {last}"


def train(
    model: keras.Model,
    data: Any,
    *,
    seconds: float | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    batch_size: int | None = None,
    optimizer: Any = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    validation_data: Any = None,
    output: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    view: bool = True,
) -> History:
    """Train a model of this book until its budget of epochs or seconds is spent.

    A model that you have compiled, or loaded with its compilation, is left as it is. Another
    is compiled by each call, and its learning rate falls to a thousandth along a half cosine
    over the budget, unless it is a Keras schedule or a callback sets it. The same seed, data
    and number of epochs give the same weights on the same machine; a budget in seconds does
    not. Training starts at the weights that the model has: call `keras.utils.set_random_seed`
    before building it to fix those too.

    Args:
        model: a model of `models`, or any whose `compute_loss` takes a batch as `x`.
        data: a `Dataset` (its training split is used), a `Split`, or images, float32 in
            [0, 1] of shape (n, height, width, channels); for a conditional model the pair
            of images and labels, for a translator of inputs and targets; for a model of
            points, points (n, 2).
        seconds: budget of wall-clock time, greater than 0, looked at every few steps; or
        epochs: budget of passes over the data, at least 1. Give one of the two.
        seed: of the order of the images and the noise drawn in training; 0 by default.
        batch_size: images per step; by default the model's own. The incomplete last batch
            of an epoch is dropped, other images each time.
        optimizer: instead of the model's default, as for `compile`.
        callbacks: Keras callbacks of your own.
        validation_data: as `data`; its losses are reported as `val_…` after each epoch.
        output: folder for a checkpoint of each epoch; made if it is missing.
        resume: go on from the last checkpoint in `output`, with the settings recorded there.
        force: replace the run in `output` by this one.
        view: show a progress line and a picture while training.

    Returns:
        A `History`. With `stopped == "nan"` the loss was not finite, and the model has the
        weights of the last good epoch and an optimizer without history.

    Raises:
        ValueError: a bad budget, bad images, or a folder that is in use.
        checkpoints.RunFolderError: `resume=True` and the folder's content does not fit.
        devices.OutOfMemoryError: the model or its batch does not fit in memory.
    """
    folder = None if output is None else RunFolder(Path(output).expanduser())
    settings = {"seconds": seconds, "epochs": epochs, "seed": seed, "batch_size": batch_size}
    arrays = arrays_of(model, data)
    record: dict[str, Any] = {}
    if resume:
        record = _recorded(model, data, arrays, settings, folder)
        settings |= {name: record.get(name) for name in SETTINGS}
    settings = checked_settings(model, **settings)
    batches = Batches(arrays, min(settings["batch_size"], len(arrays[0])), settings["seed"])
    checked = None if validation_data is None else as_inputs(arrays_of(model, validation_data))
    # Locked before the run in the folder may be replaced.
    lock = folder.locked() if folder else nullcontext()
    with lock, devices.memory_errors_in_words(f"batch_size {settings['batch_size']}"):
        rate = compile_model(model, optimizer, callbacks, batches.steps_per_execution, record)
        model(batches[0][0])
        model.optimizer.build(model.trainable_variables)
        compilation, done, spent = describe_compilation(model, rate), 0, 0.0
        if folder and resume:
            done, spent = folder.go_on(model, name_of_data(data), record, compilation)
        elif folder:
            folder.create(describe(model, data, arrays, settings) | compilation, force)
        budget = Budget(settings["seconds"], settings["epochs"], rate, spent)
        writers = folder.callbacks(budget) if folder else []
        return fit_batches(model, batches, budget, done, [*callbacks, *writers], checked, view)


def fit_batches(
    model: keras.Model,
    batches: Batches,
    budget: Budget,
    done: int,
    callbacks: Sequence[keras.callbacks.Callback],
    validation: Any = None,
    view: bool = True,
) -> History:
    """Run `fit` from epoch `done` on until the budget is spent; the heart of `train`."""
    guard, monitor, film = StopOnNaN(), CollapseMonitor(), Film(batches.arrays[0][:10])
    history = History()
    screen = [View(film, budget, monitor)] if view else []
    before = [EpochSeeds(batches), budget, guard, monitor, film, history]
    spent = budget.share_spent() >= 1 if budget.epochs is None else done >= budget.epochs
    try:
        if not spent:
            model.fit(
                batches.feed(done),
                steps_per_epoch=len(batches),
                epochs=budget.epochs or 1_000_000,
                initial_epoch=done,
                validation_data=validation,
                validation_batch_size=batches.batch_size,
                callbacks=[*before, *callbacks, *screen],
                # Keras would shuffle once more, by a generator that no resume restores.
                shuffle=False,
                verbose=0,
            )
    except NotANumberError:
        guard.restore()
        history.stopped = "nan"
        warnings.warn(NAN.format(len(history.epoch)), RuntimeWarning, stacklevel=3)
    finally:
        for each in screen:
            each.close()
        budget.restore_rate(model)
        # The traced step holds tens of megabytes; Keras traces it again if it is needed.
        model.train_function = model.test_function = None
        devices.release_memory()
    return _finished(history, budget, done, monitor, film)


def arrays_of(model: keras.Model, data: Any) -> tuple[np.ndarray, ...]:
    """Return checked images (or points), with labels or targets if the model takes them.

    Raises:
        ValueError: they are not of the shape, type and range that the model takes.
    """
    classes = getattr(model, "num_classes", 0)
    if isinstance(data, Dataset):
        data = data.train
    if isinstance(data, Split):
        data = (data.images, data.labels) if classes else data.images
    shape = tuple(getattr(model, "data_shape", ()) or np.shape(data)[1:])
    if not getattr(model, "pairs", False):
        return (_checked_data(data, shape),)
    if not isinstance(data, tuple) or len(data) != 2:
        raise ValueError(
            f"a {type(model).__name__} learns from pairs, and data are a {type(data).__name__}; "
            f"give {'a Dataset or (images, labels)' if classes else '(inputs, targets)'}"
        )
    first = _checked_data(data[0], shape)
    if classes:
        return first, check_labels(data[1], len(first), classes)
    if len(first) != len(data[1]):
        raise ValueError(
            f"there are {len(first)} inputs and {len(data[1])} targets; give as many of both"
        )
    return first, _checked_data(data[1], shape)


def _checked_data(data: Any, shape: tuple[int, ...]) -> np.ndarray:
    if len(shape) == 3:
        return check_images(data, shape)
    return check_rows(data, shape, "points", " with n at least 1, as this model takes them")


def _recorded(
    model: Any, data: Any, arrays: Any, given: dict, folder: RunFolder | None
) -> dict[str, Any]:
    if folder is None:
        raise ValueError("resume is True and output is missing; give the run's folder")
    return require_same(folder.path, describe(model, data, arrays, given))


def checked_settings(
    model: Any, seconds: Any, epochs: Any, seed: Any, batch_size: Any
) -> dict[str, Any]:
    """Return the settings of a training, with defaults for None.

    Raises:
        ValueError: a budget is missing or there are two, or a setting is out of its range.
    """
    if (seconds is None) == (epochs is None):
        given = "neither" if seconds is None else "both"
        raise ValueError(f"{given} of seconds and epochs given; give one of the two as budget")
    if seconds is not None and not (0 < seconds < math.inf):
        raise ValueError(f"seconds is {seconds!r}; give a number greater than 0")
    epochs = None if epochs is None else check_count("epochs", epochs)
    if batch_size is None:
        batch_size = getattr(model, "default_batch_size", BATCH_SIZE)
    return {
        "seconds": seconds,
        "epochs": epochs,
        "seed": check_count("seed", 0 if seed is None else seed, least=0),
        "batch_size": check_count("batch_size", batch_size),
    }


def _finished(
    history: History, budget: Budget, done: int, monitor: CollapseMonitor, film: Film
) -> History:
    whole = len(history.history.get("loss", []))
    history.epochs = done + whole
    history.seconds = budget.elapsed
    cut_short = budget.epochs is not None and history.epochs < budget.epochs
    history.stopped = history.stopped or ("callback" if cut_short else budget.kind)
    history.warnings = [*monitor.warnings, *budget.warnings]
    history.film, history.film_epochs = film.frames, film.epochs
    return history
