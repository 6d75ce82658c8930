# Every command a person or a machine runs. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := list
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHON := $(or $(PYTHON),python3)
export PYTHON
BIN := .venv/bin
DONE := .build/done
STEP := tools/step

# The sources of each product: a change there, and only there, builds it again.
RUST := $(shell find engine Cargo.toml Cargo.lock -name target -prune -o -type f \( -name '*.rs' -o -name 'Cargo.*' \) -print)

WEB := $(shell find sdk console -name node_modules -prune -o -name dist -prune -o -type f -print)

.PHONY: list
list: ## list these commands
	@echo 'offhook: make <command>'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: run
run: $(DONE)/server $(DONE)/web ## build what is not built yet, and serve calls; ARGS='...' goes to `offhook serve`
	@$(BIN)/offhook serve $(ARGS)

.PHONY: test
test: dist $(DONE)/packages ## everything that a change must pass: all gates and suites
	@$(BIN)/python tools/check.py test $(ONLY)

.PHONY: check
check: setup ## the quick gates and suites, before every commit; ONLY='ruff server' runs just these
	@$(BIN)/python tools/check.py check $(ONLY)

.PHONY: nightly
nightly: setup ## what takes too long for every change: coverage, fuzzing, a soak, many seeds; FUZZ_SECONDS=60 a target
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) $(BIN)/python tools/check.py nightly $(ONLY)

.PHONY: audit
audit: $(DONE)/venv $(DONE)/node ## look for known vulnerabilities in what the lock files name; says loudly what it could not check
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/advisories.py

.PHONY: bench
bench: $(DONE)/server $(DONE)/web $(DONE)/packages $(DONE)/bench ## measure pages, engine, and rtpengine and Asterisk beside it, into bench/results; ARGS=--quick takes six minutes
	@tools/packages bench || echo "measuring without what is missing"
	@$(STEP) generator 'generator of load (Rust, optimised)' \
		cargo build --release --locked --package offhook-generator
	@$(BIN)/python bench/run.py $(ARGS)

.PHONY: fuzz
fuzz: setup ## fuzz every parser, FUZZ_SECONDS=60 each; ONLY='xml rtp' for just these
	@$(BIN)/python tools/fuzz.py --seconds $(or $(FUZZ_SECONDS),60) $(ONLY)

.PHONY: generate
generate: setup ## write what is generated from spec/, the code and the tests; ONLY='catalogs' for just these
	@$(BIN)/python tools/generate.py $(ONLY)

.PHONY: format
format: $(DONE)/venv $(DONE)/node ## format all source files
	$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .
	cargo fmt --all
	node_modules/.bin/biome check --write .

.PHONY: dist
dist: $(DONE)/server $(DONE)/web ## build the wheels and the npm tarball into dist/
	@rm -rf dist && mkdir -p dist
	@$(STEP) dist-engine 'wheel of the engine' \
		$(BIN)/maturin build --release --locked --manifest-path engine/py/Cargo.toml --out dist
	@$(STEP) dist-server 'wheel of the server' \
		bash -c 'cd server && ../$(BIN)/hatchling build --target wheel --directory ../dist'
	@$(STEP) dist-sdk 'tarball of the SDK' npm pack --workspace sdk --pack-destination dist

.PHONY: docs
docs: $(DONE)/venv $(DONE)/web ## build the manual with the SDK's reference into .build/site, and say how to read it
	@$(STEP) reference "SDK's reference" npm run reference --workspace sdk
	@rm -rf .build/site
	@NO_MKDOCS_2_WARNING=1 $(STEP) docs 'manual' $(BIN)/mkdocs build --strict --quiet --site-dir ../.build/site --config-file docs/mkdocs.yml
	@echo "  $$(du -sh .build/site | cut -f1) in .build/site. To read it, with search: $(BIN)/python -m http.server --bind 127.0.0.1 --directory .build/site 8000"

.PHONY: setup
setup: $(DONE)/server $(DONE)/node ## install everything that building and testing needs

.PHONY: lock
lock: $(DONE)/venv ## write requirements.lock and bench/requirements.lock from what they are made of
	$(BIN)/uv pip compile server/pyproject.toml requirements.in --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		--no-emit-package offhook-engine --output-file requirements.lock >/dev/null
	$(BIN)/uv pip compile bench/requirements.in --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		--output-file bench/requirements.lock >/dev/null

.PHONY: clean
clean: ## remove everything that was built, but not download caches outside the repository
	rm -rf .build .venv dist target node_modules */node_modules tests/*/node_modules */dist server/offhook/static
	find engine server -name '*.so' -delete

# ---- prerequisites: each leaves a stamp, so that a second run has nothing to do ----

$(DONE)/tools: tools/check-prerequisites Cargo.toml
	@mkdir -p $(DONE)
	@tools/check-prerequisites
	@touch $@

$(DONE)/venv: requirements.lock | $(DONE)/tools
	@$(STEP) venv 'Python environment' $(PYTHON) -m venv .venv
	@$(STEP) requirements 'Python packages' $(BIN)/python -m pip install --require-hashes -r requirements.lock
	@touch $@

# The score of speech is a C program with Python around it: without a compiler, `make bench` leaves it out.
$(DONE)/bench: bench/requirements.lock $(DONE)/venv
	@$(STEP) bench-requirements 'Python packages of the bench' $(BIN)/python -m pip install --require-hashes -r bench/requirements.lock || \
		echo "measuring without the score of speech"
	@touch $@

$(DONE)/engine: $(RUST) engine/py/pyproject.toml $(DONE)/venv
	@VIRTUAL_ENV=$(CURDIR)/.venv $(STEP) engine 'media engine (Rust, optimised)' \
		$(BIN)/maturin develop --release --locked --manifest-path engine/py/Cargo.toml
	@touch $@

$(DONE)/server: server/pyproject.toml $(DONE)/venv $(DONE)/engine
	@$(STEP) server 'server' $(BIN)/python -m pip install --no-build-isolation --no-deps -e server
	@touch $@

# The SDK and the console build what a browser loads into server/offhook/static; the server serves it from there,
# and its wheel contains it.
$(DONE)/web: $(WEB) $(DONE)/node
	@$(STEP) web 'SDK and console' npm run build --workspaces --if-present
	@touch $@

# What tests need from the system: browsers and a database.
$(DONE)/packages: tools/packages | $(DONE)/tools
	@tools/packages
	@touch $@

$(DONE)/node: package-lock.json package.json $(wildcard */package.json tests/browser/package.json) | $(DONE)/tools
	@$(STEP) node 'Node packages' npm ci --no-audit --no-fund
	@touch $@
