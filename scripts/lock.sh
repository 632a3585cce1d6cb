#!/bin/sh
# One resolution for everybody, and Binder's share of it.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --no-cache --no-annotate --custom-compile-command "make lock" \
        pyproject.toml --extra cpu "$@"
}
compile --universal --python-version 3.11 --extra jax --extra lab --extra test \
    --output-file requirements.lock "$@"
# Binder brings its own JupyterLab, tuned to its hub; pins for it would break that.
compile --python-version 3.12 --python-platform x86_64-manylinux_2_28 \
    --constraint requirements.lock --output-file binder/requirements.txt
