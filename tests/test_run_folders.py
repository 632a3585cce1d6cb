"""The folder of a run: what it holds, who may write in it, and what is refused in a sentence."""

import subprocess
import sys
from collections import namedtuple
from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf
from small import same, tiny

from cgan_tutorial import data, models
from cgan_tutorial.training import checkpoints, train

pytestmark = pytest.mark.slow

HOLD = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('held', flush=True); input()"


@pytest.fixture(autouse=True)
def untraced():
    """Take the one step of an epoch untraced: to trace it takes longer than these trainings."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def images():
    return data.load().train.images[:64]


def test_a_damaged_checkpoint_costs_one_epoch(images, tmp_path):
    whole = tiny()
    train(whole, images, epochs=3, output=tmp_path, view=False)
    newest = checkpoints.checkpoints(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    resumed = tiny()
    history = train(resumed, images, epochs=3, output=tmp_path, resume=True, view=False)
    assert len(history.history["loss"]) == 1
    assert same(whole.get_weights(), resumed.get_weights())


def test_a_finished_run_is_not_trained_again(images, tmp_path):
    train(tiny(), images, epochs=2, output=tmp_path, view=False)
    history = train(tiny(), images, epochs=2, output=tmp_path, resume=True, view=False)
    assert (history.epochs, history.history) == (2, {})


def test_a_run_folder_keeps_two_checkpoints_and_the_losses(images, tmp_path):
    train(tiny(), images, epochs=3, output=tmp_path, view=False)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "epoch-0002.weights.h5",
        "epoch-0002.weights.sha256",
        "epoch-0003.weights.h5",
        "epoch-0003.weights.sha256",
        "losses.csv",
        "run.json",
    ]
    assert (tmp_path / "losses.csv").read_text().startswith("epoch,seconds,loss")


def test_a_loaded_run_is_the_trained_model(images, tmp_path):
    model = tiny("vae")
    train(model, images, epochs=1, output=tmp_path, view=False)
    loaded, record = checkpoints.load_run(tmp_path)
    assert (record["model"], record["seed"], record["data"]) == ("vae", 0, "own images")
    assert np.array_equal(model.sample(3, seed=0), loaded.sample(3, seed=0))


def test_a_folder_in_use_is_not_overwritten(images, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ValueError, match="not empty"):
        train(tiny(), images, epochs=1, output=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_resumed_run_takes_its_settings_from_its_record(images, tmp_path):
    train(tiny(), images, epochs=1, seed=3, batch_size=16, output=tmp_path, view=False)
    for name, value in {"epochs": 2, "seed": 4, "batch_size": 32, "seconds": 9.0}.items():
        with pytest.raises(checkpoints.RunFolderError, match=f"{name} .*not {value}"):
            train(tiny(), images, output=tmp_path, resume=True, **{name: value})
    history = train(tiny(), images, output=tmp_path, resume=True, view=False)
    assert (history.epochs, history.stopped) == (1, "epochs")


def test_a_folder_of_another_model_is_refused(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    with pytest.raises(checkpoints.RunFolderError, match="model 'autoencoder', not 'vae'"):
        train(tiny("vae"), images, output=tmp_path, resume=True)


def test_a_run_remembers_its_models_options(images, tmp_path):
    train(tiny("vae", beta=4.0), images, epochs=1, output=tmp_path, view=False)
    assert checkpoints.load_run(tmp_path)[0].beta == 4.0
    with pytest.raises(checkpoints.RunFolderError, match=r"beta 4.0, not 1.0"):
        train(tiny("vae"), images, output=tmp_path, resume=True)


def test_weights_that_do_not_fit_are_refused(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    other = models.build("autoencoder", latent_dim=5, width=4)
    with pytest.raises(checkpoints.RunFolderError, match="do not fit"):
        checkpoints.RunFolder(tmp_path).restore(other)
    with pytest.raises(checkpoints.RunFolderError, match="number of weights"):
        train(other, images, output=tmp_path, resume=True, view=False)


def test_a_resume_that_can_read_no_checkpoint_stops_and_deletes_nothing(images, tmp_path):
    train(tiny(), images, epochs=3, output=tmp_path, view=False)
    names = sorted(path.name for path in tmp_path.iterdir())
    for path in checkpoints.checkpoints(tmp_path):
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(checkpoints.RunFolderError, match="none of the checkpoints .*epoch-0003"):
        train(tiny(), images, output=tmp_path, resume=True, view=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_checkpoint_with_one_changed_bit_is_not_loaded(images, tmp_path):
    model = tiny()
    train(model, images, epochs=2, output=tmp_path, view=False)
    newest = checkpoints.checkpoints(tmp_path)[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    resumed = tiny()
    assert checkpoints.RunFolder(tmp_path).restore(resumed) == 1
    newest.with_suffix(".sha256").unlink()  # as in a run of an earlier version
    assert checkpoints.RunFolder(tmp_path).restore(resumed) == 2


def test_copies_of_the_users_own_are_neither_read_nor_deleted(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    first = checkpoints.checkpoints(tmp_path)[0]
    names = ("epoch-best.weights.h5", "epoch-0001-good.weights.h5", "epoch-0001 (1).weights.h5")
    for name in names:
        (tmp_path / name).write_bytes(first.read_bytes())
    assert checkpoints.checkpoints(tmp_path) == [first]
    train(tiny(), images, epochs=4, output=tmp_path, force=True, view=False)
    assert all((tmp_path / name).exists() for name in names)


def test_a_checkpoint_that_another_program_holds_is_named(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, checkpoints.checkpoints(tmp_path)[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline()
    with pytest.raises(checkpoints.RunFolderError, match="in use by another program"):
        checkpoints.RunFolder(tmp_path).restore(tiny())
    holder.communicate(b"\n")


def test_a_folder_belongs_to_one_training_at_a_time(images, tmp_path):
    class Second(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            for choice in ({"resume": True}, {"epochs": 1, "force": True}):
                with pytest.raises(checkpoints.RunFolderError, match="another process"):
                    train(tiny(), images, output=tmp_path, view=False, **choice)

    train(tiny(), images, epochs=1, output=tmp_path, callbacks=[Second()], view=False)
    assert len(checkpoints.checkpoints(tmp_path)) == 1
    assert not (tmp_path / checkpoints.LOCK).exists()


def test_a_full_disk_is_a_sentence_before_anything_is_written(images, tmp_path, monkeypatch):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    usage = namedtuple("Usage", "free")(1000)
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(checkpoints.RunFolderError, match="make room"):
        train(tiny(), images, epochs=2, output=tmp_path / "run", view=False)
    assert checkpoints.checkpoints(tmp_path / "run") == []
    assert len(checkpoints.checkpoints(tmp_path)) == 1


def test_an_old_checkpoint_that_cannot_be_deleted_stops_nothing(images, tmp_path, monkeypatch):
    def held(path, missing_ok=False):
        raise PermissionError(1, "held by another program")

    monkeypatch.setattr(checkpoints.Path, "unlink", held)
    monkeypatch.setattr(checkpoints.RunFolder, "locked", nullcontext)
    with pytest.warns(UserWarning, match="cannot be deleted") as told:
        history = train(tiny(), images, epochs=4, output=tmp_path, view=False)
    assert history.stopped == "epochs"
    names = [str(each.message) for each in told if "cannot be deleted" in str(each.message)]
    assert len(names) == 2 and "epoch-0001" in names[0] and "epoch-0002" in names[1]
    assert len(checkpoints.checkpoints(tmp_path)) == 4


def test_rows_wait_while_another_program_holds_the_table(images, tmp_path, monkeypatch):
    write, calls = checkpoints.pd.DataFrame.to_csv, []

    def held(table, path, **options):
        calls.append(path)
        if len(calls) in (2, 3) or (len(calls) > 5 and path.name == "losses.csv"):
            raise PermissionError(13, "held by another program")
        write(table, path, **options)

    monkeypatch.setattr(checkpoints.pd.DataFrame, "to_csv", held)
    with pytest.warns(UserWarning, match="waits for its rows") as told:
        train(tiny(), images, epochs=4, output=tmp_path, view=False)
    assert sum("waits" in str(each.message) for each in told) == 1
    rows = checkpoints.pd.read_csv(tmp_path / "losses.csv")
    assert rows["epoch"].tolist() == [1, 2, 3, 4] and (rows["seconds"].diff()[1:] >= 0).all()
    with pytest.warns(UserWarning, match="last rows are in losses-2.csv"):
        train(tiny(), images, epochs=3, output=tmp_path, force=True, view=False)
    rest = checkpoints.pd.read_csv(tmp_path / "losses-2.csv")
    assert rest["epoch"].tolist() == [2, 3]


def test_the_same_images_may_have_another_name(images, tmp_path):
    split = data.Split(images, np.arange(len(images)) % 10)
    train(tiny(), data.Dataset("folder:/old", split, split), epochs=1, output=tmp_path, view=False)
    moved = data.Dataset("folder:/new", split, split)
    history = train(tiny(), moved, output=tmp_path, resume=True, view=False)
    assert history.epochs == 1
    assert checkpoints.read_record(tmp_path)["data"] == "folder:/new"


def test_other_images_under_the_same_name_are_noticed(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    with pytest.raises(checkpoints.RunFolderError, match="trained with images"):
        train(tiny(), 1 - images, output=tmp_path, resume=True, view=False)


def test_checkpoints_are_sorted_by_number(tmp_path):
    for number in (9999, 10000, 2, 100000):
        (tmp_path / f"epoch-{number:04d}.weights.h5").touch()
    found = [checkpoints.epoch_of(path) for path in checkpoints.checkpoints(tmp_path)]
    assert found == [2, 9999, 10000, 100000]


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (None, "no run.json"),
        ('{"model": "va', "damaged"),
        ("[]", "damaged"),
        ('{"model": "Autoencoder"}', "without its networks"),
        ('{"model": "x", "config": {"class_name": "X", "config": {}}}', "cannot build"),
    ],
)
def test_half_written_folders_are_refused(content, fact, tmp_path):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(checkpoints.RunFolderError, match=fact):
        checkpoints.load_run(tmp_path)


class Ends(keras.callbacks.Callback):
    """Ends a training after its second epoch, as a killed process does."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def whole_and_half(images, path, compiled, optimizer=None):
    """Train in one piece and return the weights; train the first half in a folder."""
    whole, half = compiled(), compiled()
    settings = {"epochs": 4, "batch_size": 16, "view": False}
    train(whole, images, optimizer=optimizer and optimizer(), **settings)
    with pytest.raises(KeyboardInterrupt):
        settings |= {"output": path, "callbacks": [Ends()]}
        train(half, images, optimizer=optimizer and optimizer(), **settings)
    return whole.get_weights()


