# Each target sets up what it needs in .venv; `.venv/bin/wire` is the command after any of them.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test integration chaos lint bench lock clean
.DELETE_ON_ERROR:

demo: .venv/runtime
	@# Exit code 1 says that something could not be read: seeds/broken is there to show it.
	@$(BIN)/wire replay seeds/ --explain seeds/000_7faa1236c4f835ad.txt || test $$? -eq 1
	@printf '\n$$ wire search Shoigu\n' && $(BIN)/wire search Shoigu
	@printf '\n$$ wire search --entity "Security Council" --json | wc -l\n' && $(BIN)/wire search --entity "Security Council" --json | wc -l
	@printf '\nNext: $(BIN)/wire show ID, $(BIN)/wire serve (http://127.0.0.1:8600), README.md\n'

test: .venv/develop
	$(BIN)/pytest $(PYTEST)

integration: .venv/develop  # the tests that need Kafka and Elasticsearch: a Docker engine, or WIRE_TEST_KAFKA and WIRE_TEST_ELASTIC
	WIRE_REQUIRE_SERVERS=1 $(BIN)/pytest -m 'servers and not chaos'

chaos: .venv/develop  # fifty rounds of faults under load: hours
	WIRE_REQUIRE_SERVERS=1 WIRE_CHAOS_ROUNDS=50 $(BIN)/pytest -m chaos tests/chaos

lint: .venv/develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/bench
	$(BIN)/python -m bench

lock: .venv/develop
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wirepipe needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/runtime: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/develop: .venv/runtime requirements-dev.lock
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $@

.venv/bench: .venv/develop
	$(BIN)/pip install -q --disable-pip-version-check -c requirements.lock -e '.[bench]'
	@touch $@

clean:
	rm -rf .venv var
