# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's checklist, point 3: the content of the built collection, and that another build is identical."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile

import pytest
import yaml
from reviewed import ROOT, tool

# everything that a user of the installed collection gets; what isn't named here must be kept out in galaxy.yml
ALLOWED = {
    "ansible-navigator.yml", "awx", "CHANGELOG.md", "CHANGELOG.rst", "changelogs", "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md", "docs", "execution-environment.yml", "extensions", "FILES.json", "inventory", "LICENSE",
    "LICENSES", "MANIFEST.json", "meta", "playbooks", "plugins", "README.md", "roles", "SECURITY.md",
}  # fmt: skip
NEEDED = {
    "FILES.json", "LICENSE", "LICENSES", "MANIFEST.json", "README.md", "meta", "playbooks", "plugins", "roles",
    "changelogs",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return tool("checkout").copy_to(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def artifact(tree, tmp_path_factory):
    return tool("release.build_artifact").build(tmp_path_factory.mktemp("first"), tree)


@pytest.fixture(scope="module")
def files(artifact):
    return tool("release.build_artifact").read(artifact)


def test_a_second_build_is_the_same_byte_for_byte(tree, artifact, tmp_path, monkeypatch):
    """In another folder and time zone, with files that were written in another order and at other times."""
    again = tmp_path / "elsewhere" / "connectwise"
    for path in sorted((path for path in tree.rglob("*") if path.is_file()), reverse=True):
        target = again / path.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        os.utime(target, (1, 1))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    second = tool("release.build_artifact").build(tmp_path / "second", again)
    assert second.read_bytes() == artifact.read_bytes()
    assert (second.parent / "SHA256SUMS").read_text() == (artifact.parent / "SHA256SUMS").read_text()


def test_nothing_is_in_it_but_what_a_user_needs(files):
    inside = {name.partition("/")[0] for name in files}
    assert inside - ALLOWED == set()
    assert inside >= NEEDED


def test_no_leftovers_are_in_it(files):
    assert [name for name in files if re.search(r"__pycache__|\.pyc$|(^|/)\.|\.orig$|\.rej$|~$|\.tar\.gz$", name)] == []
    assert [name for name in files if name.startswith(("tests/", "tools/", "docs/site/"))] == []


def test_it_is_small_and_nothing_in_it_has_to_be_executable(artifact, files):
    assert artifact.stat().st_size < 2_000_000
    started = [name for name, content in files.items() if content.startswith(b"#!")]
    assert [name for name in started if not name.startswith("plugins/modules/")] == []


def test_its_checksums_are_right(artifact, files):
    listed = {file["name"]: file["chksum_sha256"] for file in json.loads(files["FILES.json"])["files"]}
    real = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if not name.endswith("/")}
    assert {name: sum_ for name, sum_ in listed.items() if sum_} == {
        name: sum_ for name, sum_ in real.items() if name not in ("FILES.json", "MANIFEST.json")
    }
    manifest = json.loads(files["MANIFEST.json"])
    assert manifest["file_manifest_file"]["chksum_sha256"] == real["FILES.json"]
    sums = dict(line.split("  ")[::-1] for line in (artifact.parent / "SHA256SUMS").read_text().splitlines())
    assert sums[artifact.name] == hashlib.sha256(artifact.read_bytes()).hexdigest()
    assert (artifact.parent / "MANIFEST.json").read_bytes() == files["MANIFEST.json"]


def test_it_tells_nothing_of_the_machine_that_built_it(artifact):
    with tarfile.open(artifact) as archive:
        members = archive.getmembers()
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {(0, 0, "", "")}
    assert len({member.mtime for member in members}) == 1
    assert str(ROOT).encode() not in artifact.read_bytes()


def test_each_role_has_the_page_and_the_description_that_galaxy_asks_for(files):
    """Galaxy refuses a collection with a role that has none; those of the vendors are made of their data."""
    roles = {name.split("/")[1] for name in files if re.match(r"roles/[^/]+/tasks/", name)}
    described = {role: yaml.safe_load(files[f"roles/{role}/meta/main.yml"])["galaxy_info"] for role in roles}
    assert len(roles) > 40 and all(each["description"] and each["license"] for each in described.values())
    assert {each["min_ansible_version"] for each in described.values()} == {"2.18"}
    assert [role for role in roles if not re.search(rb"^# \w", files[f"roles/{role}/README.md"], re.MULTILINE)] == []
    assert "| Service Desk | Service Tickets |" in files["roles/rewst/README.md"].decode()
    assert described["rewst"]["description"] == "Onboards Rewst on an instance of ConnectWise PSA"


def test_everything_that_the_collection_runs_on_is_in_it(tree, files):
    """Nothing in plugins, roles and playbooks may be left out by a pattern that was meant for something else."""
    needed = {
        str(path.relative_to(tree))
        for folder in ("meta", "plugins", "roles", "playbooks")
        for path in (tree / folder).rglob("*")
        if path.is_file()
    }
    assert needed - set(files) == set()
