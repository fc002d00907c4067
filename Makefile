# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NO_NEW := --disable-pip-version-check --quiet
PYTEST := -m pytest -n 2 --dist worksteal

# What every dependency is used for: figures, tables, studies, the command, and each scenario of the library.
QUICK  := tests/command/test_library.py tests/command/test_command.py \
          $(addprefix tests/unit/test_,figures.py run_folder.py studies.py study_tables.py load.py errors.py)

.PHONY: run test nightly newest lint types wheel lowest sdist bench clean

run: $(VENV)/.installed            ## simulate china-2024 and say where the results lie
	$(BIN)/pricewar run china-2024 --overwrite

test: $(VENV)/.installed lint      ## everything that CI runs
	$(MAKE) --no-print-directory --jobs 2 --output-sync types wheel lowest
	$(BIN)/python $(PYTEST) --doctest-modules

nightly: $(VENV)/.installed sdist newest   ## what takes too long for every change
	$(BIN)/python $(PYTEST) -m nightly
	$(BIN)/python $(PYTEST) --hypothesis-profile night tests/property
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt --editable '.[test,fast]'
	$(BIN)/python -m pytest tests/unit -k machine_code
	$(BIN)/pricewar verify --slow

lint: $(VENV)/.installed
	$(BIN)/ruff check .

types: $(VENV)/.installed
	$(BIN)/mypy

# The wheel, and by night the source archive, must work in an empty environment and from another folder.
wheel sdist: $(VENV)/.installed
	rm -rf build/$@ && mkdir -p build/$@/elsewhere
	$(BIN)/python -m build --$@ --no-isolation --outdir build/$@ . > build/$@/build.log
	$(PYTHON) -m venv build/$@/empty
	build/$@/empty/bin/pip install $(NO_NEW) --constraint constraints.txt build/$@/llm_pricewar*
	cd build/$@/elsewhere && ../empty/bin/pricewar list && ../empty/bin/pricewar run textbook

# The oldest dependencies that pyproject.toml allows, and (by night) the newest that there are.
lowest:
	rm -rf build/lowest && $(PYTHON) -m venv build/lowest
	build/lowest/bin/pip install $(NO_NEW) --constraint constraints-lowest.txt --editable . pytest pytest-xdist hypothesis
	build/lowest/bin/python $(PYTEST) -p no:cacheprovider $(QUICK)

newest:
	rm -rf build/newest && $(PYTHON) -m venv build/newest
	build/newest/bin/pip install $(NO_NEW) --editable '.[test]'
	build/newest/bin/python $(PYTEST) -p no:cacheprovider --doctest-modules

bench: $(VENV)/.installed          ## the speed table of the README (minutes)
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt '.[bench]'
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(NO_NEW) --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
