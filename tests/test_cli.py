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
from click.testing import CliRunner
from PIL import Image

from cgan_tutorial import _notebooks, cli, data, models, training
from cgan_tutorial import _websocket as websocket
from cgan_tutorial.data import loading

COMMAND = Path(sys.executable).with_name("cgan-tutorial")
SMALL = ("autoencoder", "--width", 4, "--latent-dim", 4)
COMMANDS = ("lab", "run", "train", "sample", "reconstruct", "evaluate", "doctor")


def invoke(*args):
    return CliRunner().invoke(cli.main, [str(arg) for arg in args])


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


def has(sentence: str, *facts: object) -> bool:
    """Say whether a sentence names all of these facts."""
    return all(str(fact) in sentence for fact in facts)


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
    assert has(refused("train", "vae"), "--output", "cgan-tutorial train --help")
    assert has(refused("paint"), "paint")
    assert has(refused("sample", "x", "-n", 0, "--output", "x.npz"), "-n", "0")


# What is a sentence and what is a bug


def fails_with(monkeypatch, error: Exception) -> object:
    """Let the doctor fail with an error that is not of this package."""

    def fail():
        raise error

    monkeypatch.setattr("cgan_tutorial.doctor.examine", fail)
    return invoke("doctor")


def test_a_bug_in_the_package_is_not_hidden(monkeypatch):
    """`int("x")` raises on a line of the package that has no `raise`."""
    program = compile("def examine():\n    return int('x')\n", cli.__file__, "exec")
    planted = {}
    exec(program, planted)
    monkeypatch.setattr("cgan_tutorial.doctor.examine", planted["examine"])
    result = invoke("doctor")
    assert isinstance(result.exception, ValueError)
    assert "invalid literal" in str(result.exception) and result.stderr == ""


@pytest.mark.parametrize("error", [ValueError("a"), KeyError("b"), RuntimeError("c")])
def test_an_error_of_another_package_is_not_hidden(monkeypatch, error):
    assert fails_with(monkeypatch, error).exception is error


def test_a_missing_package_is_named(monkeypatch):
    result = fails_with(monkeypatch, ModuleNotFoundError(name="papermill"))
    assert result.exit_code == 2
    assert has(result.stderr, "papermill is not installed", "pip install papermill")


def test_a_console_that_is_not_utf_8_gets_question_marks(monkeypatch):
    monkeypatch.setattr("cgan_tutorial.doctor.examine", lambda: [])
    monkeypatch.setattr("cgan_tutorial.doctor.verdict", lambda findings: "0 → 1")
    result = CliRunner(charset="cp1252").invoke(cli.main, ["doctor"])
    assert (result.exit_code, result.stdout) == (0, "0 ? 1\n")


# Backends


def environment(**changes) -> dict[str, str]:
    return {**os.environ, **changes}


def command(*args, **changes) -> subprocess.CompletedProcess:
    words = [COMMAND, *map(str, args)]
    env = environment(**changes)
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_an_unknown_backend():
    ended = command("train", *SMALL, "--output", "x", KERAS_BACKEND="foo")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert has(ended.stderr, "KERAS_BACKEND is 'foo'", "tensorflow")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_a_backend_that_is_not_installed():
    ended = command("evaluate", "x", KERAS_BACKEND="torch")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert has(ended.stderr, "torch is not installed")


def test_help_needs_no_backend():
    assert command("train", "--help", KERAS_BACKEND="foo").returncode == 0


# train


@pytest.mark.slow
def test_kill_in_the_third_epoch_then_resume_ends_with_the_same_weights(trained, tmp_path):
    folder = tmp_path / "killed"
    words = ["train", *SMALL, "--epochs", 5, "--output", folder]
    process = subprocess.Popen([COMMAND, *map(str, words)], stdout=subprocess.DEVNULL)
    # The table of losses is written after the checkpoint: a heading and two epochs.
    table, deadline = folder / "losses.csv", time.monotonic() + 300
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


