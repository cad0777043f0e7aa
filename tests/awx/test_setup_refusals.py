# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials, and how awx_setup reports what it can't do. With one job template, to save time."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbooks.controller import ROOT

from .conftest import URL, Setup


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
    ours = [credentials[f"ConnectWise {name}"]["id"] for name in ("instance", "vault password")]
    assert sorted(attached) == sorted(ours)

    changed = {**given, "awx_setup_instance": {**instance, "private_key": key + "2"}}
    kept = setup.applied(**changed)
    assert (kept["sent"], kept["changed"]) == ([], False), "AWX doesn't show secrets: a new one has to be asked for"
    updated = setup.applied(diff=True, awx_setup_update_credentials=True, **changed)
    assert setup.awx.credentials["ConnectWise instance"]["inputs"]["private_key"] == key + "2"
    for told in (first.printed, str(kept), str(updated)):
        assert [secret for secret in (key, password, setup.awx.token) if secret in told] == []
    left = [path for path in setup.controller.folder.rglob("*") if path.is_file() and path != setup.variables]
    assert [path for path in left if key in path.read_text(errors="replace")] == []


def test_what_awx_says_of_a_credential_shows_no_secret(setup: Setup) -> None:
    password = secrets.token_urlsafe(24)
    setup.awx.all("credential_types")["Vault"]["inputs"]["fields"][0]["choices"] = ["a"]
    result = setup.apply(awx_setup_vault_password=password)
    assert any("AWX says: inputs: vault_password" in each for each in result["left"]), result["left"]
    assert password not in str(result)


def test_a_project_with_old_files_is_updated_first(setup: Setup, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "audit.yml").write_text("- ansible.builtin.import_playbook: msp.connectwise.audit\n")
    new = setup.awx.store.repositories[URL]
    setup.awx.store.repositories[URL] = old
    (left,) = setup.apply()["left"]
    assert "job template ConnectWise onboard: the project ConnectWise has no playbook onboard.yml" in left
    setup.awx.store.repositories[URL] = new
    assert any(path.endswith("/update/") for path in setup.applied()["sent"])
    assert list(setup.awx.all("job_templates")) == ["ConnectWise onboard"]


def test_a_project_that_cannot_be_had_is_one_cause(setup: Setup) -> None:
    repositories, setup.awx.store.repositories = setup.awx.store.repositories, {}
    project, template = setup.apply()["left"]
    assert project.startswith("project ConnectWise: its files can't be fetched: AWX says: it ended as failed: open")
    assert f"{setup.awx.url}/#/jobs/project/" in project
    assert template == "job template ConnectWise onboard: it needs the project ConnectWise."
    setup.awx.store.repositories = repositories
    setup.applied()


def test_without_the_collection_nothing_is_asked(setup: Setup) -> None:
    setup.collections = ""
    run = setup.run()
    assert run.rc != 0
    run.says("Setting up AWX needs the collection awx.awx", "ansible-galaxy collection install awx.awx", "Nothing was")
    assert setup.awx.log == []


def test_a_wrong_token_is_said_and_not_shown(setup: Setup) -> None:
    wrong = secrets.token_urlsafe(24)
    run = setup.run("-vvv", env={"CONTROLLER_OAUTH_TOKEN": wrong})
    assert run.rc != 0
    run.says("can't be used, so nothing was changed", "HTTP 401", setup.awx.url)
    assert wrong not in run.printed
    assert setup.awx.writes == []


def test_a_login_by_name_and_password_is_ended(setup: Setup) -> None:
    by_password = {"awx_setup_token": "", "awx_setup_username": "admin", "awx_setup_password": setup.awx.password}
    secret = secrets.token_urlsafe(24)
    result = setup.applied(check=True, awx_setup_vault_password=secret, **by_password)
    assert "would be created: credential ConnectWise vault password" in result["lines"]
    assert [each.split()[0] for each in result["sent"]] == ["POST", "DELETE"]
    assert [each for each in (secret, setup.awx.password) if each in str(result)] == []


def test_variables_of_all_templates(setup: Setup) -> None:
    setup.applied(awx_setup_extra_vars={"cw_output_dir": "/data/handover"})
    (template,) = setup.awx.all("job_templates").values()
    assert template["extra_vars"] == '{"cw_output_dir": "/data/handover"}'


def test_what_is_missing_is_said_before_anything_is_made(setup: Setup) -> None:
    result = setup.apply(
        awx_setup_project_url="", awx_setup_image="", awx_setup_credentials=["Nobody's"],
        awx_setup_execution_environment="Mine",
    )  # fmt: skip
    for said in ("the project ConnectWise (", "the execution environment Mine (", "the credential Nobody's"):
        assert said in result["msg"]
    assert setup.awx.writes == []


@pytest.mark.parametrize("prompt", ["inventory", "variables"])
def test_a_workflow_whose_prompt_would_be_ignored_is_refused(setup: Setup, prompt: str) -> None:
    """Of a user's own, or kept from a version that still asked for it."""
    template = described("job_templates", "ConnectWise offboard")
    workflow = described("workflows", "ConnectWise offboard after a look")
    templates = [{**template, "ask": ["limit", "job_type"]}]
    workflows = [{**workflow, "ask": ["limit", prompt]}]
    result = setup.apply(awx_setup_job_templates=templates, awx_setup_workflows=workflows)
    assert f"asks for {prompt}, but ConnectWise offboard (node look) doesn't" in result["msg"]
    assert "Nothing was changed" in result["msg"] and "node offboard" in result["msg"]
    assert setup.awx.log == []
