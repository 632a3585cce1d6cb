"""`train`, and what it is made of: batches, callbacks, checkpoints, progress."""

from cgan_tutorial.training.checkpoints import RunFolderError, load_run
from cgan_tutorial.training.train import History, fit_batches, train

__all__ = ["History", "RunFolderError", "fit_batches", "load_run", "train"]
