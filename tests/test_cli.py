"""The command cgan-tutorial: what each command does, and its sentence for each failure."""

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import h5py
import nbformat
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cgan_tutorial import _notebooks, cli, data, devices, training
from cgan_tutorial.data import loading
from cgan_tutorial.widgets import websocket

COMMAND = Path(sys.executable).with_name("cgan-tutorial")
SMALL = ("autoencoder", "--width", 4, "--latent-dim", 4)
COMMANDS = ("lab", "run", "train", "sample", "reconstruct", "evaluate", "doctor")


def invoke(*args):
    return CliRunner().invoke(cli.app, [str(arg) for arg in args])


def done(*args) -> str:
    """Invoke, expect success, and return what is printed."""
    result = invoke(*args)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(*args) -> str:
    """Invoke, expect exit code 2, and return the one sentence on stderr."""
    result = invoke(*args)
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a small autoencoder's run of five epochs."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    printed = done("train", *SMALL, "--epochs", 5, "--output", folder)
    assert printed.endswith(f"{folder} holds autoencoder after 5 epochs\n")
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """A copy of that run, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def last_weights(folder: Path) -> dict[str, np.ndarray]:
    """Every array of the newest checkpoint, the optimizer's included."""
    arrays = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with h5py.File(max(folder.glob("epoch-*.weights.h5"))) as file:
        file.visititems(keep)
    return arrays


def write_npz(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


# Help and usage


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command):
    assert f"Example: cgan-tutorial {command}" in done(command, "--help")


def test_help_names_all_models_and_data_sets():
    from cgan_tutorial import models

    words = set(done("train", "--help").replace(",", " ").replace(".", " ").split())
    assert words >= {*models.MODELS, *data.available()}


def test_no_command_shows_the_help():
    assert all(command in done() for command in COMMANDS)


def test_help_imports_nothing_that_is_slow():
    code = "import sys, cgan_tutorial.cli; print(*sys.modules)"
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    slow = {"keras", "tensorflow", "numpy", "matplotlib", "papermill", "IPython"}
    assert not slow & set(printed.split())


def test_usage_errors_are_one_sentence():
    assert refused("train", "vae") == ("Missing option '--output'; see cgan-tutorial train --help")
    assert refused("paint").startswith("No such command 'paint'")
    assert refused("sample", "x", "-n", 0, "--output", "x.npz").startswith("Invalid value for '-n'")


def test_an_error_of_another_package_is_not_hidden(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "load", lambda name: int("a bug"))
    result = invoke("train", *SMALL, "--output", tmp_path / "run")
    assert isinstance(result.exception, ValueError)


# Backends


def environment(**changes) -> dict[str, str]:
    return {**os.environ, **changes}


def command(*args, **changes) -> subprocess.CompletedProcess:
    words = [COMMAND, *map(str, args)]
    env = environment(**changes)
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False)


def test_an_unknown_backend():
    ended = command("train", *SMALL, "--output", "x", KERAS_BACKEND="foo")
    assert ended.returncode == 2
    assert ended.stderr == (
        "KERAS_BACKEND is 'foo'; set it to one of tensorflow, jax, torch, or unset it\n"
    )


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_a_backend_that_is_not_installed():
    ended = command("evaluate", "x", KERAS_BACKEND="torch")
    assert ended.returncode == 2
    assert ended.stderr == ("the backend torch is not installed; run pip install torch\n")


def test_help_needs_no_backend():
    assert command("train", "--help", KERAS_BACKEND="foo").returncode == 0


# train


def test_kill_in_the_third_epoch_then_resume_ends_with_the_same_weights(trained, tmp_path):
    folder = tmp_path / "killed"
    words = ["train", *SMALL, "--epochs", 5, "--output", folder]
    process = subprocess.Popen([COMMAND, *map(str, words)], stdout=subprocess.DEVNULL)
    # The table of losses is written after the checkpoint: a heading and two epochs.
    table, deadline = folder / "losses.csv", time.monotonic() + 120
    while not table.exists() or len(table.read_text().splitlines()) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (folder / "epoch-0005.weights.h5").exists()

    done(*words, "--resume")
    resumed, uninterrupted = last_weights(folder), last_weights(trained)
    assert any("optimizer" in name for name in resumed)
    assert resumed.keys() == uninterrupted.keys()
    for name, array in uninterrupted.items():
        np.testing.assert_array_equal(resumed[name], array, err_msg=name)


