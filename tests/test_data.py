"""The data: what is loaded, what is refused, and what a missing network does."""

import copy
import gzip
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from cgan_tutorial import data
from cgan_tutorial.data import loading, toy2d
from cgan_tutorial.metrics.coverage import mode_shares
from cgan_tutorial.metrics.divergence import grid_divergence

MODES = {"line": 8, "ring": 8, "moons": 16, "grid": 25}


@pytest.fixture(scope="module")
def digits():
    return data.load()


@pytest.mark.parametrize(
    ("name", "train", "test"), [("mnist-5k", 4000, 1000), ("digits-8x8", 1437, 360)]
)
def test_offline_sets_have_the_promised_form(name, train, test):
    loaded = data.load(name)
    for split, count in ((loaded.train, train), (loaded.test, test)):
        assert split.images.shape == (count, 28, 28, 1)
        assert split.images.dtype == np.float32
        assert (split.images.min(), split.images.max()) == (0.0, 1.0)
        assert split.labels.dtype == np.int64
        assert set(split.labels) == set(range(10))
    assert loaded.classes == tuple("0123456789")


def test_the_embedded_split_is_stratified_and_disjoint(digits):
    assert np.bincount(digits.test.labels).tolist() == [100] * 10
    seen = {image.tobytes() for image in digits.train.images}
    assert not [image for image in digits.test.images if image.tobytes() in seen]


def test_a_second_load_is_the_same_object_and_read_only(digits):
    assert data.load("mnist-5k") is digits
    with pytest.raises(ValueError, match="read-only"):
        digits.train.images[0] = 0.0


def test_data_sets_and_splits_unpack_and_count_their_images(digits):
    (images, labels), test = digits
    assert images is digits.train.images and labels is digits.train.labels
    assert test is digits.test
    assert (len(digits.train), len(digits.test), len(digits)) == (4000, 1000, 5000)


def test_data_sets_and_splits_are_shown_in_one_line(digits):
    assert repr(digits) == (
        "<Dataset 'mnist-5k': 4,000 train and 1,000 test images of shape (28, 28, 1), "
        "classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9>"
    )
    assert repr(digits.test) == "<Split: 1,000 images of shape (28, 28, 1) with labels>"


def test_data_sets_are_equal_only_to_themselves(digits):
    other = copy.copy(digits)
    assert digits == digits and digits != other and digits.train != copy.copy(digits.train)
    assert len({digits, other, digits.train}) == 3


def test_a_split_is_read_only_and_the_callers_own_arrays_are_not():
    images, labels = GOOD.copy(), np.array([0, 2])
    split = data.Split(images, labels)
    images[0] = 1.0
    labels[0] = 1
    for array in split:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_classes_are_named_by_their_labels_unless_names_are_given():
    split = data.Split(GOOD, np.array([0, 2]))
    assert data.Dataset("mine", split, split).classes == ("0", "1", "2")
    assert data.Dataset("mine", split, split, ("a", "b", "c")).classes == ("a", "b", "c")


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="unknown data set 'minst'.*mnist-5k.*folder:PATH"):
        data.load("minst")


@pytest.mark.parametrize("name", [5, None, ["mnist-5k"]])
def test_a_name_that_is_no_text_is_refused(name):
    with pytest.raises(ValueError, match=f"the data set is {re.escape(repr(name))}"):
        data.load(name)


@pytest.mark.parametrize("value", [0, -1, True, 2.0, "3", None, np.float32(1)])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(ValueError, match=f"size is {re.escape(repr(value))}; give an integer"):
        data.check_count("size", value)


def test_a_count_is_an_int_also_from_numpy():
    assert type(data.check_count("size", np.int64(3))) is int
    assert data.check_count("seed", 0, least=0) == 0


GOOD = np.zeros((2, 28, 28, 1), "float32")


@pytest.mark.parametrize(
    ("images", "fact"),
    [
        ([[0.0]], r"images are a list.*\(n, 28, 28, 1\)"),
        (GOOD[..., 0], r"images have shape \(2, 28, 28\).*\(n, 28, 28, 1\)"),
        (GOOD[:0], r"images have shape \(0, 28, 28, 1\).*n at least 1"),
        (GOOD.astype("uint8"), "images are uint8; give float32.*images / 255"),
        (GOOD - 1, "images have values from -1 to -1"),
        (GOOD * np.nan, "images have values from nan to nan"),
    ],
)
def test_bad_images_are_refused_in_a_sentence(images, fact):
    with pytest.raises(ValueError, match=fact):
        data.check_images(images)


@pytest.mark.parametrize(
    ("labels", "fact"),
    [
        ([1, 12], "labels run from 1 to 12; give integers from 0 to 9"),
        ([-1, 2], "labels run from -1 to 2"),
        ([0.5, 1], r"labels have shape \(2,\) and type float64"),
        ([1], r"labels have shape \(1,\).*give 2 integers"),
    ],
)
def test_bad_labels_are_refused_in_a_sentence(labels, fact):
    with pytest.raises(ValueError, match=fact):
        data.check_labels(np.array(labels), count=2)


def test_noise_has_the_asked_spread_and_is_seeded():
    grey = np.full((50, 28, 28, 1), 0.5, "float32")
    noisy = data.add_gaussian_noise(grey, 0.1, seed=3)
    assert noisy.std() == pytest.approx(0.1, rel=0.02)
    assert noisy.dtype == np.float32
    assert np.array_equal(noisy, data.add_gaussian_noise(grey, 0.1, seed=3))
    assert not np.array_equal(noisy, data.add_gaussian_noise(grey, 0.1, seed=4))