def fake_train(monkeypatch, stopped: str = "seconds") -> dict:
    """Replace `train` by one that trains nothing, and return what it is given."""
    given = {}

    def train(model, data, **settings):
        given.update(settings, model=model, data=data)
        history = training.History()
        history.stopped = stopped
        return history

    monkeypatch.setattr(training, "train", train)
    return given


def test_the_budget_is_a_minute_if_none_is_given(monkeypatch, tmp_path):
    given = fake_train(monkeypatch)
    done("train", *SMALL, "--output", tmp_path / "run")
    assert (given["seconds"], given["epochs"]) == (60, None)


def test_resume_needs_only_the_folder(monkeypatch, run):
    given = fake_train(monkeypatch)
    done("train", "autoencoder", "--resume", "--output", run)
    assert (given["seconds"], given["epochs"], given["seed"]) == (None, None, None)
    assert given["model"].latent_dim == 4 and given["data"].name == "mnist-5k"


def test_a_loss_that_is_not_a_number_is_a_failure(monkeypatch, tmp_path):
    fake_train(monkeypatch, "nan")
    assert invoke("train", *SMALL, "--output", tmp_path / "run").exit_code == 1


def test_an_existing_run_is_not_overwritten(run):
    before = last_weights(run)
    assert has(refused("train", *SMALL, "--epochs", 1, "--output", run), run, "not empty")
    assert last_weights(run).keys() == before.keys()


@pytest.mark.slow
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
    assert has(refused(*arguments), tmp_path, "choose another folder")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_resume_of_another_model(run):
    assert has(refused("train", "vae", "--output", run, "--resume"), run, "'autoencoder'", "'vae'")
    changed = ("train", "autoencoder", "--width", 6, "--output", run, "--resume")
    assert has(refused(*changed), "do not fit")


def test_resume_without_a_run(tmp_path):
    arguments = ("train", *SMALL, "--output", tmp_path / "none", "--resume")
    assert has(refused(*arguments), tmp_path / "none", "no run.json")


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (("gun",), ("unknown model 'gun'", "conditional-gan")),
        (("vae", "--data", "letters"), ("unknown data set 'letters'", "mnist-5k")),
        (("vae", "--width", -1), ("width is -1",)),
        (("vae", "--latent-dim", 0), ("latent_dim is 0",)),
        (("vae", "--seconds", -1), ("seconds is -1.0",)),
        (("vae", "--epochs", 0), ("epochs is 0",)),
        (("vae", "--epochs", 1, "--seconds", 1), ("seconds", "epochs")),
        (("vae", "-o", "beta"), ("NAME=VALUE",)),
        (("vae", "-o", "gamma=4"), ("vae", "gamma")),
    ],
)
def test_bad_arguments_of_train(arguments, facts, tmp_path):
    assert has(refused("train", *arguments, "--output", tmp_path / "run"), *facts)
    assert not (tmp_path / "run").exists()


def test_options_of_a_model_are_numbers_or_texts(monkeypatch, tmp_path):
    given = {}

    def build(name, **options):
        given.update(options)
        raise ValueError("enough")

    monkeypatch.setattr(models, "build", build)
    options = ("-o", "beta=4", "-o", "penalty=1e-1", "-o", "loss=hinge")
    invoke("train", "gan", *options, "--output", tmp_path / "run")
    assert given == {"beta": 4, "penalty": 0.1, "loss": "hinge"}
    assert [type(value) for value in given.values()] == [int, float, str]


@pytest.mark.slow
def test_a_models_option_is_recorded(tmp_path):
    folder = tmp_path / "run"
    sizes = ("--width", 4, "--latent-dim", 4, "--data", "digits-8x8")
    done("train", "vae", *sizes, "--epochs", 1, "-o", "beta=4", "--output", folder)
    assert '"beta": 4' in (folder / "run.json").read_text(encoding="utf-8")


