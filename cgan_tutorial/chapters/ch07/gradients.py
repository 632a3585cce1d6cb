"""The gradient of a score with respect to its inputs, on each of Keras' backends.

Keras has no public function for it: its models train through `fit`. Asking what an
input pixel does, or attacking it, needs the gradient itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

BATCH = 250


def gradient(score: Callable[..., Any], inputs: np.ndarray, *known: np.ndarray) -> np.ndarray:
    """Gradient of each row's score with respect to that row.

    Args:
        score: tensors, `inputs` and `known` of a batch, → one number for each row, (n,).
            Rows must not see each other: call networks with `training=False`.
        inputs: (n, …), real numbers.
        *known: what else the score is told of each row, such as labels (n,).

    Returns:
        An array of the inputs' shape, float32, in units of the score for one unit of input.

    Raises:
        ValueError: no rows, unequal numbers of rows, or a score that is not of shape (n,).
    """
    inputs = np.asarray(inputs, "float32")
    counts = {len(rows) for rows in (inputs, *known)}
    if len(counts) > 1 or 0 in counts:
        raise ValueError(
            f"inputs and what is known of them have {sorted(counts)} rows; "
            "give equally many of each, at least 1"
        )
    slope = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    pieces = []
    for first in range(0, len(inputs), BATCH):
        rows = slice(first, first + BATCH)
        given = [ops.convert_to_tensor(each[rows]) for each in known]
        pieces.append(ops.convert_to_numpy(slope(_checked(score, given), inputs[rows])))
    return np.concatenate(pieces)


def _checked(score, known):
    def total(inputs):
        """Inputs (n, …) → the sum of their scores; its gradient has each input's own in its row.

        Raises:
            ValueError: the score is not one number for each input.
        """
        found = score(inputs, *known)
        if tuple(found.shape) != (inputs.shape[0],):
            raise ValueError(
                f"the score has shape {tuple(found.shape)} for {inputs.shape[0]} inputs; "
                "let it return one number for each, for example network(inputs)[:, 0]"
            )
        return ops.sum(found)

    return total


def _tensorflow(total, inputs):
    import tensorflow as tf

    inputs = tf.convert_to_tensor(inputs)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        found = total(inputs)
    return tape.gradient(found, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def _jax(total, inputs):
    import jax

    return jax.grad(total)(jax.numpy.asarray(inputs))


def _torch(total, inputs):
    import torch

    inputs = ops.convert_to_tensor(inputs).requires_grad_()
    return torch.autograd.grad(total(inputs), inputs)[0]
