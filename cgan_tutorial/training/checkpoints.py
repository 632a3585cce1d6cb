"""A run's folder: its record, a checkpoint after each epoch, and a table of the losses."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import h5py
import keras
import numpy as np
import pandas as pd

from cgan_tutorial.data import Dataset
from cgan_tutorial.models.pretrained import checksum
from cgan_tutorial.models.registry import name_of
from cgan_tutorial.training.callbacks import Budget
from cgan_tutorial.training.compiling import comparable

RECORD, TABLE, LOCK = "run.json", "losses.csv", ".lock"
CHECKPOINT, PARTIAL = "epoch-{epoch:04d}.weights.h5", "partial.weights.h5"
# Other names are copies of the user's, which nothing reads or deletes.
NAMES = re.compile(r"epoch-(\d+)\.weights\.h5")
KEPT = 2
# What HDF5 raises at a damaged file.
UNREADABLE = OSError, KeyError, RuntimeError


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
        if not force and not _is_free(self.path):
            raise ValueError(
                f"the folder {self.path} is not empty; choose another, go on with its run "
                "(resume=True, or --resume), or replace it (force=True, or --force)"
            )
        _clear(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._write(record)

    def note_data(self, name: str) -> None:
        """Record where the run's images are now."""
        record = read_record(self.path)
        if record.get("data") != name:
            self._write({**record, "data": name})

    def _write(self, record: dict[str, Any]) -> None:
        partial = self.path / (RECORD + ".partial")
        partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        partial.replace(self.path / RECORD)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from training in this folder meanwhile.

        Raises:
            RunFolderError: another process trains in it.
        """
        if self.path.exists() and not self.path.is_dir():
            yield  # `create` says it
            return
        made = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise RunFolderError(
                f"another process is training in {self.path}; wait for its end, or choose "
                "another folder"
            ) from None
        try:
            yield
        finally:
            lock.release()
            (self.path / LOCK).unlink(missing_ok=True)
            if made and not any(self.path.iterdir()):
                self.path.rmdir()

    def callbacks(self, budget: Budget) -> list[keras.callbacks.Callback]:
        """Return the writers of the checkpoints and of the table."""
        return [_Checkpoint(self.path), _Table(self.path / TABLE, budget)]

    def go_on(
        self, model: keras.Model, data: str, before: dict[str, Any], now: dict[str, Any]
    ) -> tuple[int, float]:
        """Go on with the run in the folder: restore the model, and cut the table of losses.

        Args:
            model: compiled.
            data: the name that the images have now.
            before: the run's record.
            now: how the model is compiled, as `describe_compilation` says it.

        Returns:
            How many epochs and how many seconds are done.

        Raises:
            RunFolderError: the model is compiled otherwise than before, or as for `restore`.
        """
        require_same_compilation(self.path, before, now)
        self.note_data(data)
        done = self.restore(model)
        return done, self.cut_table(done)

    def restore(self, model: keras.Model) -> int:
        """Load the newest checkpoint that is whole: if the newest is not, the one before it.

        Returns:
            How many epochs that checkpoint is after; 0 where there is none yet.

        Raises:
            RunFolderError: the weights do not fit the model, no checkpoint can be read, or
                another program holds the newest.
        """
        found = checkpoints(self.path)[::-1]
        for path in found:
            try:
                h5py.File(path).close()  # raises if another program writes
                if not _is_whole(path):
                    continue
                model.load_weights(path)
            except BlockingIOError as error:
                raise RunFolderError(f"{path} is in use by another program; close it") from error
            except UNREADABLE:
                continue
            except ValueError as error:
                raise RunFolderError(
                    f"the weights in {path.name} do not fit this model; "
                    "resume with the networks that the run was trained with"
                ) from error
            return epoch_of(path)
        if found:
            names = ", ".join(path.name for path in found)
            raise RunFolderError(
                f"none of the checkpoints in {self.path} can be read ({names}); put back a copy "
                "of one, or train again into another folder"
            )
        return 0

    def cut_table(self, epoch: int) -> float:
        """Drop the rows after an epoch; return the seconds that it ended at, 0 if unknown.

        Raises:
            RunFolderError: another program holds the table.
        """
        table = self.path / TABLE
        try:
            rows = pd.read_csv(table)
            rows = rows[rows["epoch"] <= epoch]
            rows.to_csv(table, index=False)
            return float(rows["seconds"].max()) if len(rows) else 0.0
        except PermissionError as error:
            raise RunFolderError(f"{table} is in use by another program; close it") from error
        except (OSError, KeyError, ValueError):  # missing, or no table of losses
            return 0.0


def name_of_data(data: Any) -> str:
    """Return what `run.json` calls the data."""
    return data.name if isinstance(data, Dataset) else "own images"


def describe(
    model: keras.Model, data: Any, arrays: Any, settings: dict[str, Any]
) -> dict[str, Any]:
    """Return what `run.json` holds: the model as Keras serializes it, data and settings."""
    try:
        config = keras.saving.serialize_keras_object(model)
        config.pop("compile_config", None)  # `describe_compilation` knows whose it is
    except NotImplementedError:
        # A model of the reader's own without `get_config`: its weights are kept all the same.
        config = None
    return {
        "model": name_of(model),
        "data": name_of_data(data),
        "images": fingerprint(arrays),
        "shape": list(arrays[0].shape[1:]),
        "classes": list(getattr(data, "classes", ())),
        **settings,
        "keras": keras.__version__,
        "weights": sum(math.prod(each.shape) for each in model.weights) if model.built else None,
        "config": config,
    }


def require_same(path: Path, now: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a run that is resumed; settings of `now` that are None follow it.

    Raises:
        RunFolderError: a setting differs from the record's; the sentence names it.
    """
    before = read_record(path)
    pairs = {key: (before.get(key), now.get(key)) for key in ("model", "data", "shape", *SETTINGS)}
    pairs["images"] = before.get("images", now["images"]), now["images"]
    if before.get("images") == now["images"]:
        del pairs["data"]  # the same images may have moved
    options, own = (_options(record.get("config")) for record in (before, now))
    pairs |= {key: (options.get(key), own.get(key)) for key in {*options, *own}}
    pairs["number of weights"] = before.get("weights", now["weights"]), now["weights"]
    for key, (old, new) in pairs.items():
        if new is not None and new != old:
            _refuse(path, key, old, new)
    return before


