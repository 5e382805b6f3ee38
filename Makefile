# Egregora's house-keeping. Bare `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := demo/WhatsApp Chat with Harbour Street.zip
SECONDS ?= 600
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo -n,)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
CHECKOV := 3.3.30
MUTMUT := 3.8.1

# A deployment: its state, the account that Cloud Build deploys as, the agents of Google's that it needs, its variables.
STATE = $(PROJECT)-egregora-state
DEPLOYER = egregora-deployer@$(PROJECT).iam.gserviceaccount.com
AGENTS := artifactregistry cloudbuild cloudfunctions cloudscheduler cloudtasks eventarc iap pubsub run
VARS = $(addprefix -var-file=,$(wildcard $(CURDIR)/infra/$(PROJECT).tfvars))
INIT = terraform -chdir=infra init -input=false -reconfigure -backend-config=bucket=$(STATE) >/dev/null
TERRAFORM = TF_VAR_project=$(PROJECT) TF_VAR_region=$(REGION) TF_VAR_archive=$$($(MAKE) -s archive) \
  TF_VAR_key=$$(head -c 32 /dev/urandom | base64) terraform -chdir=infra

.PHONY: help demo test lint unit slow fuzz faults soak mutate bench picture archive bootstrap deployer plan deploy destroy constraints clean

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

.tools/checkov/.done: Makefile
	@echo "Installing checkov into an environment of its own ..."
	@{ $(PYTHON) -m venv .tools/checkov && .tools/checkov/bin/python -m pip install --quiet checkov==$(CHECKOV) && touch $@; } \
	  || echo "The infrastructure's check is left out: checkov $(CHECKOV) could not be installed."

slow: $(VENV)/.dev .tools/checkov/.done ## The slow tests: processes, browser, whole runs
	@tools/servers.sh
	@$(BIN)/pytest -q -n 2 -m slow --dist loadgroup

fuzz: $(VENV)/.dev ## Damage exports for SECONDS (600), and show the smallest that breaks a promise
	@PYTHONPATH=tests $(BIN)/python -m fuzz.target --seconds $(SECONDS)

faults: $(VENV)/.dev ## More orders and longer histories of faults than `make test` goes through, and every planted defect
	@FAULTS=all $(BIN)/pytest -q -n 2 tests/faults
	@PYTHONPATH=tests $(BIN)/python -m faults.defects

soak: $(VENV)/.dev ## Trouble a deployment for SECONDS (600), and show that nothing is lost or doubled: SEED=...
	@tools/servers.sh
	@PYTHONPATH=tests $(BIN)/python -m soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

.tools/mutmut/.done: Makefile constraints.txt $(VENV)/.dev
	@echo "Installing mutmut beside the environment ..."
	@rm -rf $(@D) && $(BIN)/python -m pip install --quiet --constraint constraints.txt --target $(@D) mutmut==$(MUTMUT) && touch $@

mutate: .tools/mutmut/.done ## Change the core line by line, and list what no test notices: ONLY=windows/packing
	@PYTHONPATH=tests nice -n 19 $(BIN)/python -m mutation $(ONLY)

bench: $(VENV)/.dev ## Measure speed and memory; prints a table and JSON
	@PYTHONPATH=tests $(BIN)/python -m benchmarks

picture: $(VENV)/.dev demo ## Draw the picture of the example's site that stands in the README
	@command -v pdftocairo >/dev/null || { $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y poppler-utils; }
	@PYTHONPATH=tests $(BIN)/python -m picture demo/site docs/site.svg

archive: ## Make the zip that the functions are deployed from: dist/egregora-DIGEST.zip
	@$(PYTHON) tools/archive.py

bootstrap: named ## Make a project ready for Terraform, once: PROJECT=... REGION=...
	gcloud services enable $(shell cat infra/apis.txt) --project $(PROJECT)
	for service in $(AGENTS); do \
	  gcloud beta services identity create --service $$service.googleapis.com --project $(PROJECT) --quiet || exit 1; done
	number=$$(gcloud projects describe $(PROJECT) --format 'value(projectNumber)') && \
	  gcloud projects add-iam-policy-binding $(PROJECT) --condition None --role roles/eventarc.serviceAgent \
	  --member serviceAccount:service-$$number@gcp-sa-eventarc.iam.gserviceaccount.com >/dev/null
	gcloud storage buckets describe gs://$(STATE) >/dev/null 2>&1 || gcloud storage buckets create gs://$(STATE) \
	  --project $(PROJECT) --location $(REGION) --uniform-bucket-level-access --public-access-prevention
	gcloud storage buckets update gs://$(STATE) --versioning

deployer: named ## Make the account that cloudbuild.yaml deploys as, once: PROJECT=... REGION=...
	gcloud iam service-accounts describe $(DEPLOYER) --project $(PROJECT) >/dev/null 2>&1 || \
	  gcloud iam service-accounts create egregora-deployer --project $(PROJECT) --display-name 'Egregora: deployer'
	for role in $(shell cat infra/deployer-roles.txt); do \
	  gcloud projects add-iam-policy-binding $(PROJECT) --condition None --role $$role \
	  --member serviceAccount:$(DEPLOYER) >/dev/null || exit 1; done

plan: named ## Show what deploying would change: PROJECT=... REGION=...
	@$(INIT)
	@$(TERRAFORM) plan $(VARS)

deploy: named ## Deploy, or bring up to date: PROJECT=... REGION=...
	@$(INIT)
	@$(TERRAFORM) apply $(VARS) || { echo "What was made stays made. On a new project wait a minute and run it again."; exit 1; }

# What runs, and what shows it; the rest is data, and names that would be blocked for days.
RUNNING := $(addprefix -target=google_,cloudfunctions2_function.step storage_bucket_iam_member.everybody \
  compute_backend_bucket.site compute_url_map.redirect compute_global_address.site compute_ssl_policy.site \
  compute_managed_ssl_certificate.site)
GUARDED := $(addprefix -target=google_,storage_bucket.exports storage_bucket.work firestore_database.journal \
  secret_manager_secret.key)

destroy: named ## Take down what runs and keep the data; with DATA=delete that, too: PROJECT=... REGION=...
	@$(INIT)
ifeq ($(DATA),delete)
	@echo "All of it goes: exports, archive, posts, journal, and the key, without which people get other handles."
	@echo "First their protection, then the rest. The bucket gs://$(STATE) and the project's APIs stay."
	@$(TERRAFORM) apply $(VARS) -var data=deletable $(GUARDED)
	@! terraform -chdir=infra state list | grep -q google_secret_manager_secret_version.key || \
	  terraform -chdir=infra state rm google_secret_manager_secret_version.key
	@$(TERRAFORM) destroy $(VARS) -var data=deletable
else
	@echo "Functions, schedules and the site go. Kept: exports, archive, posts, journal and key (make destroy DATA=delete"
	@echo "removes them), accounts, and the queues, whose names would be blocked for days. make deploy brings all back."
	@$(TERRAFORM) destroy $(VARS) $(RUNNING)
endif

.PHONY: named
named:
	@test -n '$(PROJECT)' -a -n '$(REGION)' || { echo "Say where: make ... PROJECT=my-project REGION=europe-west1"; exit 1; }

constraints: $(VENV)/.dev ## Pin every dependency anew, for this house and for the functions
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --all-extras --upgrade --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 pyproject.toml --output-file constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --extra gcp --extra s3 --extra sql --constraint constraints.txt --no-header --no-annotate --no-emit-index-url \
	  --no-emit-package google-cloud-secret-manager --python-version 3.11 pyproject.toml --output-file functions/requirements.txt

clean: ## Remove what was built here
	@rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
