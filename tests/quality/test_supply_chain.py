# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials, and the search for secrets. test_locks.py is about the development tools."""

from __future__ import annotations

import json

import pytest
import yaml
from reviewed import ROOT, tool

# the bill of materials


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return tool("release.build_artifact").build(tmp_path_factory.mktemp("dist"))


def test_the_bill_of_materials_fits_its_schema_and_the_artifact(artifact):
    sbom, build = tool("release.sbom"), tool("release.build_artifact")
    bill = sbom.describe(artifact)
    assert sbom.faults(bill) == ""
    assert sbom.faults({**bill, "components": [{"name": "of no type"}]}) != ""
    described = bill["metadata"]["component"]
    assert described["hashes"] == [{"alg": "SHA-256", "content": build.sha256(artifact.read_bytes())}]
    files = {name: content for name, content in build.read(artifact).items() if not name.endswith("/")}
    assert {file["name"]: file["hashes"][0]["content"] for file in described["components"]} == {
        name: build.sha256(content) for name, content in files.items()
    }
    assert {component["name"] for component in bill["components"]} == {"ansible-core", "requests", "jsonschema"}
    assert sbom.written(sbom.describe(artifact)) == sbom.written(bill)


# secrets


def test_a_secret_that_is_put_into_a_file_is_found(tmp_path, monkeypatch):
    scan, checkout = tool("check.secret_scan"), tool("checkout")
    private = "3kQ9" + "zTfW0mXbV7cR"
    (tmp_path / "inventory.yml").write_text(f"cw_private_key: {private}\ncw_site: na.myconnectwise.net\n")
    (tmp_path / "id").write_text("-----BEGIN OPENSSH " + "PRIVATE KEY-----\n")
    (tmp_path / "notes.md").write_text('Nothing to see: cw_private_key: "{{ cw_private_key }}"\n')
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    monkeypatch.setattr(checkout, "files", lambda: ["id", "inventory.yml", "notes.md"])
    monkeypatch.chdir(tmp_path)
    found = scan.scan()
    assert set(found) == {"id", "inventory.yml"}
    new = scan.unknown(found, {})
    assert "inventory.yml:1: Secret Keyword" in new and len(new) >= 2
    assert private not in "".join(new)
    accepted = {file: list(secrets) for file, secrets in found.items()}
    assert scan.unknown(found, accepted) == []
    assert "3kQ9" not in json.dumps(accepted)


# promises in SECURITY.md


def test_the_security_policy_and_the_code_of_conduct_are_there():
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"] + "/security" in policy
    for heading in ("Report a vulnerability", "Supported versions", "Dependencies"):
        assert f"## {heading}\n" in policy
    assert (ROOT / "CODE_OF_CONDUCT.md").is_file()
