# The environment lives in .venv; every target installs what it needs first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
JOBS   ?= 2
DEVICE ?= cpu

.DEFAULT_GOAL := help
.PHONY: help install demo test check fuzz bench pretrain wheel clean

help:            ## Show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(VENV)/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Clew needs Python 3.11 or newer; try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

install: $(VENV)/.run  ## Install Clew into .venv

demo: $(VENV)/.run  ## Load the demo graph and answer a question with its proof
	@$(BIN)/clew demo --home .demo

test: $(VENV)/.dev  ## Run the whole test suite
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

check: $(VENV)/.dev  ## Lint, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# single laws run for many minutes on so many graphs, hence their own timeout
fuzz: $(VENV)/.dev  ## The constraint laws over 20,000 random graphs
	CLEW_FUZZ=20000 $(BIN)/python -m pytest -n $(JOBS) --timeout 7200 tests/laws

bench: $(VENV)/.dev  ## Every benchmark, at full size
	@for name in ingest constraint decoding embedded serve; do $(BIN)/python -m benchmarks.$$name || exit 1; done

pretrain: $(VENV)/.dev  ## Train the embedded model's weights again (DEVICE=cuda: on a GPU)
	$(BIN)/python -m clew.training.pretrain --out data/embedded --device $(DEVICE)

wheel: $(VENV)/.dev  ## Build the wheel
	$(BIN)/python -m build --wheel

clean:           ## Remove the environment and what was built
	rm -rf $(VENV) .demo build dist *.egg-info
