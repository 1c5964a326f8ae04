# Thin recipes: the work is in the tools they call. Needs make and Python 3.11 or newer, nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough and can make environments; `make PYTHON=… test` overrides.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PACKAGE := $(VENV)/.package
INSTALLED := $(VENV)/.installed
N ?= 20000
COVERAGE := $(if $(CI),--cov)

.PHONY: help demo test check fix golden docs differential bench mutation wheel clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(PACKAGE) ## audiences over generated data: sizes, one rule in all its forms
	@$(BIN)/muster demo

test: $(INSTALLED) ## run the tests (with CI=true: more random examples, and coverage)
	@$(BIN)/python -m pytest -n auto $(COVERAGE)

check: $(INSTALLED) ## format, lint, types, imports, stale docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python docs/generate.py --check

fix: $(INSTALLED) ## format and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

golden: $(INSTALLED) ## rewrite the golden files (review them like code)
	@$(BIN)/python -m pytest -q --golden

docs: $(INSTALLED) ## rewrite the generated pages of docs/
	@$(BIN)/python docs/generate.py

differential: $(INSTALLED) ## reference against engines on N random rules (N=20000)
	@$(BIN)/python -m tests.differential $(N)

bench: $(INSTALLED) ## measure, and rewrite docs/benchmarks.md
	@$(BIN)/python -m benchmarks

mutation: $(INSTALLED) ## plant bugs in muster/compiler one by one, and count those that its tests find (hours)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutation
	@$(BIN)/mutmut run

wheel: $(INSTALLED) ## build dist/*.whl
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove what the recipes made
	@rm -rf $(VENV) dist build mutants .coverage* .hypothesis .*_cache

# Either installs at once all that it needs; what is for developers includes the package.
define environment
@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed; none was found." >&2; exit 1; }
@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
@echo "installing into $(VENV)"
endef

$(PACKAGE): pyproject.toml
	$(environment)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(INSTALLED): pyproject.toml
	$(environment)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(PACKAGE) $@
