"""A run's folder: what was trained, on what, with which seed, and its checkpoints."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras

from cgan_tutorial.data import Dataset
from cgan_tutorial.distributed import processes

RECORD = "run.json"
CHECKPOINT = "epoch-{epoch:04d}.weights.h5"
KEPT = 2
# What a record holds beside the options of the model's class.
SETTINGS = "model", "latent_dim", "width", "data", "seed", "batch_size"


class RunFolderError(ValueError):
    """A run's folder is missing, incomplete, or of another model."""


@dataclass(frozen=True)
class Folder:
    """An open run folder; `train` restores from it and writes to it."""

    path: Path

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Keras' own writers: a checkpoint after each epoch, and a table of the losses.

        Of several processes the first alone writes.
        """
        if not processes.first():
            return []
        return [
            _Checkpoint(self.path / CHECKPOINT, save_weights_only=True),
            keras.callbacks.CSVLogger(self.path / "losses.csv", append=True),
            _Prune(self.path),
        ]

    def restore(self, model: keras.Model) -> int:
        """Load the newest undamaged checkpoint, if there is one; return its epoch, or 0.

        A kill while a checkpoint is written leaves a damaged one: then the one
        before it serves.

        Raises:
            RunFolderError: the weights do not fit the model.
        """
        for path in self._found():
            try:
                model.load_weights(path)
            except OSError:
                continue
            except ValueError as error:
                raise RunFolderError(_misfit(path)) from error
            return epoch_of(path)
        return 0

    def _found(self) -> Iterator[Path]:
        """The checkpoints, newest first; in other processes, copies of process 0's."""
        own = checkpoints(self.path)[::-1] if processes.first() else []
        if processes.here.alone:
            yield from own
            return
        names = processes.tell("/".join(path.name for path in own).encode()).decode()
        with tempfile.TemporaryDirectory() as folder:
            for name in filter(None, names.split("/")):
                whole = (self.path / name).read_bytes() if processes.first() else b""
                copy = Path(folder) / name
                copy.write_bytes(processes.tell(whole))
                yield copy


def open_folder(
    output: str | Path | None,
    model: keras.Model,
    data: Dataset | object,
    seed: int,
    batch_size: int,
    resume: bool,
    force: bool = False,
) -> Folder | None:
    """Make a run's folder, or open it again with `resume`; None without `output`.

    With `force` a run that is there makes place; other files in its folder stay.

    Raises:
        ValueError: the folder holds a run or other files and neither `resume`
            nor `force` is True, or `resume` is True and there is no `output`.
        RunFolderError: the folder is of a run with other settings.
    """
    if output is None:
        if resume:
            raise ValueError("resume is True and output is missing; give the run's folder")
        return None
    path = Path(output)
    if not processes.first():
        return Folder(path)
    record = {
        **getattr(model, "recipe", {"model": type(model).__name__}),
        "data": data.name if isinstance(data, Dataset) else "own images",
        "seed": seed,
        "batch_size": batch_size,
        **(model.options() if hasattr(model, "options") else {}),
    }
    if resume:
        _require_same(path, record)
    elif not force and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(
            f"the folder {output} is not empty; choose another, or give resume=True to go on"
        )
    else:
        _clear(path)
        path.mkdir(parents=True, exist_ok=True)
        _write(path, record)
    return Folder(path)


def read_record(path: Path) -> dict:
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


def load_run(path: str | Path) -> tuple[keras.Model, dict]:
    """Build a run's model again and load its newest checkpoint.

    Returns:
        The model, and the record of the run.

    Raises:
        RunFolderError: the folder is no run's, half written, or of a model
            that was not built by name.
    """
    from cgan_tutorial import models

    path = Path(path)
    record = read_record(path)
    if "latent_dim" not in record:
        raise RunFolderError(
            f"{path} holds networks that were not built by name; build them as the "
            "training did and load its checkpoint with load_weights"
        )
    sizes = record["model"], record["latent_dim"], record["width"]
    options = {key: value for key, value in record.items() if key not in SETTINGS}
    model = models.build(*sizes, **options)
    model(model.example())
    if not Folder(path).restore(model):
        raise RunFolderError(
            f"{path} has no whole checkpoint yet; go on with its training by resume=True"
        )
    return model, record


def checkpoints(path: Path) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(path.glob("epoch-*.weights.h5"))


def epoch_of(path: Path) -> int:
    """The number of the epoch after which a checkpoint was written."""
    return int(path.name.split("-")[1].split(".")[0])


def _require_same(path: Path, record: dict) -> None:
    before = read_record(path)
    for key in dict.fromkeys([*record, *before]):
        if before.get(key) != record.get(key):
            raise RunFolderError(
                f"{path} was trained with {key} {before.get(key)!r}, not {record.get(key)!r}; "
                "resume with the same settings, or choose another folder"
            )


def _clear(path: Path) -> None:
    """Delete what a run writes, the record last; refuse a folder of other files."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    records = [path / (RECORD + ".partial"), path / RECORD]
    if not any(record.exists() for record in records):
        raise RunFolderError(
            f"{path} holds other things than a run, so nothing in it is replaced; "
            "choose another folder"
        )
    for file in [*checkpoints(path), path / "losses.csv", *records]:
        file.unlink(missing_ok=True)


def _write(path: Path, record: dict) -> None:
    partial = path / (RECORD + ".partial")
    partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path / RECORD)


def _misfit(path: Path) -> str:
    return (
        f"the weights in {path.name} do not fit this model; "
        "resume with the networks that the run was trained with"
    )


class _Checkpoint(keras.callbacks.ModelCheckpoint):
    """Keras' checkpoint, which makes an optimizer of its own to compare with."""

    def on_epoch_end(self, epoch, logs=None):
        """Write the weights, and let the other processes go on."""
        with processes.apart():
            super().on_epoch_end(epoch, logs)


class _Prune(keras.callbacks.Callback):
    """Deletes all but the newest checkpoints; two stay, in case the newest is damaged."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        """Delete what is older than the newest `KEPT` checkpoints."""
        for old in checkpoints(self.path)[:-KEPT]:
            old.unlink()
