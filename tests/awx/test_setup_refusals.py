# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials, and what awx_setup says where it can't go on: with one job template, as each object takes its time."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbooks.controller import ROOT

from .conftest import URL, Setup

RECAP = "localhost"


def described(file: str, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "awx" / f"{file}.yml").read_text())
    return next(each for each in found if each["name"] == name)


def test_credentials_are_written_once_and_never_shown(setup: Setup) -> None:
    key, password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    instance = {
        "site": "na.example.net",
        "company": "acme",
        "public_key": "PUB",
        "client_id": "GUID",
        "private_key": key,
    }
    given: dict[str, Any] = {
        "awx_setup_instance": instance, "awx_setup_vault_password": password, "awx_setup_vault_id": "prod"
    }  # fmt: skip
    first = setup.run("-vvv", "--diff", **given).expect(0)
    credentials = setup.awx.credentials
    assert credentials["ConnectWise instance"]["inputs"] == instance
    assert credentials["ConnectWise vault password"]["inputs"] == {"vault_password": password, "vault_id": "prod"}
    attached = setup.awx.store.members[
        ("job_templates", setup.awx.all("job_templates")["ConnectWise onboard"]["id"], "credentials")
    ]
    assert sorted(attached) == sorted(each["id"] for each in credentials.values())

    changed = {**given, "awx_setup_instance": {**instance, "private_key": key + "2"}}
    kept, nothing = setup.written("-vvv", **changed)
    assert (nothing, kept.changed(RECAP)) == ([], 0), "AWX doesn't show secrets: a new one has to be asked for"
    updated, _writes = setup.written("-vvv", awx_setup_update_credentials=True, **changed)
    assert setup.awx.credentials["ConnectWise instance"]["inputs"]["private_key"] == key + "2"
    for run in (first, kept, updated):
        for secret in (key, password, setup.awx.token):
            assert secret not in run.printed
    left = [path for path in setup.controller.folder.rglob("*") if path.is_file() and path != setup.variables]
    assert [path for path in left if key in path.read_text(errors="replace")] == []


def test_a_project_with_old_files_is_updated_first(setup: Setup, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "audit.yml").write_text("- ansible.builtin.import_playbook: msp.connectwise.audit\n")
    new = setup.awx.store.repositories[URL]
    setup.awx.store.repositories[URL] = old
    refused = setup.run()
    assert refused.rc != 0
    refused.says("Playbook not found for project")
    setup.awx.store.repositories[URL] = new
    _run, writes = setup.written()
    assert any(path.endswith("/update/") for path in writes)
    assert list(setup.awx.all("job_templates")) == ["ConnectWise onboard"]


def test_without_the_collection_nothing_is_asked(setup: Setup) -> None:
    setup.collections = ""
    run = setup.run()
    assert run.rc != 0
    run.says("The collection awx.awx isn't installed, so nothing was asked of AWX", "ansible-galaxy collection install")
    assert setup.awx.log == []


def test_a_wrong_token_is_said_and_not_shown(setup: Setup) -> None:
    wrong = secrets.token_urlsafe(24)
    ways: tuple[dict[str, Any], ...] = ({"env": {"CONTROLLER_OAUTH_TOKEN": wrong}}, {"awx_setup_token": wrong})
    for how in ways:
        run = setup.run("-vvv", **how)
        assert run.rc != 0
        run.says("couldn't be asked, so nothing was changed in it", "HTTP 401", setup.awx.url)
        assert wrong not in run.printed
    assert setup.awx.writes == []


def test_the_role_takes_address_and_token_and_an_image_too(setup: Setup) -> None:
    nobody = {"CONTROLLER_HOST": "", "CONTROLLER_OAUTH_TOKEN": ""}
    told = {"awx_setup_host": setup.awx.url, "awx_setup_token": setup.awx.token, "awx_setup_validate_certs": False}
    more = {"awx_setup_image": "registry.example/ee:1", "awx_setup_extra_vars": {"cw_output_dir": "/data/handover"}}
    setup.run("-vvv", env=nobody, **told, **more).expect(0)
    made = setup.awx.all("execution_environments")["ConnectWise"]
    assert made["image"] == "registry.example/ee:1"
    (template,) = setup.awx.all("job_templates").values()
    assert template["execution_environment"] == made["id"]
    assert template["extra_vars"] == '{"cw_output_dir": "/data/handover"}'

    by_password = {"awx_setup_host": setup.awx.url, "awx_setup_username": "admin",
                   "awx_setup_password": setup.awx.password}  # fmt: skip
    before, secret = len(setup.awx.writes), secrets.token_urlsafe(24)
    run = setup.run("-vvv", "--check", env=nobody, awx_setup_vault_password=secret, **by_password, **more).expect(0)
    run.says("Would be made", "ConnectWise vault password")
    assert [each.path for each in setup.awx.writes[before:] if "token" not in each.path] == []
    assert [each for each in (secret, setup.awx.password) if each in run.printed] == []


def test_what_is_missing_is_said_before_anything_is_made(setup: Setup) -> None:
    run = setup.run(
        awx_setup_project_url="", awx_setup_credentials=["Nobody's"], awx_setup_execution_environment="Mine"
    )
    assert run.rc != 0
    run.says("AWX lacks the project ConnectWise, the execution environment Mine, the credential Nobody's")
    assert setup.awx.writes == []


@pytest.mark.parametrize("prompt", ["inventory", "variables"])
def test_a_workflow_whose_prompt_would_be_ignored_is_refused(setup: Setup, prompt: str) -> None:
    """Of a user's own, or kept from a version that still asked for it."""
    template = described("job_templates", "ConnectWise offboard")
    workflow = described("workflows", "ConnectWise offboard after a look")
    templates = [{**template, "ask": ["limit", "job_type"]}]
    workflows = [{**workflow, "ask": ["limit", prompt]}]
    run = setup.run(awx_setup_job_templates=templates, awx_setup_workflows=workflows)
    assert run.rc != 0
    run.says(f"asks for {prompt}, and ConnectWise offboard (node look) doesn't", "Nothing was changed", "node offboard")
    assert setup.awx.log == []
