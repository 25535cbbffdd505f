# One command to start (make run), one to check (make test). The targets:
#   run          the demo on http://127.0.0.1:$(PORT); LIVE=1 fills the room with simulated creditors
#   test         every test; TESTS=path narrows it
#   lint         style, types, templates, the rules between rooms, security
#   audit        libraries with known faults, by pip-audit (asks a service of the outside)
#   bench        the benchmarks
#   messages     collect and compile the translations (the source is Chinese)
#   screenshots  retake the pictures of README.md
#   format       put code and templates into the agreed form
#   lock         renew requirements.txt and requirements-dev.txt

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := run

PORT ?= 8000
PYTHON ?= python3
TESTS ?=
ARGS ?=
LIVE ?=
# The whole suite runs in so many processes; TESTS=... in one.
WORKERS ?= 2

PY := .venv/bin/python
CODE := creditor_meetings voting documents

# $(call install,requirements files): into .venv, only when a lock differs from what was installed.
define install
	for lock in $(1); do \
	  cmp -s $$lock .venv/installed/$$lock || changed=1; \
	done; \
	if [ -n "$${changed:-}" ]; then \
	  echo "Installing the libraries of $(1) (a minute, only when they changed)..."; \
	  $(PY) -m pip install --quiet --no-input --disable-pip-version-check --require-hashes \
	    $(foreach lock,$(1),-r $(lock)) \
	    || { echo "The libraries could not be installed; see above." >&2; exit 1; }; \
	  mkdir -p .venv/installed; cp $(1) .venv/installed/; \
	fi
endef

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Needs Python 3.11 or newer: install python3 (Debian: python3 and python3-venv), or name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Name another one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Needs Python's venv: install the package python3-venv." >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || { \
	  echo "Making .venv ..."; $(PYTHON) -m venv --clear .venv; }

.PHONY: venv
venv: python
	@$(call install,requirements.txt)

.PHONY: venv-dev
venv-dev: python
	@$(call install,requirements.txt requirements-dev.txt)

# --- Run -------------------------------------------------------------------------------------

.PHONY: run
run: export DEMO := 1
run: export PORT := $(PORT)
run: port venv
	@echo "Preparing the tables and the demonstration (up to a minute the first time)..."
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo
	@if [ -n "$(LIVE)" ]; then $(PY) manage.py demo --live --verbosity 0 & fi; \
	  echo "Serving on http://127.0.0.1:$(PORT)/ - Ctrl-C stops it, what was done is kept."; \
	  exec $(PY) -m daphne -v 0 -b 127.0.0.1 -p $(PORT) creditor_meetings.config.asgi:application

.PHONY: port
port: python
	@$(PYTHON) -c 'import socket; s = socket.socket(); \
	  s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null || { \
	  echo "Port $(PORT) is not free: stop what uses it, or take another one: make run PORT=8001" >&2; exit 1; }

# --- Check -----------------------------------------------------------------------------------

.PHONY: test
test: test-packages venv-dev
	@$(PY) -m pytest $(TESTS) \
	  $(if $(TESTS),,--numprocesses $(WORKERS) --dist loadgroup --no-loadscope-reorder) $(ARGS)

.PHONY: test-packages
test-packages:
	@tests/support/debian_packages

LINTERS := lint-code lint-format lint-types lint-templates lint-rooms lint-security lint-libraries

.PHONY: lint $(LINTERS)
lint: venv-dev
	@$(MAKE) --keep-going $(LINTERS)

lint-code:
	@$(PY) -m ruff check .

lint-format:
	@$(PY) -m ruff format --check .

lint-types:
	@$(PY) -m mypy

lint-templates:
	@$(PY) -m djlint templates --lint --quiet
	@$(PY) -m djlint templates --check --quiet

lint-rooms:
	@$(PY) .venv/bin/lint-imports

lint-security:
	@$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(CODE) manage.py $(wildcard verify_evidence.py)

lint-libraries:
	@$(PY) -m deptry .

# Libraries with known faults. It asks a service of the outside, and says so where it cannot.
AUDIT := .venv/audit/bin/python
.PHONY: audit
audit: python
	@[ -x $(AUDIT) ] || { $(PYTHON) -m venv .venv/audit; $(AUDIT) -m pip install --quiet pip-audit; }
	@$(AUDIT) -m pip_audit --strict --disable-pip --require-hashes -r requirements.txt

.PHONY: format
format: venv-dev
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(PY) -m djlint templates --reformat --quiet

.PHONY: bench
bench: test-packages venv-dev
	@$(PY) -m bench $(ARGS)

# --- Make what is kept in the repository -----------------------------------------------------

.PHONY: messages
messages: test-packages venv-dev
	@$(PY) manage.py makemessages --locale en --no-wrap --add-location file \
	  --ignore '.venv/*' --ignore 'tests/*' --ignore 'bench/*'
	@$(PY) manage.py makemessages --domain djangojs --locale en --no-wrap --add-location file \
	  --ignore '.venv/*' --ignore 'static/vendor/*'
	@$(PY) manage.py compilemessages --ignore '.venv/*'

.PHONY: screenshots
screenshots: test-packages venv-dev
	@$(PY) -m pytest tests -m screenshots --screenshots=docs/screenshots $(ARGS)

UV := .venv/uv/bin/python -m uv
LOCK := env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(UV) pip compile --quiet --no-config --universal \
  --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock"

.PHONY: lock
lock: python
	@[ -x .venv/uv/bin/python ] || { $(PYTHON) -m venv .venv/uv; .venv/uv/bin/python -m pip install --quiet uv; }
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-dev.in --output-file requirements-dev.txt
