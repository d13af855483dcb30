# One command each. `make run` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= localhost
VENV := .venv
BIN := $(VENV)/bin

WORKERS ?= 3

# Test files in alphabetical order; `make test SEED=1` shuffles them, to find tests that depend on one another.
ORDER := $(if $(SEED),-p randomly -p no:cacheprovider --randomly-seed=$(SEED),-p no:randomly)
# A file stays in one process: its servers and trained models are made once.
DISTRIBUTION := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
PYTEST := $(BIN)/python -m pytest $(DISTRIBUTION) $(ORDER)

export E2E

.PHONY: run test suite style types test-all torture coverage mutants tiers lint format lock bench bench-long clean

run: $(VENV)/.installed
	@$(BIN)/zscope --port $(PORT) --address $(ADDRESS)

# Everything that normal use can break. The goal is ten minutes on two cores.
test: $(VENV)/.installed-dev style
	@[ "$(E2E)" = 0 ] || $(BIN)/python -m tests.browser.chromium
	@$(MAKE) --no-print-directory --jobs=2 types suite
	$(BIN)/python -m tests.js

suite: $(VENV)/.installed-dev
	$(PYTEST)

# Run a second time without oneDNN, as TensorFlow does by default on processors without AVX-512.
NUMERICS := tests/vae/models/networks tests/vae/formats/exporting/test_onnx_layers.py tests/vae/formats/exporting/test_plain_models.py \
	tests/vae/formats/bundle/test_read.py tests/vae/inference/test_codec.py tests/zscope/library/test_shipped.py tests/vae/training

# The same, and every combination: all import files, exports, kills, mutations, and files that PyTorch writes now.
test-all: $(VENV)/.installed-all lint
	@[ "$(E2E)" = 0 ] || $(BIN)/python -m tests.browser.chromium
	TIER=full $(PYTEST) -m ""
	TF_ENABLE_ONEDNN_OPTS=0 $(PYTEST) -m "" $(NUMERICS)
	$(BIN)/python -m tests.js

# Kills, mutations and large data sets at length: hours.
torture: $(VENV)/.installed-dev
	TIER=torture $(BIN)/python -m pytest -m "" tests/zscope/jobs/runs/test_torture.py tests/vae/data/test_intake.py \
		tests/vae/formats/bundle/test_mutations.py tests/vae/formats/importing/test_mutated_files.py

# Which lines and branches `make test` runs, of Python and of the browser's JavaScript. With `TIER=full MARK=`, `test-all`.
MARK ?= not full
# Its processes may write few bytes: too few for what coverage writes.
FULL_DISK := tests/vae/data/test_user_data.py::TestCrashes::test_a_disk_that_takes_no_more
coverage: export COVERAGE_FILE = $(CURDIR)/coverage/python
coverage: $(VENV)/.installed-dev
	rm -rf coverage
	mkdir coverage
	PAGE_COVERAGE=coverage/js $(BIN)/python -m coverage run -m pytest $(DISTRIBUTION) -m "$(MARK)" \
		$(ORDER) -p tests.js.page_coverage --deselect $(FULL_DISK)
	NODE_V8_COVERAGE=coverage/js $(BIN)/python -m tests.js
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report > coverage/python.txt; tail -1 coverage/python.txt
	$(BIN)/python -m tests.js --coverage

# Which test runs which line, and how long each takes: one run of all tests, slower than `make coverage`.
coverage/contexts: export COVERAGE_FILE = $(CURDIR)/coverage/contexts
coverage/contexts: $(VENV)/.installed-dev
	rm -rf coverage/contexts* coverage/js
	mkdir -p coverage
	PAGE_COVERAGE=coverage/js $(BIN)/python -m coverage run -m pytest $(DISTRIBUTION) -m "$(MARK)" -p no:randomly \
		-p tests.coverage_contexts -p tests.js.page_coverage --junitxml=coverage/durations.xml --deselect $(FULL_DISK) || true
	$(BIN)/python -m coverage combine --quiet

# Break the code in random places, one at a time: does a test fail?
mutants: coverage/contexts
	$(BIN)/python -m tests.mutants --seed $(or $(SEED),1)

# Which slow tests run lines that others run too?
tiers: coverage/contexts
	$(BIN)/python -m tests.tiers

lint: style types

style: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tests.js --check
	$(BIN)/python -m tests.js --types

# Types of Python: two to three minutes. `make test` checks them beside the tests.
types: $(VENV)/.installed-dev
	@$(BIN)/basedpyright --level error

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
	rm -rf $(VENV) node_modules

# Pin what is required, with a hash of every file, for all platforms.
COMPILE := uv pip compile --quiet --universal -c constraints.txt --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock"
lock: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/$(COMPILE) requirements.txt -o requirements.lock
	$(BIN)/$(COMPILE) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Zscope needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock package.json package-lock.json $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m tests.js --install
	@$(BIN)/python -c 'import umap'  # compiles its functions: a minute that tests would spend several times
	@touch $@

$(VENV)/.installed-all: requirements-all.txt $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet -r requirements-all.txt
	@touch $@