def test_a_model_that_does_not_fit_in_memory(tmp_path):
    arguments = ("train", "autoencoder", "--width", 200000, "--output", tmp_path / "r")
    assert has(refused(*arguments), "not enough memory", "200000")


def test_data_that_must_be_downloaded_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(loading, "ORIGIN", "http://127.0.0.1:9/")
    sentence = refused("train", *SMALL, "--data", "mnist", "--output", tmp_path / "run")
    assert has(sentence, "'mnist'", "no network", "mnist-5k", tmp_path / "datasets")


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
    assert has(refused("sample", trained, "--output", file), file, "--force")
    assert file.read_text() == "mine"
    done("sample", trained, "-n", 1, "--output", file, "--force")
    assert len(np.load(file)["images"]) == 1


def test_bad_arguments_of_sample(trained, tmp_path):
    gif = tmp_path / "samples.gif"
    assert has(refused("sample", trained, "--output", gif), gif, ".npz", ".png")
    assert has(refused("sample", tmp_path, "--output", tmp_path / "x.npz"), tmp_path, "run.json")
    assert has(refused("sample", trained, "-n", 10**6, "--output", tmp_path / "x.npz"), 10**6)


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
        assert has(sentence, file, "not an .npz file")
    none = tmp_path / "none.npz"
    assert has(refused("reconstruct", trained, "--input", none, "--output", target), none)


def test_input_files_without_images(trained, tmp_path):
    other = write_npz(tmp_path / "other.npz", x=np.zeros(3), y=np.zeros(3))
    arguments = ("--input", other, "--output", tmp_path / "again.npz")
    assert has(refused("reconstruct", trained, *arguments), other, "x, y", "no images")


@pytest.mark.parametrize(
    ("images", "fact"),
    [
        (np.zeros((3, 28, 28), "float32"), "(3, 28, 28)"),
        (np.zeros((0, 28, 28, 1), "float32"), "(0, 28, 28, 1)"),
        (np.zeros((3, 28, 28, 1), "uint8"), "uint8"),
        (np.full((3, 28, 28, 1), -1, "float32"), "-1"),
        (np.full((3, 28, 28, 1), np.nan, "float32"), "nan"),
    ],
)
def test_input_files_with_other_images(trained, tmp_path, images, fact):
    source = write_npz(tmp_path / "images.npz", images=images)
    arguments = ("--input", source, "--output", tmp_path / "again.npz")
    assert has(refused("reconstruct", trained, *arguments), "images", fact)


@pytest.mark.slow
def test_evaluate_shows_a_table(trained):
    printed = done("evaluate", trained)
    table = {line[:34].strip(): line[34:].split() for line in printed.splitlines()}
    assert 0 < float(table["MSE of 1000 test images"][0]) < 0.1
    assert 10 < float(table["their PSNR, dB"][0]) < 20
    ours, real = map(float, table["Fréchet distance of 1000 samples"])
    assert 0 < real < ours
    assert table["memorization (0: copies, 1: new)"][1] == "1.00"
    weights = models.build("autoencoder", 4, 4).trainable_weights
    parameters = int(table["trained parameters"][0].replace(",", ""))
    assert parameters == sum(np.prod(weight.shape) for weight in weights)


@pytest.mark.slow
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
        assert has(refused(*again), name, "no encoder")


def test_evaluate_of_a_run_on_own_images(run):
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "data": "own images"}))
    assert has(refused("evaluate", run), "'own images'", "mnist-5k")


def test_a_damaged_record(run):
    (run / "run.json").write_text('{"model": "auto')
    assert has(refused("evaluate", run), "run.json", run, "damaged")


def test_a_run_without_a_checkpoint(run):
    for checkpoint in run.glob("*.h5"):
        checkpoint.unlink()
    assert has(refused("evaluate", run), run, "no checkpoint")


