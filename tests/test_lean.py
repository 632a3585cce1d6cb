"""What importing the package does, and what `setup` does."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

QUICK = """
import os, sys
before, finders = dict(os.environ), list(sys.meta_path)
import cgan_tutorial
print(os.environ == before, sys.meta_path == finders)
print([name for name in ("keras", "tensorflow", "jax", "torch", "numpy") if name in sys.modules])
"""
ALL = """
import importlib, os, pkgutil
import cgan_tutorial
for module in pkgutil.walk_packages(cgan_tutorial.__path__, "cgan_tutorial."):
    importlib.import_module(module.name)
print(os.environ.get("KERAS_BACKEND"))
"""
SETUP = """
import sys
{first}
import cgan_tutorial
cgan_tutorial.setup()
print("keras" in sys.modules, "jax" in sys.modules)
import keras
print(keras.backend.backend(), "jax" in sys.modules)
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a program in a fresh process, without settings of this one."""
    kept = {
        k: v for k, v in os.environ.items() if k not in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL")
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**kept, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_importing_the_package_loads_and_sets_nothing():
    assert run(QUICK).stdout.splitlines() == ["True True", "[]"]


def test_no_module_chooses_the_backend_of_later_processes():
    pytest.importorskip("jax")
    assert run(ALL).stdout.splitlines() == ["None"]


@pytest.mark.parametrize("environment", [{}, {"TF_CPP_MIN_LOG_LEVEL": "1"}])
def test_setup_imports_tensorflow_silently_and_without_jax(environment):
    """JAX sets the level to 1 itself, and child processes inherit it."""
    pytest.importorskip("tensorflow")
    done = run(SETUP.format(first=""), **environment)
    assert done.stdout.splitlines() == ["True False", "tensorflow False"]
    assert done.stderr == ""


def test_level_0_shows_tensorflows_lines():
    pytest.importorskip("tensorflow")
    assert run(SETUP.format(first=""), TF_CPP_MIN_LOG_LEVEL="0").stderr


def test_jax_stays_where_it_is_imported_first_and_can_be_imported_later():
    pytest.importorskip("jax")
    pytest.importorskip("tensorflow")
    assert "True True" in run(SETUP.format(first="import jax")).stdout
    later = "import jax\nprint(jax.numpy.ones(2).sum())"
    assert run(SETUP.format(first="") + later).stdout.splitlines()[-1] == "2.0"


def test_setup_imports_keras_on_another_backend():
    pytest.importorskip("jax")
    done = run(SETUP.format(first=""), KERAS_BACKEND="jax")
    assert done.stdout.splitlines() == ["True True", "jax True"]


def test_setup_works_where_stderr_is_closed_and_undoes_a_users_keras_settings(tmp_path):
    pytest.importorskip("tensorflow")
    (tmp_path / "keras.json").write_text(
        '{"floatx": "float16", "image_data_format": "channels_first"}'
    )
    told = "\nprint(keras.config.floatx(), keras.config.image_data_format())"
    program = SETUP.format(first="import os\nos.close(2)") + told
    done = run(program, KERAS_HOME=str(tmp_path))
    assert done.stdout.splitlines()[-1] == "float32 channels_last"


@pytest.mark.parametrize("name", ["keras", "tensorflow"])
def test_a_file_of_the_users_that_hides_a_package_is_named(name, tmp_path):
    (tmp_path / f"{name}.py").write_text("")
    program = "from cgan_tutorial import _backend\ntry:\n    _backend.setup()\n"
    program += "except ImportError as error:\n    print(error)"
    done = run(program, PYTHONPATH=str(tmp_path), KERAS_BACKEND="tensorflow")
    assert f"{name}.py hides the package {name}" in done.stdout
