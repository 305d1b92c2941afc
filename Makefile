# `make` sets everything up from the lock and runs the default study; `make test` runs the tests.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ACTIVE := . $(BIN)/activate &&
