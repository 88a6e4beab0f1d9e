# Noren's task file: `make` lists the recipes. Continuous integration runs these and nothing else.
PORT ?= 8080
PYTHON ?= python3
BIN := .venv/bin

help: ## list the recipes
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready: pyproject.toml hatch_build.py $(shell find portal -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[civic,disaster,governance,plan,privacy]'
	@touch $@

.venv/test: .venv/ready
	$(BIN)/pip install --quiet --group test
	@touch $@

install: .venv/ready ## make the virtual environment and build the portal

up: .venv/ready ## a whole sample city, alive, on http://localhost:8080 (PORT=9000 for another port)
	$(BIN)/noren demo city
	$(BIN)/noren up --city city --port $(PORT)

test: .venv/test ## style, types, floors of the house, then every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

bench: .venv/test ## measure the figures of bench/README.md again
	$(BIN)/python -m bench

screenshot: .venv/test ## take the README's picture from a running sample city
	$(BIN)/python portal/screenshot.py

format: .venv/test ## put code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the recipes made, the sample city included
	rm -rf .venv city src/noren/web/static portal/node_modules

.PHONY: help install up test bench screenshot format clean
.DEFAULT_GOAL := help
