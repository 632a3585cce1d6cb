"""A moving average of a network's weights, kept inside the model's own step."""

from __future__ import annotations

import keras


def copy(network: keras.Model) -> keras.Model:
    """A network of the same layers and weights that no optimizer moves."""
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    twin.trainable = False
    return twin


def follow(average: keras.Model, network: keras.Model, share: float) -> None:
    """Move `average` towards `network`: a ← share·a + (1 − share)·w, for each weight.

    Early steps count for more than late ones if the share is near 1; the samples of
    an average are smoother than those of the network, which circles its goal.
    Source: Yazıcı et al. (2019).

    Args:
        average: what `copy` made of the network.
        network: the network in training.
        share: how much of the old stays, from 0 to 1.
    """
    for mean, weight in zip(average.weights, network.weights, strict=True):
        mean.assign(weight + share * (mean - weight))
