# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's checklist, points 1 to 15: the repository and its metadata."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from reviewed import PLUGINS, PYTHON, ROOT, name_of, read_yaml, tool

GALAXY = read_yaml(ROOT / "galaxy.yml")
RUNTIME = read_yaml(ROOT / "meta" / "runtime.yml")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SUPPORT = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
CATEGORIES = {
    "application", "cloud", "database", "infrastructure", "linux", "monitoring", "networking", "security", "storage",
    "tools", "windows",
}  # fmt: skip
# the folders of plugins that ansible-core knows, and plugin_utils
PLUGIN_FOLDERS = {
    "action", "become", "cache", "callback", "cliconf", "connection", "doc_fragments", "filter", "httpapi", "inventory",
    "lookup", "module_utils", "modules", "netconf", "plugin_utils", "shell", "strategy", "sub_plugins", "terminal",
    "test", "vars",
}  # fmt: skip


# 1 and 2: galaxy.yml


def test_galaxy_yml_describes_the_collection():
    assert (GALAXY["namespace"], GALAXY["name"]) == ("msp", "connectwise")
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?", GALAXY["version"])
    assert Version(GALAXY["version"]) >= Version("1.0.0")
    assert GALAXY["authors"] and len(GALAXY["description"]) > 20
    assert (ROOT / GALAXY["readme"]).is_file()
    for address in ("repository", "issues", "homepage", "documentation"):
        assert GALAXY[address].startswith("https://"), address


def test_the_licences_are_named_once_and_their_texts_are_there():
    assert GALAXY["license"] and "license_file" not in GALAXY
    for licence in GALAXY["license"]:
        assert (ROOT / "LICENSES" / f"{licence}.txt").is_file(), licence


def test_the_tags_are_those_that_galaxy_takes():
    tags = GALAXY["tags"]
    assert set(tags) & CATEGORIES and len(tags) <= 20 and len(tags) == len(set(tags))
    assert [tag for tag in tags if not re.fullmatch(r"[a-z][a-z0-9]{0,63}", tag)] == []


# 4 and 5: meta/runtime.yml


def test_requires_ansible_takes_every_supported_version_and_excludes_no_later_one():
    required = RUNTIME["requires_ansible"]
    assert len(required) <= 255
    specifier = SpecifierSet(required)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", part.version) for part in specifier)
    assert not [part for part in specifier if part.operator not in (">=", ">", "!=")], "never over-restrict"
    supported = tool("check.test_matrix").SUPPORTED
    assert all(f"{core}.0" in specifier for core in supported) and "2.99.0" in specifier
    oldest = min(map(Version, supported))
    assert f"{oldest.major}.{oldest.minor - 1}.99" not in specifier


# 6 is tried with the built collection: see tools/release/smoke_test.py


# 7 and 8: plugins


def test_plugins_are_in_folders_that_ansible_knows():
    assert {path.name for path in PLUGINS.iterdir() if path.is_dir()} - {"__pycache__"} <= PLUGIN_FOLDERS


PRIVATE = [path for path in PYTHON if path.relative_to(PLUGINS).parts[0] in ("module_utils", "plugin_utils")]


def test_utilities_are_private_by_their_name_and_by_their_word():
    for path in PRIVATE:
        assert any(part.startswith("_") for part in path.relative_to(PLUGINS).parts[1:]), name_of(path)
        assert "PRIVATE" in "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:8]), name_of(path)


# 9: execution environments


def test_an_execution_environment_gets_what_the_collection_needs_and_no_more():
    described = read_yaml(ROOT / "meta" / "execution-environment.yml")
    lines = (ROOT / described["dependencies"]["python"]).read_text().splitlines()
    needed = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    assert [requirement.name for requirement in needed] == ["requests", "jsonschema"]
    assert {part.operator for requirement in needed for part in requirement.specifier} == {">="}
    assert not (ROOT / "requirements.txt").exists(), "ansible-builder would take it for the collection's own"
    assert f"requests | {str(next(iter(needed[0].specifier)))[2:]} and newer" in SUPPORT