def test_the_budget_is_a_minute_if_none_is_given(monkeypatch, tmp_path):
    given = {}

    def train(*args, **settings):
        given.update(settings)
        return training.History(1, 0.1, [0.1], "seconds")

    monkeypatch.setattr(training, "train", train)
    done("train", *SMALL, "--output", tmp_path / "run")
    assert (given["seconds"], given["epochs"]) == (60, None)


def test_a_loss_that_is_not_a_number_is_a_failure(monkeypatch, tmp_path):
    history = training.History(0, 0.1, [], "nan")
    monkeypatch.setattr(training, "train", lambda *args, **settings: history)
    assert invoke("train", *SMALL, "--output", tmp_path / "run").exit_code == 1


def test_an_existing_run_is_not_overwritten(run):
    before = last_weights(run)
    assert refused("train", *SMALL, "--epochs", 1, "--output", run) == (
        f"{run} is not empty; choose another folder, go on with its run by --resume, "
        "or replace the run by --force"
    )
    assert last_weights(run).keys() == before.keys()


def test_force_replaces_a_run_and_leaves_other_files(run):
    (run / "notes.txt").write_text("mine")
    done("train", *SMALL, "--epochs", 1, "--seed", 7, "--force", "--output", run)
    assert {path.name for path in run.iterdir()} == {
        *("run.json", "losses.csv", "epoch-0001.weights.h5", "notes.txt")
    }
    assert json.loads((run / "run.json").read_text())["seed"] == 7


def test_force_refuses_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    arguments = ("train", *SMALL, "--epochs", 1, "--force", "--output", tmp_path)
    assert refused(*arguments) == (
        f"{tmp_path} holds other things than a run, so nothing in it is replaced; "
        "choose another folder"
    )
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_resume_and_force_contradict_each_other(run):
    assert refused("train", *SMALL, "--output", run, "--resume", "--force") == (
        "--resume and --force are both given; give one of the two"
    )


def test_resume_of_another_model(run):
    arguments = ("--width", 4, "--latent-dim", 4, "--output", run, "--resume")
    assert refused("train", "vae", *arguments) == (
        f"{run} was trained with model 'autoencoder', not 'vae'; "
        "resume with the same settings, or choose another folder"
    )


def test_resume_without_a_run(tmp_path):
    arguments = ("train", *SMALL, "--output", tmp_path / "none", "--resume")
    assert refused(*arguments) == (
        f"{tmp_path / 'none'} is not the folder of a run: it has no run.json; "
        "give the folder that was named as output of a training"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("gun",),
            "unknown model 'gun'; choose one of autoencoder, denoiser, vae, gan, "
            "conditional-gan, cgan",
        ),
        (
            ("vae", "--data", "letters"),
            "unknown data set 'letters'; choose one of mnist-5k, mnist, fashion-mnist, digits-8x8, "
            "or folder:PATH",
        ),
        (
            ("vae", "--width", -1),
            "width is -1; give a positive integer, for example width=16",
        ),
        (
            ("vae", "--latent-dim", 0),
            "latent_dim is 0; give a positive integer, for example latent_dim=16",
        ),
        (
            ("vae", "--seconds", -1),
            "seconds is -1.0; give a number greater than 0",
        ),
        (
            ("vae", "--epochs", 0),
            "epochs is 0; give an integer of at least 1",
        ),
        (
            ("vae", "--epochs", 1, "--seconds", 1),
            "both of seconds and epochs given; give one of the two as budget",
        ),
    ],
)
def test_bad_arguments_of_train(arguments, sentence, tmp_path):
    assert refused("train", *arguments, "--output", tmp_path / "run") == sentence
    assert not (tmp_path / "run").exists()


def test_a_model_that_does_not_fit_in_memory(tmp_path):
    arguments = ("train", "autoencoder", "--width", 200000, "--output", tmp_path / "r")
    assert refused(*arguments) == (
        "there is not enough memory for this model with width 200000; "
        "choose a smaller width or batch_size"
    )


def test_data_that_must_be_downloaded_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(loading, "ORIGIN", "http://127.0.0.1:9/")
    sentence = refused("train", *SMALL, "--data", "mnist", "--output", tmp_path / "run")
    assert "'mnist' cannot be loaded (there is no network)" in sentence
    assert "mnist-5k" in sentence and str(tmp_path / "datasets") in sentence


