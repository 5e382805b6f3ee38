# Egregora's house-keeping. Bare `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := demo/WhatsApp Chat with Harbour Street.zip
SECONDS ?= 600
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo -n,)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test lint unit slow fuzz bench picture archive constraints clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is needed (Debian: python3-venv)"; exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing egregora into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing egregora and what its tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run ## Turn the example chat into a website under demo/site
	@mkdir -p demo/work/config
	@cp -n examples/egregora.toml demo/work/config/ 2>/dev/null || true
	@$(BIN)/python examples/make_zip.py "$(EXAMPLE)"
	@$(BIN)/egregora run "$(EXAMPLE)" --to demo/site --work demo/work

test: lint unit slow ## Everything that must hold: lint, types, unit tests, then the slow ones

lint: $(VENV)/.dev ## Format, lint and types
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

unit: $(VENV)/.dev ## The fast tests, with branch coverage
	@$(BIN)/pytest -q -n 2 -m "not slow" --cov --cov-report=term:skip-covered

slow: $(VENV)/.dev ## The slow tests: processes, browser, whole runs
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null \
	  || { echo "Installing chromium for the browser tests ..."; $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y chromium; } >/dev/null 2>&1 \
	  || echo "The browser tests are left out: install Debian's package chromium."
	@$(BIN)/pytest -q -n 2 -m slow --dist loadgroup

fuzz: $(VENV)/.dev ## Damage exports for SECONDS (600), and show the smallest that breaks a promise
	@PYTHONPATH=tests $(BIN)/python -m fuzz.target --seconds $(SECONDS)

bench: $(VENV)/.dev ## Measure speed and memory; prints a table and JSON
	@PYTHONPATH=tests $(BIN)/python -m benchmarks

picture: $(VENV)/.dev demo ## Draw the picture of the example's site that stands in the README
	@command -v pdftocairo >/dev/null || { $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y poppler-utils; }
	@PYTHONPATH=tests $(BIN)/python -m picture demo/site docs/site.svg

archive: ## Make the zip that the functions are deployed from: dist/egregora-DIGEST.zip
	@$(PYTHON) tools/archive.py

constraints: $(VENV)/.dev ## Pin every dependency anew, for this house and for the functions
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --all-extras --upgrade --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 pyproject.toml --output-file constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --extra gcp --constraint constraints.txt --no-header --no-annotate --no-emit-index-url \
	  --no-emit-package google-cloud-secret-manager --python-version 3.11 pyproject.toml --output-file functions/requirements.txt

clean: ## Remove what was built here
	@rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
