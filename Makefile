# Two commands are enough: `make run` shows the console over live traffic, `make test` runs every test.
.PHONY: run test setup setup-dev check bench detection-table lock docs screenshots clean

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

run: setup
	$(BIN)/apitrail demo

# The tests of the browser and all others run side by side; with ARGS, only those are run.
test: setup-dev
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	@mkdir -p build; $(BIN)/python -m pytest tests/console > build/console-tests.log 2>&1 & console=$$!; \
	$(BIN)/python -m pytest tests --ignore tests/console; others=$$?; \
	wait $$console; console=$$?; cat build/console-tests.log; test $$others -eq 0 -a $$console -eq 0
endif

setup: .venv/run.stamp

setup-dev: .venv/dev.stamp
	@tools/chromium.sh

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "apitrail needs Python 3.11 or later; set PYTHON=/path/to/it"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -c 'from apitrail.inspect.attacks.matching import matcher; matcher()'
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/size_budget.py
	$(BIN)/python tools/reference.py --check
	$(BIN)/python tools/spec_coverage.py --check

bench: setup-dev
	$(BIN)/python bench/run.py $(ARGS)

detection-table: setup
	@test -n "$(DATA)" || { echo "say where the corpora are: make detection-table DATA=folder"; exit 1; }
	$(BIN)/python tools/detection_table.py "$(DATA)"

docs: setup
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/spec_coverage.py

screenshots: setup-dev
	APITRAIL_README_SCREENSHOT=1 $(BIN)/python -m pytest tests/console -k screenshot

lock: setup-dev
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe --extra demo --output-file requirements.lock pyproject.toml requirements-build.in
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe --extra demo --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml requirements-build.in requirements-dev.in

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
