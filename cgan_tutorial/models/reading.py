"""A scope in which variables are read once, so that a compiler can merge equal calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops


@contextmanager
def read_once(variables: list[keras.Variable]) -> Iterator[None]:
    """Within this scope each variable is read a single time, not anew at each use.

    A compiler (TensorFlow's or XLA) merges two calls of a network on the same inputs only if
    it can tell that they use the same weights; two readings of a variable might differ. What
    is assigned within, such as batch statistics, is seen within and written at the end.

    Args:
        variables: those of the networks that are called within, and the states of the random
            generators that are drawn from.
    """
    with keras.StatelessScope([(each, ops.copy(each)) for each in variables]) as scope:
        before = [scope.get_current_value(each) for each in variables]
        yield
        after = [scope.get_current_value(each) for each in variables]
    for variable, old, new in zip(variables, before, after, strict=True):
        if new is not old:
            variable.assign(new)
