"""The exponential moving average (EMA) of a network's weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from cgan_tutorial.models.base import Tensor


def copy_network(network: keras.Model, name: str) -> keras.Model:
    """Return a network of the same layers and weights that no optimizer changes."""
    twin = keras.models.clone_model(network)
    twin.name = name
    twin.set_weights(network.get_weights())
    twin.trainable = False
    return twin


def update_ema(ema: keras.Model, network: keras.Model, decay: float, steps: Tensor) -> None:
    """Move each weight of `ema` towards that of `network`: a ← d·a + (1 − d)·w.

    Samples of the average are smoother than those of the network, whose weights circle
    around their goal (Yazıcı et al., 2019). At the start d is (1 + t) / (10 + t) in step t,
    the rule of TensorFlow's ExponentialMovingAverage, until that reaches the decay: the
    untrained weights would stay visible for hundreds of steps otherwise.

    Args:
        ema: what `copy_network` made of the network.
        network: the network in training.
        decay: how much of the average is kept in a step, from 0 to 1.
        steps: a variable that counts the steps.
    """
    steps.assign(steps + 1)
    decay = ops.minimum(decay, (1 + steps) / (10 + steps))
    for average, weight in zip(ema.weights, network.weights, strict=True):
        average.assign(weight + ops.cast(decay, weight.dtype) * (average - weight))


class _Uncast(keras.layers.Layer):
    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__(autocast=False)
        self.function = function

    def call(self, unused: Tensor) -> Any:
        """Return what the function returns."""
        return self.function()


def uncast(model: keras.Model, function: Callable[[], Any]) -> Any:
    """Run a function of a model's `call` on variables that a mixed policy does not cast."""
    if model.compute_dtype == model.variable_dtype:
        return function()
    return _Uncast(function)(ops.zeros(()))
