# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX is brought to what awx/ describes: at first, again, in check mode, and after somebody changed it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbooks.controller import ROOT, Run

from .conftest import URL, Setup
from .standin import AwxStandIn

AWX = ROOT / "awx"
RECAP = "localhost"


def data(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((AWX / f"{name}.yml").read_text())
    return found


TEMPLATES, WORKFLOWS, SCHEDULES = (data(name) for name in ("job_templates", "workflows", "schedules"))


@dataclass
class Story:
    """What happened: looked at, applied, looked at again and so on; with each run, what it sent."""

    awx: AwxStandIn
    runs: dict[str, Run]
    writes: dict[str, list[str]]


def spoil(awx: AwxStandIn) -> None:
    """Somebody changes a few things in the pages."""
    awx.all("job_templates")["ConnectWise audit"]["description"] = "mine"
    del awx.survey("job_templates", "ConnectWise onboard")["spec"][0]
    awx.all("schedules")["ConnectWise nightly audit"]["enabled"] = False
    node = awx.all("workflow_job_template_nodes")["worksheets"]["id"]
    awx.store.members[("workflow_job_template_nodes", node, "success_nodes")].clear()


def lose_a_node(awx: AwxStandIn) -> None:
    nodes = awx.all("workflow_job_template_nodes")
    awx.store.remove("workflow_job_template_nodes", nodes["verify"]["id"])


@pytest.fixture(scope="module")
def story(new_setup: Callable[[], Setup]) -> Story:
    setup = new_setup()
    told = Story(setup.awx, {}, {})

    def run(name: str, *options: str) -> None:
        told.runs[name], told.writes[name] = setup.written(*options)

    run("look", "--check")
    run("apply")
    run("again")
    spoil(setup.awx)
    run("look at what was spoilt", "--check")
    run("repair")
    lose_a_node(setup.awx)
    run("look at what was lost", "--check")
    run("make whole")
    return told


def test_a_look_changes_nothing_and_says_what_would_be_made(story: Story) -> None:
    assert story.writes["look"] == []
    assert story.runs["look"].changed(RECAP) > 0
    story.runs["look"].says("Would be made, with all job templates", "ConnectWise instances")


def test_everything_is_made(story: Story) -> None:
    assert list(story.awx.all("job_templates")) == [each["name"] for each in TEMPLATES]
    assert list(story.awx.all("workflow_job_templates")) == [each["name"] for each in WORKFLOWS]
    assert list(story.awx.all("schedules")) == [each["name"] for each in SCHEDULES]
    assert {"ConnectWise PSA instance", "ConnectWise PSA API key", "ConnectWise PSA key store"} <= set(
        story.awx.all("credential_types")
    )
    source = story.awx.all("inventory_sources")["ConnectWise inventory"]
    assert (source["source"], source["source_path"], source["update_on_launch"]) == ("scm", "inventory", True)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: str(each["name"]))
def test_each_template_has_its_playbook_and_its_survey(story: Story, template: dict[str, str]) -> None:
    made = story.awx.all("job_templates")[template["name"]]
    assert made["playbook"] == template["playbook"]
    assert made["project"] == story.awx.all("projects")["ConnectWise"]["id"]
    assert made["survey_enabled"]
    expected = yaml.safe_load((AWX / "surveys" / f"{template['survey']}.yml").read_text())
    assert story.awx.survey("job_templates", template["name"]) == expected
    assert {name for name in made if name.startswith("ask_") and made[name]} == {
        f"ask_{name}_on_launch" for name in template["ask"]
    }


def test_the_workflow_waits_for_a_person(story: Story) -> None:
    awx = story.awx
    nodes, templates = awx.all("workflow_job_template_nodes"), awx.all("job_templates")
    approval = awx.all("workflow_approval_templates")["Work through the worksheets"]
    path = "workflow_job_template_nodes"

    def after(name: str, how: str) -> list[int]:
        return awx.store.members[(path, nodes[name]["id"], how)]

    assert nodes["onboard"]["unified_job_template"] == templates["ConnectWise onboard"]["id"]
    assert nodes["onboard"]["extra_data"] == {"onboard_handover": "report"}
    assert after("onboard", "always_nodes") == [nodes["worksheets"]["id"]]
    assert nodes["worksheets"]["unified_job_template"] == approval["id"]
    assert after("worksheets", "success_nodes") == [nodes["verify"]["id"]]
    assert nodes["verify"]["unified_job_template"] == templates["ConnectWise verify"]["id"]


def test_offboarding_is_looked_at_before_somebody_consents(story: Story) -> None:
    awx = story.awx
    nodes = awx.all("workflow_job_template_nodes")
    template = awx.all("job_templates")["ConnectWise offboard"]
    assert template["extra_vars"] == "{}"
    assert [nodes[name]["job_type"] for name in ("look", "offboard")] == ["check", "run"]
    assert {nodes[name]["unified_job_template"] for name in ("look", "offboard")} == {template["id"]}
    approval = awx.store.objects["workflow_approval_templates"][nodes["consent"]["unified_job_template"]]
    assert approval["name"] == "Take it off"


def test_schedules_answer_what_their_templates_ask(story: Story) -> None:
    schedules, templates = story.awx.all("schedules"), story.awx.all("job_templates")
    assert schedules["ConnectWise nightly audit"]["unified_job_template"] == templates["ConnectWise audit"]["id"]
    assert schedules["ConnectWise nightly audit"]["enabled"]
    look = schedules["ConnectWise weekly look at the site"]
    assert (look["job_type"], look["enabled"]) == ("check", False)


