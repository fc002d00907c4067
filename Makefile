# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NO_NEW := --disable-pip-version-check --quiet

.PHONY: run test nightly lint types wheel bench clean

run: $(VENV)/.installed            ## simulate china-2024 and say where the results lie
	$(BIN)/pricewar run china-2024 --overwrite

test: $(VENV)/.installed lint      ## everything that CI runs
	$(MAKE) --no-print-directory --jobs 2 --output-sync types wheel
	$(BIN)/python -m pytest -n 2 --dist loadfile --doctest-modules

nightly: $(VENV)/.installed        ## what takes too long for every change
	$(BIN)/python -m pytest -n 2 --dist loadfile -m nightly
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt --editable '.[test,fast]'
	$(BIN)/pricewar verify --slow

lint: $(VENV)/.installed
	$(BIN)/ruff check .

types: $(VENV)/.installed
	$(BIN)/mypy

# The wheel must work in an empty environment and from another folder.
wheel: $(VENV)/.installed
	rm -rf build/wheel && mkdir -p build/wheel/elsewhere
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > build/wheel/build.log
	$(PYTHON) -m venv build/wheel/empty
	build/wheel/empty/bin/pip install $(NO_NEW) --constraint constraints.txt build/wheel/*.whl
	cd build/wheel/elsewhere && ../empty/bin/pricewar list && ../empty/bin/pricewar run textbook

bench: $(VENV)/.installed          ## the speed table of the README (minutes)
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt '.[bench]'
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