# sample, reconstruct, evaluate


def test_sample_writes_arrays_that_depend_on_the_seed(trained, tmp_path):
    files = [tmp_path / f"{number}.npz" for number in range(3)]
    for file, seed in zip(files, (0, 0, 1), strict=True):
        done("sample", trained, "-n", 7, "--seed", seed, "--output", file)
    first, same, other = (np.load(file)["images"] for file in files)
    assert first.shape == (7, 28, 28, 1) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, same) and not np.array_equal(first, other)


def test_sample_draws_a_grid(trained, tmp_path):
    file = tmp_path / "pictures" / "grid.png"
    done("sample", trained, "-n", 12, "--output", file)
    with Image.open(file) as picture:
        assert picture.size == (2 * (10 * 30 + 2), 2 * (2 * 30 + 2))


def test_sample_overwrites_only_by_force(trained, tmp_path):
    file = tmp_path / "samples.npz"
    file.write_text("mine")
    sentence = refused("sample", trained, "--output", file)
    assert f"{file} exists" in sentence and "--force" in sentence
    assert file.read_text() == "mine"
    done("sample", trained, "-n", 1, "--output", file, "--force")
    assert len(np.load(file)["images"]) == 1


def test_bad_arguments_of_sample(trained, tmp_path):
    gif = tmp_path / "samples.gif"
    sentence = refused("sample", trained, "--output", gif)
    assert f"{gif} ends in .gif" in sentence and ".npz or .png" in sentence
    assert refused("sample", tmp_path, "--output", tmp_path / "x.npz") == (
        f"{tmp_path} is not the folder of a run: it has no run.json; "
        "give the folder that was named as output of a training"
    )


def test_more_samples_than_memory(monkeypatch, trained, tmp_path):
    monkeypatch.setattr(devices, "free_gib", lambda: 1.0)
    arguments = ("sample", trained, "-n", 10**6, "--output", tmp_path / "x.npz")
    assert refused(*arguments) == (
        "1000000 images need about 8.8 GiB and 1.0 GiB are free; give a smaller -n"
    )


def test_reconstruct_writes_as_many_images_as_it_reads(trained, tmp_path):
    digits = data.load().test.images[:20]
    source = write_npz(tmp_path / "digits.npz", images=digits)
    target = tmp_path / "again.npz"
    done("reconstruct", trained, "--input", source, "--output", target)
    again = np.load(target)["images"]
    assert again.shape == digits.shape and again.dtype == np.float32
    assert np.mean((again - digits) ** 2) < np.mean((0.13 - digits) ** 2)


def test_input_files_that_are_no_npz(trained, tmp_path):
    target = tmp_path / "again.npz"
    text, half = tmp_path / "text.npz", tmp_path / "half.npz"
    text.write_text("no arrays")
    whole = write_npz(tmp_path / "whole.npz", images=np.zeros((9, 28, 28, 1)))
    half.write_bytes(whole.read_bytes()[:1000])
    pickled = write_npz(tmp_path / "p.npz", images=np.array([{}], dtype=object))
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    for file in (text, half, pickled, single):
        sentence = refused("reconstruct", trained, "--input", file, "--output", target)
        assert sentence.startswith(f"{file} is not an .npz file of numbers, or is damaged")
        assert "numpy.savez" in sentence
    none = tmp_path / "none.npz"
    sentence = refused("reconstruct", trained, "--input", none, "--output", target)
    assert f"there is no file {none}" in sentence


def test_input_files_without_images(trained, tmp_path):
    other = write_npz(tmp_path / "other.npz", x=np.zeros(3), y=np.zeros(3))
    arguments = ("--input", other, "--output", tmp_path / "again.npz")
    sentence = refused("reconstruct", trained, *arguments)
    assert sentence.startswith(f"{other} has x, y and no images; write one with numpy.savez")


