# `make` alone explains itself. It needs python3 with venv, nothing else: uv comes into .tools/ when there is none.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help up roles test prove bench screenshots check check-with-servers schema format

# A Python of pyenv serves as well when PATH has none that fits; without either, uv fetches one.
export PATH := $(PATH):$(subst $(eval ) ,:,$(wildcard $(HOME)/.pyenv/versions/3.1[234]*/bin))
FITTING_PYTHON := $(firstword $(foreach v,3.13 3.12 3.14,$(shell PATH="$(PATH)" python$(v) -c 'import sys; print(sys.executable)' 2>/dev/null)))
ifneq ($(FITTING_PYTHON),)
export UV_PYTHON ?= $(FITTING_PYTHON)
endif

# What the machine trusts, so that a proxy of the house is no obstacle; uv's own list where the machine has none.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

UV_VERSION := 0.13.9
UV := $(shell command -v uv || echo .tools/uv/bin/uv)
RUN := $(UV) run --frozen --extra mcp
SCRATCH := $(RUN) python -m deploy.scratch
SCHEMA := api/openapi.json

# Kept bytecode spares every process, of the tests and of the servers they start, to compile a hundred packages.
unexport PYTHONDONTWRITEBYTECODE

# As many processes as cores, each with servers of its own; PYTEST_ARGUMENTS= runs in one.
PYTEST_ARGUMENTS ?= --numprocesses auto --maxprocesses 8 --dist worksteal

help: ## what there is to say
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8001 make up     on another port;  STATE_DIR=/some/where  with other data;  DEMO=0  without the story"
	@echo "  DATABASE_URL, DATABASE_ADMIN_URL, REDIS_URL     on servers of your own: see README"

up: $(UV) ## start everything, with a demo to sign in to, on http://localhost:8000; Ctrl-C stops it
	@exec $(UV) run --frozen --no-dev python -m deploy.up

roles: $(UV) ## for a PostgreSQL of your own: print the SQL that makes the roles; with ADMINISTRATOR_URL, run it
	@how=(--print); [ -z "$${ADMINISTRATOR_URL:-}" ] || how=(--administrator-url "$$ADMINISTRATOR_URL"); \
	exec $(UV) run --frozen --no-dev python manage.py bootstrap_database "$${how[@]}"

test: check ## what must be green before a change lands: check, then every test
	$(RUN) pytest $(PYTEST_ARGUMENTS)

prove: $(UV) ## the proofs among the tests at full size, with fixed seeds
	PROVE=1 $(RUN) pytest -m prove --durations 0 --durations-min 1 $(PYTEST_ARGUMENTS)

bench: $(UV) ## measure what is promised about speed
	$(SCRATCH) python -m bench

screenshots: $(UV) ## take the pictures in docs/pictures anew, with the chromium of the machine
	$(RUN) pytest -o python_files=screenshots.py tests/screenshots.py

check: $(UV) ## style, types, layers, templates, migrations and the API's schema
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) lint-imports
	$(RUN) djlint --quiet --lint .      # lint only: its formatter moves spaces that readers see
	$(SCRATCH) $(MAKE) --no-print-directory check-with-servers

check-with-servers:
	mypy .
	python manage.py makemigrations --check --dry-run
	PUBLIC_URL=https://tend.example EMAIL_URL=smtps://mail.example python manage.py check --deploy --fail-level WARNING
	diff -u $(SCHEMA) <(python manage.py spectacular --format openapi-json --validate --fail-on-warn) || { echo "The API's schema changed: make schema, look at the difference, commit it."; exit 1; }

schema: $(UV) ## write the API's schema where the check compares it
	$(SCRATCH) bash -c 'python manage.py spectacular --format openapi-json --validate --fail-on-warn > $(SCHEMA).new && mv $(SCHEMA).new $(SCHEMA)'

format: $(UV) ## let the formatters have their way
	$(RUN) ruff check --fix
	$(RUN) ruff format

.tools/uv/bin/uv:
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
