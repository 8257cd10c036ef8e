# The environment lives in .venv; every target installs what it needs first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
JOBS   ?= 2
DEVICE ?= cpu

.DEFAULT_GOAL := help
.PHONY: help install demo test browser screenshots check fuzz house bench pretrain limits associations ranking judge wordnet audit wheel clean

help:            ## Show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(VENV)/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Clew needs Python 3.11 or newer; try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	@test -d clew/kg || { echo "clew/kg is not a link: clone again with: git clone -c core.symlinks=true"; exit 1; }
	@echo "Installing Clew and what it needs into $(VENV) (the first time: some minutes, a few gigabytes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what the tests and checks need into $(VENV) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

install: $(VENV)/.run  ## Install Clew into .venv

demo: $(VENV)/.run  ## Load the demo graph and answer a question with its proof
	@echo "Loading the demo graph into .demo and asking it a question ..."
	@$(BIN)/clew demo --home .demo

# the tests of a file run in one process, which builds what they share once; files in their order
test: $(VENV)/.dev  ## Run the whole test suite
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev  ## Lint, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# the tests of the page need a browser; without one they are skipped, with the reason
browser: $(VENV)/.dev  ## Install what the tests of the page in a browser need: Playwright, Chromium (by apt, as root), axe-core
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,browser]'
	@$(BIN)/python -m tests.browser.install

screenshots: browser  ## Make the pictures of the page in docs/images again
	$(BIN)/python docs/screenshots.py

# single laws run for many minutes on so many graphs, hence their own timeout
fuzz: $(VENV)/.dev  ## The constraint laws over 20,000 random graphs, 10,000 random flips in files, 10,000 decodes
	CLEW_FUZZ=20000 $(BIN)/python -m pytest -n $(JOBS) --timeout 7200 tests/laws tests/api/test_damage.py \
	  tests/decoding/test_closed.py

house: $(VENV)/.dev  ## Figures of how the code is laid out
	@$(BIN)/python -m benchmarks.house

bench: $(VENV)/.dev  ## Every benchmark, at full size
	@for name in ingest constraint decoding embedded serve service scale; do $(BIN)/python -m benchmarks.$$name || exit 1; done

pretrain: $(VENV)/.dev  ## Train the embedded model's weights again (DEVICE=cuda: on a GPU; QUESTIONS=FILE: real ones, too)
	$(BIN)/python -m clew.training.pretrain --out data/embedded --device $(DEVICE) $(if $(QUESTIONS),--questions $(QUESTIONS))

limits: $(VENV)/.dev  ## Make docs/reference/limits.md again from kg/limits.py
	$(BIN)/python docs/limits_page.py

associations: $(VENV)/.dev  ## Make data/lexicon/associations.marisa again
	$(BIN)/python -m clew.training.synthetic.associations

judge: $(VENV)/.dev  ## Fit how much the judge MODEL (a folder of a causal LM) weighs
	$(BIN)/python -m clew.training.judge_fit $(MODEL)

ranking: $(VENV)/.dev  ## Train data/programs/ranking.json again
	$(BIN)/python -m clew.training.programs.rank

wordnet: $(VENV)/.dev  ## Make data/wordnet again from Princeton's files in DICT
	$(BIN)/python -m clew.retrieval.wordnet.build $(DICT) data/wordnet

audit: $(VENV)/.run  ## Look for known faults of what is installed (asks PyPI)
	@$(PIP) install --quiet pip-audit
	$(BIN)/pip-audit --skip-editable

wheel: $(VENV)/.dev  ## Build the wheel
	$(BIN)/python -m build --wheel

clean:           ## Remove the environment and what was built
	rm -rf $(VENV) .demo build dist *.egg-info