def test_a_resumed_run_has_the_optimizer_that_was_given(images, tmp_path):
    def sgd():
        return keras.optimizers.SGD(0.1, momentum=0.9)

    whole = whole_and_half(images, tmp_path, tiny, sgd)
    resumed = tiny()
    train(resumed, images, output=tmp_path, resume=True, view=False)
    assert same(whole, resumed.get_weights())
    with pytest.raises(checkpoints.RunFolderError, match="optimizer 'SGD', not 'Adam'"):
        train(tiny(), images, output=tmp_path, resume=True, optimizer=keras.optimizers.Adam())
    with pytest.raises(checkpoints.RunFolderError, match="momentum 0.9, not 0.0"):
        train(tiny(), images, output=tmp_path, resume=True, optimizer=keras.optimizers.SGD(0.1))


def test_a_resumed_run_is_compiled_as_its_caller_had(images, tmp_path):
    def compiled():
        model = tiny()
        model.compile(keras.optimizers.Adam(1e-3), loss="mae", metrics=["mse"])
        return model

    whole = whole_and_half(images, tmp_path, compiled)
    resumed = tiny()
    history = train(resumed, images, output=tmp_path, resume=True, view=False)
    assert same(whole, resumed.get_weights())
    assert "mse" in history.history and resumed.loss == "mae"
    other = tiny()
    other.compile(keras.optimizers.Adam(1e-3), loss="mse")
    with pytest.raises(checkpoints.RunFolderError, match="loss 'mae', not 'mse'"):
        train(other, images, output=tmp_path, resume=True, view=False)


