# Everything a person or the CI runs. `make help` lists it.
SHELL  := /bin/bash
PYTHON ?= python3
CONFIG ?= /etc/backuptool/config.toml
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
TESTS  ?= integration
LOWEST ?= tests
export TESTS

# The requirements in one of pyproject.toml's dependency groups (pip itself reads them from 25.1 on).
group = $$($(BIN)/python -c 'import sys, tomllib; print(*("".join(d.split()) for name in sys.argv[1:] for d in tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][name]))' $(1))

.DEFAULT_GOAL := help
.PHONY: help demo test unit integration lint format generated picture backup campaigns benchmark clean \
  ci test-lowest audit release-check publish-github

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# An upgrade of the system leaves an environment whose Python is gone, or is a newer one, which looks into another folder.
GONE := $(and $(wildcard $(VENV)/.made),$(shell $(BIN)/python -c 'import pip' 2> /dev/null || echo gone))
ifdef GONE
.PHONY: $(VENV)/.made
endif

$(VENV)/.made: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11" >&2; exit 1; }
	$(if $(GONE),rm -rf $(VENV))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made
	$(BIN)/python -m pip install --quiet $(call group,dev)
	@touch $@

$(VENV)/.release: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet $(call group,release)
	@touch $@

demo: $(VENV)/.made ## the whole job on its own PostgreSQL and WebDAV server
	$(BIN)/backuptool demo

test: unit integration ## everything: unit tests, then the real thing in docker

# Three: two wait for a quarter of their time (1108 s on two cores, which are 73 % busy then).
unit: $(VENV)/.dev
	$(PYTEST) tests -n 3

# Each of the three has containers of its own; a file's tests stay together, for they share theirs. Two leave a third of
# two cores idle (463 CPU s in 360 s of the faithfulness suite).
integration: $(VENV)/.dev ## the real thing in docker; TESTS="PATH…": only those
	$(PYTEST) $(TESTS) -n 3 --dist loadfile

lint: $(VENV)/.dev ## types, style, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generated: $(VENV)/.dev ## man page, completions, schema: from parser and models
	$(BIN)/python -m release.share backuptool/data/share

picture: $(VENV)/.made ## docs/demo.svg, from a run of the demo
	$(BIN)/python .ci/picture

backup: $(VENV)/.made ## the real job on this host (CONFIG=/etc/…/config.toml)
	$(BIN)/backuptool --config $(CONFIG) backup

campaigns: $(VENV)/.dev ## all of the fault, tamper and kill campaigns
	$(BIN)/python -m integration.campaigns.faults
	$(BIN)/python -m integration.campaigns.tamper
	$(BIN)/python -m integration.campaigns.kills.sweep

benchmark: $(VENV)/.dev ## time, memory, disk of the pipeline beside pg_dump
	$(BIN)/python -m integration.benchmark.pipeline --kind series
	$(BIN)/python -m integration.benchmark.pipeline --kind broker
	$(BIN)/python -m integration.benchmark.pipeline --kind series --shell compose
	$(BIN)/python -m integration.benchmark.pipeline --kind broker --shell compose

ci: ## what CI runs, on a bare Debian 12; TARGETS="…": only those
	.ci/run $(TARGETS)

test-lowest: $(VENV)/.made ## the unit tests with the lowest versions allowed
	$(BIN)/python -m release.lowest > $(VENV)/lowest.txt
	$(PYTHON) -m venv $(VENV)/lowest
	$(VENV)/lowest/bin/python -m pip install --quiet --constraint $(VENV)/lowest.txt --editable '.[demo]' $(call group,dev)
	# Before plumbum 2 it is Python that closes the files of its redirections, and says so.
	$(VENV)/lowest/bin/python -m pytest $(LOWEST) -n 2 -W default::ResourceWarning -W default::pytest.PytestUnraisableExceptionWarning

audit: $(VENV)/.made ## known vulnerabilities of what an installation gets
	$(BIN)/python -m release.asked > $(VENV)/audit.txt
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet $(call group,audit)
	$(VENV)/audit/bin/pip-audit --strict --progress-spinner off --requirement $(VENV)/audit.txt

release-check: $(VENV)/.release ## sdist, wheel, .pyz: built, installed, run, put into dist/
	$(BIN)/python -m release.check

publish-github: ## a GitHub release of the tag with what is in dist/
	cd dist && sha256sum --check --strict SHA256SUMS
	gh release create --verify-tag --notes-file dist/NOTES.md "v$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' backuptool/__init__.py)" \
	  dist/*.whl dist/*.tar.gz dist/*.pyz dist/*.cdx.json dist/SHA256SUMS

clean: ## remove what these targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
