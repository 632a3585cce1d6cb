"""A run's folder: its record, a checkpoint after each epoch, and a table of the losses."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pandas as pd

from cgan_tutorial.data import Dataset
from cgan_tutorial.models.registry import name_of
from cgan_tutorial.training.callbacks import Budget

RECORD, TABLE = "run.json", "losses.csv"
CHECKPOINT, PARTIAL = "epoch-{epoch:04d}.weights.h5", "partial.weights.h5"
KEPT = 2
UNREADABLE = OSError, KeyError


class RunFolderError(ValueError):
    """A run's folder is missing, incomplete, or of another model."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run; `train` restores from it and writes to it."""

    path: Path

    def create(self, record: dict[str, Any], force: bool) -> None:
        """Make the folder and write its record; with `force`, replace the run in it.

        Raises:
            ValueError: the folder holds a run or other files and `force` is False.
            RunFolderError: it holds other files, which nothing replaces.
        """
        if (
            not force
            and self.path.exists()
            and (not self.path.is_dir() or any(self.path.iterdir()))
        ):
            raise ValueError(
                f"the folder {self.path} is not empty; choose another, give resume=True to go on "
                "with its run, or force=True to replace it"
            )
        _clear(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        partial = self.path / (RECORD + ".partial")
        partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, self.path / RECORD)

    def callbacks(self, budget: Budget) -> list[keras.callbacks.Callback]:
        """Return the writers of the checkpoints and of the table."""
        return [_Checkpoint(self.path), _Table(self.path / TABLE, budget)]

    def restore(self, model: keras.Model) -> tuple[int, float]:
        """Load the newest checkpoint that can be read.

        If the newest is damaged, the one before it serves.

        Returns:
            How many epochs, and how many seconds, that checkpoint is after; 0 and 0 where
            there is no checkpoint yet.

        Raises:
            RunFolderError: the weights do not fit the model, or no checkpoint can be read.
        """
        found = checkpoints(self.path)[::-1]
        for path in found:
            try:
                model.load_weights(path)
            except UNREADABLE:
                continue
            except ValueError as error:
                raise RunFolderError(
                    f"the weights in {path.name} do not fit this model; "
                    "resume with the networks that the run was trained with"
                ) from error
            return epoch_of(path), _cut(self.path / TABLE, epoch_of(path))
        if found:
            names = ", ".join(path.name for path in found)
            raise RunFolderError(
                f"none of the checkpoints in {self.path} can be read ({names}); put back a copy "
                "of one, or train again into another folder"
            )
        return 0, 0.0


def describe(
    model: keras.Model, data: Any, settings: dict[str, Any], optimizer: Any
) -> dict[str, Any]:
    """Return what `run.json` holds: the model as Keras serializes it, data and settings."""
    serialize = keras.saving.serialize_keras_object
    try:
        config = serialize(model)
    except NotImplementedError:
        # A model of the reader's own without `get_config`: its weights are kept all the same.
        config = None
    return {
        "model": name_of(model),
        "data": data.name if isinstance(data, Dataset) else "own images",
        **settings,
        "optimizer": serialize(optimizer),
        "keras": keras.__version__,
        "config": config,
    }


