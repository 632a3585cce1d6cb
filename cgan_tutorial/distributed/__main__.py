"""Train one model in several processes, on one machine or on many, with JAX.

Each process takes its share of every batch. JAX averages the gradients, takes the statistics
of a batch over all shares and draws the noise for the whole batch, so the losses are those of
one process with the same batch, except for rounding. Process 0 alone writes and prints.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras

from cgan_tutorial import data, devices, models
from cgan_tutorial.training.batches import Batches
from cgan_tutorial.training.callbacks import Budget
from cgan_tutorial.training.checkpoints import RunFolder, describe, require_same
from cgan_tutorial.training.compiling import compile_model, describe_compilation
from cgan_tutorial.training.train import arrays_of, checked_settings, fit_batches

# What an error names whose step waited for a process that has ended; its class varies.
LOST = "gloo", "nccl", "coordination service"
NOT_MET = "not all processes met within {:g} s; start all with one --coordinator, its port open"


class Shares(Batches):
    """Batches of which each process gives its own consecutive rows."""

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        size = self.batch_size // jax.process_count()
        own = slice(jax.process_index() * size, (jax.process_index() + 1) * size)
        return keras.tree.map_structure(lambda rows: rows[own], super().__getitem__(step))


class Writer(keras.callbacks.Callback):
    """Calls the writers of a run's folder in this process alone.

    They create variables, which under a distribution all processes would have to create.
    """

    def __init__(self, folder: RunFolder, budget: Budget) -> None:
        super().__init__()
        self.writers = folder.callbacks(budget)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the checkpoint and the losses of an epoch."""
        distribution = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        for writer in self.writers:
            writer.set_model(self.model)
            writer.on_epoch_end(epoch, logs)
        keras.distribution.set_distribution(distribution)


def join(given: argparse.Namespace) -> None:
    """Meet the other processes, and share batches among all their devices.

    Raises:
        ValueError: this backend or JAX cannot do it, or JAX finds no other processes.
    """
    if keras.backend.backend() != "jax":
        raise ValueError("several processes train together on JAX only; set KERAS_BACKEND=jax")
    if given.processes != 1:
        if jax.__version__ in devices.WRONG_JAX:
            raise ValueError(
                f"JAX {jax.__version__} adds up the gradients of several processes wrongly; "
                "install 0.8.2 or later (pip install -U jax), or give --processes 1"
            )
        # Between CPUs; GPUs have NCCL. It must be set before JAX looks for devices.
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        times = {"initialization_timeout": 3600, "heartbeat_timeout_seconds": 20}
        # When JAX's own time is over, it ends the process with a log from C++.
        timer = threading.Timer(given.wait, _leave, [NOT_MET.format(given.wait)])
        timer.start()
        try:
            jax.distributed.initialize(
                given.coordinator, given.processes, given.process_id, **times
            )
        except (ValueError, RuntimeError, IndexError) as error:
            raise ValueError(
                f"JAX cannot join the processes ({str(error).splitlines()[0]}); give --processes, "
                "--process-id and --coordinator HOST:PORT, all three, or --processes 1"
            ) from error
        finally:
            timer.cancel()
    if jax.device_count() > 1:
        # `Shares` gives each process its own rows already.
        everywhere = keras.distribution.DataParallel(auto_shard_dataset=False)
        keras.distribution.set_distribution(everywhere)


def train(given: argparse.Namespace) -> None:
    """Train the model that the arguments describe, or go on training it.

    Raises:
        ValueError: the batch, the data or the run's folder cannot be used.
        RuntimeError: the memory is too small, or the loss is not a number.
    """
    digits, folder, first = data.load(given.data), RunFolder(given.output), not jax.process_index()
    keras.utils.set_random_seed(given.seed)
    lock = folder.locked() if first else nullcontext()
    with lock, devices.memory_errors_in_words(f"width {given.width}"):
        model = models.build(given.model, given.latent_dim, given.width)
        arrays = arrays_of(model, digits)
        settings = checked_settings(model, None, given.epochs, given.seed, given.batch_size)
        batches = Shares(arrays, min(settings["batch_size"], len(arrays[0])), given.seed)
        if batches.batch_size % jax.device_count():
            raise ValueError(
                f"a batch of {batches.batch_size} cannot be shared evenly among "
                f"{jax.device_count()} devices; give a --batch-size that they divide"
            )
        rate = compile_model(model, None, (), batches.steps_per_execution, {})
        model.optimizer.build(model.trainable_variables)
        record, done, spent = describe(model, digits, arrays, settings), 0, 0.0
        if given.resume:
            require_same(given.output, record)
            done = folder.restore(model)
            spent = folder.cut_table(done) if first else 0.0
        elif first:
            folder.create(record | describe_compilation(model, rate), given.force)
        budget = Budget(None, given.epochs, rate, spent)
        writers = [Writer(folder, budget)] if first else []
        history = fit_batches(model, batches, budget, done, writers, view=first)
    if history.stopped == "nan":
        raise RuntimeError(f"{given.output} holds the epochs before the loss was not a number")
    if first:
        print(f"{given.output} holds {given.model} after {history.epochs} epochs")


def main() -> None:
    """Read the command line and train; say an error in a sentence."""
    given = _parser().parse_args()
    try:
        join(given)
        train(given)
    except BaseException as error:
        _leave(_sentence(error))


def _sentence(error: BaseException) -> str:
    named = any(sign in str(error).lower() for sign in LOST)
    if jax.process_count() > 1 and (named or isinstance(error, jax.errors.JaxRuntimeError)):
        return (
            "a step failed, most likely because another process has ended "
            f"({str(error).splitlines()[0]}); start all of them again with --resume"
        )
    source = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    ours = Path(__file__).parents[1] in source.parents
    return str(error) if ours else "".join(traceback.format_exception(error))


def _leave(message: str) -> None:
    """End at once with exit code 2; at a usual end JAX would wait for the other processes."""
    print(message, file=sys.stderr, flush=True)
    os._exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m cgan_tutorial.distributed", description=__doc__)
    add = parser.add_argument
    add("model", choices=models.MODELS)
    add("--epochs", type=int, required=True, help="the budget")
    add("--output", type=Path, required=True, help="the run's folder, on a shared file system")
    add("--processes", type=int, help="how many; 1 trains alone")
    add("--process-id", type=int, help="which of them this is, from 0")
    add("--coordinator", metavar="HOST:PORT", help="where process 0 listens")
    add("--wait", type=float, default=60, help="seconds to wait for the other processes")
    add("--data", default="mnist-5k", help="name of a data set, or folder:PATH")
    add("--seed", type=int, default=0)
    add("--batch-size", type=int, help="images per step of all processes together")
    add("--width", type=int, default=16)
    add("--latent-dim", type=int, default=32)
    add("--resume", action="store_true", help="go on after the last epoch in the folder")
    add("--force", action="store_true", help="replace the run in the folder")
    return parser


if __name__ == "__main__":
    main()
