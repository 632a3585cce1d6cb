"""The data: what is loaded, what is refused, and what a missing network does."""

import gzip
import hashlib
import http.server
import threading
import time

import numpy as np
import pytest

from cgan_tutorial import data
from cgan_tutorial.data import downloads


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


def test_the_embedded_split_is_stratified_and_disjoint(digits):
    assert np.bincount(digits.test.labels).tolist() == [100] * 10
    seen = {image.tobytes() for image in digits.train.images}
    assert not [image for image in digits.test.images if image.tobytes() in seen]


def test_a_second_load_is_the_same_object_and_read_only(digits):
    assert data.load("mnist-5k") is digits
    with pytest.raises(ValueError, match="read-only"):
        digits.train.images[0] = 0.0


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError) as error:
        data.load("minst")
    assert str(error.value) == (
        "unknown data set 'minst'; choose one of mnist-5k, mnist, fashion-mnist, digits-8x8, "
        "or folder:PATH"
    )


GOOD = np.zeros((2, 28, 28, 1), "float32")


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (
            [[0.0]],
            "images are a list; give a numpy array of shape (n, 28, 28, 1)",
        ),
        (
            np.zeros((2, 28, 28), "float32"),
            "images have shape (2, 28, 28); give (n, 28, 28, 1) with n at least 1, "
            "for example with images.reshape",
        ),
        (
            GOOD[:0],
            "images have shape (0, 28, 28, 1); give (n, 28, 28, 1) with n at least 1, "
            "for example with images.reshape",
        ),
        (
            GOOD.astype("uint8"),
            "images are uint8; give float32 in [0, 1], "
            'for example (images / 255).astype("float32")',
        ),
        (
            GOOD - 1,
            "images have values from -1 to -1; give values in [0, 1], "
            "for example divide by 255 or clip them",
        ),
        (
            GOOD * np.nan,
            "images have values from nan to nan; give values in [0, 1], "
            "for example divide by 255 or clip them",
        ),
    ],
)
def test_bad_images_are_refused_in_a_sentence(images, sentence):
    with pytest.raises(ValueError) as error:
        data.check_images(images)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([1, 12], "labels run from 1 to 12; give integers from 0 to 9"),
        (
            [0.5, 1],
            "labels have shape (2,) and type float64; give 2 integers, one for each image",
        ),
        ([1], "labels have shape (1,) and type int64; give 2 integers, one for each image"),
    ],
)
def test_bad_labels_are_refused_in_a_sentence(labels, sentence):
    with pytest.raises(ValueError) as error:
        data.check_labels(np.array(labels), count=2)
    assert str(error.value) == sentence


def test_noise_has_the_asked_spread_and_is_seeded():
    grey = np.full((50, 28, 28, 1), 0.5, "float32")
    noisy = data.add_gaussian_noise(grey, 0.1, seed=3)
    assert noisy.std() == pytest.approx(0.1, rel=0.02)
    assert noisy.dtype == np.float32
    assert np.array_equal(noisy, data.add_gaussian_noise(grey, 0.1, seed=3))
    assert not np.array_equal(noisy, data.add_gaussian_noise(grey, 0.1, seed=4))


def test_salt_and_pepper_replaces_the_asked_share():
    grey = np.full((50, 28, 28, 1), 0.5, "float32")
    noisy = data.add_salt_and_pepper(grey, 0.2)
    assert np.mean(noisy == 0.0) == pytest.approx(0.1, abs=0.01)
    assert np.mean(noisy == 1.0) == pytest.approx(0.1, abs=0.01)


def test_a_patch_is_removed_within_the_frame_and_the_original_stays():
    white = np.ones((50, 28, 28, 1), "float32")
    torn = data.remove_patch(white, 8)
    assert white.min() == 1.0
    assert (torn == 0).sum(axis=(1, 2, 3)).tolist() == [64] * 50
    frame = np.ones((28, 28), bool)
    frame[4:24, 4:24] = False
    assert torn[:, frame].min() == 1.0


def test_without_a_network_a_download_is_refused_in_seconds(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "ORIGIN", "http://127.0.0.1:9/")
    started = time.monotonic()
    with pytest.raises(data.DataUnavailableError) as error:
        data.load("mnist")
    assert time.monotonic() - started < 2 * downloads.PATIENCE
    assert str(error.value) == (
        "the data set 'mnist' must be downloaded and there is no network; "
        'use load("mnist-5k"), which is on this machine, or try again with a network'
    )


def test_a_server_that_never_answers_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    monkeypatch.setattr(downloads, "_reachable", lambda: time.sleep(60))
    with pytest.raises(data.DataUnavailableError, match="there is no network"):
        downloads.fetch("fashion-mnist")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server on this machine that holds a tiny MNIST, and an empty cache folder."""
    served = tmp_path / "served"
    served.mkdir()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 28, 28), dtype="uint8")
    np.savez(
        served / "mnist.npz", x_train=images, y_train=[1, 2, 3], x_test=images, y_test=[4, 5, 6]
    )
    digest = hashlib.sha256((served / "mnist.npz").read_bytes()).hexdigest()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(served))

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "ORIGIN", f"http://127.0.0.1:{running.server_port}/")
    monkeypatch.setitem(downloads.FILES, "mnist", [("mnist.npz", digest)])
    data._load.cache_clear()
    yield tmp_path / "datasets" / "mnist.npz"
    running.shutdown()
    running.server_close()
    data._load.cache_clear()


def test_a_download_is_verified_and_kept(server):
    loaded = data.load("mnist")
    assert loaded.train.images.shape == (3, 28, 28, 1)
    assert loaded.test.labels.tolist() == [4, 5, 6]
    assert data.available()["mnist"]


def test_a_damaged_file_is_said_to_be_so_and_fetched_again(server, capsys):
    server.parent.mkdir()
    server.write_bytes(b"half of a fi")
    assert not data.available()["mnist"]
    assert len(data.load("mnist").train) == 3
    said = capsys.readouterr().out
    assert "mnist.npz is damaged or was only half fetched; it is fetched again" in said


def test_a_wrong_file_on_the_server_is_refused(server, monkeypatch):
    monkeypatch.setitem(downloads.FILES, "mnist", [("mnist.npz", "0" * 64)])
    with pytest.raises(data.DataUnavailableError, match="the download failed"):
        data.load("mnist")


def test_fashion_files_are_read_by_their_own_headers(tmp_path):
    pixels = np.arange(2 * 28 * 28, dtype="uint8").reshape(2, 28, 28)
    header = bytes([0, 0, 8, 3]) + np.array([2, 28, 28], ">i4").tobytes()
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(header + pixels.tobytes()))
    assert np.array_equal(data._read_idx(path), pixels)
