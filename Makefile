# SPDX-License-Identifier: GPL-3.0-or-later
# Requires only python3 (3.11 or newer) with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
USERS_PATH := $(PATH)
export PATH := $(BIN):$(PATH)

# Installs only what a lock names, and builds only with what is installed already, so no later release can change anything.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation
LOCKS := requirements-demo.txt requirements-build.txt requirements-dev.txt
# The name of a stamp contains the checksum of what was installed, so a changed lock counts whatever its date.
checksum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
DEMO := $(VENV)/.demo-$(call checksum,requirements-demo.txt)
READY := $(VENV)/.ready-$(call checksum,$(LOCKS) tools/check/optional_collections.py)
BEGUN := $(VENV)/.begun

# two processes; the tests of a file run in one, because they share slow fixtures
SHARED := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help demo test test-quick check coverage mutants lint sanity roles vendor docs benchmark fleet-benchmark \
	reliability playbook-pages dist release requirements installs environment demo-environment clean

help: ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(DEMO) ## onboard Rewst on two simulated instances; KEEP=1 leaves them running
	PYTHONPATH=tests $(BIN)/python tests/demo.py $(if $(KEEP),--keep)

test: $(READY) ## run all tests, and all checks for a change
	$(MAKE) -j2 lint sanity
	$(BIN)/python -m pytest $(SHARED) tests

test-quick: $(READY) ## run the unit tests and the main playbook tests, in less than two minutes
	$(BIN)/python -m pytest $(SHARED) tests/unit
	$(BIN)/python -m pytest $(SHARED) -m main tests/playbooks

check: test docs ## run everything that a release needs; STRICT=--strict requires every Python
	$(BIN)/python tools/release/galaxy_import.py
	$(BIN)/python tools/release/smoke_test.py
	$(BIN)/python tools/check/test_matrix.py $(STRICT)

coverage: export COVERAGE_FILE := $(CURDIR)/build/coverage/data
coverage: $(READY) ## measure branch coverage of the plugins in all processes; fails below 95 %
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/python -m coverage run -m pytest $(SHARED) tests
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

mutants: $(READY) ## check that the tests notice changes to the domain logic; takes half an hour
	$(BIN)/python tools/measure/mutants.py

lint: $(READY) ## check style, types, licences, spelling and documentation, and scan for secrets
	$(BIN)/ruff check benchmarks docs/site plugins tests tools
	cd .collections && MYPYPATH=. $(BIN)/mypy --config-file ../pyproject.toml -p ansible_collections.msp.connectwise.plugins
	cd tests && $(BIN)/mypy --config-file ../pyproject.toml -p simulator -p awx
	cd tools && $(BIN)/mypy --config-file ../pyproject.toml .
	cd benchmarks && MYPYPATH=.:../tests $(BIN)/mypy --config-file ../pyproject.toml *.py
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint
	$(BIN)/antsibull-changelog lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all --disallow-unknown-collection-refs .
	$(BIN)/codespell
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/python tools/check/secret_scan.py

sanity: $(READY) ## run the fast part of ansible-test sanity, and ansible-test integration
	$(BIN)/python tools/check/test_matrix.py --quick

roles: $(READY) ## generate the vendors' roles and playbooks, and the lists in docs
	$(BIN)/python tools/generate/vendor_roles.py write
	$(BIN)/python tools/generate/vendor_sources.py sync

vendor: $(READY) ## create a vendor's role from its matrix, or draft the matrix from a table: make vendor NAME=hudu FROM=hudu.yml
	$(BIN)/python tools/generate/vendor_roles.py --new "$(NAME)" --from "$(FROM)"
	$(BIN)/python tools/generate/vendor_sources.py sync

docs: $(READY) ## build the documentation site: build/docs/html/index.html
	$(BIN)/python tools/generate/docs_site.py

benchmark: $(READY) ## time the playbooks against the simulator
	PYTHONPATH=tests $(BIN)/python benchmarks/bench.py $(ARGUMENTS)

fleet-benchmark: $(READY) ## time the playbooks with many instances; takes minutes
	PYTHONPATH=tests $(BIN)/python benchmarks/fleet.py

reliability: $(READY) ## update the table of faults in docs/reliability.md
	$(BIN)/python tools/generate/reliability_table.py write

playbook-pages: $(READY) ## run the commands of docs/playbooks, and update their output in the pages
	$(BIN)/python tools/generate/playbook_pages.py

dist: $(READY) ## build a release artifact with checksums and bill of materials in dist
	rm -rf dist
	$(BIN)/python tools/release/build_artifact.py dist
	$(BIN)/python tools/release/sbom.py dist/*.tar.gz

release: $(READY) ## check, commit and tag a release, signed, without pushing it: make release VERSION=1.1.0
	$(BIN)/python tools/release/release.py "$(VERSION)"

requirements: ## rewrite the locks; UPGRADE=--upgrade takes the newest versions
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	$(COMPILE) $(UPGRADE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --constraints requirements-dev.txt --output-file requirements-demo.txt requirements-demo.in
	$(COMPILE) --constraints requirements-dev.txt --output-file requirements-build.txt requirements-build.in

COMPILE := build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make requirements"

installs: ## install the locks with each supported pip into new environments; takes minutes
	$(PYTHON) tools/release/installs.py $(STRICT)

environment: $(READY) ## install everything into .venv, as make test does

demo-environment: $(DEMO) ## install what the demo needs into .venv, as make demo does

clean: ## remove what make and the tests created, but nothing in my, credentials or handover
	rm -rf $(VENV) .sanity build context demo dist
	rm -rf .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache changelogs/.plugin-cache.yaml tests/output
	find benchmarks docs plugins tests tools -name __pycache__ -prune -exec rm -rf {} +

$(DEMO): export PATH := $(USERS_PATH)
$(DEMO):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is required: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Installing what the demo needs into $(VENV)"
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) -r requirements-demo.txt
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $@

# If an earlier attempt began, start over: an interrupted installation looks complete (pip writes a package's commands last),
# and packages of another lock may not fit this one.
$(READY): $(DEMO)
	test ! -e $(BEGUN) || { rm -rf $(VENV) && $(MAKE) $(DEMO); }
	@echo "Installing what the tests and tools need into $(VENV)"
	touch $(BEGUN)
	$(INSTALL) -r requirements-build.txt
	$(INSTALL) -r requirements-dev.txt
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/python tools/check/optional_collections.py
	touch $@
