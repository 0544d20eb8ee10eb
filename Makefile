# One vocabulary for people and CI. Each target also works on a fresh clone.

PYTHON ?= python3
BIN := .venv/bin

# Compiled files let a server start in two thirds of the time, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all check bench bench-short format

run: .venv/run
	$(BIN)/python -m app

test: .venv/dev
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: .venv/dev
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m pytest -n 2 --timeout 1800

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m benchmarks.accuracy --check
	$(BIN)/python -m benchmarks.training --check
	$(BIN)/python -m benchmarks.live --check

bench: .venv/bench
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.server
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.charts
	$(BIN)/python -m benchmarks.lab_page
	$(BIN)/python -m benchmarks.many_runs

bench-short: .venv/bench
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m benchmarks.training --short
	$(BIN)/python -m benchmarks.live --short
	$(BIN)/python -m benchmarks.server --short
	$(BIN)/python -m benchmarks.page --short
	$(BIN)/python -m benchmarks.charts --short
	$(BIN)/python -m benchmarks.lab_page --short

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# An empty file records each installation; it is newer than the list that was installed.
.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: requirements.txt requirements-cluster.txt requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ .venv/run

.venv/bench: .venv/dev requirements-bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	touch $@
