"""What `fit` is fed: the same rows in the same order, by Python and by TensorFlow's pipeline."""

import keras
import numpy as np
import pytest

from cgan_tutorial.training.batches import Batches

ROWS = np.arange(50, dtype="float32")[:, None]


def shown(batches, epoch):
    batches.start(epoch)
    return [batches[step] for step in range(len(batches))]


@pytest.mark.parametrize("arrays", [(ROWS,), (ROWS, np.arange(50))])
def test_the_pipeline_feeds_what_python_would(arrays):
    batches = Batches(arrays, batch_size=8, seed=3)
    piped = iter(batches.feed(done=2))
    for wanted in shown(batches, 2) + shown(batches, 3):
        given = next(piped)
        assert type(given[0]) is not tuple or len(given[0]) == len(arrays)
        for ours, theirs in zip(given[0], wanted[0], strict=True):
            assert np.array_equal(ours, theirs)


def test_each_row_is_shown_once_an_epoch_but_for_those_left_over():
    batches = Batches((ROWS,), batch_size=8, seed=0)
    rows = np.concatenate([step[0] for step in shown(batches, 0)])
    assert rows.shape == (48, 1)
    assert len(np.unique(rows)) == 48


def test_each_epoch_has_an_order_of_its_own_that_the_seed_fixes():
    first, again, other = (Batches((ROWS,), 8, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.order_of(5), again.order_of(5))
    assert not np.array_equal(first.order_of(5), first.order_of(6))
    assert not np.array_equal(first.order_of(5), other.order_of(5))


@pytest.mark.parametrize(
    ("steps", "at_once"), [(1, 1), (19, 1), (40, 2), (78, 3), (100, 5), (156, 6), (157, 1)]
)
def test_steps_taken_at_once_divide_an_epoch(steps, at_once):
    assert Batches((np.zeros((steps, 1)),), 1, 0).steps_per_execution == at_once


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data is TensorFlow's")
def test_no_tuner_makes_the_end_of_a_training_wait():
    assert Batches((ROWS,), 8, 0).feed(done=0).options().autotune.enabled is False
