# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workflow asks for reaches each of its jobs: a prompt that AWX would ignore is worse than none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from playbooks.controller import ROOT

from .conftest import Setup
from .standin import AwxStandIn

NODES = "workflow_job_template_nodes"
VALUES: dict[str, Any] = {"limit": "acme", "scm_branch": "devel", "job_tags": "some", "skip_tags": "others"}


def data(name: str) -> Any:
    return yaml.safe_load((ROOT / "awx" / f"{name}.yml").read_text())


WORKFLOWS = {str(each["name"]): each for each in data("workflows")}
TEMPLATES = {str(each["name"]): each for each in data("job_templates")}


def variables(survey: str) -> set[str]:
    return {each["variable"] for each in data(f"surveys/{survey}")["spec"]}


def jobs(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in workflow["nodes"] if "template" in node]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_each_node_honours_what_the_workflow_asks_for(workflow: dict[str, Any]) -> None:
    asked = set(workflow["ask"])
    for node in jobs(workflow):
        assert asked <= set(TEMPLATES[node["template"]]["ask"]), f"{node['identifier']} would ignore it"
        assert not asked & set(node), f"{node['identifier']} has it set"


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_each_node_honours_the_answers(workflow: dict[str, Any]) -> None:
    answers = variables(workflow["survey"])
    for node in jobs(workflow):
        template = TEMPLATES[node["template"]]
        assert answers <= variables(template["survey"]) or "variables" in template["ask"]
        assert not answers & set(node.get("extra_data", {})), "the answer would win over what the node says"
        assert not answers & set(template.get("extra_vars", {})), "the answer would win over what the template says"


@pytest.fixture(scope="module")
def applied(new_setup: Callable[[], Setup]) -> AwxStandIn:
    setup = new_setup()
    setup.run().expect(0)
    return setup.awx


def answers_to(awx: AwxStandIn, workflow: str) -> dict[str, Any]:
    """An answer to each question that needs one."""
    given: dict[str, Any] = {}
    for question in awx.survey("workflow_job_templates", workflow)["spec"]:
        if question["required"]:
            given[question["variable"]] = [question["choices"][0]] if "choices" in question else "all"
    return given


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_awx_takes_at_a_launch_reaches_every_job(applied: AwxStandIn, name: str) -> None:
    other = applied.add("inventories", name=f"Of another client, for {name}", organization=1)
    prompts = {**VALUES, "inventory": other["id"]}
    answers = answers_to(applied, name)
    launched, ignored = applied.launch(name, extra_vars={**answers, "offboard_hosts": "globex"}, **prompts)
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
    assert steps == len(jobs(WORKFLOWS[name]))


def test_the_hosts_that_were_seen_reach_the_job_that_acts(applied: AwxStandIn) -> None:
    answers = {"vendor": ["rewst"], "target": "all"}
    launched, _ignored = applied.launch("ConnectWise offboard after a look", extra_vars=answers)
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
def test_without_look_and_consent_nothing_is_taken_off(applied: AwxStandIn, ends: tuple[str, ...]) -> None:
    answers = {"vendor": ["rewst"], "target": "all"}
    launched, _ignored = applied.launch("ConnectWise offboard after a look", extra_vars=answers)
    for end in ends:
        launched.end(end, {"offboard_hosts": ["acme"]})
    assert launched.next() is None


@pytest.mark.parametrize("prompt", ["inventory", "variables"])
def test_a_workflow_whose_prompt_would_be_ignored_is_refused(setup: Setup, prompt: str) -> None:
    """Of a user's own, or kept from a version that still asked for it."""
    templates = [{**TEMPLATES["ConnectWise offboard"], "ask": ["limit", "job_type"]}]
    workflows = [{**WORKFLOWS["ConnectWise offboard after a look"], "ask": ["limit", prompt]}]
    run = setup.run(awx_setup_job_templates=templates, awx_setup_workflows=workflows)
    assert run.rc != 0
    run.says(f"asks for {prompt}, and ConnectWise offboard (node look) doesn't", "Nothing was changed", "node offboard")
    assert setup.awx.log == []


def test_no_answer_can_take_the_place_of_what_was_seen() -> None:
    """AWX lets a workflow's answers win over the artifacts of its jobs."""
    assert "offboard_hosts" not in variables("workflow_offboard")
    assert "variables" not in WORKFLOWS["ConnectWise offboard after a look"]["ask"]
    assert "offboard_hosts" in variables("offboard")


def test_a_key_is_handed_in_by_a_job_that_sees_all_of_its_hosts() -> None:
    """A slice sees its share alone, so two slices would each find one host."""
    takes = [each for each in TEMPLATES.values() if "onboard_private_key" in variables(each["survey"])]
    assert [each["name"] for each in takes] == ["ConnectWise hand in a key"]
    assert not {"job_slice_count", "variables"} & {*takes[0], *takes[0]["ask"]}
    assert takes[0]["survey"] not in [each["survey"] for each in WORKFLOWS.values()]
