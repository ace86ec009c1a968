# One command each. `make run ARGS="serve -c config.toml"` runs any verb.
.PHONY: run test setup lint bench fuzz constraints clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?= demo
SECONDS ?= 300
# One more than there are cores: many tests wait for a process to start, or for a clock.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)

run: setup
	@$(BIN)/sekisho $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sekisho needs Python 3.11 or newer; name it with: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing: on Debian and Ubuntu install the package python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (the first time takes a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: setup
	@$(BIN)/python -m tests.bench $(BENCH)

# make fuzz SECONDS=3600 TARGETS="mime charset"; all targets without a name.
fuzz: setup
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

# Writes the versions installed now; run it after a wanted upgrade and the tests.
constraints:
	@$(BIN)/python -m pip freeze --exclude-editable | grep -v -i '^sekisho' > constraints.txt

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
