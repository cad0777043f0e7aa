# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The setup brings AWX to what awx/ describes: for the first time, in check mode, and after somebody changed it.

And what a workflow asks for then reaches each of its jobs: a prompt that AWX would ignore is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.plugin_utils._surveys import survey
from playbooks.controller import ROOT, Run

from .conftest import Result, Setup
from .standin import AwxStandIn

AWX = ROOT / "awx"
RECAP = "localhost"


def data(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((AWX / f"{name}.yml").read_text())
    return found


TEMPLATES, WORKFLOWS, SCHEDULES = (data(name) for name in ("job_templates", "workflows", "schedules"))


@dataclass
class Story:
    """What happened: looked at, applied by the playbook, spoilt, looked at, applied again."""

    awx: AwxStandIn
    playbook: Run
    results: dict[str, Result]


SPOILT = [
    {"kind": "job template", "name": "ConnectWise onboard", "state": "changed", "fields": ["survey"]},
    {"kind": "job template", "name": "ConnectWise audit", "state": "changed", "fields": ["description"]},
    {"kind": "workflow node", "name": "ConnectWise onboard with handover: worksheets", "state": "changed",
     "fields": ["success"]},
    {"kind": "workflow node", "name": "ConnectWise offboard after a look: look", "state": "created", "fields": []},
    {"kind": "approval", "name": "ConnectWise offboard after a look: consent", "state": "changed",
     "fields": ["timeout"]},
    {"kind": "schedule", "name": "ConnectWise nightly audit", "state": "changed", "fields": ["enabled"]},
]  # fmt: skip


def spoil(awx: AwxStandIn) -> None:
    """Somebody changes a few things in the pages, and deletes a node."""
    awx.all("job_templates")["ConnectWise audit"]["description"] = "mine"
    del awx.survey("job_templates", "ConnectWise onboard")["spec"][0]
    awx.all("schedules")["ConnectWise nightly audit"]["enabled"] = False
    awx.all("workflow_approval_templates")["Take it off"]["timeout"] = 60
    nodes = awx.all("workflow_job_template_nodes")
    awx.store.members[("workflow_job_template_nodes", nodes["worksheets"]["id"], "success_nodes")].clear()
    awx.store.remove("workflow_job_template_nodes", nodes["look"]["id"])


@pytest.fixture(scope="module")
def story(new_setup: Callable[[], Setup]) -> Story:
    setup = new_setup()
    results = {"look": setup.applied(check=True)}
    playbook = setup.run("-vvv", "--diff").expect(0)
    spoil(setup.awx)
    results["look at what was spoilt"] = setup.applied(check=True, diff=True)
    results["again"] = setup.applied()
    results["once more"] = setup.applied()
    return Story(setup.awx, playbook, results)


def test_a_look_changes_nothing_and_names_what_would_be_made(story: Story) -> None:
    look = story.results["look"]
    assert look["sent"] == []
    assert look["lines"][:-1] == [f"would be created: {each['kind']} {each['name']}" for each in look["changes"]]
    made = [line.removeprefix("would be ") for line in look["lines"][:-1]]
    story.playbook.says(*made)
    assert len(made) == 27


def test_the_playbook_ends_with_one_report(story: Story) -> None:
    assert story.playbook.changed(RECAP) == 1
    report = " ".join(story.playbook.text_of("Show what was done").split())
    assert "objects in the organization Default:" in report
    assert story.awx.token not in story.playbook.printed


def test_everything_is_made(story: Story) -> None:
    assert list(story.awx.all("job_templates")) == [each["name"] for each in TEMPLATES]
    assert list(story.awx.all("workflow_job_templates")) == [each["name"] for each in WORKFLOWS]
    assert list(story.awx.all("schedules")) == [each["name"] for each in SCHEDULES]
    assert {"ConnectWise PSA instance", "ConnectWise PSA API key", "ConnectWise PSA key store"} <= set(
        story.awx.all("credential_types")
    )
    source = story.awx.all("inventory_sources")["ConnectWise inventory"]
    assert (source["source"], source["source_path"], source["update_on_launch"]) == ("scm", "inventory", True)


def test_each_template_has_its_playbook_and_its_survey(story: Story) -> None:
    project = story.awx.all("projects")["ConnectWise"]["id"]
    for template in TEMPLATES:
        made = story.awx.all("job_templates")[template["name"]]
        assert (made["playbook"], made["project"], made["survey_enabled"]) == (template["playbook"], project, True)
        assert story.awx.survey("job_templates", template["name"]) == survey(template["survey"], str(AWX))
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


def test_every_request_was_one_that_awx_takes(story: Story) -> None:
    assert [each for each in story.awx.log if each.status >= 400] == []


def test_what_somebody_changed_is_seen_and_put_right_and_nothing_else(story: Story) -> None:
    look, again = story.results["look at what was spoilt"], story.results["again"]
    assert (look["sent"], look["changes"], again["changes"]) == ([], SPOILT, SPOILT)
    described = next(each for each in look["diff"] if each["before_header"] == "job template ConnectWise audit")
    assert "mine" in described["before"] and "mine" not in described["after"]
    assert len(again["sent"]) == len(SPOILT) + 1, "the node that was lost is tied, too"
    assert (story.results["once more"]["sent"], story.results["once more"]["changed"]) == ([], False)


def test_a_workflow_that_lost_a_node_is_made_whole(story: Story) -> None:
    nodes = story.awx.all("workflow_job_template_nodes")
    assert set(nodes) == {str(node["identifier"]) for each in WORKFLOWS for node in each["nodes"]}
    ties = story.awx.store.members
    assert ties[("workflow_job_template_nodes", nodes["look"]["id"], "success_nodes")] == [nodes["consent"]["id"]]


# what a workflow asks for


VALUES: dict[str, Any] = {"limit": "acme", "scm_branch": "devel", "job_tags": "some", "skip_tags": "others"}
WORKFLOW_OF = {str(each["name"]): each for each in WORKFLOWS}
TEMPLATE_OF = {str(each["name"]): each for each in TEMPLATES}


def variables(name: str) -> set[str]:
    return {each["variable"] for each in survey(name, str(AWX))["spec"]}


def jobs(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in workflow["nodes"] if "template" in node]


@pytest.mark.parametrize("workflow", WORKFLOW_OF.values(), ids=WORKFLOW_OF)
def test_each_node_honours_what_the_workflow_asks_for(workflow: dict[str, Any]) -> None:
    asked = set(workflow["ask"])
    for node in jobs(workflow):
        assert asked <= set(TEMPLATE_OF[node["template"]]["ask"]), f"{node['identifier']} would ignore it"
        assert not asked & set(node), f"{node['identifier']} has it set"


@pytest.mark.parametrize("workflow", WORKFLOW_OF.values(), ids=WORKFLOW_OF)
def test_each_node_honours_the_answers(workflow: dict[str, Any]) -> None:
    answers = variables(workflow["survey"])
    for node in jobs(workflow):
        template = TEMPLATE_OF[node["template"]]
        assert answers <= variables(template["survey"]) or "variables" in template["ask"]
        assert not answers & set(node.get("extra_data", {})), "the answer would win over what the node says"
        assert not answers & set(template.get("extra_vars", {})), "the answer would win over what the template says"


def answers_to(awx: AwxStandIn, workflow: str) -> dict[str, Any]:
    """An answer to each question that needs one."""
    given: dict[str, Any] = {}
    for question in awx.survey("workflow_job_templates", workflow)["spec"]:
        if question["required"]:
            given[question["variable"]] = [question["choices"][0]] if "choices" in question else "all"
    return given


@pytest.mark.parametrize("name", WORKFLOW_OF)
def test_what_awx_takes_at_a_launch_reaches_every_job(story: Story, name: str) -> None:
    other = story.awx.add("inventories", name=f"Of another client, for {name}", organization=1)
    prompts = {**VALUES, "inventory": other["id"]}
    answers = answers_to(story.awx, name)
    launched, ignored = story.awx.launch(name, extra_vars={**answers, "offboard_hosts": "globex"}, **prompts)
    assert ignored.pop("extra_vars") == {"offboard_hosts": "globex"}
    taken = {name: value for name, value in prompts.items() if name not in ignored}
    assert taken == {"limit": "acme"}, "the others would reach no job"
    steps = 0
    while step := launched.next():
        if not step.approval:
            assert {name: step.fields[name] for name in taken} == taken, step.identifier
            assert {name: step.extra_vars[name] for name in answers} == answers
            steps += 1
        launched.end("successful")
    assert steps == len(jobs(WORKFLOW_OF[name]))


def test_the_hosts_that_were_seen_reach_the_job_that_acts(story: Story) -> None:
    answers = {"vendor": ["rewst"], "target": "all"}
    launched, _ignored = story.awx.launch("ConnectWise offboard after a look", extra_vars=answers)
    look = launched.next()
    assert look and look.fields["job_type"] == "check"
    assert "offboard_hosts" not in look.extra_vars
    launched.end("successful", {"offboard_hosts": ["acme", "globex"]})
    consent = launched.next()
    assert consent and consent.approval
    launched.end("successful")
    act = launched.next()
    assert act and act.fields["job_type"] == "run"
    assert act.extra_vars == {**look.extra_vars, "offboard_hosts": ["acme", "globex"]}


@pytest.mark.parametrize("ends", [("failed",), ("successful", "failed")], ids=["the look failed", "denied"])
def test_without_look_and_consent_nothing_is_taken_off(story: Story, ends: tuple[str, ...]) -> None:
    answers = {"vendor": ["rewst"], "target": "all"}
    launched, _ignored = story.awx.launch("ConnectWise offboard after a look", extra_vars=answers)
    for end in ends:
        launched.end(end, {"offboard_hosts": ["acme"]})
    assert launched.next() is None


def test_no_answer_can_take_the_place_of_what_was_seen() -> None:
    """AWX lets a workflow's answers win over the artifacts of its jobs."""
    assert "offboard_hosts" not in variables("workflow_offboard")
    assert "variables" not in WORKFLOW_OF["ConnectWise offboard after a look"]["ask"]
    assert "offboard_hosts" in variables("offboard")


def test_a_key_is_handed_in_by_a_job_that_sees_all_of_its_hosts() -> None:
    """A slice only sees its share, so two slices would each find one host."""
    takes = [each for each in TEMPLATE_OF.values() if "onboard_private_key" in variables(each["survey"])]
    assert [each["name"] for each in takes] == ["ConnectWise hand in a key"]
    assert not {"job_slice_count", "variables"} & {*takes[0], *takes[0]["ask"]}
    assert takes[0]["survey"] not in [each["survey"] for each in WORKFLOW_OF.values()]
