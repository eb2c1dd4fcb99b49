# Needs make, a shell and Python 3.11 or later; `make help` lists what there is.

PY = .venv/bin/python
QUICK = not processes and not needs and not alone
PIP = $(PY) -m pip install --quiet --disable-pip-version-check
NOT_INSTALLED = The packages could not be installed, see above. Is the network there? After a change of Python: make clean

.PHONY: help demo test test-quick test-acceptance test-kill test-matrix test-coverage bench bench-lists lint format types build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed ## run the demo site with a worker; PORT=8001 another port, ONCE=1 one example as JSON
	@exec $(PY) -m project.demo

test: .venv/installed ## run all tests with the servers that are reachable; REQUIRE_SERVICES=1 wants all of them
	$(PY) -m pytest -m alone # what is timed runs without neighbours and without a tracer
	$(PY) -m pytest -n 4 --dist worksteal -m "not alone" $(COVERAGE)

test-coverage: ## run all tests, which then takes twice as long, and list the lines that none of them reaches
	@$(MAKE) test COVERAGE="--cov --cov-report=term --cov-fail-under=95"

test-quick: .venv/installed ## run the tests that need no worker processes and no servers
	$(PY) -m pytest -n 2 -m "$(QUICK)"

test-acceptance: .venv/installed ## run all combinations of databases, brokers and pools, 200 soft time limits, 1,000 forks, and bad requests by the thousand
	REQUIRE_SERVICES=1 ACCEPTANCE=full $(PY) -m pytest tests/acceptance tests/writing/test_many_forks.py tests/faults/test_interrupted.py \
	    tests/api/test_api_fuzz.py tests/compat/test_bad_requests.py

test-kill: .venv/installed ## kill 200 processes and 50 workers at random moments on each database, and compare their records
	REQUIRE_SERVICES=1 ACCEPTANCE=full $(PY) -m pytest tests/acceptance/test_kill.py tests/acceptance/test_kill_workers.py

test-matrix: .venv/matrix ## run the quick tests on Python 3.11 to 3.13 with Django 5.2 to 6.1
	@for folder in "$$HOME"/.pyenv/versions/3.*/bin; do PATH="$$PATH:$$folder"; done; export PATH; \
	$(PY) -m tox run

bench: .venv/bench ## compare the speed with that of others, on Redis and PostgreSQL; writes docs/explanation/speed.md
	@$(PY) -m tests.benchmarks

bench-lists: .venv/bench ## ask lists of a million tasks in PostgreSQL, ROWS=20000 of fewer; writes docs/explanation/lists-at-scale.md
	@$(PY) -m tests.benchmarks.lists $(ROWS)

lint: .venv/lint types ## check style, format and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: .venv/lint ## bring the code into form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: .venv/lint ## check the types
	$(PY) -m mypy

build: .venv/build ## make the wheel and the source archive, in dist/
	$(PY) -m build

clean: ## remove all that make made, and the demo's databases
	rm -rf .venv .tox build dist var htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        $$python -m venv --clear .venv >&2 && exit 0; \
	        echo "$$python cannot make a virtual environment; install its venv module (Debian: apt install python3-venv)." >&2; \
	        exit 1; \
	    fi; \
	done; \
	echo "Python 3.11 or later is needed, and none was found. Install one (https://www.python.org/downloads/), then try again." >&2; \
	exit 1

.venv/installed: .venv/bin/python requirements.txt pyproject.toml
	@echo "Installing what requirements.txt names into .venv, this takes a minute ..." >&2
	@$(PIP) -r requirements.txt >&2 || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@touch $@

.venv/lint: .venv/installed
	@$(PIP) -e '.[lint]' >&2 || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@touch $@

.venv/matrix: .venv/installed
	@$(PIP) -e '.[matrix]' >&2 || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@touch $@

.venv/bench: .venv/installed
	@$(PIP) -e '.[bench]' >&2 || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@touch $@

.venv/build: .venv/installed
	@$(PIP) -e '.[build]' >&2 || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@touch $@
