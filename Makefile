# Needs git, make, Python 3.11 or newer with venv, and PyPI. Another Python: make PYTHON=python3.12

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CONFIG ?= deskhand.toml
# More for pytest, as in: make test ARGS="-n 2 -k escalation"
ARGS   ?=
# How many test processes, one more than cores since tests wait a part of their time; 0: in this one.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Databases of tests are synced as real ones are; where a roomy disk in memory is, that is free.
MEMORY_DISK := $(shell df -Pk /dev/shm 2> /dev/null | awk 'NR == 2 && $$4 > 1048576 { print $$6 }')
# What the type checker reads; rooms that are not there are left out.
ROOMS  := $(wildcard bot adapters storage bench tests)

UV      ?= uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
           --no-header --no-emit-index-url

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set, every start compiles every module again: three seconds in place of one.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv demo run test check lint types scenario bench mail-corpus format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(READY) ## make .venv from the pinned lock, once

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Deskhand needs Python 3.11 or newer; name one: make PYTHON=python3.12 venv" >&2; exit 1; }
	@echo "· environment: $(VENV) from requirements-dev.lock (once, under a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --no-compile -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## the whole service on SQLite with sample mail and alerts; prints the console address
	@$(BIN)/deskhand demo

run: $(READY) ## the service on deskhand.toml (CONFIG=... for another file)
	@$(BIN)/deskhand run --config $(CONFIG)

test: $(READY) ## the whole suite, PostgreSQL included; ARGS="..." goes to pytest
	@echo "· tests"
	@$(if $(MEMORY_DISK),PYTEST_DEBUG_TEMPROOT=$(MEMORY_DISK)) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: lint types test ## lint, types, import contracts and tests: the same as CI

lint: $(READY) ## ruff, formatting and the import contracts
	@echo "· lint"
	@$(BIN)/ruff check --quiet .
	@echo "· format"
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted; run: make format" >&2; exit 1; }
	@echo "· import contracts"
	@$(BIN)/lint-imports > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }

types: $(READY) ## mypy, strict
	@echo "· types"
	@$(BIN)/mypy --no-error-summary $(ROOMS)

scenario: $(READY) ## only the scenarios: the whole service, time fast-forwarded
	@$(BIN)/python -m pytest tests/scenario $(ARGS)

bench: $(READY) ## measure throughput and latency on this machine
	@$(BIN)/python -m bench

mail-corpus: $(READY) ## read a folder of mails from elsewhere (DIR=...) and say how well
	@test -d "$(DIR)" || { echo "name a folder: make mail-corpus DIR=..." >&2; exit 2; }
	@$(BIN)/python -m tests.mail_corpus "$(DIR)" $(ARGS)

format: $(READY) ## format the code and apply the safe fixes
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format --quiet .

lock: ## pin the newest versions again (needs uv)
	@command -v $(UV) > /dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	@$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	@$(COMPILE) --upgrade --no-annotate --group build -o requirements-build.lock
	@$(COMPILE) --upgrade --no-annotate --extra test --group build pyproject.toml \
	  -c requirements.lock -c requirements-build.lock -o requirements-dev.lock
	@echo 'playwright>=1.65' | $(COMPILE) --upgrade --no-annotate - \
	  -c requirements-dev.lock -o requirements-browser.lock
	@! grep -nE '://|^ *-' requirements*.lock | grep -v -- '--hash=' || \
	  { echo "an address or an option got into a lock" >&2; exit 1; }

clean: ## remove .venv, caches and build results; data and configuration stay
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