def test_a_compiled_model_is_given_another_optimizer(images, tmp_path):
    model = tiny()
    model.compile("sgd", loss="mae", metrics=["mse"])
    adam = keras.optimizers.Adam(1e-3)
    history = train(model, images, epochs=1, optimizer=adam, output=tmp_path, view=False)
    assert model.optimizer is adam and model.loss == "mae" and "mse" in history.history
    assert train(tiny(), images, output=tmp_path, resume=True, view=False).epochs == 1


def test_a_model_that_is_not_built_yet_goes_on(images, tmp_path):
    def dense():
        keras.utils.set_random_seed(0)
        parts = [keras.layers.Flatten(), keras.layers.Dense(784), keras.layers.Reshape((28, 28, 1))]
        return Imitates(keras.Sequential(parts))

    whole = whole_and_half(images, tmp_path, dense, lambda: keras.optimizers.SGD(0.1))
    resumed = dense()
    train(resumed, images, output=tmp_path, resume=True, view=False)
    assert same(whole, resumed.get_weights())


class Imitates(keras.Model):
    """A reader's own model, which Keras builds at its first call."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, images):
        return self.network(images)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean((x - y_pred) ** 2)


def test_a_schedule_of_the_callers_is_missed_when_a_run_is_resumed(images, tmp_path):
    rates = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-3)
    train(tiny(), images, epochs=2, output=tmp_path, callbacks=[rates], view=False)
    with pytest.raises(checkpoints.RunFolderError, match="learning_rate 'left as it is'"):
        train(tiny(), images, output=tmp_path, resume=True, view=False)


def test_whatever_reads_a_run_changes_nothing_in_it(images, tmp_path):
    train(tiny(), images, epochs=2, output=tmp_path, view=False)
    (tmp_path / "losses.csv").write_bytes("epoch,loss".encode("utf-16"))
    checkpoints.checkpoints(tmp_path)[-1].write_bytes(b"")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    checkpoints.load_run(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_run_that_starts_again_has_no_rows_of_before(images, tmp_path):
    train(tiny(), images, epochs=2, output=tmp_path, view=False)
    for path in checkpoints.checkpoints(tmp_path):
        path.unlink()
    train(tiny(), images, output=tmp_path, resume=True, view=False)
    rows = checkpoints.pd.read_csv(tmp_path / "losses.csv")
    assert rows["epoch"].tolist() == [1, 2]


def test_a_folder_of_another_program_is_not_replaced(images, tmp_path):
    (tmp_path / "run.json").write_text('{"my": "app"}')
    with pytest.raises(checkpoints.RunFolderError, match="other things"):
        train(tiny(), images, epochs=1, output=tmp_path, force=True, view=False)
    assert (tmp_path / "run.json").read_text() == '{"my": "app"}'


def test_a_run_without_a_checkpoint_is_refused(images, tmp_path):
    train(tiny(), images, epochs=1, output=tmp_path, view=False)
    checkpoints.checkpoints(tmp_path)[0].unlink()
    with pytest.raises(checkpoints.RunFolderError, match="no checkpoint"):
        checkpoints.load_run(tmp_path)