@pytest.mark.parametrize(
    ("images", "fact"),
    [
        (np.zeros((3, 28, 28), "float32"), "images have shape (3, 28, 28)"),
        (np.zeros((0, 28, 28, 1), "float32"), "images have shape (0, 28, 28, 1)"),
        (np.zeros((3, 28, 28, 1), "uint8"), "images are uint8; give float32"),
        (np.full((3, 28, 28, 1), -1, "float32"), "images have values from -1 to -1"),
        (np.full((3, 28, 28, 1), np.nan, "float32"), "images have values from nan to nan"),
    ],
)
def test_input_files_with_other_images(trained, tmp_path, images, fact):
    source = write_npz(tmp_path / "images.npz", images=images)
    arguments = ("--input", source, "--output", tmp_path / "again.npz")
    assert fact in refused("reconstruct", trained, *arguments)


def test_evaluate_shows_a_table(trained):
    printed = done("evaluate", trained)
    rows = [line.strip("│ ").split("│") for line in printed.splitlines()]
    table = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert 0 < float(table["MSE of 1000 test images"][0]) < 0.1
    assert 10 < float(table["their PSNR, dB"][0]) < 20
    ours, real = map(float, table["Fréchet distance of 1000 samples"])
    assert 0 < real < ours
    assert table["memorization (0: copies, 1: new)"][1] == "1.00"
    assert int(table["parameters"][0].replace(",", "")) > 1000


@pytest.mark.parametrize("name", ["gan", "conditional-gan", "cgan"])
def test_games_are_trained_sampled_judged_and_reconstruct_if_they_encode(name, tmp_path):
    folder, pictures = tmp_path / "run", tmp_path / "samples.npz"
    sizes = "--latent-dim", 4, "--width", 4
    done("train", name, *sizes, "--data", "digits-8x8", "--epochs", 1, "--output", folder)
    done("sample", folder, "-n", 7, "--output", pictures)
    assert np.load(pictures)["images"].shape == (7, 28, 28, 1)
    printed = done("evaluate", folder)
    assert ("MSE of 360 test images" in printed) == (name == "cgan")
    words = "Fréchet distance of 360 samples", "precision", "recall", "share of the rarest class"
    assert all(word in printed for word in words)
    again = "reconstruct", folder, "--input", pictures, "--output", tmp_path / "again.npz"
    if name == "cgan":
        assert done(*again).endswith("holds 7 reconstructions\n")
    else:
        assert refused(*again) == (
            f"a {name} has no encoder, so it cannot reconstruct; "
            "give a run of autoencoder, denoiser, vae or cgan"
        )


def test_evaluate_of_a_run_on_own_images(run):
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "data": "own images"}))
    sentence = refused("evaluate", run)
    assert "own images" in sentence and "trained on one of mnist-5k, mnist" in sentence


def test_a_damaged_record(run):
    (run / "run.json").write_text('{"model": "auto')
    assert refused("evaluate", run) == (
        f"run.json in {run} is damaged; train again into another folder"
    )


def test_a_run_without_a_checkpoint(run):
    for checkpoint in run.glob("*.h5"):
        checkpoint.unlink()
    assert refused("evaluate", run) == (
        f"{run} has no whole checkpoint yet; go on with its training by resume=True"
    )


def test_a_half_written_checkpoint_leaves_the_one_before(run, tmp_path):
    newest = max(run.glob("*.h5"))
    newest.write_bytes(newest.read_bytes()[:2000])
    done("sample", run, "-n", 1, "--output", tmp_path / "sample.npz")


def test_weights_that_do_not_fit(run):
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "width": 6}))
    assert refused("evaluate", run) == (
        "the weights in epoch-0005.weights.h5 do not fit this model; "
        "resume with the networks that the run was trained with"
    )


def test_a_place_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "samples.npz"
    assert refused("sample", trained, "--output", target) == (
        f"{target.parent}: File exists; give a path that can be used"
    )


# run and lab


def notebook(path: Path, *sources: str, parameters: str = "") -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    if parameters:
        tagged = nbformat.v4.new_code_cell(parameters)
        tagged.metadata.tags = ["parameters"]
        cells.insert(0, tagged)
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path.parent.mkdir(exist_ok=True)
    nbformat.write(book, path)
    return path


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    """A book of two chapters, the second of which fails."""
    folder = tmp_path / "notebooks"
    notebook(
        folder / "01_good.ipynb",
        "import os, sys; print(sys.executable, os.getcwd(), epochs)",
        "held = bytearray(200 * 2**20)",
        parameters="epochs = 2  # passes\nname = 'a'",
    )
    notebook(folder / "02_bad.ipynb", "raise ValueError('[red] is [/red]')", "1 / 0")
    monkeypatch.setattr(_notebooks, "folder", lambda: folder)
    return folder