# 10: extensions


def test_extensions_are_those_that_ansible_knows():
    folder = ROOT / "extensions"
    known = {"audit", "eda", "molecule", "patterns"}
    assert not folder.exists() or {path.name for path in folder.iterdir()} <= known


# 11: the changelog


def test_the_changelog_and_its_fragments_fit_the_version():
    changelog = read_yaml(ROOT / "changelogs" / "changelog.yaml")
    config = read_yaml(ROOT / "changelogs" / "config.yaml")
    released = [Version(version) for version in changelog.get("releases") or {}]
    assert all(version <= Version(GALAXY["version"]) for version in released)
    sections = {name for name, _title in config["sections"]} | {config["prelude_section_name"], "trivial"}
    fragments = list((ROOT / "changelogs" / "fragments").glob("*.y*ml"))
    assert released or fragments
    for path in fragments:
        assert set(read_yaml(path)) <= sections, name_of(path)


# 12: the README


HEADINGS = ["Try it", "Using it for real", "Licence"]
PROMISES = ["forum.ansible.com", "code_of_conduct", "docs/support.md", "CONTRIBUTING.md", "SECURITY.md"]


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_readme_has_what_a_user_looks_for(heading):
    assert re.search(rf"^## {heading}$", README, re.MULTILINE)


def test_the_readme_leads_to_communication_and_promises():
    assert [promise for promise in PROMISES if promise not in README] == []


def test_supported_versions_are_those_that_are_tested():
    for core in tool("check.test_matrix").SUPPORTED:
        assert core in next(line for line in SUPPORT.splitlines() if line.startswith("| ansible-core"))
    assert re.search(r"Unsupported Python \| .*2\.7.*3\.8", SUPPORT)
    assert "https://semver.org/" in SUPPORT and "deprecated" in SUPPORT


# 13: licences


def test_every_plugin_says_its_licence_at_its_head():
    for path in PYTHON:
        head = "\n".join(path.read_text(encoding="utf-8").splitlines()[:20])
        assert "GNU General Public License v3.0" in head, name_of(path)
        assert "License-Identifier: GPL-3.0-or-later\n" in head, name_of(path)


HAS_COMMENTS = (".cfg", ".css", ".ini", ".js", ".py", ".sh", ".toml", ".yaml", ".yml", "Makefile", "run")
# written by antsibull-changelog, which keeps no comments
WRITTEN = ("changelogs/changelog.yaml",)
EVERYTHING = [name for name in tool("checkout").files() if name.endswith(HAS_COMMENTS) and name not in WRITTEN]


def test_every_file_that_can_have_a_comment_says_its_licence_itself():
    """reuse lint takes the rest from REUSE.toml; here nothing may hide behind that."""
    heads = {name: (ROOT / name).read_text(encoding="utf-8")[:600] for name in EVERYTHING}
    silent = [name for name, head in heads.items() if "License-Identifier: GPL-3.0-or-later" not in head]
    assert [name for name in silent if heads[name].strip() and "/templates/" not in name] == []


def test_the_schemas_of_reports_are_schemas():
    """They are shipped, for whoever reads what a run writes."""
    found = sorted((PLUGINS / "plugin_utils" / "_report").glob("*.schema.json"))
    assert [path.name for path in found] == ["audit.schema.json", "first_contact.schema.json", "results.schema.json"]
    for path in found:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


# 15: no other collection is needed


def test_no_other_collection_is_needed():
    assert not GALAXY.get("dependencies")
    assert not (ROOT / "requirements.yml").exists()


def test_every_yaml_file_at_the_top_is_one_document_that_can_be_read():
    for path in [*ROOT.glob("*.yml"), *(ROOT / "meta").glob("*.yml")]:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict), name_of(path)
