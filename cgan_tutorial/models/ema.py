"""The exponential moving average (EMA) of a network's weights."""

from __future__ import annotations

import keras


def copy_network(network: keras.Model, name: str) -> keras.Model:
    """Return a network of the same layers and weights that no optimizer changes."""
    twin = keras.models.clone_model(network)
    twin.name = name
    twin.set_weights(network.get_weights())
    twin.trainable = False
    return twin


def update_ema(ema: keras.Model, network: keras.Model, decay: float) -> None:
    """Move each weight of `ema` towards that of `network`: a ← decay·a + (1 − decay)·w.

    Samples of the average are smoother than those of the network, whose weights circle
    around their goal. Source: Yazıcı et al. (2019).

    Args:
        ema: what `copy_network` made of the network.
        network: the network in training.
        decay: how much of the average is kept in a step, from 0 to 1.
    """
    for average, weight in zip(ema.weights, network.weights, strict=True):
        average.assign(weight + decay * (average - weight))
