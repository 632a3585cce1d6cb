"""What importing the package does to the imports of others."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
{first}
from cgan_tutorial import models
import keras
print("jax" in sys.modules, keras.backend.backend())
import jax
print(jax.numpy.ones(2).sum())
"""


def said(first: str = "") -> list[str]:
    program = PROGRAM.format(first=first)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_tensorflow_comes_without_jax_and_jax_can_be_imported_after_it():
    pytest.importorskip("jax")
    assert said() == ["False", "tensorflow", "2.0"]


def test_a_jax_that_is_there_first_stays_there():
    pytest.importorskip("jax")
    assert said("import jax") == ["True", "tensorflow", "2.0"]


@pytest.mark.parametrize(("level", "talks"), [(None, False), ("1", False), ("0", True)])
def test_tensorflows_start_is_silent_unless_its_lines_are_asked_for(level, talks, monkeypatch):
    """JAX sets 1 where nobody has set anything, and hands it down to child processes."""
    pytest.importorskip("tensorflow")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if level:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    program = "import cgan_tutorial, tensorflow"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert ("oneDNN" in done.stderr) == talks and (bool(done.stderr) == talks)


def test_a_module_is_executed_by_its_wrapper_and_others_are_left_alone(tmp_path, monkeypatch):
    from cgan_tutorial import importing

    (tmp_path / "wrapped_module.py").write_text("value = 1")
    (tmp_path / "other_module.py").write_text("value = 1")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))

    def double(execute, module):
        execute(module)
        module.value *= 2

    importing.around("wrapped_module", double)
    importing.around("no_such_module", double)
    import other_module
    import wrapped_module

    assert (wrapped_module.value, other_module.value) == (2, 1)
    with pytest.raises(ModuleNotFoundError):
        import no_such_module  # noqa: F401
