#!/bin/sh
# Makes .venv as requirements.lock says. The stamp is written last and holds where and from what
# .venv was made, so that an interruption, a moved folder and a new lock are noticed.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
stamp=.venv/.ready
wanted="$here $(cat requirements.lock pyproject.toml | cksum)"

die() {
    echo "$1" >&2
    exit 1
}

works() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.13 python3.12 python3.11
    fi
    for name in "$@"; do
        if works "$name"; then
            echo "$name"
            return
        fi
    done
    die "No Python 3.11, 3.12 or 3.13 was found on the PATH (TensorFlow has no build for others): install one, or name it with: make setup PYTHON=python3.12"
}

# uv marks a package as installed before all of its files are there, so a set-up that did not
# finish cannot be continued; what it fetched can be used again.
make_venv() {
    python=$(find_python)
    echo "Making .venv with $("$python" --version); the first time takes about a minute."
    mkdir -p .venv
    find .venv -mindepth 1 -maxdepth 1 ! -name cache ! -name state ! -name browsers -exec rm -rf {} +
    "$python" -m venv .venv >.venv/venv.log 2>&1 ||
        die "$python cannot make a virtual environment (see .venv/venv.log): on Debian and Ubuntu install python3-venv, then run the same command again."
    # uv then writes commands that survive a move of this folder.
    echo "relocatable = true" >>.venv/pyvenv.cfg
}

pip() {
    .venv/bin/python -m pip --quiet --quiet --retries 2 install --no-cache-dir "$@"
}

uv() {
    .venv/bin/uv pip install --quiet --python .venv/bin/python "$@"
}

install_packages() {
    pip "$(grep -o '^uv==[0-9.]*' requirements.lock)" || return
    # pip reads settings that uv does not (a mirror, a certificate), so it is the second try.
    # Compiled once here; where Python may not write bytecode, each start would take ten seconds more.
    uv --compile-bytecode --requirement requirements.lock || pip --requirement requirements.lock || return
    # The lock holds the build's needs too: this step works without a network.
    uv --no-deps --no-build-isolation --editable .
}

made=
if works .venv/bin/python; then
    made=$(cat "$stamp" 2>/dev/null || true)
fi
[ "$made" != "$wanted" ] || exit 0

[ -n "$made" ] || make_venv
rm -f "$stamp"
export UV_CACHE_DIR=.venv/cache PIP_DISABLE_PIP_VERSION_CHECK=1
if ! install_packages; then
    # Nothing is installed before everything is fetched, so what was there still works.
    [ -z "$made" ] || echo "$made" >"$stamp"
    die "The packages of requirements.lock could not be installed (the lines above say why): check the network, then run the same command again."
fi
rm -rf .venv/cache
# IPython takes a parent folder that is missing for one that it may not write to.
mkdir -p .venv/state
# JupyterLab would cover the first page with a question about news.
mkdir -p .venv/share/jupyter/lab/settings
cp scripts/jupyterlab.json .venv/share/jupyter/lab/settings/overrides.json
echo "$wanted" >"$stamp"