def require_same_compilation(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse a model of a resumed run that is compiled otherwise than its record says.

    Raises:
        RunFolderError: its sentence names what differs.
    """
    old, new = comparable(before), comparable(now)
    for key in ("optimizer", "loss", "learning_rate", *new):
        if key in old and key in new and old[key] != new[key]:
            _refuse(path, key, old[key], new[key])


def _refuse(path: Path, key: str, old: Any, new: Any) -> None:
    raise RunFolderError(
        f"{path} was trained with {key} {old!r}, not {new!r}; "
        "resume with the same settings, or choose another folder"
    )


SETTINGS = "seconds", "epochs", "seed", "batch_size"


def read_record(path: Path) -> dict[str, Any]:
    """Return what a run's `run.json` says.

    Raises:
        RunFolderError: there is no such folder, or it is only half written.
    """
    try:
        record = json.loads((path / RECORD).read_text(encoding="utf-8"))
        if isinstance(record, dict):
            return record
    except FileNotFoundError:
        raise RunFolderError(
            f"{path} is not the folder of a run: it has no {RECORD}; "
            "give the folder that was named as output of a training"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        pass
    raise RunFolderError(f"{RECORD} in {path} is damaged; train again into another folder")


def fingerprint(arrays: tuple[np.ndarray, ...]) -> str:
    """Tell arrays from others by their number of rows and a digest of their bytes."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return f"{len(arrays[0])} of digest {digest.hexdigest()[:12]}"


def build_recorded(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Build a run's model again, with new weights.

    Returns:
        The model, and the record of the run.

    Raises:
        RunFolderError: the folder is no run's, half written, or of a model that Keras
            cannot build from its record.
    """
    record = read_record(Path(path).expanduser())
    if not record.get("config"):
        raise RunFolderError(
            f"{path} holds a {record.get('model')} that was recorded without its networks; build "
            "it as the training did and load its checkpoint with load_weights"
        )
    config = {key: value for key, value in record["config"].items() if key != "compile_config"}
    try:
        return keras.saving.deserialize_keras_object(config), record
    except (TypeError, ValueError, KeyError) as error:
        raise RunFolderError(
            f"Keras cannot build the {record.get('model')} that {path} holds "
            f"({str(error).splitlines()[0][:200]}); import the module of its class first, or "
            "train again into another folder"
        ) from error


def load_run(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Build a run's model again and load its newest checkpoint.

    Returns:
        The model, and the record of the run.

    Raises:
        RunFolderError: as for `build_recorded`, or there is no checkpoint yet.
    """
    model, record = build_recorded(path)
    if not RunFolder(Path(path).expanduser()).restore(model):
        raise RunFolderError(
            f"{path} has no checkpoint yet; go on with its training (resume=True, or --resume)"
        )
    return model, record


def checkpoints(path: Path) -> list[Path]:
    """Return the checkpoints of a folder, oldest first."""
    return sorted(filter(_is_checkpoint, path.glob("epoch-*")), key=epoch_of)


def epoch_of(path: Path) -> int:
    """Return the number of the epoch after which a checkpoint was written."""
    return int(path.name.removeprefix("epoch-").split(".")[0])


def _is_checkpoint(path: Path) -> bool:
    return NAMES.fullmatch(path.name) is not None


def _sum_of(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".sha256")


def _is_whole(checkpoint: Path) -> bool:
    """Compare a checkpoint with its checksum; an older run's has none."""
    known = _sum_of(checkpoint)
    try:
        return not known.exists() or known.read_text(encoding="utf-8") == checksum(checkpoint)
    except UnicodeDecodeError:
        return False


def _options(config: dict[str, Any] | None) -> dict[str, Any]:
    """What a serialized model was built with, other than its networks."""
    config = (config or {}).get("config", {})
    return {k: v for k, v in config.items() if not isinstance(v, dict) and k != "name"}


def _is_free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and {each.name for each in path.iterdir()} <= {LOCK})


def _is_foreign(path: Path) -> bool:
    """Say whether a folder's record is of another program; a damaged one is taken for ours."""
    try:
        return "model" not in read_record(path)
    except RunFolderError:
        return False


def _clear(path: Path) -> None:
    """Delete what a run writes, the record last; refuse a folder of other files."""
    if _is_free(path):
        return
    records = [path / (RECORD + ".partial"), path / RECORD]
    if not any(record.exists() for record in records) or _is_foreign(path):
        raise RunFolderError(
            f"{path} holds other things than a run, so nothing in it is replaced; "
            "choose another folder"
        )
    found = checkpoints(path)
    for file in [*found, *map(_sum_of, found), path / PARTIAL, path / TABLE, *records]:
        file.unlink(missing_ok=True)


class _Checkpoint(keras.callbacks.Callback):
    """Writes the weights, and the optimizer's state, after each epoch: a whole file or none."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.stuck = folder, set()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write aside, rename, and delete all but the newest `KEPT` checkpoints."""
        self._check_space()
        partial, path = self.folder / PARTIAL, self.folder / CHECKPOINT.format(epoch=epoch + 1)
        self.model.save_weights(partial, overwrite=True)
        _sum_of(path).write_text(checksum(partial), encoding="utf-8")
        partial.replace(path)
        for old in checkpoints(self.folder)[:-KEPT]:
            try:
                old.unlink()
                _sum_of(old).unlink(missing_ok=True)
            except OSError as error:
                if old not in self.stuck:
                    warnings.warn(f"{old} cannot be deleted ({error.strerror})", stacklevel=2)
                self.stuck.add(old)

    def _check_space(self) -> None:
        # On a full disk HDF5 ends the process by a segmentation fault.
        variables = [*self.model.variables, *self.model.optimizer.variables]
        needed = 2**20 + 1.1 * 4 * sum(math.prod(variable.shape) for variable in variables)
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise RunFolderError(
                f"{self.folder} has {free / 1e6:.1f} MB left, and a checkpoint takes "
                f"{needed / 1e6:.1f} MB; make room and go on (resume=True, or --resume)"
            )


class _Table(keras.callbacks.Callback):
    """Appends a row for each epoch: its number, the seconds so far, the logs.

    Rows wait while another program, such as a spreadsheet, holds the table.
    """

    def __init__(self, path: Path, budget: Budget) -> None:
        super().__init__()
        self.path, self.budget, self.rows, self.told = path, budget, [], False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch's row, and a heading to a new table."""
        row = {"epoch": epoch + 1, "seconds": round(self.budget.elapsed, 3), **(logs or {})}
        self.rows.append(row)
        try:
            self._append_to(self.path)
        except PermissionError as error:
            if not self.told:
                warnings.warn(f"{self.path} waits for its rows ({error.strerror})", stacklevel=2)
            self.told = True

    def on_train_end(self, logs: Any = None) -> None:
        """Write rows that still wait beside the table."""
        if self.rows:
            rest = self.path.with_name(f"losses-{self.rows[0]['epoch']}.csv")
            self._append_to(rest)
            warnings.warn(f"{self.path} is held; its last rows are in {rest.name}", stacklevel=2)

    def _append_to(self, path: Path) -> None:
        table, header = pd.DataFrame(self.rows), not path.exists()
        table.to_csv(path, mode="a", index=False, header=header)
        self.rows = []
