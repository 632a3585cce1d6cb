# Works with GNU make 3.81 (macOS) and later; no recipe may rely on a path without spaces.

# A foreign Python's modules must not leak into .venv.
unexport PYTHONPATH PYTHONHOME

# What Jupyter, Keras and matplotlib would write into the home directory stays in the checkout.
STATE := $(CURDIR)/.venv/state
export JUPYTER_CONFIG_DIR := $(STATE)/jupyter/config
export JUPYTER_DATA_DIR := $(STATE)/jupyter/data
export JUPYTER_RUNTIME_DIR := $(STATE)/jupyter/runtime
export IPYTHONDIR := $(STATE)/ipython
export KERAS_HOME := $(STATE)/keras
export MPLCONFIGDIR := $(STATE)/matplotlib
# JupyterLab looks for language servers by npm.
export npm_config_cache := $(STATE)/npm
export PLAYWRIGHT_BROWSERS_PATH := $(CURDIR)/.venv/browsers
# Not for lab: there the reader's own browser is started, with its own settings.
HEADLESS := XDG_CACHE_HOME="$(STATE)/cache" XDG_CONFIG_HOME="$(STATE)/config" XDG_DATA_HOME="$(STATE)/data"

BIN := .venv/bin
LAB_FLAGS ?=
TEST_FLAGS ?=
# Each file is run by one process, which holds up to 1.8 GB, and its kernel 1.5.
WORKERS ?= 2
LOCK_FLAGS ?=
NOTEBOOKS ?=
RECORD_FLAGS ?=
EXERCISE_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup lab check test browser book notebooks experiments exercises badges lint format house lock pretrained clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv, repair it or bring it up to date
	@sh scripts/setup.sh

lab: setup ## open the book in JupyterLab (LAB_FLAGS="--no-browser --port 9999")
	@$(BIN)/cgan-tutorial lab $(LAB_FLAGS)

check: lint ## lint, types and the unit tests, in a minute
	@$(HEADLESS) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow and not notebook and not browser" tests $(TEST_FLAGS)

test: setup browser lint ## run all tests (TEST_FLAGS="-k sliders")
	@$(HEADLESS) $(BIN)/python -m pytest --durations=15 -n $(WORKERS) \
	    --dist loadfile --no-loadscope-reorder $(TEST_FLAGS)

# Not a target of its own for readers: only the tests need a browser.
browser: setup
	@sh scripts/browser.sh

book: setup ## execute every chapter as a reader would; notebooks and pages in build/
	@$(HEADLESS) $(BIN)/cgan-tutorial run --output build
	@cp -R notebooks/deep_dives notebooks/solutions build/
	@$(HEADLESS) $(BIN)/python -m nbconvert --log-level=WARN --to html --template classic build/*.ipynb

notebooks: badges ## execute the chapters in place, outputs cleaned (NOTEBOOKS="notebooks/03_autoencoder.ipynb")
	@$(HEADLESS) $(BIN)/python scripts/refresh_notebooks.py $(NOTEBOOKS)
	@$(BIN)/python scripts/readme_picture.py

experiments: setup ## rerun the recorded experiments (RECORD_FLAGS="ladder --seconds 30")
	@$(BIN)/python benchmarks/record.py $(RECORD_FLAGS)

exercises: setup ## copy the exercises' texts into the solutions (EXERCISE_FLAGS=--record for the ranges)
	@$(BIN)/python scripts/solutions.py $(EXERCISE_FLAGS)

badges: setup ## write the repository's address from pyproject.toml everywhere it is needed
	@$(BIN)/python scripts/badges.py

lint: setup ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/oxlint --deny-warnings cgan_tutorial
	@$(BIN)/mypy

house: setup ## print the package's rooms, their lines, and which imports which
	@$(BIN)/python scripts/house.py

format: setup ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: setup ## write the pins from pyproject.toml (LOCK_FLAGS=--upgrade for new versions)
	@sh scripts/lock.sh $(LOCK_FLAGS)

pretrained: setup ## retrain the weights that ship with the package
	@$(BIN)/python scripts/train_classifier.py
	@$(BIN)/python scripts/train_pretrained.py

clean: ## remove what make and the tests wrote, except .venv
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache
	find . -name .venv -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
