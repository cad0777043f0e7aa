# SPDX-License-Identifier: GPL-3.0-or-later
# Needs python3 (3.11 or newer) with venv, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)

.PHONY: demo test lint roles vendor benchmark clean

demo: $(VENV)/.ready ## onboard Rewst on two simulated instances
	PYTHONPATH=tests $(BIN)/python tests/demo.py

test: lint ## run all checks and all tests
	$(BIN)/python -m pytest -n 2 tests

lint: $(VENV)/.ready ## style, types, and Ansible's own rules
	$(BIN)/ruff check benchmarks plugins tests tools
	cd .collections && MYPYPATH=. $(BIN)/mypy --config-file ../pyproject.toml -p ansible_collections.msp.connectwise.plugins
	cd tests && $(BIN)/mypy --config-file ../pyproject.toml -p simulator
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint
	$(BIN)/antsibull-changelog lint

roles: $(VENV)/.ready ## write all of the vendors' roles that follows from their data
	$(BIN)/python tools/vendor_roles.py write

vendor: $(VENV)/.ready ## make a vendor's role from its matrix: make vendor NAME=hudu FROM=hudu.yml
	$(BIN)/python tools/vendor_roles.py --new "$(NAME)" --from "$(FROM)"

benchmark: $(VENV)/.ready ## time the playbooks against the simulator
	PYTHONPATH=tests $(BIN)/python benchmarks/bench.py

clean:
	rm -rf $(VENV) demo handover credentials

$(VENV)/.ready: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
