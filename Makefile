# One command per intention, the same here and in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
RUNNERS ?= local prism spark
SHELL := /bin/bash

.PHONY: demo test check bench test-runners clean
.DELETE_ON_ERROR:

$(BIN)/uv: constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	touch $@

$(VENV)/.installed: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[train,dev]'
	touch $@

$(DEMO)/archives/.fetched: examples/demo_packages.txt | $(VENV)/.installed
	rm -rf $(DEMO)/archives
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
		--dest $(DEMO)/archives --requirement examples/demo_packages.txt
	touch $@

demo: $(DEMO)/archives/.fetched  ## fetch real packages and build a corpus of them
	$(BIN)/codemill build $(DEMO)/archives $(if $(wildcard .git/HEAD),.git) --out $(DEMO)/corpus --config examples/demo.toml --fresh

test: check  ## everything: lint, types, tests with warnings as errors
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: demo  ## speeds of the kernels in one run, on the demo's input
	$(BIN)/python -m benchmarks.kernels $(DEMO)/corpus

test-runners: $(VENV)/.installed-dev  ## one small build on the local runner, Prism and Spark: equal bytes
	$(BIN)/python -m benchmarks.runners.compare $(RUNNERS)

clean:  ## remove what the other commands made
	rm -rf $(VENV) $(DEMO) .runners .peers