def test_a_patch_is_removed_within_the_frame_and_the_original_stays():
    white = np.ones((50, 28, 28, 1), "float32")
    torn = data.remove_patch(white, 8)
    assert white.min() == 1.0
    assert (torn == 0).sum(axis=(1, 2, 3)).tolist() == [64] * 50
    frame = np.ones((28, 28), bool)
    frame[4:24, 4:24] = False
    assert torn[:, frame].min() == 1.0


# Data sets that Keras downloads


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """An empty folder for Keras' files, and nothing remembered from before."""
    from keras.src.backend import config  # Keras reads KERAS_HOME only when it is imported

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(loading.urllib.request, "getproxies", dict)
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    loading._load.cache_clear()
    yield tmp_path
    loading._load.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_without_a_network_a_download_is_refused_in_seconds(keras_home, monkeypatch, name):
    monkeypatch.setattr(loading, "ORIGIN", "http://127.0.0.1:9/")
    started = time.monotonic()
    with pytest.raises(data.DataUnavailableError) as error:
        data.load(name)
    assert time.monotonic() - started < loading.PATIENCE
    for fact in (repr(name), "there is no network", "mnist-5k", str(keras_home / "datasets")):
        assert fact in str(error.value)


def test_a_server_that_never_answers_is_given_up(keras_home, monkeypatch):
    def silent(*args, **settings):
        time.sleep(5)
        raise TimeoutError

    monkeypatch.setattr(loading, "PATIENCE", 0.2)
    monkeypatch.setattr(loading.urllib.request, "urlopen", silent)
    started = time.monotonic()
    with pytest.raises(data.DataUnavailableError, match="there is no network"):
        data.load("fashion-mnist")
    assert time.monotonic() - started < 4


def test_a_proxy_that_does_not_answer_is_named_without_its_password(keras_home, monkeypatch):
    proxies = {"https": "http://me:secret@127.0.0.1:9"}
    monkeypatch.setattr(loading.urllib.request, "getproxies", lambda: proxies)
    with pytest.raises(data.DataUnavailableError, match="through the proxy 127.0.0.1:9") as error:
        data.load("mnist")
    assert "secret" not in str(error.value)


def test_a_download_that_breaks_off_is_said_in_a_sentence(keras_home, monkeypatch):
    from keras.src.utils import file_utils

    def broken(*args):
        raise OSError("the line went dead")

    monkeypatch.setattr(loading, "_ask_server", lambda: None)
    monkeypatch.setattr(file_utils, "urlretrieve", broken)
    with pytest.raises(data.DataUnavailableError, match=r"the line went dead.*mnist\.npz from"):
        data.load("mnist")


def test_files_put_there_by_hand_are_read(keras_home):
    images = np.arange(3 * 28 * 28).reshape(3, 28, 28).astype("uint8")
    labels = np.array([9, 0, 3], "uint8")
    assert not data.available()["fashion-mnist"]
    for file in loading._files("fashion-mnist"):
        file.parent.mkdir(parents=True, exist_ok=True)
        content = (
            bytes(16) + images.tobytes() if "images" in file.name else bytes(8) + bytes(labels)
        )
        file.write_bytes(gzip.compress(content))
    assert data.available()["fashion-mnist"]
    loaded = data.load("fashion-mnist")
    for split in loaded:
        assert np.array_equal(split.images, (images / 255).astype("float32")[..., None])
        assert split.labels.dtype == np.int64 and split.labels.tolist() == [9, 0, 3]
    assert loaded.classes[9] == "Ankle boot" and len(loaded.classes) == 10


def test_mnist_has_its_digits_as_classes(keras_home, monkeypatch):
    import keras

    part = np.full((2, 28, 28), 255, "uint8"), np.array([9, 0], "uint8")
    monkeypatch.setattr(loading, "_ask_server", lambda: None)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: (part, part))
    loaded = data.load("mnist")
    assert loaded.name == "mnist" and loaded.classes == tuple("0123456789")
    assert data.check_images(loaded.train.images).min() == 1.0
    assert data.load("mnist") is loaded


def test_importing_the_data_imports_no_backend():
    code = "import sys, cgan_tutorial.data as d; d.available(); print({'keras'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("name", toy2d.SHAPES)
def test_each_shape_covers_its_own_modes_evenly(name):
    shape = toy2d.shape(name)
    drawn = shape.draw(2000)
    assert drawn.shape == (2000, 2) and drawn.dtype == np.float32
    assert np.abs(drawn).max() < 3
    shares = mode_shares(drawn, shape.centers, shape.radius)
    assert len(shares) == MODES[name]
    assert shares.sum() > 0.98
    assert shares.min() > 0.8 / MODES[name]
    # The first few are spread as well: the game shows 200 of them.
    assert mode_shares(shape.draw(200), shape.centers, shape.radius).min() >= 0.01


@pytest.mark.parametrize("name", toy2d.SHAPES)
def test_two_draws_of_a_shape_are_close_and_differ(name):
    shape = toy2d.shape(name)
    one, other = shape.draw(1024, seed=0), shape.draw(1024, seed=1)
    assert 0 < grid_divergence(one, other) < 0.03
    assert np.array_equal(one, shape.draw(1024, seed=0))


def test_shapes_lie_where_their_formulas_say():
    assert np.allclose(toy2d.line(np.array([0, 0.5, 1])), [[-2, -1], [0, 0], [2, 1]])
    tops = toy2d.moons(np.array([0.25, 0.75]))
    assert np.allclose(tops, [[-0.75, 1.125], [0.75, -1.125]])
    corners = {(-2.0, -2.0), (2.0, 2.0), (0.0, 0.0)}
    assert corners <= set(map(tuple, toy2d.grid_centers()))


def test_an_unknown_shape_is_named():
    with pytest.raises(ValueError) as error:
        toy2d.shape("spiral")
    assert str(error.value) == "unknown data 'spiral'; choose one of line, ring, moons, grid"
