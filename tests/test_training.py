"""`train` learns, repeats itself, stops when it should and goes on where it stopped."""

import math
from collections import namedtuple

import keras
import numpy as np
import pytest
from small import same, tiny

from cgan_tutorial import data, devices, models
from cgan_tutorial.training import batches, callbacks, checkpoints, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def images():
    return data.load().train.images[:256]


def fitting(model, images):
    """The images as the model takes them: a conditional one wants their labels too."""
    return (images, data.load().train.labels[: len(images)]) if model.pairs else images


def is_game(name):
    return issubclass(models.MODELS[name], models.GAN)


@pytest.mark.parametrize("name", models.MODELS)
def test_the_loss_falls_and_every_weight_moves(name, images):
    # By the relativistic loss the score's bias would stay: only differences count.
    model = tiny(name, **({"loss": "non-saturating"} if is_game(name) else {}))
    before = [np.array(variable) for variable in model.trainable_variables]
    history = train(model, fitting(model, images), epochs=4, batch_size=32, view=False)
    # What one player of a game wins, the other loses; the sum need not fall.
    assert is_game(name) or history.history["loss"][-1] < 0.9 * history.history["loss"][0]
    assert (history.epochs, history.stopped, len(history.history["loss"])) == (4, "epochs", 4)
    after = [np.array(variable) for variable in model.trainable_variables]
    moved = [np.abs(new - old).max() for new, old in zip(after, before, strict=True)]
    assert min(moved) > 0


@pytest.fixture(scope="module")
def whole(request, images, tmp_path_factory):
    """A model of a kind, trained for four epochs without a break."""
    model = tiny(request.param)
    folder = tmp_path_factory.mktemp("whole")
    train(model, fitting(model, images), epochs=4, output=folder, view=False)
    return request.param, model


of_each_kind = pytest.mark.parametrize("whole", models.MODELS, indirect=True)


@of_each_kind
def test_the_same_seed_gives_the_same_weights(whole, images):
    name, model = whole
    again, other = tiny(name), tiny(name)
    train(again, fitting(again, images), epochs=4, view=False)
    train(other, fitting(other, images), epochs=4, seed=1, view=False)
    assert same(model.get_weights(), again.get_weights())
    assert not same(model.get_weights(), other.get_weights())


@pytest.mark.parametrize("name", ["autoencoder", "gan"])
def test_several_steps_at_once_are_the_same_steps(name, images, monkeypatch, float64):
    found = []
    for most in (1, 4):
        monkeypatch.setattr(batches, "MOST_AT_ONCE", most)
        monkeypatch.setattr(callbacks.Budget, "share_spent", lambda budget, batch=0: 0.5)
        model = tiny(name)
        # Plain gradient descent does not magnify rounding, as Adam and a GAN together do.
        sgd = keras.optimizers.SGD(1e-2)
        many = np.tile(images, (5, 1, 1, 1))
        history = train(model, many, epochs=1, batch_size=16, optimizer=sgd, view=False)
        assert model.steps_per_execution == most
        assert int(model.optimizer.iterations) == 80
        found.append((model.get_weights(), history.history))
    (weights, logs), (others, other_logs) = found
    for one, other in zip(weights, others, strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-9)
    for values, other_values in zip(logs.values(), other_logs.values(), strict=True):
        assert values == pytest.approx(other_values, rel=1e-9)


@of_each_kind
def test_a_resumed_training_ends_with_the_same_weights(whole, images, tmp_path):
    name, whole = whole
    images = fitting(whole, images)

    class Killed(Exception):
        pass

    class KillInThirdEpoch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(checkpoints.checkpoints(tmp_path / "cut")) == 2 and batch == 1:
                raise Killed

    with pytest.raises(Killed):
        train(
            tiny(name),
            images,
            epochs=4,
            output=tmp_path / "cut",
            callbacks=[KillInThirdEpoch()],
            view=False,
        )
    resumed = tiny(name, seed=99)
    history = train(resumed, images, output=tmp_path / "cut", resume=True, view=False)
    assert (history.epochs, len(history.history["loss"])) == (4, 2)
    pairs = zip(whole.weights, whole.get_weights(), resumed.get_weights(), strict=True)
    apart = {w.path: np.abs(a - b).max() for w, a, b in pairs if not np.array_equal(a, b)}
    assert apart == {}
    if is_game(name):
        assert same(whole.ema_generator.get_weights(), resumed.ema_generator.get_weights())
        assert not same(whole.ema_generator.get_weights(), whole.generator.get_weights())


