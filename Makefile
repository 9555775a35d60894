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

# What the console's build is made of, and what it makes.
CONSOLE := miniprogram_api/built/console/index.html
CONSOLE_SOURCES := $(shell find console/src console/public console/scripts console/*.* -type f ! -name schema.d.ts 2>/dev/null) \
  docs/openapi.json
CONSOLE_TESTS := $(shell find console/tests -type f 2>/dev/null)
NODE := console/with-node
# Whoever names other tests is spared what the browser tests need.
WITH_BROWSER := $(if $(filter tests/%,$(ARGS)),$(findstring tests/console,$(ARGS)),yes)

.PHONY: run test check style types bench fmt lock clean help console console-tests console-if-possible browser
.DEFAULT_GOAL := help

help:
	@echo "make run    everything on this machine: PostgreSQL, Valkey, WeChat sandbox, API, worker"
	@echo "make test   all tests            make test ARGS='tests/operations -k backup'"
	@echo "make check  ruff, mypy, import-linter; the console's types and lint"
	@echo "make console  build the staff console (Node 20.19 or later; without one, one comes from the package index)"
	@echo "make bench  all benches          make bench NAME=feed SIZE=small"
	@echo "make fmt    format the code      make lock  renew the pinned requirements"
	@echo "make clean  remove .venv (the data in .wuwei stays)"

# The service ends with make, however make ends.
run: $(VENV)/.embedded console-if-possible
	@exec setpriv --pdeathsig=TERM $(BIN)/wuwei run

test: $(VENV)/.dev $(if $(WITH_BROWSER),console/node_modules/.checked console/node_modules/.tested $(CONSOLE) browser)
	@$(BIN)/python -m pytest $(ARGS)

check: style types console/node_modules/.checked

style: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports

types: $(VENV)/.dev
	@$(BIN)/mypy

bench: $(VENV)/.dev
	@for bench in tests/benches/bench_$(NAME).py; do \
	  name=$$(basename $$bench .py); SIZE=$(SIZE) $(BIN)/python -m tests.benches.$$name || exit 1; done

fmt: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

console: $(CONSOLE)

console-tests: console/node_modules/.tested

# `run` builds the console when it can and goes on when it can't: the API needs none.
console-if-possible:
	@if $(NODE) --version-only >/dev/null 2>&1; then \
	  $(MAKE) --no-print-directory --silent $(CONSOLE) || echo "the staff console could not be built; the API runs without it"; \
	elif [ ! -e $(CONSOLE) ]; then \
	  echo "no staff console: it is built by Node 20.19 or later, which is not here. Install Node, or run 'make console'"; \
	  echo "once, which takes Node from the package index. The API runs without it."; \
	fi

$(CONSOLE): $(CONSOLE_SOURCES) console/node_modules/.installed
	@echo "building the staff console …"
	@$(NODE) run --silent build -- --logLevel warn
	@touch $@

console/node_modules/.checked: $(CONSOLE_SOURCES) $(CONSOLE_TESTS) console/node_modules/.installed
	@$(NODE) run --silent check
	@touch $@

console/node_modules/.tested: $(CONSOLE) $(CONSOLE_TESTS) console/node_modules/.installed
	@$(NODE) test --silent
	@touch $@

console/node_modules/.installed: console/package-lock.json console/.npmrc | node
	@echo "installing the console's packages …"
	@$(NODE) ci --silent --no-progress || { echo "npm could not install them: is a package registry reachable?"; exit 1; }
	@touch $@

# Node as this machine has it, or else from a wheel.
.PHONY: node
node:
	@$(NODE) --version-only >/dev/null 2>&1 || $(MAKE) --no-print-directory --silent $(VENV)/.node

$(VENV)/.node: requirements/node.txt | $(BIN)/python
	@echo "installing Node into $(VENV) …"
	@$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements/node.txt
	@touch $@

# Chromium and a Chinese font, for the browser tests; from Debian's packages where we may install them. The headless shell
# needs half the time of the whole browser, which serves as well.
browser:
	@{ command -v chromium-headless-shell || command -v chromium; } >/dev/null && fc-list 2>/dev/null | grep -qi -e wqy -e "CJK" || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium …"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium-headless-shell fontconfig fonts-wqy-microhei >/dev/null; \
	  else \
	    echo "the browser tests need chromium: apt install chromium-headless-shell fontconfig fonts-wqy-microhei"; exit 1; \
	  fi; }

# Development holds everything, so the smaller sets are made to agree with it.
lock: $(VENV)/.dev
	@$(LOCK) $(UPGRADE) pyproject.toml --extra dev -o requirements/dev.txt
	@$(LOCK) pyproject.toml requirements/build.in --extra embedded -c requirements/dev.txt -o requirements/embedded.txt
	@$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt
	@$(LOCK) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
	@$(LOCK) requirements/node.in -o requirements/node.txt

clean:
	rm -rf $(VENV) console/node_modules miniprogram_api/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

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
