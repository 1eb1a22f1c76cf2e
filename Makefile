# Everything a person or the CI runs. `make help` lists it.
SHELL  := /bin/bash
PYTHON ?= python3
CONFIG ?= /etc/backuptool/config.toml
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test unit integration lint format backup benchmark clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(VENV)/.made: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made
	$(BIN)/python -m pip install --quiet $$($(BIN)/python -c 'import tomllib; print(*("".join(d.split()) for d in tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"]))')
	@touch $@

demo: $(VENV)/.made ## the whole job on its own PostgreSQL and WebDAV server
	$(BIN)/backuptool demo

test: unit integration ## everything: unit tests, the embedded round trip, the real thing in docker

unit: $(VENV)/.dev
	$(PYTEST) tests -n 2

integration: $(VENV)/.dev ## real PostgreSQL, Apache and compose (needs a docker engine)
	$(PYTEST) integration

lint: $(VENV)/.dev ## types, style, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

backup: $(VENV)/.made ## the real job on this host: make backup CONFIG=/etc/backuptool/config.toml
	$(BIN)/backuptool --config $(CONFIG) backup

benchmark: $(VENV)/.dev ## time, memory and disk of the pipeline against pg_dump to /dev/null
	$(BIN)/python -m integration.benchmark.pipeline

clean: ## remove what these targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
