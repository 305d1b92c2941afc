# `make` sets everything up from the lock and runs the default study; `make test` runs the tests.
PYTHON ?= python3
BIN := .venv/bin
RUN := . $(BIN)/activate &&

.PHONY: study setup test fast lint graph bench bench-identity bench-scale bench-slurm bench-images soak mutants coverage lock clean reclaim
.DEFAULT_GOAL := study

study: setup  ## the default study: report in results/report.html
	$(RUN) snakemake

setup: .venv/locked  ## the environment, exactly as requirements.lock pins it

.venv/locked: requirements.lock bin/pipeline
	$(PYTHON) bin/set-up.py

test: setup lint  ## all tests, with the checks of style, types and layers
	$(RUN) pytest

fast: setup  ## all tests that need no built study
	$(RUN) pytest -m "not slow"

lint: setup
	$(RUN) ruff check . && ruff format --check .
	$(RUN) mypy & types=$$!; ($(RUN) PYTHONPATH=src lint-imports && snakefmt --check Snakefile); others=$$?; wait $$types && exit $$others

graph: setup  ## docs/graph.svg, drawn by Snakemake and Graphviz
	$(RUN) snakemake --rulegraph dot | dot -Tsvg -o docs/graph.svg

bench: setup  ## ratios against a bare loop and a bare graph
	$(RUN) python -m benchmarks.study

bench-identity: setup  ## what hash chain, receipts and the search for a flipped bit cost: docs/determinism.md
	$(RUN) PYTHONPATH=src:. python -m benchmarks.identity

bench-scale: setup  ## doing nothing at 100 to 10 000 artefacts, against plain Snakemake and plain DVC: docs/scale.md
	$(RUN) PYTHONPATH=src:. python -m benchmarks.scale

bench-slurm: setup  ## jobs and overhead on a real Slurm started here as root, packs against one job a run: docs/scale.md
	$(RUN) PYTHONPATH=src:. python -m benchmarks.on_slurm

bench-images: setup  ## training on images against a loop by hand, preparing them against copying their bytes
	$(RUN) PYTHONPATH=src:. python -m benchmarks.images

STEPS ?= 3000
SEED ?= 1
soak: setup  ## hours, before a release: every planted fault, random histories, every study rebuilt
	$(RUN) MUTANTS=all pytest tests/test_mutants.py
	$(RUN) PYTHONPATH=src:. python -m tests.workflow.soak --steps $(STEPS) --seed $(SEED)
	$(RUN) PYTHONPATH=src:. python -m tests.workflow.every_study

mutants: setup  ## every planted fault of tests/mutants, found by the test that claims it
	$(RUN) MUTANTS=all pytest tests/test_mutants.py

coverage: setup  ## lines and branches that the tests reach: docs/testing.md
	$(RUN) python -m tests.covered

lock: setup  ## pin anew what pyproject.toml asks for
	$(RUN) uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.lock

clean:  ## what is temporary; never a result
	rm -rf .pipeline .snakemake logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

reclaim: setup clean  ## disk: artefacts that are not true now, and cached ones that no commit names
	$(RUN) pipeline step reclaim
