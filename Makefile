# SPDX-License-Identifier: GPL-3.0-or-later
# Needs python3 (3.11 or newer) with venv, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
USERS_PATH := $(PATH)
export PATH := $(BIN):$(PATH)

# Only what a lock names, and for builds only what is installed already: nothing depends on what is published later.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation
LOCKS := requirements-demo.txt requirements-build.txt requirements-dev.txt
# The name of a stamp holds the checksum of what was installed, so a changed lock counts whatever its date.
checksum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
DEMO := $(VENV)/.demo-$(call checksum,requirements-demo.txt)
READY := $(VENV)/.ready-$(call checksum,$(LOCKS) tools/optional_collections.py)
BEGUN := $(VENV)/.begun

# two processes; the tests of a file in one, since they share what takes long to set up
SHARED := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help demo test test-quick check coverage mutants lint sanity roles vendor docs benchmark fleet-benchmark \
	reliability playbook-pages dist requirements installs environment demo-environment clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(DEMO) ## onboard Rewst on two simulated instances; with KEEP=1, they stay up
	PYTHONPATH=tests $(BIN)/python tests/demo.py $(if $(KEEP),--keep)

test: $(READY) ## run all checks that a change needs, and all tests
	$(MAKE) -j2 lint sanity
	$(BIN)/python -m pytest $(SHARED) tests

test-quick: $(READY) ## run the unit tests and the main playbook tests, in less than two minutes
	$(BIN)/python -m pytest $(SHARED) tests/unit
	$(BIN)/python -m pytest $(SHARED) -m main tests/playbooks

check: test docs ## everything that a release needs; with STRICT=--strict, no Python may be missing
	$(BIN)/python tools/galaxy_import.py
	$(BIN)/python tools/installed.py
	$(BIN)/python tools/every_core.py $(STRICT)

coverage: export COVERAGE_FILE := $(CURDIR)/build/coverage/data
coverage: $(READY) ## which branches of the plugins the tests run through, in all processes; at least 95 of 100
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/python -m coverage run -m pytest $(SHARED) tests
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

mutants: $(READY) ## whether the tests notice when the domain logic is changed; takes half an hour
	$(BIN)/python tools/mutants.py

lint: $(READY) ## style, types, licences, spelling, documentation, and secrets that don't belong here
	$(BIN)/ruff check benchmarks docs/site plugins tests tools
	cd .collections && MYPYPATH=. $(BIN)/mypy --config-file ../pyproject.toml -p ansible_collections.msp.connectwise.plugins
	cd tests && $(BIN)/mypy --config-file ../pyproject.toml -p simulator -p awx
	cd tools && $(BIN)/mypy --config-file ../pyproject.toml *.py
	cd benchmarks && MYPYPATH=.:../tests $(BIN)/mypy --config-file ../pyproject.toml *.py
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint
	$(BIN)/antsibull-changelog lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all --disallow-unknown-collection-refs .
	$(BIN)/codespell
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/python tools/secret_scan.py

sanity: $(READY) ## the fast part of ansible-test sanity, and ansible-test integration
	$(BIN)/python tools/every_core.py --quick

roles: $(READY) ## write what follows from data: the vendors' roles and playbooks, and lists in docs
	$(BIN)/python tools/vendor_roles.py write
	$(BIN)/python tools/vendor_sources.py sync

vendor: $(READY) ## make a vendor's role from its matrix, or propose that from a table: make vendor NAME=hudu FROM=hudu.yml
	$(BIN)/python tools/vendor_roles.py --new "$(NAME)" --from "$(FROM)"
	$(BIN)/python tools/vendor_sources.py sync

docs: $(READY) ## build the documentation's site: build/docs/html/index.html
	$(BIN)/python tools/docs_site.py

benchmark: $(READY) ## time the playbooks against the simulator
	PYTHONPATH=tests $(BIN)/python benchmarks/bench.py $(ARGUMENTS)

fleet-benchmark: $(READY) ## the same with many instances; takes minutes
	PYTHONPATH=tests $(BIN)/python benchmarks/fleet.py

reliability: $(READY) ## write the table of faults into docs/reliability.md
	$(BIN)/python tools/reliability_table.py write

playbook-pages: $(READY) ## run the commands of docs/playbooks, and write what they print into the pages
	$(BIN)/python tools/generate/playbook_pages.py

dist: $(READY) ## build the artifact of a release, its checksums and its bill of materials, into dist
	rm -rf dist
	$(BIN)/python tools/build_artifact.py dist
	$(BIN)/python tools/sbom.py dist/*.tar.gz

requirements: ## write the locks anew; with UPGRADE=--upgrade, with the newest versions
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	$(COMPILE) $(UPGRADE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --constraints requirements-dev.txt --output-file requirements-demo.txt requirements-demo.in
	$(COMPILE) --constraints requirements-dev.txt --output-file requirements-build.txt requirements-build.in

COMPILE := build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make requirements"

installs: ## install the locks with each supported pip into new environments; takes minutes
	$(PYTHON) tools/installs.py $(STRICT)

environment: $(READY) ## install everything into .venv, as make test does

demo-environment: $(DEMO) ## install what the demo needs into .venv, as make demo does

clean: ## remove what make and the tests made: nothing in my, credentials or handover
	rm -rf $(VENV) .sanity build context demo dist
	rm -rf .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache changelogs/.plugin-cache.yaml tests/output
	find benchmarks docs plugins tests tools -name __pycache__ -prune -exec rm -rf {} +

$(DEMO): export PATH := $(USERS_PATH)
$(DEMO):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Installing what the demo needs into $(VENV)"
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) -r requirements-demo.txt
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $@

# Where this was begun before, it starts afresh: what was interrupted can't be told from what is complete (pip writes a
# package's commands last), and what another lock brought may not fit this one.
$(READY): $(DEMO)
	test ! -e $(BEGUN) || { rm -rf $(VENV) && $(MAKE) $(DEMO); }
	@echo "Installing what the tests and tools need into $(VENV)"
	touch $(BEGUN)
	$(INSTALL) -r requirements-build.txt
	$(INSTALL) -r requirements-dev.txt
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/python tools/optional_collections.py
	touch $@
