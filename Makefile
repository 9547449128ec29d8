# What people type. `make` or `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
ARGS ?=
# Who asks for some tests may leave one of the two runs without any (pytest ends with 5 then).
NONE_LEFT = $(if $(ARGS),|| [ $$? -eq 5 ])
# No test takes minutes: one that does stands still, and is told by its name instead of holding up the rest.
BOUNDED = -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test prove check fmt unit lock vectors bench bench-end bench-desk help

demo: ## Try it: a server, a simulated TV and the technician's console, from one command
	@python3 tools/install.py run
	@exec .venv/bin/alongside demo $(ARGS)

test: ## The whole suite: checks, unit, real databases, real browser (what CI runs)
	@python3 tools/install.py test
	@$(MAKE) --no-print-directory check
	@node --test --test-reporter=dot tests/node/
	@$(PY) -m pytest -q $(BOUNDED) --max-worker-restart=0 -m "not alone" -n 3 --dist loadfile --no-loadscope-reorder \
	  $(ARGS) tests $(NONE_LEFT)
	@$(PY) -m pytest -q $(BOUNDED) -m alone $(ARGS) tests $(NONE_LEFT)

prove: ## The suite with the full counts that the promises name; long
	@python3 tools/install.py test
	@ALONGSIDE_PROVE=1 $(PY) -m pytest -q -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS) tests $(NONE_LEFT)
	@ALONGSIDE_PROVE=1 $(PY) -m pytest -q -m alone $(ARGS) tests $(NONE_LEFT)

unit: ## Only the pure tests, in seconds
	@python3 tools/install.py checks
	@$(PY) -m pytest -q -m "not slow and not browser" $(ARGS) tests/unit tests/vectors

check: ## Format, lint, types, import rules; the browser's types where Node is there
	@python3 tools/install.py checks
	@$(PY) -m ruff format --check -q .
	@$(PY) -m ruff check -q .
	@$(PY) -m mypy --no-error-summary .
	@report=$$(.venv/bin/lint-imports) || { echo "$$report"; exit 1; }
	@if [ -d node_modules ]; then npx --no-install tsc -p tsconfig.json; else echo "Browser checks skipped: node_modules is not installed (make test installs it)"; fi

fmt: ## Format and fix what can be fixed by itself
	@$(PY) -m ruff format -q .
	@$(PY) -m ruff check -q --fix .
	@$(PY) tools/make_tokens.py
	@$(PY) tools/draw_machines.py
	@$(PY) tools/make_requirements.py

lock: ## Compile requirements/*.in into hashed requirements/*.txt
	@for set in uv run test; do .venv/tools/bin/uv pip compile -q --upgrade --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --no-annotate --no-header requirements/$$set.in -o requirements/$$set.txt; done

vectors: ## Make our own transcript vectors again (the committed ones never change within a version)
	@$(PY) tools/make_vectors.py

bench: ## Measure picture and control beside other systems; ARGS="--network direct,home --rounds 3"
	@python3 tools/install.py test >&2
	@exec $(PY) -m bench.screen $(ARGS)

bench-end: ## Play and time every way a session can end; ARGS="--json --rounds 200"
	@python3 tools/install.py test >&2
	@exec $(PY) -m bench.endings $(ARGS)

bench-desk: ## Import a million products and ask the desk of them; ARGS="--units 20000 --databases sqlite"
	@python3 tools/install.py test >&2
	@exec $(PY) -m bench.desk $(ARGS)

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16
