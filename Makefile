# Everything a newcomer needs; `make` lists it. The environment is made, and made again when its inputs change, on demand.

VENV ?= .venv
PYTHON ?= python3
QUESTION ?= What share of Scale AI did Meta buy?
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install ask test lint format eval bench models clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-9s %s\n", $$1, $$2 }'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

install: $(READY) ## make the environment

ask: $(READY) ## answer a question over seeds/: make ask QUESTION="Who founded Scale AI?"
	@$(BIN)/ragqa ask "$(QUESTION)"

test: $(READY) ## run the tests
	$(BIN)/python -m pytest -q

lint: $(READY) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## put the code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(READY) ## measure on the test questions, the second corpus and the dialogues; writes RESULTS.md in eval/, eval/ferry/, eval/dialogues/
	$(BIN)/python eval/run.py
	$(BIN)/python eval/run.py --split ferry
	$(BIN)/python eval/dialogues.py

bench: $(READY) ## run the benchmarks and write benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

models: $(READY) ## make both models again, for hours: make models DATA=FOLDER (see training/README.md)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,training]"
	PYTHON=$(abspath $(BIN))/python sh training/make.sh "$(DATA)"

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks build dist
