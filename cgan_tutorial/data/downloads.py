"""Files that are fetched on request: verified, and refused in seconds without a network."""

from __future__ import annotations

import hashlib
import os
import queue
import socket
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
PATIENCE = 8.0

# Name, then (file, hash) in the order in which the loader reads them. The hash of
# mnist.npz is Keras' own; those of Fashion-MNIST, for which Keras has none, are the
# ones that its authors print beside the files.
FILES: dict[str, list[tuple[str, str]]] = {
    "mnist": [
        (
            "mnist.npz",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        )
    ],
    "fashion-mnist": [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ],
}

# Where keras.datasets keeps the same files, so that nobody fetches them twice.
FOLDERS = {"mnist": "datasets", "fashion-mnist": "datasets/fashion-mnist"}


class DataUnavailableError(RuntimeError):
    """A data set is not on this machine and cannot be downloaded now."""


def is_cached(name: str) -> bool:
    """Say whether every file of a data set is here and undamaged."""
    return all(_is_whole(_folder(name) / file, digest) for file, digest in FILES[name])


def fetch(name: str) -> list[str]:
    """Return the paths of a data set's files; download those that are missing or damaged.

    Raises:
        DataUnavailableError: no network, or the download broke off.
    """
    if not is_cached(name):
        _say_damage(name)
        _require_network(name)
    with _socket_timeout(PATIENCE):
        return [_get(name, file, digest) for file, digest in FILES[name]]


def _get(name: str, file: str, digest: str) -> str:
    from keras.utils import get_file

    # Keras would take a folder that is not there for one that it may not write to.
    _home().mkdir(parents=True, exist_ok=True)
    try:
        return get_file(
            file, ORIGIN + file, file_hash=digest, cache_dir=_home(), cache_subdir=FOLDERS[name]
        )
    except Exception as error:
        raise DataUnavailableError(_sentence(name, "the download failed")) from error


def _home() -> Path:
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def _folder(name: str) -> Path:
    return _home() / FOLDERS[name]


def _is_whole(path: Path, digest: str) -> bool:
    if not path.exists():
        return False
    algorithm = "sha256" if len(digest) == 64 else "md5"
    return hashlib.new(algorithm, path.read_bytes()).hexdigest() == digest


def _say_damage(name: str) -> None:
    for file, digest in FILES[name]:
        path = _folder(name) / file
        if path.exists() and not _is_whole(path, digest):
            print(f"{file} is damaged or was only half fetched; it is fetched again")


def _require_network(name: str) -> None:
    # In a thread of its own: without a network, looking up a name can hang for a minute.
    answer: queue.Queue[bool] = queue.Queue()
    threading.Thread(target=lambda: answer.put(_reachable()), daemon=True).start()
    try:
        reached = answer.get(timeout=PATIENCE)
    except queue.Empty:
        reached = False
    if not reached:
        raise DataUnavailableError(_sentence(name, "there is no network"))


def _reachable() -> bool:
    try:
        request = urllib.request.Request(ORIGIN + "mnist.npz", method="HEAD")
        urllib.request.urlopen(request, timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def _sentence(name: str, reason: str) -> str:
    return (
        f"the data set {name!r} must be downloaded and {reason}; "
        'use load("mnist-5k"), which is on this machine, or try again with a network'
    )


@contextmanager
def _socket_timeout(seconds: float):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
