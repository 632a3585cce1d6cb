"""What the chapters' experiments share: draws, repetitions, counts and classifier training."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.decomposition import PCA

from cgan_tutorial import data, networks
from cgan_tutorial.chapters import common
from cgan_tutorial.metrics.classifier import build_classifier


@pytest.fixture(scope="module")
def digits():
    return data.load()


@pytest.mark.parametrize("nested", [False, True])
def test_a_draw_has_equally_many_of_each_class_and_each_image_once(digits, nested):
    drawn = common.few_per_class(digits.train, 7, seed=3, nested=nested)
    assert drawn.labels.tolist() == sorted(drawn.labels)
    assert np.bincount(drawn.labels).tolist() == [7] * 10
    assert len(np.unique(common.flatten(drawn.images), axis=0)) == 70
    again = common.few_per_class(digits.train, 7, seed=3, nested=nested)
    assert np.array_equal(drawn.images, again.images)
    other = common.few_per_class(digits.train, 7, seed=4, nested=nested)
    assert not np.array_equal(drawn.images, other.images)


def test_a_nested_draw_contains_the_smaller_one(digits):
    small, large = (common.few_per_class(digits.train, n, seed=1, nested=True) for n in (2, 5))
    assert np.array_equal(large.images.reshape(10, 5, -1)[:, :2], small.images.reshape(10, 2, -1))


@pytest.mark.parametrize("count", [0, 401])
def test_a_draw_of_too_many_is_refused(digits, count):
    with pytest.raises(ValueError, match=f"per_class is {count}; give a number from 1 to 400"):
        common.few_per_class(digits.train, count)


def test_repeating_takes_all_equally_often_in_random_order(digits):
    few = common.few_per_class(digits.train, 2)
    stream = common.repeat_to(few, 100, seed=1)
    assert np.bincount(stream.labels).tolist() == [10] * 10
    assert stream.images.shape == (100, 28, 28, 1)
    assert stream.labels.tolist() != sorted(stream.labels)
    assert np.array_equal(stream.labels, few.labels[common.repeated_rows(20, 100, seed=1)])


def test_pca_features_are_those_of_sklearn(digits):
    train, test = digits.train.images[:300], digits.test.images[:20]
    wanted = PCA(5, random_state=1).fit(train.reshape(300, 784)).transform(test.reshape(20, 784))
    assert common.pca_features(train, 5, seed=1)(test) == pytest.approx(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("from_logits", [True, False])
def test_a_classifier_learns_and_repeats_itself(digits, from_logits):
    few = common.few_per_class(digits.train, 20)

    def fitted():
        keras.utils.set_random_seed(0)
        network = networks.discriminator(4, classes=10) if from_logits else build_classifier()
        optimizer = keras.optimizers.Adam(2e-3)
        passes = (few.images for _ in range(15))
        return common.fit_classifier(
            network, passes, few.labels, optimizer, 32, from_logits=from_logits
        )

    network = fitted()
    scores = keras.ops.convert_to_numpy(network(few.images, training=False))
    assert np.mean(scores.argmax(axis=1) == few.labels) > 0.7
    for one, other in zip(network.get_weights(), fitted().get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_a_copied_network_is_equal_and_independent():
    network = networks.encoder(latent_dim=4, width=2)
    copy = common.copy_network(network)
    before = network.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before, copy.get_weights(), strict=True))
    copy.set_weights([array + 1 for array in before])
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_multiply_adds_of_known_layers():
    network = keras.Sequential(
        [
            keras.Input((4, 4, 2)),
            layers.Conv2D(3, 2, strides=2, padding="same"),
            layers.Conv2DTranspose(5, 4, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(7),
        ]
    )
    # 2×2×2×3 at 2×2 places; 4×4×3×5 from 2×2 places; 4·4·5 inputs times 7.
    assert common.multiply_adds(network) == [96, 960, 560]
