"""What is said twice about the package (pins, versions, addresses) must agree."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import badges
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKED_EXTRAS = ("cpu", "jax", "lab", "test")
MACHINES = {
    "linux": {
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
    },
    "mac": {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
    "windows": {
        "sys_platform": "win32",
        "platform_machine": "AMD64",
        "os_name": "nt",
    },
}
needs_make = pytest.mark.skipif(
    not (shutil.which("make") and shutil.which("sh")), reason="there is no make here"
)


def environment(machine, python):
    """Return the marker environment of a machine with a Python version."""
    return {
        **MACHINES[machine],
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def applies(requirement, env):
    """Return whether a requirement's marker holds in `env`."""
    return requirement.marker is None or requirement.marker.evaluate(env)


def pins(path, env):
    """Return {name: version} of a file of pins, as it reads in `env`."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]
    found = {}
    for requirement in map(Requirement, lines):
        if applies(requirement, env):
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found[canonicalize_name(requirement.name)] = pin.version
    return found


def direct(env, extras):
    """Return the requirements of the package and these extras in `env`."""
    texts = PROJECT["dependencies"] + [text for name in extras for text in EXTRAS[name]]
    return [r for r in map(Requirement, texts) if applies(r, env)]


def published_files():
    """Return the files that git holds or would add."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this folder is no git checkout, so the files are not listed")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("machine", MACHINES)
def test_lock_holds_every_direct_dependency(machine, python):
    env = environment(machine, python)
    locked = pins(ROOT / "requirements.lock", env)
    for requirement in direct(env, LOCKED_EXTRAS):
        version = locked.get(canonicalize_name(requirement.name))
        assert version in requirement.specifier if version else False, (
            f"requirements.lock has {requirement.name} {version}, "
            f"pyproject.toml wants {requirement}: run make lock."
        )


def test_installed_packages_are_the_locked_ones():
    if Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("these tests run outside .venv, which alone follows the lock")
    locked = pins(ROOT / "requirements.lock", default_environment())
    installed = {canonicalize_name(d.name): d.version for d in importlib.metadata.distributions()}
    assert {name: installed.get(name) for name in locked} == locked


def test_binder_installs_a_part_of_the_lock():
    env = environment("linux", "3.12")
    locked = pins(ROOT / "requirements.lock", env)
    binder = pins(ROOT / "binder/requirements.txt", env)
    assert {name: locked.get(name) for name in binder} == binder
    wanted = {canonicalize_name(r.name) for r in direct(env, ["cpu"])}
    assert wanted <= set(binder)
    # Binder brings its own, and a pin here would break it.
    assert not {"jupyterlab", "jupyter-server", "notebook"} & set(binder)


def test_conda_environment_follows_the_lock_and_binder():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == PROJECT["name"]
    assert conda["channels"] == ["conda-forge"]
    python, _, pip = conda["dependencies"]
    runtime = (ROOT / "binder/runtime.txt").read_text(encoding="utf-8").strip()
    assert python.replace("=", "-") == runtime
    assert pip["pip"] == ["-c requirements.lock", "-e .[cpu,lab]"]
    assert not (ROOT / "binder/environment.yml").exists()


def test_binder_installs_the_package_alone():
    post_build = (ROOT / "binder/postBuild").read_text(encoding="utf-8")
    assert re.search(r"pip install .*--no-deps .*\.\n", post_build)
    assert os.access(ROOT / "binder/postBuild", os.X_OK)


def test_versions_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    import cgan_tutorial

    assert citation["version"] == PROJECT["version"] == cgan_tutorial.__version__
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


def test_the_address_is_everywhere_as_in_pyproject():
    stale = badges.stale(ROOT)
    assert not stale, f"run make badges: {[path.name for path in stale]} differ"


def test_a_new_address_is_carried_into_every_file(tmp_path):
    for name in ("pyproject.toml", "README.md", "CITATION.cff", "notebooks"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    project = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    old = "/".join(badges.repository(ROOT))
    (tmp_path / "pyproject.toml").write_text(
        project.replace(old, "ada/gans.book"), encoding="utf-8"
    )
    changed = badges.stale(tmp_path)
    texts = {path: path.read_text("utf-8") for path in (tmp_path / "notebooks").rglob("*.ipynb")}
    notebooks = {path for path, text in texts.items() if "badges:start" in text or old in text}
    assert len(notebooks) > 10
    assert set(changed) == {tmp_path / "README.md", tmp_path / "CITATION.cff"} | notebooks
    for text in changed.values():
        assert "github.com/ada/gans.book" in text or "/github/ada/gans.book/" in text
        assert old not in text


def test_bad_address_and_missing_markers_are_one_sentence(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project.urls]\nRepository = "https://example.org/book"\n'
    )
    with pytest.raises(ValueError, match="https://github.com/OWNER/REPO"):
        badges.repository(tmp_path)
    with pytest.raises(ValueError, match="notes.md"):
        badges.between_markers("no markers", "new", "notes.md")


