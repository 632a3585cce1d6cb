"""What `train` feeds to `fit`: batches whose order is known from the seed and the epoch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

# Each return to Python costs a small model some 5 % of a step (benchmarks/step_cost.py). More
# than these at once would gain little, and cost: a budget of seconds is overspent by as many
# steps, and the learning rate falls in stairs, of which an epoch should have some.
MOST_AT_ONCE, STAIRS = 6, 20


class Batches(keras.utils.PyDataset):
    """Batches whose order is a function of the seed and the epoch alone.

    So a resumed training sees what an uninterrupted one would have seen.

    Args:
        arrays: images, or images and what goes with each, of n rows each.
        batch_size: rows a step, at most n; the incomplete last batch of an epoch is dropped.
        seed: of the order.
    """

    def __init__(self, arrays: tuple[np.ndarray, ...], batch_size: int, seed: int) -> None:
        super().__init__()
        self.arrays, self.batch_size, self.seed = arrays, batch_size, seed
        self.start(0)

    def start(self, epoch: int) -> None:
        """Shuffle for an epoch."""
        self.order = self.order_of(epoch)

    def order_of(self, epoch: int) -> np.ndarray:
        """Return the rows in the order of an epoch, int64 of shape (n,)."""
        return np.random.default_rng([self.seed, int(epoch)]).permutation(len(self.arrays[0]))

    def __len__(self) -> int:
        return len(self.arrays[0]) // self.batch_size

    @property
    def steps_per_execution(self) -> int:
        """How many steps `fit` takes before it returns to Python; it divides an epoch's steps."""
        if keras.backend.backend() == "torch":
            return 1
        most = min(MOST_AT_ONCE, len(self) // STAIRS)
        return max((n for n in range(1, most + 1) if len(self) % n == 0), default=1)

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        first = step * self.batch_size
        chosen = self.order[first : first + self.batch_size]
        return as_inputs(tuple(array[chosen] for array in self.arrays))

    def feed(self, done: int) -> Any:
        """Return the same batches as `fit` of this backend takes them fastest.

        On TensorFlow `fit` would ask Python for each batch, and wait for its thread: a third
        of a step's time on one core (benchmarks/step_cost.py). So tf.data gathers them there.

        Args:
            done: epochs that are over; the feed starts with the one after them.
        """
        return _pipeline(self, done) if keras.backend.backend() == "tensorflow" else self


def as_inputs(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arrays as Keras takes inputs without targets: (x,), or ((a, b),) for pairs."""
    return (arrays if len(arrays) > 1 else arrays[0],)


def _pipeline(batches: Batches, done: int) -> Any:
    import tensorflow as tf

    # The pipeline runs on the processor, and so what it gathers from must be there.
    with tf.device("CPU:0"):
        arrays = [tf.convert_to_tensor(array) for array in batches.arrays]
    shape = len(batches), batches.batch_size

    def steps_of(epoch: Any) -> Any:
        """Map an epoch's number to the rows of each of its batches, int64 (steps, batch size)."""
        order = tf.numpy_function(batches.order_of, [epoch], tf.int64)
        # Cut here: to collect a batch from single numbers takes tf.data tens of microseconds.
        steps = tf.reshape(order[: shape[0] * shape[1]], shape)
        return tf.data.Dataset.from_tensor_slices(steps)

    def gather(chosen: Any) -> Any:
        """Map rows (batch size,) to the batch as `fit` takes it."""
        return as_inputs(tuple(tf.gather(array, chosen) for array in arrays))

    options = tf.data.Options()
    # The tuner's thread sleeps for longer and longer, and the end of `fit` would wait for it:
    # 23 seconds after a training of 60.
    options.autotune.enabled = False
    epochs = tf.data.Dataset.range(done, np.iinfo("int64").max)
    return epochs.flat_map(steps_of).map(gather).prefetch(2).with_options(options)
