# Everything a person or the CI runs. `make help` lists it.
SHELL  := /bin/bash
PYTHON ?= python3
CONFIG ?= /etc/backuptool/config.toml
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test unit integration lint format generated picture backup campaigns benchmark clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]*:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

test: unit integration ## everything: unit tests, then the real thing in docker

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

generated: $(VENV)/.dev ## man page, completions and schema, from the parser and the models
	$(BIN)/python .ci/generate backuptool/data/share

picture: $(VENV)/.made ## docs/demo.svg, from a run of the demo
	$(BIN)/python .ci/picture

backup: $(VENV)/.made ## the real job on this host (CONFIG=/etc/…/config.toml)
	$(BIN)/backuptool --config $(CONFIG) backup

campaigns: $(VENV)/.dev ## the whole fault matrix, tamper and kill campaigns (CI runs a part)
	$(BIN)/python -m integration.campaigns.faults
	$(BIN)/python -m integration.campaigns.tamper
	$(BIN)/python -m integration.campaigns.kills.sweep

benchmark: $(VENV)/.dev ## time, memory, disk of the pipeline beside pg_dump
	$(BIN)/python -m integration.benchmark.pipeline

clean: ## remove what these targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
