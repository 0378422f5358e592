# Everything here starts from a plain Python >= 3.11, make and a package index.
# .tools holds uv (apart, because `uv sync` removes from .venv what uv.lock does not name);
# .venv holds the gateway and its development tools, exactly as uv.lock says.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Hundreds of commands are typed in the tests, and half of what one takes is compiling modules.
unexport PYTHONDONTWRITEBYTECODE

# The first interpreter that is new enough; looked for only when something must be installed.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

UV_RANGE := uv>=0.13.9,<0.14
UV := env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv .tools/bin/uv
BIN := .venv/bin
CODE := gateway clients mappers outbox tests

TOOLS_READY := .tools/.ready
VENV_READY := .venv/.ready

# Parts whose branch coverage must not fall below COVERAGE_MIN, each on its own.
COVERED := outbox mappers gateway/domain
COVERAGE_MIN := 95
# Played over and over, so traced line by line they would take twice as long.
PLAYED := tests/seeds tests/crash tests/disk

# `make soak`: how many seeds are played, starting where, and how many rounds of the other tests.
SEEDS ?= 2000
SEEDS_FIRST ?= 1
SOAK_SEEDS ?= 20
CHAOS_ROUNDS ?= 10
SOAK_FIRST_SEED ?= 1

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: install
install: $(VENV_READY) ## create .venv from uv.lock (the other targets do this by themselves)

.PHONY: demo
demo: $(VENV_READY) ## forty invoices in a simulated Conta through the gateway to a simulated Kravia
	@$(BIN)/kravia-gateway demo $(ARGS)

.PHONY: test
test: $(VENV_READY) ## all tests, with branch coverage of outbox, mappers and gateway/domain
	@$(BIN)/pytest -n auto --dist worksteal $(PLAYED)
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-report= $(addprefix --ignore=,$(PLAYED))
	@for part in $(COVERED); do \
		total=$$($(BIN)/coverage report --include="$$part/*" --format=total) || exit 1; \
		echo "branch coverage of $$part: $$total %"; \
		if [ "$$total" -lt $(COVERAGE_MIN) ]; then \
			$(BIN)/coverage report --include="$$part/*" --show-missing --skip-covered; \
			echo "that is below $(COVERAGE_MIN) %"; exit 1; \
		fi; \
	done

.PHONY: lint
lint: $(VENV_READY) ## format, lint, types and import contracts, changing nothing
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet .; echo "run 'make fix'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: check
check: lint test ## lint, then test: what CI runs

.PHONY: fix
fix: $(VENV_READY) ## format the code and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

.PHONY: bench
bench: $(VENV_READY) ## measure every figure of docs/performance.md; ARGS="--help" lists the parts
	@$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: soak
soak: $(VENV_READY) ## SEEDS (2000) played, 1000 clean histories reconciled, the whole crash matrix, every fault of the disk, a database server that fails CHAOS_ROUNDS (10) times as often, a failing creditor beside a healthy one, then SOAK_SEEDS (20) rounds of demo, unit and acceptance tests, each with its own seed
	@SEEDS=$(SEEDS) SEEDS_FIRST=$(SEEDS_FIRST) $(BIN)/pytest -q -n auto tests/seeds
	@RECONCILE_HISTORIES=1000 $(BIN)/pytest -q tests/integration/main_path/test_reconcile_clean.py
	@CRASH_MATRIX=whole $(BIN)/pytest -q -n auto tests/crash
	@DISK_EVERY_FAULT=1 $(BIN)/pytest -q -n auto tests/disk
	@CHAOS_ROUNDS=$(CHAOS_ROUNDS) $(BIN)/pytest -q tests/acceptance/test_postgres_chaos.py tests/acceptance/test_replica_faults.py
	@$(BIN)/python -m tests.benchmarks.beside_failing
	@for seed in $$(seq $(SOAK_FIRST_SEED) $$(($(SOAK_FIRST_SEED) + $(SOAK_SEEDS) - 1))); do \
		echo "seed $$seed"; \
		$(BIN)/kravia-gateway demo --seed $$seed --json >/dev/null || { echo "demo failed: make demo ARGS='--seed $$seed'"; exit 1; }; \
		$(BIN)/pytest -q -n auto --hypothesis-seed=$$seed tests/unit tests/acceptance \
		|| { echo "failed: make soak SOAK_SEEDS=1 SOAK_FIRST_SEED=$$seed"; exit 1; }; done

.PHONY: clean
clean: ## remove everything that was built or installed here (never var/, where data lives)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* htmlcov dist build
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(TOOLS_READY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with 'make PYTHON=/path/to/python3'"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed, and $(PYTHON) is not: 'make PYTHON=/path/to/python3'"; exit 1; }
	@echo "Installing uv into .tools ..."
	@"$(PYTHON)" -m venv --clear .tools \
	|| { echo "$(PYTHON) cannot make a virtual environment (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check '$(UV_RANGE)'
	@touch $@

$(VENV_READY): $(TOOLS_READY) pyproject.toml uv.lock
	@echo "Installing the locked packages into .venv ..."
	@$(UV) sync --frozen --quiet --compile-bytecode --python .tools/bin/python
	@touch $@
