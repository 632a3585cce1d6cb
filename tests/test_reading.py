"""Variables read once: same values, gradients and states as without, and one reading of each."""

import keras
import numpy as np
import pytest
from keras import ops

from cgan_tutorial import networks
from cgan_tutorial.models.reading import read_once


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return networks.discriminator(2, hidden=4, normalize=True)


@pytest.fixture
def images():
    return np.random.default_rng(0).random((8, 28, 28, 1), dtype="float32")


def test_within_a_weight_is_one_tensor_and_outside_it_is_read_anew(network):
    weight = network.trainable_variables[0]
    with read_once(network.variables):
        first = weight.value
        assert first is weight.value
    assert first is not weight.value
    assert np.array_equal(first, weight.value)


def test_scores_and_batch_statistics_are_those_without(network, images):
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    before = network.get_weights()
    wanted = [twin(images, training=True) for _ in range(2)]
    with read_once(network.variables):
        found = [network(images, training=True) for _ in range(2)]
    for ours, others in zip(found, wanted, strict=True):
        assert np.array_equal(ours, others)
    for ours, others in zip(network.get_weights(), twin.get_weights(), strict=True):
        assert np.array_equal(ours, others)
    moved = [not np.array_equal(*pair) for pair in zip(network.get_weights(), before, strict=True)]
    trainable = [weight.trainable for weight in network.weights]
    assert moved == [not held for held in trainable]


def test_what_is_drawn_goes_on_where_it_was():
    within, without = keras.random.SeedGenerator(3), keras.random.SeedGenerator(3)
    found = []
    for _ in range(2):
        with read_once([within.state]):
            found += [keras.random.normal((4,), seed=within) for _ in range(2)]
    wanted = [keras.random.normal((4,), seed=without) for _ in range(4)]
    assert np.array_equal(ops.stack(found), ops.stack(wanted))
    assert np.array_equal(within.state.value, without.state.value)


def test_gradients_reach_the_variables(network, images):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the tape is TensorFlow's")
    import tensorflow as tf

    weights = network.trainable_variables
    found = []
    for variables in ([], network.variables):
        with tf.GradientTape() as tape, read_once(variables):
            loss = ops.mean(network(images, training=True))
        found.append(tape.gradient(loss, weights))
    for without, within in zip(*found, strict=True):
        assert np.array_equal(without, within)
    assert max(float(np.abs(gradient).max()) for gradient in found[1]) > 0
