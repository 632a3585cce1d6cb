"""`train` learns, repeats itself, stops when it should and goes on where it stopped."""

import keras
import numpy as np
import pytest

from cgan_tutorial import data, devices, models, training
from cgan_tutorial.training import batches, checkpoints, train


@pytest.fixture(scope="module")
def images():
    return data.load().train.images[:256]


def tiny(name="autoencoder", seed=0, **options):
    keras.utils.set_random_seed(seed)
    return models.build(name, latent_dim=4, width=4, **options)


def fitting(model, images):
    """The images as the model takes them: a conditional one wants their labels too."""
    return (images, data.load().train.labels[: len(images)]) if model.classes else images


def is_game(name):
    return issubclass(models.MODELS[name], models.GAN)


def same(weights, others):
    return all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))


@pytest.mark.parametrize("name", models.MODELS)
def test_the_loss_falls_and_every_weight_moves(name, images):
    # By the relativistic loss the score's bias would stay: only differences count.
    model = tiny(name, **({"loss": "non-saturating"} if is_game(name) else {}))
    before = [np.array(variable) for variable in model.trainable_variables]
    history = train(model, fitting(model, images), epochs=4, batch_size=32, view=False)
    # What one player of a game wins, the other loses; the sum need not fall.
    assert is_game(name) or history.losses[-1] < 0.9 * history.losses[0]
    assert (history.epochs, history.stopped, len(history.losses)) == (4, "epochs", 4)
    after = [np.array(variable) for variable in model.trainable_variables]
    moved = [np.abs(new - old).max() for new, old in zip(after, before, strict=True)]
    assert min(moved) > 0


@pytest.mark.parametrize("name", models.MODELS)
def test_the_same_seed_gives_the_same_weights(name, images):
    runs_of = {}
    for run, seed in (("first", 1), ("second", 1), ("other", 2)):
        model = tiny(name)
        train(model, fitting(model, images), epochs=2, seed=seed, view=False)
        runs_of[run] = model.get_weights()
    assert same(runs_of["first"], runs_of["second"])
    assert not same(runs_of["first"], runs_of["other"])


@pytest.mark.parametrize("name", ["autoencoder", "gan"])
def test_several_steps_at_once_are_the_same_steps(name, images, monkeypatch):
    found = []
    for most in (1, 4):
        monkeypatch.setattr(batches, "MOST_AT_ONCE", most)
        monkeypatch.setattr(training._Budget, "share_spent", lambda budget, batch=0: 0.5)
        model = tiny(name)
        history = train(model, images, epochs=2, batch_size=2, view=False)
        assert model.steps_per_execution == most
        found.append((model.get_weights(), history.logs))
    (weights, logs), (others, other_logs) = found
    assert int(model.optimizer.iterations) == 2 * (len(images) // 2)
    assert same(weights, others)
    assert logs == other_logs


@pytest.mark.parametrize("name", models.MODELS)
def test_a_resumed_training_ends_with_the_same_weights(name, images, tmp_path):
    whole = tiny(name)
    images = fitting(whole, images)
    train(whole, images, epochs=4, output=tmp_path / "whole", view=False)

    class Killed(Exception):
        pass

    class KillInThirdEpoch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(checkpoints.checkpoints(tmp_path / "cut")) == 2 and batch == 1:
                raise Killed

    cut = tiny(name)
    fit = cut.fit
    cut.fit = lambda *args, callbacks, **rest: fit(
        *args, callbacks=[*callbacks, KillInThirdEpoch()], **rest
    )
    with pytest.raises(Killed):
        train(cut, images, epochs=4, output=tmp_path / "cut", view=False)
    resumed = tiny(name, seed=99)
    history = train(resumed, images, epochs=4, output=tmp_path / "cut", resume=True, view=False)
    assert (history.epochs, len(history.losses)) == (4, 2)
    assert same(whole.get_weights(), resumed.get_weights())
    if is_game(name):
        assert same(whole.average.get_weights(), resumed.average.get_weights())
        assert not same(whole.average.get_weights(), whole.generator.get_weights())


def test_a_damaged_checkpoint_costs_one_epoch(images, tmp_path):
    whole = tiny()
    train(whole, images, epochs=3, output=tmp_path, view=False)
    newest = checkpoints.checkpoints(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    resumed = tiny()
    history = train(resumed, images, epochs=3, output=tmp_path, resume=True, view=False)
    assert len(history.losses) == 1
    assert same(whole.get_weights(), resumed.get_weights())


def test_a_finished_run_is_not_trained_again(images, tmp_path):
    train(tiny(), images, epochs=2, output=tmp_path, view=False)
    history = train(tiny(), images, epochs=2, output=tmp_path, resume=True, view=False)
    assert (history.epochs, history.losses) == (2, [])


def test_a_run_folder_keeps_two_checkpoints_and_the_losses(images, tmp_path):
    train(tiny(), images, epochs=3, output=tmp_path, view=False)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "epoch-0002.weights.h5",
        "epoch-0003.weights.h5",
        "losses.csv",
        "run.json",
    ]
    assert (tmp_path / "losses.csv").read_text().startswith("epoch,loss")


def test_a_loaded_run_is_the_trained_model(images, tmp_path):
    model = tiny("vae")
    train(model, images, epochs=1, output=tmp_path, view=False)
    loaded, record = checkpoints.load_run(tmp_path)
    assert (record["model"], record["seed"], record["data"]) == ("vae", 0, "own images")
    assert np.array_equal(model.sample(3), loaded.sample(3))


def test_seconds_end_a_training_within_an_epoch(images):
    many = np.tile(images, (200, 1, 1, 1))
    history = train(tiny(), many, seconds=0.5, view=False)
    assert (history.stopped, history.epochs) == ("seconds", 1)


def test_a_learning_rate_of_zero_is_not_replaced_by_the_models_own(images):
    model = tiny()
    model(images[:1])
    before = [np.array(variable) for variable in model.trainable_variables]
    train(model, images, epochs=1, learning_rate=0.0, view=False)
    assert same([np.array(variable) for variable in model.trainable_variables], before)


def test_the_learning_rate_falls_to_almost_nothing(images):
    model = tiny()
    train(model, images, epochs=3, learning_rate=1e-2, view=False)
    assert 0 < float(model.optimizer.learning_rate) < 1e-3


def test_a_second_training_goes_on_learning(images):
    model = tiny()
    first = train(model, images, epochs=3, batch_size=32, view=False)
    second = train(model, images, epochs=3, batch_size=32, view=False)
    assert second.losses[-1] < 0.98 * first.losses[-1]


def test_a_compiled_model_keeps_its_own_optimizer(images):
    model = tiny()
    model.compile(keras.optimizers.SGD(0.125), jit_compile=False)
    train(model, images, epochs=1, view=False)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert float(model.optimizer.learning_rate) == 0.125


def test_nan_stops_and_keeps_the_last_good_weights(images, capsys):
    class Breaks(models.Autoencoder):
        def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y_pred=y_pred)
            broken = self.optimizer.iterations >= 10
            return loss * keras.ops.where(broken, float("nan"), 1.0)

    keras.utils.set_random_seed(0)
    parts = tiny()
    model = Breaks(parts.encoder, parts.decoder)
    history = train(model, images, epochs=5, batch_size=64, view=False)
    assert (history.stopped, history.epochs) == ("nan", 2)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())
    assert np.isfinite(model.sample(2)).all()
    assert capsys.readouterr().out == (
        "the loss is not a number after 2 whole epochs; training stopped with the weights "
        "of the last good epoch; try a lower learning_rate\n"
    )


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        ({}, "neither of seconds and epochs given; give one of the two as budget"),
        (
            {"seconds": 1, "epochs": 1},
            "both of seconds and epochs given; give one of the two as budget",
        ),
        ({"seconds": 0}, "seconds is 0; give a number greater than 0"),
        ({"seconds": float("nan")}, "seconds is nan; give a number greater than 0"),
        ({"epochs": 1.5}, "epochs is 1.5; give an integer of at least 1"),
        (
            {"epochs": 1, "batch_size": 0},
            "batch_size is 0; give an integer of at least 1",
        ),
        (
            {"epochs": 1, "resume": True},
            "resume is True and output is missing; give the run's folder",
        ),
    ],
)
def test_bad_budgets_are_refused_in_a_sentence(budget, sentence, images):
    with pytest.raises(ValueError) as error:
        train(tiny(), images, **budget)
    assert str(error.value) == sentence


