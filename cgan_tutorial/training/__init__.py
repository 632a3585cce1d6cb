"""`train`, and what it is made of: batches, callbacks, checkpoints, progress."""

from cgan_tutorial.training.train import History, train

__all__ = ["History", "train"]