def outputs(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(o.get("text", "") for c in cells for o in c.get("outputs", []))


def test_run_executes_all_chapters_by_this_interpreter(book, tmp_path, monkeypatch):
    # A kernel of the same name in the user's home must not be taken.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "x"}')
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")

    result = invoke("run", "--output", tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert f"{sys.executable} {book} 2" in outputs(tmp_path / "out" / "01_good.ipynb")
    good, bad = [line for line in result.stdout.splitlines() if "0" in line]
    assert "ok" in good and "failed" in bad
    assert 200 < int(good.split("│")[3]) < 500
    assert result.stderr.splitlines()[-1] == (
        f"02_bad, cell 1: ValueError: [red] is [/red]; see {tmp_path / 'out' / '02_bad.ipynb'}"
    )


def test_run_sets_parameters(book, tmp_path):
    done("run", "1", "-p", "epochs", "3", "--output", tmp_path / "out")
    assert outputs(tmp_path / "out" / "01_good.ipynb").endswith(" 3\n")
    assert not (tmp_path / "out" / "02_bad.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("1", "-p", "epoch", "3"),
            "01_good has no parameter 'epoch'; choose one of epochs, name",
        ),
        (
            ("1", "-p", "epochs", "three"),
            "epochs is 'three'; give a number, 01_good has 2",
        ),
        (
            ("1", "-p", "epochs"),
            "-p wants a name and a value, for example -p latent_dim 8",
        ),
        (
            ("2", "-p", "epochs", "3"),
            "02_bad has no parameter 'epochs'; it has none that can be set",
        ),
        (
            ("7",),
            "there is no chapter '7'; choose one of 01_good, 02_bad, or give a notebook's path",
        ),
    ],
)
def test_bad_arguments_of_run(book, tmp_path, arguments, sentence):
    assert refused("run", "--output", tmp_path / "out", *arguments) == sentence
    assert not (tmp_path / "out").exists()


def test_run_overwrites_nothing_of_the_users(book):
    before = (book / "01_good.ipynb").read_bytes()
    assert refused("run", "1", "--output", book) == (
        f"{book / '01_good.ipynb'} is not the output of an earlier run; "
        "move it away, or choose another --output"
    )
    assert (book / "01_good.ipynb").read_bytes() == before


def test_run_takes_only_notebooks(book, tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    assert refused("run", broken, "--output", tmp_path / "out") == (
        f"{broken} is not a notebook that can be read; give another, or mend it"
    )


def test_chapters_are_found_by_number_name_and_path(book, tmp_path):
    first, second = book / "01_good.ipynb", book / "02_bad.ipynb"
    assert _notebooks.find([]) == [first, second]
    assert _notebooks.find(["2", "01", "02_bad"]) == [second, first]
    assert _notebooks.find(["01_good.ipynb", str(second)]) == [first, second]
    other = notebook(tmp_path / "other" / "01_good.ipynb")
    with pytest.raises(ValueError, match="two of the chapters are called 01_good"):
        _notebooks.find(["1", str(other)])


def test_parameters_are_read_as_python_literals():
    pairs = [("a", "3"), ("b", "1e-3"), ("c", "[2, 4]"), ("d", "True"), ("e", "vae")]
    values = [3, 1e-3, [2, 4], True, "vae"]
    assert list(_notebooks.read_parameters(pairs).values()) == values


def test_lab_opens_the_first_chapter_and_passes_arguments_on(book, monkeypatch):
    started = []
    monkeypatch.setattr(os, "execv", lambda *words: started.append(words))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    done("lab", "--no-browser", "--port", "9999")
    program, words = started[0]
    assert program == sys.executable
    assert words[1:] == [
        *("-m", "jupyterlab", str(book), "--LabApp.default_url=/lab/tree/01_good.ipynb"),
        *(websocket.FLAG, "--no-browser", "--port", "9999"),
    ]


def test_lab_outside_of_the_book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_notebooks, "__file__", str(tmp_path / "site" / "_notebooks.py"))
    sentence = refused("lab")
    assert sentence.startswith(f"neither {tmp_path} nor a folder above it is the book's")
    assert "git clone https://" in sentence
