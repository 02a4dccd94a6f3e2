# Red Grid: `make run` and `make test` do everything on a new machine. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/stamps
NODE := node_modules/.package-lock.json
ASSETS := server/assets/vendor/leaflet/leaflet.js
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
RUN ?=
WORKERS ?= 3
SOAK ?=

TESTED = REDGRID_CHROMIUM="$$($(BIN)/python -m setup_steps.chromium)" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help run test slow older check style bench soak load bundle lock words pictures demo assets clean
.DEFAULT_GOAL := help

help: ## List what make can do
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: $(STAMPS)/app $(ASSETS) ## Set up whatever is missing, then run the app on port 8501
	@$(BIN)/redgrid run $(RUN)

test: style ## Check style, types and import contracts, run every test but the slow ones
	$(TESTED) -m "not slow" $(TESTS)

slow: $(STAMPS)/dev $(ASSETS) ## Run the slow tests alone
	$(TESTED) -m slow $(TESTS)

older: $(STAMPS)/dev ## Run what the store promises on the oldest PostgreSQL that is tested; the others run on the newest
	PGSERVER_POSTGRES_VERSION=16 $(TESTED) -k postgres tests/storage

check: test slow older ## Run every test: what CI runs

style: $(STAMPS)/dev $(ASSETS) ## Check style, types and import contracts alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy domain city storage
	$(BIN)/lint-imports --no-cache

bench: $(STAMPS)/dev $(ASSETS) $(STAMPS)/peers ## Measure beside the plain way, write benchmarks/RESULTS.md
	REDGRID_CHROMIUM="$$($(BIN)/python -m setup_steps.chromium)" $(BIN)/python -m benchmarks

soak: $(STAMPS)/dev $(ASSETS) ## Run what takes long: every part of benchmarks/soaks.py, or those named (SOAK="edits killing")
	@$(BIN)/python -m benchmarks.soaks $(SOAK)

load: $(STAMPS)/dev $(ASSETS) ## Put a whole city's people to work at once, three times ten minutes; write it into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.load $(LOAD)

bundle: $(STAMPS)/app $(ASSETS) ## One archive that installs and runs without a network
	@$(BIN)/python -m setup_steps.bundle

demo: $(STAMPS)/app ## Rebuild data/boundaries from its seed
	$(BIN)/redgrid demo build

assets: $(ASSETS) ## Bring the front-end files

words: $(STAMPS)/dev ## Bring the Chinese catalog up to the code; print what is not translated
	@$(BIN)/python -m setup_steps.words

pictures: $(STAMPS)/dev $(ASSETS) ## Take the pictures of the handbook anew, into docs/pictures
	@REDGRID_CHROMIUM="$$($(BIN)/python -m setup_steps.chromium)" $(BIN)/python -m setup_steps.pictures $(PICTURES)

lock: $(STAMPS)/dev ## Pin every dependency anew, with hashes
	@for name in requirements requirements-dev requirements-bench requirements-node; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --no-build --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header --output-file $$name.lock $$name.in; done
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean: ## Remove what was set up and built; the database under var/ stays
	rm -rf .venv node_modules server/assets/vendor dist .pytest_cache .mypy_cache .ruff_cache

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Red Grid needs Python 3.11 or newer; name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/app: requirements.lock pyproject.toml | $(STAMPS)/venv
	@echo "Installing dependencies …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/app
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# Peers of the bench keep to an environment of their own; where they cannot be had, their rows say so.
$(STAMPS)/peers: requirements-bench.lock | $(STAMPS)/venv
	@$(BIN)/python -m venv --clear .venv/peers && .venv/peers/bin/python -m pip --disable-pip-version-check install --quiet \
	  --only-binary :all: --require-hashes -r requirements-bench.lock && touch $@ \
	|| echo "The peers cannot be installed here; the bench goes on without them."

# npm comes from the machine, or in a wheel where there is none.
$(NODE): package-lock.json requirements-node.lock | $(STAMPS)/venv
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund --silent; \
	else $(PIP) --require-hashes -r requirements-node.lock && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent; fi
	@touch $@

$(ASSETS): $(NODE) setup_steps/assets.py | $(STAMPS)/venv
	@$(BIN)/python -m setup_steps.assets
