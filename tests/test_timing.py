"""What is counted and timed of a step: known counts, and that each part does what it says."""

import keras
import numpy as np
import pytest
from keras import ops

from cgan_tutorial import models
from cgan_tutorial.chapters import experiments
from cgan_tutorial.chapters.ch07 import processes, timing
from cgan_tutorial.chapters.common import multiply_adds

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="a step is taken apart on TensorFlow"
)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((64, 28, 28, 1)).astype("float32")


def test_operations_grow_with_the_batch_and_follow_the_formula():
    gan = models.build("gan", width=4)
    generator, discriminator = map(multiply_adds, (gan.generator, gan.discriminator))
    # One forward pass over the fakes would do for both turns.
    forward = weights = sum(generator) + 4 * sum(discriminator)
    inputs = sum(generator) - generator[0]
    inputs += 4 * (sum(discriminator) - discriminator[0]) + sum(discriminator)
    counted = timing.operations(gan, 1)
    assert counted == 2 * (forward + weights + inputs)
    assert timing.operations(gan, 8) == 8 * counted


def test_the_rate_is_a_number_of_operations_a_second():
    assert timing.product_rate(size=64, repeats=2) > 1e6


@on_tensorflow
def test_a_forward_only_model_learns_one_weight_and_does_its_work(images):
    seen = keras.Variable(0.0)

    def work(shown):
        seen.assign_add(1.0)
        return ops.mean(shown)

    model = timing.ForwardOnly(work)
    model.compile("sgd", jit_compile=False)
    times = timing.step_times({"work": model}, images, steps=2, batch_size=32)
    assert list(times) == ["work"] and times["work"] > 0
    assert len(model.trainable_variables) == 1
    # Two steps in each of four turns.
    assert float(seen) == pytest.approx(8)


@on_tensorflow
def test_a_step_is_taken_apart_into_five_of_which_two_train_the_game():
    parts = timing.stages(width=2)
    assert list(parts)[0] == "data and Keras" and list(parts)[-1] == "Adam"
    trained = [len(model.trainable_variables) for model in parts.values()]
    assert trained[:3] == [1, 1, 1] and trained[3] == trained[4] > 10
    assert isinstance(parts["gradients"].optimizer, keras.optimizers.SGD)
    assert isinstance(parts["Adam"].optimizer, keras.optimizers.Adam)


@pytest.mark.slow
@on_tensorflow
def test_every_part_of_a_step_runs(images):
    times = timing.step_times(timing.stages(width=2), images[:8], steps=2, batch_size=4)
    assert all(0 < milliseconds < float("inf") for milliseconds in times.values())


def test_on_jax_a_step_is_not_taken_apart(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="not on jax"):
        timing.stages()


def test_mixed_precision_computes_in_16_bits_and_ends_in_32():
    before = keras.config.dtype_policy().name
    model = timing.autoencoder("mixed_bfloat16")
    assert keras.config.dtype_policy().name == before
    assert model.encoder.layers[-1].compute_dtype == "bfloat16"
    assert model.decoder.layers[-1].compute_dtype == "float32"
    assert all(weight.dtype == "float32" for weight in model.trainable_variables)


def test_pipelines_give_batches_of_the_size_asked_for(images):
    found = timing.pipelines(images, 16)
    assert "PyDataset" in found and len(found["PyDataset"]) == 4
    for name, fed in found.items():
        batch = fed[0][0] if name == "PyDataset" else next(iter(fed))
        assert batch.shape == (16, 28, 28, 1)


def test_the_recorded_gpu_is_slower_than_its_estimate_and_the_text_tells_the_record():
    record = experiments.recorded("gpu_step")
    wide = record.pivot(index=["backend", "batch"], columns="place")
    assert wide.notna().all(axis=None) and set(record["place"]) == {"CPU", "GPU"}
    assert (record["step"] > record["idle"] + record["floor"]).all()
    # The floor is the count of operations at one pace, that of a large product.
    gan = models.build("gan", width=16)
    record["pace"] = [timing.operations(gan, size) for size in record["batch"]] / record["floor"]
    pace = record.groupby(["backend", "place"])["pace"]
    assert (pace.max() / pace.min()).max() < 1.02
    best = record.groupby(["batch", "place"])["step"].min().unstack()
    assert [round(times) for times in best["CPU"] / best["GPU"]] == [8, 20, 27]


def test_a_function_is_called_in_a_process_of_its_own():
    assert processes.in_a_process(processes.free_port) > 0
