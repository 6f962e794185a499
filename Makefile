# `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PORT ?= 3000
DATA_DIR ?= data
MINUTES ?= 30
# A file of tests to a process, in order: what drives a browser comes last.
IN_PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(INSTALLED): requirements.txt pyproject.toml hatch_build.py package-lock.json
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11 to 3.13 is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Make .venv and install everything from the lock

.PHONY: start
start: install ## Start the server on port 3000, with demo streams; Ctrl-C stops it
	@exec $(BIN)/standout demo --port $(PORT) --data-dir $(DATA_DIR)

.PHONY: test
test: install ## Lint, types, import contracts, and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(IN_PARALLEL)

.PHONY: test-slow
test-slow: install ## The tests that take minutes
	$(BIN)/pytest $(IN_PARALLEL) -m slow

.PHONY: check
check: test ## What CI runs

.PHONY: bench
bench: install ## Measure kernels and server, with their peers in the same run
	$(BIN)/python -m benchmarks.kernels
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.predict
	$(BIN)/python -m benchmarks.out_of_core
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.series
	$(BIN)/python -m benchmarks.server

.PHONY: soak
soak: install ## Load a server for MINUTES=30; ends with an error unless its memory is flat
	$(BIN)/python -m benchmarks.soak $(MINUTES)

.PHONY: evaluate
evaluate: install ## Measure the detectors on the labelled data of $$STANDOUT_DATA
	$(BIN)/standout evaluate all
	$(BIN)/standout evaluate tabular

.PHONY: docs
docs: install ## Write docs/reference anew from the code
	$(BIN)/python docs/reference/generate.py

.PHONY: site
site: docs ## Make a site of the documentation in build/site
	$(BIN)/python -m sphinx -W -q -d build/site-cache docs build/site

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: install ## Write requirements.txt and deploy/requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--all-extras --no-header --quiet --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--constraint requirements.txt --no-header --quiet --output-file deploy/requirements.txt \
		pyproject.toml

.PHONY: clean
clean: ## Remove what the other targets made, but not data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