def test_a_half_written_checkpoint_leaves_the_one_before(run, tmp_path):
    newest = max(run.glob("*.h5"))
    newest.write_bytes(newest.read_bytes()[:2000])
    done("sample", run, "-n", 1, "--output", tmp_path / "sample.npz")


def test_weights_that_do_not_fit(run):
    models.build("autoencoder", 4, 6).save_weights(run / "epoch-0005.weights.h5")
    assert has(refused("evaluate", run), "epoch-0005.weights.h5", "do not fit")


def test_a_place_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "samples.npz"
    assert has(refused("sample", trained, "--output", target), target.parent, "File exists")


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


@pytest.mark.slow
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
    _, good, bad = result.stdout.splitlines()
    assert good.startswith("01_good ") and good.endswith("ok")
    assert 200 < int(good.split()[2]) < 500
    copy = tmp_path / "out" / "02_bad.ipynb"
    assert has(bad, "02_bad", "failed in cell 1", "ValueError: [red] is [/red]", copy)


@pytest.mark.slow
def test_run_sets_parameters(book, tmp_path):
    done("run", "1", "-p", "epochs", "3", "--output", tmp_path / "out")
    assert outputs(tmp_path / "out" / "01_good.ipynb").endswith(" 3\n")
    assert not (tmp_path / "out" / "02_bad.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (("1", "-p", "epoch", "3"), ("01_good", "'epoch'", "epochs, name")),
        (("1", "-p", "epochs"), ("-p",)),
        (("2", "-p", "epochs", "3"), ("02_bad", "'epochs'", "none")),
        (("7",), ("'7'", "01_good, 02_bad")),
    ],
)
def test_bad_arguments_of_run(book, tmp_path, arguments, facts):
    assert has(refused("run", "--output", tmp_path / "out", *arguments), *facts)
    assert not (tmp_path / "out").exists()


def test_run_overwrites_nothing_of_the_users(book):
    before = (book / "01_good.ipynb").read_bytes()
    assert has(refused("run", "1", "--output", book), book / "01_good.ipynb", "--output")
    assert (book / "01_good.ipynb").read_bytes() == before


def test_run_takes_only_notebooks(book, tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    assert has(refused("run", broken, "--output", tmp_path / "out"), broken, "not a notebook")


def test_chapters_are_found_by_number_name_and_path(book):
    first, second = book / "01_good.ipynb", book / "02_bad.ipynb"
    assert _notebooks.find([]) == [first, second]
    assert _notebooks.find(["2", "01", "02_bad"]) == [second, first]
    assert _notebooks.find(["01_good.ipynb", str(second)]) == [first, second]


def test_parameters_are_read_as_python_literals(book, tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(_notebooks, "check", lambda chapter, target, parameters: None)

    def execute(chapter, target, parameters):
        given.update(parameters)
        return 1.0, 1.0, ""

    monkeypatch.setattr(_notebooks, "execute", execute)
    pairs = {"a": "3", "b": "1e-3", "c": "[2, 4]", "d": "True", "e": "vae"}
    done("run", "1", *(word for pair in pairs.items() for word in ("-p", *pair)))
    assert list(given.values()) == [3, 1e-3, [2, 4], True, "vae"]


def test_lab_opens_the_first_chapter_and_passes_arguments_on(book, monkeypatch):
    from jupyterlab.labapp import LabApp

    started = []
    monkeypatch.setattr(LabApp, "launch_instance", started.append)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    done("lab", "--no-browser", "--port", "9999")
    assert started[0] == [
        *(str(book), "--LabApp.default_url=/lab/tree/01_good.ipynb"),
        *(websocket.FLAG, "--no-browser", "--port", "9999"),
    ]


def test_lab_outside_of_the_book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_notebooks, "__file__", str(tmp_path / "site" / "_notebooks.py"))
    assert has(refused("lab"), "git clone https://")
