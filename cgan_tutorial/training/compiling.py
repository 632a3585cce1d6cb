"""How `train` compiles a model, and what a run's record says of it."""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from typing import Any

import keras

# Schedules of the caller's; `train` then leaves the learning rate alone.
SCHEDULES = keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau
FALLING, CONSTANT = "lowered by train", "left as it is"


def compile_model(
    model: Any, optimizer: Any, callbacks: Sequence[Any], steps: int, record: dict[str, Any]
) -> float | None:
    """Compile a model unless its caller has; of a resumed run, as its record says.

    Args:
        model: a `keras.Model`.
        optimizer: the caller's, or None.
        callbacks: the caller's.
        steps: that `fit` takes before it returns to Python.
        record: of a run that is resumed; empty for a new one.

    Returns:
        The learning rate, if it is `train`'s to lower.

    Raises:
        ValueError: there is no optimizer, or Keras cannot compile the model again.
    """
    ours = is_ours(model)
    if ours and record.get("compilation"):
        ours = False
        _compile_again(model, record["compilation"])
    if ours:
        if optimizer is None and record.get("optimizer"):
            optimizer = keras.saving.deserialize_keras_object(record["optimizer"])
        if optimizer is None and not hasattr(model, "default_optimizer"):
            raise ValueError(
                f"a {type(model).__name__} has no optimizer of its own; compile it, or give "
                "optimizer"
            )
        model.compile(optimizer=optimizer, steps_per_execution=steps)
        # A weak reference, because Keras would track and save another optimizer.
        model.compiled_by_train = weakref.ref(model.optimizer)
    elif optimizer is not None:
        _compile_again(model, model.get_compile_config(), optimizer=optimizer)
    rate = _inner(model.optimizer).get_config().get("learning_rate")
    scheduled = any(isinstance(callback, SCHEDULES) for callback in callbacks)
    return rate if ours and isinstance(rate, float) and not scheduled else None


def is_ours(model: Any) -> bool:
    """Say whether `train` may compile a model: nobody has yet, or `train` was the last."""
    known = getattr(model, "compiled_by_train", None)
    return not model.compiled or (known is not None and known() is model.optimizer)


def describe_compilation(model: Any, rate: float | None) -> dict[str, Any]:
    """Return what `run.json` holds of how a model is compiled."""
    serialize = keras.saving.serialize_keras_object
    return {
        "optimizer": serialize(model.optimizer),
        "loss": serialize(model.loss),
        "learning_rate": CONSTANT if rate is None else FALLING,
        "compilation": None if is_ours(model) else model.get_compile_config(),
    }


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """Return what two records of one run must have in common, of how a model is compiled."""
    found = {key: record[key] for key in ("loss", "learning_rate") if key in record}
    if record.get("optimizer"):
        config = record["optimizer"]["config"]
        inner = config.get("inner_optimizer", record["optimizer"])
        settings = {k: v for k, v in inner["config"].items() if k != "name"}
        found |= {"optimizer": inner["class_name"]}
        found |= {f"the optimizer's {name}": value for name, value in settings.items()}
    # As a file returns them: tuples as lists.
    return json.loads(json.dumps(found, default=str))


def renew_optimizer(model: Any) -> None:
    """Give the optimizer the state of a new one, in place."""
    optimizer = model.optimizer
    fresh = type(optimizer).from_config(optimizer.get_config())
    fresh.build(model.trainable_variables)
    for old, new in zip(optimizer.variables, fresh.variables, strict=True):
        old.assign(new)


def _compile_again(model: Any, config: dict[str, Any], **changed: Any) -> None:
    try:
        model.compile(**{**keras.saving.deserialize_keras_object(config), **changed})
    except TypeError as error:
        raise ValueError(
            f"a {type(model).__name__} was compiled with a function that Keras cannot find again "
            f"({str(error).splitlines()[0]}); compile it as before, with the optimizer that it "
            "is to have"
        ) from error


def _inner(optimizer: Any) -> Any:
    """Under mixed_float16 Keras wraps the optimizer."""
    return getattr(optimizer, "inner_optimizer", optimizer)
