"""The command cgan-tutorial: what each command does, and its sentence for each failure."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from cgan_tutorial import _notebooks, cli, data, models, training
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_output_that_cannot_be_written_is_one_sentence():
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([COMMAND], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert "cannot be written" in ended.stderr


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


def test_a_loss_that_is_not_a_number_is_a_failure(monkeypatch, tmp_path):
    fake_train(monkeypatch, "nan")
    assert invoke("train", *SMALL, "--output", tmp_path / "run").exit_code == 1


def test_force_refuses_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    arguments = ("train", *SMALL, "--epochs", 1, "--force", "--output", tmp_path)
    assert has(refused(*arguments), tmp_path, "choose another folder")
    assert (tmp_path / "notes.txt").read_text() == "mine"


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
        (("vae", "-o", "classes=4"), ("classes", "the data")),
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
    assert (given.pop("classes"), given.pop("shape")) == (10, (28, 28, 1))
    assert given == {"beta": 4, "penalty": 0.1, "loss": "hinge"}
    assert [type(value) for value in given.values()] == [int, float, str]


def test_a_model_that_does_not_fit_in_memory(tmp_path):
    arguments = ("train", "autoencoder", "--width", 200000, "--output", tmp_path / "r")
    assert has(refused(*arguments), "not enough memory", "200000")


def test_data_that_must_be_downloaded_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(loading, "ORIGIN", "http://127.0.0.1:9/")
    monkeypatch.setattr(loading.urllib.request, "getproxies", dict)
    sentence = refused("train", *SMALL, "--data", "mnist", "--output", tmp_path / "run")
    assert has(sentence, "'mnist'", "no network", "mnist-5k", tmp_path / "datasets")


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
        (("1", "-p", "epochs", "--output", "x"), ("epochs has no value", "--output")),
        (("1", "-p", "epochs", "-p", "x"), ("epochs has no value", "-p")),
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


def test_chapters_are_found_by_number_name_and_path(book, monkeypatch):
    first, second = book / "01_good.ipynb", book / "02_bad.ipynb"
    assert _notebooks.find([]) == [first, second]
    assert _notebooks.find(["2", "01", "02_bad"]) == [second, first]
    assert _notebooks.find(["01_good.ipynb", str(second)]) == [first, second]
    monkeypatch.setenv("HOME", str(book.parent))
    assert _notebooks.find([f"~/{book.name}/02_bad.ipynb"]) == [second]


def test_parameters_are_read_as_python_literals(book, tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(_notebooks, "check", lambda chapter, target, parameters: None)

    def execute(chapter, target, parameters):
        given.update(parameters)
        return 1.0, 1.0, ""

    monkeypatch.setattr(_notebooks, "execute", execute)
    pairs = {
        "a": "3",
        "b": "1e-3",
        "c": "[2, 4]",
        "d": "True",
        "e": "vae",
        "f": "false",
        "g": "1,2",
    }
    done("run", "1", *(word for pair in pairs.items() for word in ("-p", *pair)))
    assert list(given.values()) == [3, 1e-3, [2, 4], True, "vae", False, [1, 2]]


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Return the arguments with which JupyterLab was started, each time."""
    from jupyterlab.labapp import LabApp

    found = []
    monkeypatch.setattr(LabApp, "launch_instance", found.append)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return found


def test_lab_opens_the_copy_of_the_first_chapter_and_passes_arguments_on(book, started):
    done("lab", "--no-browser", "--port", "9999")
    own = book.parent / "my-notebooks"
    assert started[0] == [
        *(str(own), "--LabApp.default_url=/lab/tree/01_good.ipynb"),
        *("--no-browser", "--port", "9999"),
    ]
    assert (own / "01_good.ipynb").read_bytes() == (book / "01_good.ipynb").read_bytes()


def test_lab_starts_for_root_too_and_says_so(book, started, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    said = invoke("lab", "--port", "9999").stderr
    assert started[0].count("--allow-root") == 1 and "--allow-root" in said
    assert "--allow-root" not in invoke("lab", "--allow-root").stderr
    assert started[1].count("--allow-root") == 1


def test_lab_says_which_chapters_it_keeps(book, started):
    done("lab")
    (book.parent / "my-notebooks" / "01_good.ipynb").write_text("mine")
    assert has(invoke("lab").stderr, "my-notebooks keeps your changes in 01_good.ipynb")


def test_lab_outside_of_the_book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_notebooks, "__file__", str(tmp_path / "site" / "_notebooks.py"))
    assert has(refused("lab"), "git clone https://")
