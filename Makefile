# SPDX-License-Identifier: GPL-3.0-or-later
# Needs python3 (3.11 or newer) with venv, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
READY := $(VENV)/.ready

.PHONY: demo test check coverage mutants lint sanity roles vendor docs benchmark fleet-benchmark reliability dist requirements clean

demo: $(READY) ## onboard Rewst on two simulated instances
	PYTHONPATH=tests $(BIN)/python tests/demo.py

test: $(READY) ## run all checks that a change needs, and all tests
	$(MAKE) -j2 lint sanity
	$(BIN)/python -m pytest -n 2 tests

check: test docs ## everything that a release needs; with STRICT=--strict, no Python may be missing
	$(BIN)/python tools/galaxy_import.py
	$(BIN)/python tools/installed.py
	$(BIN)/python tools/every_core.py $(STRICT)

coverage: export COVERAGE_FILE := $(CURDIR)/build/coverage/data
coverage: $(READY) ## which branches of the plugins the tests run through, in all processes; at least 95 of 100
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/python -m coverage run -m pytest -n 2 tests
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

sanity: $(READY) ## the fast part of ansible-test sanity
	$(BIN)/python tools/every_core.py --quick

roles: $(READY) ## write what follows from the vendors' data: their roles, and AWX's surveys
	$(BIN)/python tools/vendor_roles.py write
	$(BIN)/python tools/awx_surveys.py write

vendor: $(READY) ## make a vendor's role from its matrix: make vendor NAME=hudu FROM=hudu.yml
	$(BIN)/python tools/vendor_roles.py --new "$(NAME)" --from "$(FROM)"
	$(BIN)/python tools/awx_surveys.py write

docs: $(READY) ## build the documentation's site: build/docs/html/index.html
	$(BIN)/python tools/docs_site.py

benchmark: $(READY) ## time the playbooks against the simulator
	PYTHONPATH=tests $(BIN)/python benchmarks/bench.py $(ARGUMENTS)

fleet-benchmark: $(READY) ## the same with many instances; takes minutes
	PYTHONPATH=tests $(BIN)/python benchmarks/fleet.py

reliability: $(READY) ## write the table of faults into docs/reliability.md
	$(BIN)/python tools/reliability_table.py write

dist: $(READY) ## build the artifact of a release, its checksums and its bill of materials, into dist
	rm -rf dist
	$(BIN)/python tools/build_artifact.py dist
	$(BIN)/python tools/sbom.py dist/*.tar.gz

requirements: $(READY) ## write requirements-dev.txt anew; with UPGRADE=--upgrade, with the newest versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $(UPGRADE) \
		--custom-compile-command "make requirements" --output-file requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) .sanity build context demo dist handover credentials

$(READY): requirements-dev.txt tools/optional_collections.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python tools/optional_collections.py
	touch $@