def test_published_text_names_no_machine_and_no_emoji():
    # Spelled in parts, so that this file does not find itself.
    folders = [f"/{name}/" for name in ("root", "work", "tmp", "Users")]
    hosts = ["py" + "pi.org", "python" + "hosted.org"]
    bad = re.compile(
        "|".join(rf"(?<![\w.}}-]){re.escape(f)}" for f in folders)
        + "|/ho" + r"me/[a-z]|" + "|".join(map(re.escape, hosts))
        + "|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]"
    )  # fmt: skip
    for path in published_files():
        if path.suffix not in {".png", ".h5", ".npz"}:
            text = re.sub(
                r'"image/png": ("[^"]*"|\[[^]]*\])|base64,[\w+/=]+',
                "",
                path.read_text(encoding="utf-8"),
            )
            found = bad.search(text)
            assert not found, f"{path.relative_to(ROOT)} has {found[0]!r}"


@needs_make
def test_make_lists_its_targets():
    # Under another make, as in `make test`, make would print the folders that it enters.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    listed = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"\.PHONY: (.*)", makefile)
    # A step of other targets, and not one of its own for readers.
    assert {line.split()[1] for line in listed.splitlines()} == {*targets.split()} - {"browser"}


# Stands in for Python and uv: it makes what they would make and logs what is installed.
PYTHON_STUB = """#!/bin/sh
case "$*" in
    "--version") echo "Python 3.11.0" ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *uv==*)
        printf '#!/bin/sh\\necho "$*" >>uv.log\\n! [ -e offline ]\\n' >.venv/bin/uv
        chmod +x .venv/bin/uv ;;
    *requirements.lock*) ! [ -e offline ] ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """Return a folder with a space in its name, the set-up script and a stub Python."""
    folder = tmp_path / "my book"
    scripts = "scripts/setup.sh", "scripts/jupyterlab.json"
    for name in (*scripts, "Makefile", "requirements.lock", "pyproject.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "python").write_text(PYTHON_STUB)
    (folder / "python").chmod(0o755)
    return folder


def set_up(folder):
    """Run make setup there; return (exit code, errors, installs so far)."""
    done = subprocess.run(
        ["make", "setup", f"PYTHON={folder / 'python'}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    log = folder / "uv.log"
    installs = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return done.returncode, done.stderr, len(installs)


@needs_make
def test_setup_replaces_what_an_interruption_left(checkout):
    rest = checkout / ".venv/lib/half.py"
    cache = checkout / ".venv/cache/wheel"
    for path in (rest, cache):
        path.parent.mkdir(parents=True)
        path.touch()
    assert set_up(checkout) == (0, "", 2)
    assert not rest.exists()
    assert not cache.exists()
    assert (checkout / ".venv/.ready").exists()
    # JupyterLab asks no question about news.
    settings = checkout / ".venv/share/jupyter/lab/settings/overrides.json"
    assert json.loads(settings.read_text(encoding="utf-8")) == {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}
    }


@needs_make
def test_setup_does_nothing_the_second_time(checkout):
    set_up(checkout)
    assert set_up(checkout) == (0, "", 2)


@needs_make
def test_setup_updates_in_place_after_a_new_lock_or_a_move(checkout):
    set_up(checkout)
    own = checkout / ".venv/own"
    own.touch()
    (checkout / "requirements.lock").write_text("uv==1.0\n")
    assert set_up(checkout) == (0, "", 4)
    moved = checkout.rename(checkout.parent / "my other book")
    assert set_up(moved) == (0, "", 6)
    assert (moved / ".venv/own").exists()


@needs_make
def test_setup_without_network_says_so_and_keeps_what_works(checkout):
    set_up(checkout)
    before = (checkout / ".venv/.ready").read_text(encoding="utf-8")
    (checkout / "requirements.lock").write_text("uv==1.0\n")
    (checkout / "offline").touch()
    code, errors, _ = set_up(checkout)
    assert code == 2
    assert "requirements.lock" in errors and "network" in errors
    assert (checkout / ".venv/.ready").read_text(encoding="utf-8") == before


@needs_make
def test_setup_without_a_fitting_python_says_so(checkout):
    (checkout / "python").write_text("#!/bin/sh\nexit 1\n")
    code, errors, _ = set_up(checkout)
    assert code == 2
    assert "No Python 3.11, 3.12 or 3.13" in errors
