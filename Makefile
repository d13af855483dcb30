# One command each. `make run` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

export E2E

.PHONY: run test torture lint format bench bench-long clean

run: $(VENV)/.installed
	@echo "Zscope starts at http://localhost:$(PORT)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.installed-dev
	@[ "$(E2E)" = 0 ] || $(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest
	$(BIN)/python -m tests.js

# The same tests of what must survive, at length: an hour or more.
torture: $(VENV)/.installed-dev
	TORTURE=500 ZSCOPE_LARGE_INTAKE=60000 MUTATIONS=100000 $(BIN)/python -m pytest tests/vae/runs/test_torture.py \
		tests/vae/data/test_intake.py tests/vae/bundle/test_mutations.py tests/vae/importing/test_mutated_files.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tests.js --check

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m bench

# Ten trainings: half an hour.
bench-long: $(VENV)/.installed-dev
	$(BIN)/python -m bench left_out

clean:
	rm -rf $(VENV)

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Zscope needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
