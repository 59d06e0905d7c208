# The verbs of this project. Every target works as root and as an ordinary user, without Docker.
PYTHON ?= python3.11
VENV := .venv
# Tests run in so many processes (0: in one), each with its own database and queue, file by file.
TEST_PROCESSES ?= 0
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT

.PHONY: help setup setup-test setup-federated run stop test bench ci lint format

help:
	@echo "make setup   install what the site needs and start its private services once"
	@echo "make setup-federated   install Flower, for manage.py train_federated"
	@echo "make run     run everything on this machine at http://$(HOST):$(PORT)/ with demo data"
	@echo "make test    install the test tools and run the tests"
	@echo "make bench   measure, and write benchmarks/latest.json"
	@echo "make ci      what continuous integration runs: lint, types, import contracts, tests"
	@echo "make stop    stop the private Postgres and Redis"

setup: $(VENV)/.runtime
	@$(BIN)/python -m scripts.system_packages
	@$(BIN)/python -m creditweb.local start

$(VENV)/bin/python:
	@scripts/make_venv $(PYTHON) $(VENV)

$(VENV)/.runtime: requirements.txt requirements-landmarks.txt | $(VENV)/bin/python
	@echo "Installing the site's packages …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-landmarks.txt
	@echo "Compiling what listens to voices …"
	@$(BIN)/python -c "from media_processing.analysis.librosa_once import librosa; librosa()"
	@touch $@

$(VENV)/.test: requirements-test.txt requirements-training.txt $(VENV)/.runtime
	@echo "Installing the test and training packages …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt -r requirements-training.txt
	@touch $@

# Apart from the other packages: Flower and MediaPipe need different versions of protobuf.
$(VENV)/.federated: requirements-federated.txt | $(VENV)/bin/python
	@echo "Installing Flower for federated training …"
	@rm -rf $(VENV)/federated
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $(VENV)/federated -r requirements-federated.txt
	@touch $@

setup-federated: $(VENV)/.federated

setup-test: setup $(VENV)/.test $(VENV)/.federated
	@$(BIN)/python -m scripts.system_packages --test

run: setup
	@exec $(BIN)/python -m creditweb.supervisor

stop:
	@$(BIN)/python -m creditweb.local stop

test: setup-test
	$(BIN)/python -m pytest -q --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

bench: setup-test
	$(BIN)/python -m benchmarks

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ci: lint test