def test_again_nothing_is_changed_or_sent(story: Story) -> None:
    assert story.runs["again"].changed(RECAP) == 0, story.runs["again"].stdout
    assert story.writes["again"] == []


def test_every_request_was_one_that_awx_takes(story: Story) -> None:
    assert [each for each in story.awx.log if each.status >= 400] == []


def test_what_somebody_changed_is_seen_and_put_right(story: Story) -> None:
    said = [
        "item=ConnectWise audit",
        "item=ConnectWise onboard)",
        "item=ConnectWise nightly audit",
        "handover: worksheets",
    ]
    assert story.writes["look at what was spoilt"] == []
    assert len(story.writes["repair"]) == len(said)
    for name in ("look at what was spoilt", "repair"):
        changed = [line for line in story.runs[name].stdout.splitlines() if line.startswith("changed:")]
        assert len(changed) == len(said), changed
        assert all(any(what in line for line in changed) for what in said), changed


def test_a_workflow_that_lost_a_node_is_made_whole(story: Story) -> None:
    looked = story.runs["look at what was lost"]
    assert (story.writes["look at what was lost"], looked.changed(RECAP)) == ([], 1)
    looked.says("Would be made or changed: ConnectWise onboard with handover")
    assert set(story.awx.all("workflow_job_template_nodes")) == {
        str(node["identifier"]) for each in WORKFLOWS for node in each["nodes"]
    }


def test_credentials_are_written_once_and_never_shown(setup: Setup) -> None:
    key, password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    instance = {
        "site": "na.example.net",
        "company": "acme",
        "public_key": "PUB",
        "client_id": "GUID",
        "private_key": key,
    }
    given: dict[str, Any] = {"awx_setup_instance": instance, "awx_setup_vault_password": password}
    first = setup.run("-vvv", "--diff", **given).expect(0)
    credentials = setup.awx.credentials
    assert credentials["ConnectWise instance"]["inputs"] == instance
    assert credentials["ConnectWise vault password"]["inputs"] == {"vault_password": password}
    attached = setup.awx.store.members[
        ("job_templates", setup.awx.all("job_templates")["ConnectWise onboard"]["id"], "credentials")
    ]
    assert sorted(attached) == sorted(each["id"] for each in credentials.values())

    again, nothing = setup.written("-vvv", **given)
    assert (nothing, again.changed(RECAP)) == ([], 0)
    changed = {**given, "awx_setup_instance": {**instance, "private_key": key + "2"}}
    kept, nothing = setup.written("-vvv", **changed)
    assert (nothing, kept.changed(RECAP)) == ([], 0), "AWX doesn't show secrets: a new one needs to be asked for"
    updated, _writes = setup.written("-vvv", awx_setup_update_credentials=True, **changed)
    assert setup.awx.credentials["ConnectWise instance"]["inputs"]["private_key"] == key + "2"
    for run in (first, again, kept, updated):
        for secret in (key, password, setup.awx.token):
            assert secret not in run.printed
    left = [path for path in setup.controller.folder.rglob("*") if path.is_file() and path != setup.variables]
    assert [path for path in left if key in path.read_text(errors="replace")] == []


def test_credentials_are_predicted(setup: Setup) -> None:
    looked, nothing = setup.written("--check", awx_setup_vault_password="hidden", awx_setup_vault_id="prod")
    assert nothing == []
    looked.says("ConnectWise vault password")
    setup.written(awx_setup_vault_password="hidden", awx_setup_vault_id="prod")
    assert setup.awx.credentials["ConnectWise vault password"]["inputs"] == {
        "vault_password": "hidden",
        "vault_id": "prod",
    }


def test_an_image_becomes_the_environment_of_all_templates(setup: Setup) -> None:
    setup.written(awx_setup_image="registry.example/ee:1", awx_setup_extra_vars={"cw_output_dir": "/data/handover"})
    made = setup.awx.all("execution_environments")["ConnectWise"]
    assert made["image"] == "registry.example/ee:1"
    templates = setup.awx.all("job_templates").values()
    assert {each["execution_environment"] for each in templates} == {made["id"]}
    assert {each["extra_vars"] for each in templates} == {'{"cw_output_dir": "/data/handover"}'}


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


def test_the_role_takes_address_and_token_too(setup: Setup) -> None:
    nobody = {"CONTROLLER_HOST": "", "CONTROLLER_OAUTH_TOKEN": ""}
    told = {"awx_setup_host": setup.awx.url, "awx_setup_token": setup.awx.token, "awx_setup_validate_certs": False}
    setup.run("-vvv", env=nobody, **told).expect(0)
    by_password = {"awx_setup_host": setup.awx.url, "awx_setup_username": "admin",
                   "awx_setup_password": setup.awx.password}  # fmt: skip
    run = setup.run("-vvv", "--check", env=nobody, **by_password).expect(0)
    assert run.changed(RECAP) == 0
    assert setup.awx.password not in run.printed


def test_what_is_missing_is_said_before_anything_is_made(setup: Setup) -> None:
    run = setup.run(
        awx_setup_project_url="", awx_setup_credentials=["Nobody's"], awx_setup_execution_environment="Mine"
    )
    assert run.rc != 0
    run.says("AWX lacks the project ConnectWise, the execution environment Mine, the credential Nobody's")
    assert setup.awx.writes == []