def test_a_folder_in_use_is_not_overwritten(images, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ValueError) as error:
        train(tiny(), images, epochs=1, output=tmp_path)
    assert str(error.value) == (
        f"the folder {tmp_path} is not empty; choose another, or give resume=True to go on"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_of_another_model_is_refused(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    with pytest.raises(checkpoints.RunFolderError) as error:
        train(tiny("vae"), images, epochs=2, output=tmp_path, resume=True)
    assert str(error.value) == (
        f"{tmp_path} was trained with model 'autoencoder', not 'vae'; "
        "resume with the same settings, or choose another folder"
    )


def test_a_run_remembers_its_models_options(images, tmp_path):
    model = tiny("vae")
    model.beta = 4.0
    train(model, images, epochs=1, output=tmp_path, view=False)
    assert checkpoints.load_run(tmp_path)[0].beta == 4.0
    with pytest.raises(checkpoints.RunFolderError) as error:
        train(tiny("vae"), images, epochs=2, output=tmp_path, resume=True)
    assert str(error.value) == (
        f"{tmp_path} was trained with beta 4.0, not 1.0; "
        "resume with the same settings, or choose another folder"
    )


def test_weights_that_do_not_fit_are_refused(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    other = models.build("autoencoder", latent_dim=5, width=4)
    other.recipe = {"model": "autoencoder", "latent_dim": 4, "width": 4}
    with pytest.raises(checkpoints.RunFolderError) as error:
        train(other, images, epochs=2, output=tmp_path, resume=True, view=False)
    assert str(error.value) == (
        "the weights in epoch-0001.weights.h5 do not fit this model; "
        "resume with the networks that the run was trained with"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            None,
            "{0} is not the folder of a run: it has no run.json; "
            "give the folder that was named as output of a training",
        ),
        ('{"model": "va', "run.json in {0} is damaged; train again into another folder"),
        (
            '{"model": "vae", "latent_dim": 4, "width": 4}',
            "{0} has no whole checkpoint yet; go on with its training by resume=True",
        ),
        (
            '{"model": "Autoencoder"}',
            "{0} holds networks that were not built by name; build them as the "
            "training did and load its checkpoint with load_weights",
        ),
    ],
)
def test_half_written_folders_are_refused(content, sentence, tmp_path):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(checkpoints.RunFolderError) as error:
        checkpoints.load_run(tmp_path)
    assert str(error.value) == sentence.format(tmp_path)


def test_out_of_memory_is_one_sentence():
    said = pytest.raises(devices.OutOfMemoryError)
    with said as error, devices.memory_errors_in_words("width 100000"):
        np.zeros((10**9, 10**6))
    assert str(error.value) == (
        "there is not enough memory for this model with width 100000; "
        "choose a smaller width or batch_size"
    )


def test_other_errors_pass_through_unchanged():
    with pytest.raises(KeyError, match="x"), devices.memory_errors_in_words("width 1"):
        raise KeyError("x")