def require_same(path: Path, now: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a run that is resumed; settings of `now` that are None follow it.

    Raises:
        RunFolderError: a setting differs from the record's; the sentence names it.
    """
    before = read_record(path)
    pairs = {key: (before.get(key), now.get(key)) for key in ("model", "data", *SETTINGS)}
    options, own = (_options(record.get("config")) for record in (before, now))
    pairs |= {key: (options.get(key), own.get(key)) for key in {*options, *own}}
    for key, (old, new) in pairs.items():
        if new is not None and new != old:
            raise RunFolderError(
                f"{path} was trained with {key} {old!r}, not {new!r}; "
                "resume with the same settings, or choose another folder"
            )
    return before


SETTINGS = "seconds", "epochs", "seed", "batch_size"


def read_record(path: Path) -> dict[str, Any]:
    """Return what a run's `run.json` says.

    Raises:
        RunFolderError: there is no such folder, or it is only half written.
    """
    try:
        return json.loads((path / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(
            f"{path} is not the folder of a run: it has no {RECORD}; "
            "give the folder that was named as output of a training"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise RunFolderError(
            f"{RECORD} in {path} is damaged; train again into another folder"
        ) from None


def build_recorded(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Build a run's model again, with new weights.

    Returns:
        The model, and the record of the run.

    Raises:
        RunFolderError: the folder is no run's, half written, or of a model that Keras
            cannot build from its record.
    """
    record = read_record(Path(path))
    if not record.get("config"):
        raise RunFolderError(
            f"{path} holds a {record.get('model')} that was recorded without its networks; build "
            "it as the training did and load its checkpoint with load_weights"
        )
    return keras.saving.deserialize_keras_object(record["config"]), record


def load_run(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Build a run's model again and load its newest checkpoint.

    Returns:
        The model, and the record of the run.

    Raises:
        RunFolderError: as for `build_recorded`, or there is no checkpoint yet.
    """
    model, record = build_recorded(path)
    epochs, _ = RunFolder(Path(path)).restore(model)
    if not epochs:
        raise RunFolderError(
            f"{path} has no checkpoint yet; go on with its training by resume=True"
        )
    return model, record


def checkpoints(path: Path) -> list[Path]:
    """Return the checkpoints of a folder, oldest first."""
    return sorted(path.glob("epoch-*.weights.h5"), key=epoch_of)


def epoch_of(path: Path) -> int:
    """Return the number of the epoch after which a checkpoint was written."""
    return int(path.name.split("-")[1].split(".")[0])


def _options(config: dict[str, Any] | None) -> dict[str, Any]:
    """What a serialized model was built with, other than its networks."""
    config = (config or {}).get("config", {})
    return {k: v for k, v in config.items() if not isinstance(v, dict) and k != "name"}


def _is_free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _clear(path: Path) -> None:
    """Delete what a run writes, the record last; refuse a folder of other files."""
    if _is_free(path):
        return
    records = [path / (RECORD + ".partial"), path / RECORD]
    if not any(record.exists() for record in records):
        raise RunFolderError(
            f"{path} holds other things than a run, so nothing in it is replaced; "
            "choose another folder"
        )
    for file in [*checkpoints(path), path / PARTIAL, path / TABLE, *records]:
        file.unlink(missing_ok=True)


def _cut(table: Path, epoch: int) -> float:
    """Drop the rows after an epoch; return the seconds that it ended at."""
    try:
        rows = pd.read_csv(table)
        rows = rows[rows["epoch"] <= epoch]
        rows.to_csv(table, index=False)
        return float(rows["seconds"].max()) if len(rows) else 0.0
    except (OSError, KeyError, pd.errors.ParserError, pd.errors.EmptyDataError):
        return 0.0


class _Checkpoint(keras.callbacks.Callback):
    """Writes the weights, and the optimizer's state, after each epoch: a whole file or none."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write aside, rename, and delete all but the newest `KEPT` checkpoints."""
        self.model.save_weights(self.folder / PARTIAL, overwrite=True)
        (self.folder / PARTIAL).replace(self.folder / CHECKPOINT.format(epoch=epoch + 1))
        for old in checkpoints(self.folder)[:-KEPT]:
            old.unlink()


class _Table(keras.callbacks.Callback):
    """Appends a row for each epoch: its number, the seconds so far, the logs."""

    def __init__(self, path: Path, budget: Budget) -> None:
        super().__init__()
        self.path, self.budget = path, budget

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch's row, and a heading to a new table."""
        row = {"epoch": epoch + 1, "seconds": round(self.budget.elapsed, 3), **(logs or {})}
        pd.DataFrame([row]).to_csv(self.path, mode="a", index=False, header=not self.path.exists())