def test_seconds_end_a_training_within_an_epoch(images):
    many = np.tile(images, (200, 1, 1, 1))
    history = train(tiny(), many, seconds=0.5, view=False)
    assert (history.stopped, history.epochs) == ("seconds", 1)


def test_a_learning_rate_of_zero_is_not_replaced_by_the_models_own(images):
    model = tiny()
    model(images[:1])
    before = [np.array(variable) for variable in model.trainable_variables]
    train(model, images, epochs=1, optimizer=keras.optimizers.Adam(0.0), view=False)
    assert same([np.array(variable) for variable in model.trainable_variables], before)


class Rates(keras.callbacks.Callback):
    """Notes the learning rate of each step."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


def test_the_learning_rate_falls_to_almost_nothing(images):
    model = tiny()
    rates = Rates()
    adam = keras.optimizers.Adam(1e-2)
    train(model, images, epochs=3, optimizer=adam, callbacks=[rates], view=False)
    falling = [0.5 * (1 + math.cos(math.pi * step / len(rates.seen))) for step in range(3)]
    assert rates.seen[:3] == pytest.approx([1e-2 * factor for factor in falling], rel=1e-3)
    assert 0 < rates.seen[-1] < 1e-3
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-2)  # for what comes after


def test_a_callback_of_ones_own_sets_the_learning_rate(images):
    class Sets(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.0625

    model, rates = tiny(), Rates()
    train(model, images, epochs=2, callbacks=[Sets(), rates], view=False)
    assert set(rates.seen) == {0.0625} == {float(model.optimizer.learning_rate)}


def test_a_second_training_goes_on_learning(images):
    model = tiny()
    first = train(model, images, epochs=3, batch_size=32, view=False)
    second = train(model, images, epochs=3, batch_size=32, view=False)
    assert second.history["loss"][-1] < 0.98 * first.history["loss"][-1]


def test_a_compiled_model_keeps_its_own_optimizer(images):
    model = tiny()
    model.compile(keras.optimizers.SGD(0.125), jit_compile=False)
    train(model, images, epochs=1, view=False)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert float(model.optimizer.learning_rate) == 0.125


def test_what_the_caller_compiles_after_a_training_is_kept(images):
    model = tiny()
    train(model, images, epochs=1, view=False)
    sgd = keras.optimizers.SGD(0.125)
    model.compile(sgd, loss="mae")
    history = train(model, images, epochs=1, view=False)
    assert model.optimizer is sgd and model.loss == "mae"
    assert history.history["loss"][0] == pytest.approx(
        float(np.mean(np.abs(images - model.reconstruct(images)))), rel=0.5
    )


def test_a_loss_of_ones_own_that_is_not_a_number_is_told(images):
    def broken(y, y_pred):
        return keras.ops.mean((y - y_pred) ** 2, axis=-1) / 0.0 * 0.0

    model = tiny()
    model.compile("sgd", loss=broken)
    with pytest.warns(RuntimeWarning, match="not a number"):
        history = train(model, images, epochs=1, view=False)
    assert history.stopped == "nan" and model.loss is broken
    with pytest.raises(ValueError, match="compile it as before"):
        train(model, images, epochs=1, optimizer="sgd", view=False)


class Breaks(models.Autoencoder):
    """Its loss is not a number from the tenth step on, as long as it is told to break."""

    broken = True

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred)
        if not self.broken:
            return loss
        return loss * keras.ops.where(self.optimizer.iterations >= 10, float("nan"), 1.0)


@pytest.mark.parametrize("compiled", [False, True])
def test_nan_stops_and_the_next_training_starts_clean(compiled, images):
    keras.utils.set_random_seed(0)
    parts = tiny()
    model = Breaks(parts.encoder, parts.decoder)
    if compiled:
        model.compile(keras.optimizers.Adam(1e-3))
    with pytest.warns(RuntimeWarning, match="not a number after 2 whole epochs"):
        history = train(model, images, epochs=5, batch_size=64, view=False)
    assert (history.stopped, history.epochs) == ("nan", 2)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())
    assert np.isfinite(model.sample(2)).all()
    model.broken = False
    history = train(model, images, epochs=2, batch_size=64, view=False)
    assert history.stopped == "epochs"
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.parametrize(
    ("budget", "fact"),
    [
        ({}, "neither of seconds and epochs"),
        ({"seconds": 1, "epochs": 1}, "both of seconds and epochs"),
        ({"seconds": 0}, "seconds is 0"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"epochs": 1, "batch_size": 0}, "batch_size is 0"),
        ({"epochs": True}, "epochs is True"),
        ({"epochs": 1, "seed": -1}, "seed is -1"),
        ({"epochs": 1, "resume": True}, "output is missing"),
    ],
)
def test_bad_budgets_are_refused_in_a_sentence(budget, fact, images):
    with pytest.raises(ValueError, match=fact):
        train(tiny(), images, **budget)


def test_a_budget_of_seconds_goes_on_where_it_was_cut(images, tmp_path):
    train(tiny(), images, seconds=2, output=tmp_path, view=False)
    budget = callbacks.Budget(100.0, None, 1.0, spent=75.0)
    assert budget.share_spent() == pytest.approx(0.75, abs=0.01)
    history = train(tiny(), images, output=tmp_path, resume=True, view=False)
    assert history.history == {}
    assert history.seconds >= 2


def test_too_few_seconds_are_said(images):
    history = train(tiny("gan"), images, seconds=0.5, view=False)
    (warning,) = history.warnings
    assert "too small: 1 epoch in" in warning and "with epochs=" in warning
    assert train(tiny("gan"), images, epochs=1, view=False).warnings == []


def test_callbacks_validation_and_an_optimizer_of_ones_own(images):
    seen = []
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs)))
    model, adam = tiny(), keras.optimizers.Adam(1e-2)
    history = train(
        model,
        images,
        epochs=2,
        optimizer=adam,
        callbacks=[told],
        validation_data=images[:64],
        view=False,
    )
    assert model.optimizer is adam
    assert isinstance(history, keras.callbacks.History)
    assert [logs["val_loss"] for logs in seen] == history.history["val_loss"]
    assert len(repr(history)) < 200


def test_a_schedule_of_ones_own_is_left_alone(images):
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0625)
    model = tiny()
    train(model, images, epochs=2, callbacks=[schedule], view=False)
    assert float(model.optimizer.learning_rate) == 0.0625


def test_noise_of_late_epochs_has_a_seed(images):
    model = tiny("vae")
    seeds = callbacks.EpochSeeds(batches.Batches((images,), 64, 0))
    seeds.set_model(model)
    seeds.on_epoch_begin(4295)
    # An int32 on PyTorch.
    assert int(model.seed_generator.state[1]) == 4295 * 1_000_000 % 2**31


def test_out_of_memory_is_one_sentence():
    said = pytest.raises(devices.OutOfMemoryError, match="width 100000")
    with said, devices.memory_errors_in_words("width 100000"):
        np.zeros((10**9, 10**6))


def test_other_errors_pass_through_unchanged():
    with pytest.raises(KeyError, match="x"), devices.memory_errors_in_words("width 1"):
        raise KeyError("x")


def test_a_film_of_a_long_training_keeps_evenly_spaced_frames_and_the_newest(monkeypatch):
    images = np.zeros((1, 28, 28, 1), "float32")
    monkeypatch.setattr(callbacks, "MOST_BYTES", 8 * images.nbytes)
    film = callbacks.Film(images)
    film.set_model(namedtuple("Model", "preview")(lambda images: images))
    seen = {}
    for epoch in range(50, 90):
        film.on_epoch_end(epoch)
        assert len(film.frames) == len(film.epochs) <= 8 and film.epochs[-1] == epoch + 1
        seen[epoch + 1] = list(film.epochs)
    assert seen[58] == [51, 52, 53, 54, 55, 56, 57, 58]
    assert seen[59] == [51, 53, 55, 57, 59] and seen[60] == [51, 53, 55, 57, 59, 60]
    assert seen[90] == [51, 59, 67, 75, 83, 90]
