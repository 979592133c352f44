# Every command of the project, one line to remember each. `make demo` and `make test` need only
# Python 3.11+, make and a package registry: they make the environment from the lock first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
INSTALLED := $(VENV)/.installed
ONCE ?=
SEED := $(or $(SEED),$(shell date +%s))

.PHONY: help install demo test nightly check fix bench peers soak figures lock docs dist clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED)  ## make .venv from the lock

$(INSTALLED): requirements/dev.lock requirements/data.lock requirements/torch.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Headway needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked environment into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/data.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/torch.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(INSTALLED)  ## the main job on real data; ONCE=1 ends by itself
	@HEADWAY_HOME=$(CURDIR)/.headway $(BIN)/python examples/flights/demo.py $(if $(ONCE),--once)

# one thread of OpenMP for each process: two of them on two cores would wait for each other, spinning
test: $(INSTALLED)  ## the whole suite; needs no root
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --numprocesses auto --dist loadfile

nightly: $(INSTALLED)  ## thousands of fresh random pipelines; SEED=n repeats a run
	@echo "Random pipelines from the seed $(SEED)"
	@$(BIN)/python -m pytest -q -n0 --capture=no --hypothesis-profile=nightly --hypothesis-seed=$(SEED) \
	  tests/conformance/test_random_*.py || { echo "Repeat it: make nightly SEED=$(SEED)"; exit 1; }

check: $(INSTALLED)  ## lint, types, layers, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.reference --check
	@$(BIN)/python scripts/rooms.py --check

fix: $(INSTALLED)  ## format, and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m scripts.reference
	@$(BIN)/python scripts/rooms.py

bench: $(INSTALLED)  ## CPU per prediction, per start and of the contract, against budgets
	@status=0; for name in contract start client http_credit; do \
	  $(BIN)/python benchmarks/$$name.py || status=1; done; exit $$status

peers: $(INSTALLED)  ## the table of peers with our row in it; PEERS=a,b QUICK=1 for a short one, WRITE=1 for the page
	@$(BIN)/python -m benchmarks.serving $(if $(PEERS),--peers $(PEERS)) $(if $(QUICK),--quick) $(if $(WRITE),--write)

soak: $(INSTALLED)  ## ten minutes of load, then workers are killed under it; FOR=60s for a short one
	@$(BIN)/python -m benchmarks.soak $(if $(FOR),--for $(FOR))

figures: $(INSTALLED)  ## the tables of the documentation: lowered forms, and smaller ones
	@$(BIN)/python benchmarks/optimize.py --write
	@$(BIN)/python benchmarks/quantisation.py

lock: $(INSTALLED)  ## resolve the locks again
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra all --extra polars --group dev pyproject.toml -o requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --no-deps --generate-hashes --no-header \
	  requirements/data.in -o requirements/data.lock

dist: $(INSTALLED)  ## build the wheel and the sdist
	@$(BIN)/python -m build --outdir dist .

clean:  ## remove everything that was made here
	@rm -rf $(VENV) .headway dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
