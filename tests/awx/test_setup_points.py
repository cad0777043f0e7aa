# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses or silently ignores, and how the setup deals with it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.plugin_utils._awx_setup.awx import Awx, Unusable
from playbooks.controller import ROOT

from .conftest import URL, Setup
from .standin import AwxStandIn

NODES = "workflow_job_template_nodes"


def data(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "awx" / f"{name}.yml").read_text())
    return found


@pytest.fixture
def whole(awx: AwxStandIn, awx_collection: str, tmp_path: Path) -> Setup:
    """The whole kit."""
    return Setup(tmp_path / "whole", awx, awx_collection)


@pytest.fixture
def made(whole: Setup, whole_kit: Callable[[AwxStandIn], None]) -> Setup:
    whole_kit(whole.awx)
    return whole


# the execution environment


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"awx_setup_image": ""}, "No execution environment was named"),
        ({"awx_setup_image": "quay.io/ansible/awx-ee:24.6.1"}, "quay.io/ansible/awx-ee:24.6.1 is AWX's own image"),
        ({"awx_setup_image": "mirror.example:5000/ansible/awx-ee@sha256:ab"}, "is AWX's own image"),
        ({"awx_setup_image": "", "awx_setup_execution_environment": "AWX EE (24.6.1)"}, "is AWX's own image"),
        (
            {"awx_setup_image": "", "awx_setup_execution_environment": "Control Plane Execution Environment"},
            "Control Plane Execution Environment is AWX's own execution environment",
        ),
    ],
    ids=["none", "image", "mirrored", "by name", "control plane"],
)
def test_awx_own_execution_environment_is_refused(whole: Setup, given: dict[str, Any], said: str) -> None:
    result = whole.apply(**given)
    assert result["failed"] and said in result["msg"], result
    assert "Control Plane" in said or "ansible-builder build --tag" in result["msg"]
    assert result["sent"] == []


def test_a_job_has_the_ansible_core_that_the_collection_needs(made: Setup) -> None:
    assert made.awx.run_job("ConnectWise audit") == ("successful", "")
    own = made.awx.all("execution_environments")["AWX EE (24.6.1)"]["id"]
    made.awx.all("job_templates")["ConnectWise audit"]["execution_environment"] = own
    assert made.awx.run_job("ConnectWise audit") == (
        "failed", "ERROR! 'break_when' is not a valid attribute for a LoopControl"
    )  # fmt: skip
    assert made.applied()["changes"][0]["fields"] == ["execution_environment"]


def test_the_image_is_for_jobs_and_for_nothing_of_awx_itself(made: Setup) -> None:
    """AWX's own update of a project fails in it."""
    environments = made.awx.all("execution_environments")
    own = environments["ConnectWise (Default)"]["id"]
    assert environments["Control Plane Execution Environment"]["image"] == "quay.io/ansible/awx-ee:24.6.1"
    assert made.awx.all("organizations")["Default"]["default_environment"] is None
    assert made.awx.all("projects")["ConnectWise"]["default_environment"] is None
    assert made.awx.all("inventory_sources")["ConnectWise inventory"]["execution_environment"] == own


# collections


@pytest.fixture
def elsewhere(whole: Setup) -> Setup:
    """In an organization that AWX didn't make itself, and that has no Galaxy credential."""
    whole.awx.add("organizations", name="Second")
    whole.given["awx_setup_organization"] = "Second"
    return whole


def test_an_organization_without_a_galaxy_credential_gets_awxs(elsewhere: Setup) -> None:
    number = elsewhere.awx.all("organizations")["Second"]["id"]
    look = elsewhere.apply(check=True)
    assert "would be changed: organization Second (galaxy_credentials)" in look["lines"]
    elsewhere.applied()
    assert elsewhere.awx.run_job("ConnectWise site", number) == ("successful", "")
    assert elsewhere.applied()["sent"] == []


def test_the_projects_files_are_had_anew_once_collections_can_be(elsewhere: Setup) -> None:
    assert "jobs have only those of the execution environment" in str(
        elsewhere.applied(awx_setup_galaxy_credential="none")["lines"]
    )
    number = elsewhere.awx.all("organizations")["Second"]["id"]
    status, said = elsewhere.awx.run_job("ConnectWise site", number)
    assert status == "failed" and said.endswith("Could not find or access")
    project = elsewhere.awx.all("projects")["ConnectWise"]["id"]
    assert f"POST /api/v2/projects/{project}/update/" in elsewhere.applied()["sent"]


def test_a_galaxy_credential_of_ones_own_stays_alone(elsewhere: Setup) -> None:
    awx = elsewhere.awx
    number = awx.all("organizations")["Second"]["id"]
    kind = awx.all("credential_types")["Ansible Galaxy/Automation Hub API Token"]["id"]
    own = awx.add("credentials", name="Hub", organization=number, credential_type=kind, inputs={"url": "https://hub"})
    awx.store.members[("organizations", number, "galaxy_credentials")].append(own["id"])
    elsewhere.applied()
    assert awx.store.members[("organizations", number, "galaxy_credentials")] == [own["id"]]


# the ties between nodes


def tie(awx: AwxStandIn, begin: str, how: str, end: str) -> list[int]:
    nodes = awx.all(NODES)
    ties = awx.store.members[(NODES, nodes[begin]["id"], f"{how}_nodes")]
    ties.append(nodes[end]["id"])
    return ties


def ties(awx: AwxStandIn) -> set[tuple[str, str, str]]:
    names = {each["id"]: name for name, each in awx.all(NODES).items()}
    return {
        (names[number], relation.removesuffix("_nodes"), names[child])
        for (path, number, relation), children in awx.store.members.items()
        for child in children
        if path == NODES and relation.endswith("_nodes")
    }


@pytest.mark.parametrize(
    "changes",
    [
        [("onboard", "always", "onboard", "success", "worksheets")],
        [("consent", "success", "consent", "failure", "offboard")],
        # the other way round: to put back either of them first would close a circle
        [("look", "success", "consent", "success", "look"), ("consent", "success", "look", "always", "offboard")],
    ],
    ids=["always to success", "success to failure", "order"],
)
def test_a_changed_tie_is_put_back_and_what_comes_after_is_reached(made: Setup, changes: list[tuple[str, ...]]) -> None:
    awx, before = made.awx, ties(made.awx)
    for begin, how, other, other_how, end in changes:
        awx.store.members[(NODES, awx.all(NODES)[begin]["id"], f"{how}_nodes")].clear()
        tie(awx, other, other_how, end)
    awx.all("schedules")["ConnectWise nightly audit"]["rrule"] = "DTSTART:20200101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
    assert ties(awx) != before
    look = made.apply(check=True)
    assert look["sent"] == []
    result = made.applied()
    assert ties(awx) == before
    assert result["changes"] == look["changes"]
    assert result["changes"][-1] == {
        "kind": "schedule", "name": "ConnectWise nightly audit", "state": "changed", "fields": ["rrule"]
    }  # fmt: skip
    assert [each for each in awx.log if each.status >= 400] == []


def test_a_node_that_somebody_added_stays_where_it_is(made: Setup) -> None:
    awx = made.awx
    workflow = awx.all("workflow_job_templates")["ConnectWise onboard with handover"]["id"]
    ticket = awx.add("job_templates", name="Close the ticket", organization=1)
    awx.add(NODES, identifier="ticket", workflow_job_template=workflow, unified_job_template=ticket["id"])
    tie(awx, "verify", "success", "ticket")
    before = ties(awx)
    assert made.applied()["sent"] == []
    assert ties(awx) == before


# several organizations


def test_two_organizations_of_one_awx_leave_each_other_alone(made: Setup) -> None:
    awx = made.awx
    awx.add("organizations", name="Second")
    chat = {"token": secrets.token_urlsafe(9), "channels": ["ops"]}
    notify = [{"name": "Operations", "type": "slack", "configuration": chat}]
    first = {"awx_setup_notifications": notify, "awx_setup_vault_password": secrets.token_urlsafe(9)}
    second = {**first, "awx_setup_organization": "Second", "awx_setup_vault_password": secrets.token_urlsafe(9)}
    made.applied(**first)
    mine = {path: {number: dict(each) for number, each in there.items()} for path, there in awx.store.objects.items()}
    made.applied(**second)
    for path, there in mine.items():
        assert {number: awx.store.objects[path][number] for number in there} == there, path
    number = awx.all("organizations")["Second"]["id"]
    for path in ("projects", "inventories", "job_templates", "workflow_job_templates", "notification_templates"):
        owners = [each["organization"] for each in awx.store.objects[path].values()]
        assert owners.count(1) == owners.count(number) > 0, path
    for template in (each for each in awx.store.objects["job_templates"].values() if each["organization"] == number):
        for field, path in (("inventory", "inventories"), ("project", "projects"),
                            ("execution_environment", "execution_environments")):  # fmt: skip
            assert awx.store.objects[path][template[field]]["organization"] == number
        attached = awx.store.members[("job_templates", template["id"], "credentials")]
        assert {awx.store.objects["credentials"][each]["organization"] for each in attached} == {number}
    assert made.applied(**second)["sent"] == [] == made.applied(**first)["sent"]
    assert [each for each in awx.log if each.status >= 400] == []


def test_an_execution_environment_of_another_organization_is_none(made: Setup) -> None:
    made.awx.add("organizations", name="Second")
    taken: dict[str, Any] = {"awx_setup_organization": "Second"}
    taken["awx_setup_execution_environment"] = "ConnectWise (Default)"
    result = made.apply(awx_setup_image="", **taken)
    assert "AWX lacks the execution environment ConnectWise (Default)" in result["msg"]
    result = made.apply(**taken)
    assert any("with this Name already exists" in each for each in result["left"]), result["left"]


# who is told


HOOKS: dict[str, dict[str, Any]] = {
    "email": {"host": "mail.example", "sender": "awx@example", "recipients": ["ops@example"]},
    "webhook": {"url": "https://hook.example/in"},
    "slack": {"token": "xoxb-12345", "channels": ["#ops"]},
}


def test_mail_webhook_and_slack_tell_of_what_goes_wrong_and_of_what_waits(whole: Setup) -> None:
    whole.given["awx_setup_notifications"] = [
        {"name": f"By {kind}", "type": kind, "configuration": given} for kind, given in HOOKS.items()
    ]
    whole.applied()
    awx = whole.awx
    templates = {each["id"] for each in awx.store.objects["notification_templates"].values()}
    assert len(templates) == 3

    def told(path: str, name: str, event: str) -> set[int]:
        return set(awx.store.members[(path, awx.all(path)[name]["id"], f"notification_templates_{event}")])

    for name in ("audit", "rotate keys", "site"):
        assert told("job_templates", f"ConnectWise {name}", "error") == templates
    for name in awx.all("workflow_job_templates"):
        assert told("workflow_job_templates", name, "approvals") == templates
    assert told("job_templates", "ConnectWise check", "error") == set()
    again = whole.applied()
    assert (again["sent"], again["changes"]) == ([], [])


def test_a_notification_that_somebody_changed_is_put_back_with_its_secret(whole: Setup) -> None:
    secret = secrets.token_urlsafe(20)
    mine = {"name": "Chat", "type": "slack", "configuration": {"token": secret, "channels": ["#ops"]}}
    whole.only(data("job_templates")[:1], [])
    whole.applied(awx_setup_notifications=[mine])
    there = whole.awx.all("notification_templates")["Chat"]["notification_configuration"]
    there["channels"] = ["#other"]
    result = whole.applied(diff=True, awx_setup_notifications=[mine])
    assert whole.awx.all("notification_templates")["Chat"]["notification_configuration"] == mine["configuration"]
    assert secret not in str(result)
    newer = {**mine, "configuration": {"token": secret + "2", "channels": ["#ops"]}}
    assert whole.applied(awx_setup_notifications=[newer])["sent"] == []
    whole.applied(awx_setup_notifications=[newer], awx_setup_update_credentials=True)
    assert whole.awx.all("notification_templates")["Chat"]["notification_configuration"]["token"] == secret + "2"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["Nobody's"], "AWX lacks the notification template Nobody's"),
        ([{"name": "Chat", "type": "slack", "token": "x"}], "Each of awx_setup_notifications needs a name"),
        ([{"name": "Page", "type": "pager", "configuration": {}}], "Unknown notification type: pager."),
        (
            [{"name": "Mail", "type": "email", "configuration": {"host": "m", "from": "a"}}],
            "The configuration of the notification Mail (email) lacks sender, recipients and can't have from.",
        ),
    ],
)
def test_a_notification_that_cannot_be_is_said_first(whole: Setup, given: list[Any], said: str) -> None:
    result = whole.apply(awx_setup_notifications=given)
    assert said in result["msg"]
    assert result["sent"] == []


def test_what_awx_lacks_of_a_notification_is_left_and_the_rest_is_made(whole: Setup) -> None:
    nobody = {"host": "m", "sender": "a@example", "recipients": []}
    result = whole.apply(awx_setup_notifications=[{"name": "Mail", "type": "email", "configuration": nobody}])
    (left,) = [each for each in result["left"] if each.startswith("notification template")]
    assert "AWX says: No values specified for field 'recipients'" in left
    assert len(whole.awx.all("job_templates")) == len(data("job_templates"))


def test_a_scheduled_audit_ends_as_failed_where_it_finds_an_error(made: Setup) -> None:
    schedules = made.awx.all("schedules")
    assert schedules["ConnectWise nightly audit"]["extra_data"] == {"audit_fail_on": ["error"]}
    assert schedules["ConnectWise nightly rotation"]["extra_data"] == {"onboard_handover": "fail"}


def test_a_schedule_that_waits_to_be_switched_on_stays_on(made: Setup) -> None:
    schedule = made.awx.all("schedules")["ConnectWise nightly rotation"]
    assert schedule["enabled"] is False
    schedule["enabled"] = True
    made.awx.all("schedules")["ConnectWise nightly audit"]["enabled"] = False
    assert [each["name"] for each in made.applied()["changes"]] == ["ConnectWise nightly audit"]
    assert schedule["enabled"] is True


# rights


def test_who_administers_an_organization_gets_all_but_what_is_the_systems(whole: Setup) -> None:
    token = whole.awx.administrator_of(1)
    result = whole.apply(token=token)
    assert "couldn't be done" in result["why"]
    (left,) = result["left"]
    types = ("ConnectWise PSA instance", "ConnectWise PSA API key", "ConnectWise PSA key store")
    assert left.startswith(f"credential types {', '.join(types)}:")
    assert "only a system administrator may do that" in left
    assert list(whole.awx.all("job_templates")) == [each["name"] for each in data("job_templates")]
    assert list(whole.awx.all("schedules")) == [each["name"] for each in data("schedules")]
    refused = [each.path for each in whole.awx.log if each.status >= 400]
    assert refused == ["/api/v2/credential_types/"] * 3
    whole.applied()  # a system administrator
    again = whole.apply(token=token)
    assert (again["why"], again["sent"]) == ("", [])


def test_what_needs_a_type_that_is_missing_is_left_with_it(whole: Setup) -> None:
    instance = {"site": "na.example.net", "company": "acme", "public_key": "PUB", "client_id": "G"}
    instance["private_key"] = secrets.token_urlsafe(12)
    result = whole.apply(token=whole.awx.administrator_of(1), awx_setup_instance=instance)
    assert "credential ConnectWise instance: it needs the credential type ConnectWise PSA instance." in result["left"]
    assert len(whole.awx.all("job_templates")) == len(data("job_templates"))
    assert instance["private_key"] not in str(result)


def test_an_organization_that_is_missing_and_may_not_be_made_is_one_cause(whole: Setup) -> None:
    result = whole.apply(token=whole.awx.administrator_of(1), awx_setup_organization="Nobody's")
    assert "organization Nobody's: only a system administrator may do that" in str(result["left"])
    assert [each for each in whole.awx.writes if each.status < 400] == []


def test_a_galaxy_credential_that_only_the_system_sees_is_left(elsewhere: Setup) -> None:
    number = elsewhere.awx.all("organizations")["Second"]["id"]
    result = elsewhere.apply(token=elsewhere.awx.administrator_of(number))
    (left,) = [each for each in result["left"] if each.startswith("organization")]
    assert "doesn't show this user the credential Ansible Galaxy" in left
    assert "A system administrator has to attach it" in left


# the inventory, and slices


def fleet(folder: Path, hosts: int) -> None:
    listed: dict[str, Any] = {f"client{number:03}": {} for number in range(hosts)}
    (folder / "inventory" / "instances.yml").write_text(yaml.safe_dump({"connectwise": {"hosts": listed}}))


@pytest.fixture
def own_project(project: Path, tmp_path: Path, awx: AwxStandIn) -> Path:
    own = Path(shutil.copytree(project, tmp_path / "own"))
    awx.store.repositories[URL] = own
    return own


def test_after_the_setup_300_hosts_can_be_sliced(whole: Setup, own_project: Path) -> None:
    fleet(own_project, 300)
    whole.applied()
    assert whole.awx.all("inventories")["ConnectWise instances"]["total_hosts"] == 300
    number = whole.awx.all("job_templates")["ConnectWise site"]["id"]
    assert whole.awx.request("POST", f"job_templates/{number}/launch/", {"job_slice_count": 10})[0] == 201
    assert whole.applied()["sent"] == []


def test_an_inventory_without_hosts_is_said(whole: Setup, own_project: Path) -> None:
    fleet(own_project, 0)
    assert any("The inventory ConnectWise instances has no host" in each for each in whole.applied()["lines"])


def test_an_inventory_that_cannot_be_synced_is_left_and_tried_again(whole: Setup, own_project: Path) -> None:
    result = whole.apply(awx_setup_inventory_path="elsewhere")
    (left,) = result["left"]
    assert left.startswith("inventory source ConnectWise inventory: it can't be synced")
    assert f"{whole.awx.url}/#/jobs/inventory/" in left
    assert len(whole.awx.all("schedules")) == len(data("schedules"))
    whole.applied()


# what somebody did by hand


def test_a_limit_that_was_set_by_hand_is_put_back(made: Setup) -> None:
    awx = made.awx
    awx.all("workflow_job_templates")["ConnectWise offboard after a look"]["limit"] = "globex"
    awx.all("job_templates")["ConnectWise site"]["limit"] = "acme"
    awx.all(NODES)["verify"]["limit"] = "acme"
    awx.all("workflow_job_templates")["ConnectWise onboard with handover"]["extra_vars"] = "vendor: hudu"
    assert {(each["kind"], *each["fields"]) for each in made.applied()["changes"]} == {
        ("workflow", "limit"), ("job template", "limit"), ("workflow node", "limit"), ("workflow", "extra_vars")
    }  # fmt: skip
    assert awx.all("workflow_job_templates")["ConnectWise offboard after a look"]["limit"] == ""


def test_a_credential_and_a_notification_attached_by_hand_stay(made: Setup) -> None:
    awx = made.awx
    kind = awx.all("credential_types")["ConnectWise PSA key store"]["id"]
    own = awx.add("credentials", name="Mine", organization=1, credential_type=kind, inputs={})
    told = awx.add("notification_templates", name="Told", organization=1, notification_type="slack")
    number = awx.all("job_templates")["ConnectWise audit"]["id"]
    for relation, each in (("credentials", own), ("notification_templates_error", told)):
        awx.store.members[("job_templates", number, relation)].append(each["id"])
    more = {"awx_setup_vault_password": secrets.token_urlsafe(9)}
    made.applied(**more)
    attached = awx.store.members[("job_templates", number, "credentials")]
    assert attached == [own["id"], awx.credentials["ConnectWise vault password"]["id"]]
    assert awx.store.members[("job_templates", number, "notification_templates_error")] == [told["id"]]


# messages


def test_a_wrong_token_is_asked_once_and_said_once(whole: Setup) -> None:
    wrong = secrets.token_urlsafe(24)
    result = whole.apply(token=wrong)
    assert result["failed"] and result["msg"].count("HTTP 401") == 1
    assert wrong not in str(result)
    assert [each.status for each in whole.awx.log] == [401]


def test_an_awx_that_goes_away_leaves_what_was_done(whole: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Awx.ask

    def gone(self: Awx, method: str, endpoint: str, *rest: Any) -> Any:
        if endpoint.startswith("schedules"):
            raise Unusable("The host sent back a server error")
        return ask(self, method, endpoint, *rest)

    monkeypatch.setattr(Awx, "ask", gone)
    result = whole.apply()
    assert result["failed"] and result["changed"]
    assert "can't be used any more; earlier changes stay" in result["msg"]
    assert "created: job template ConnectWise audit" in result["lines"]
    monkeypatch.undo()
    assert [each["kind"] for each in whole.applied()["changes"]] == ["schedule"] * len(data("schedules"))


def test_a_look_says_what_each_thing_is(setup: Setup) -> None:
    same = ("execution_environment", "vault_credential")
    names: dict[str, Any] = {f"awx_setup_{name}": "ConnectWise" for name in same}
    names["awx_setup_vault_password"] = secrets.token_urlsafe(9)
    result = setup.apply(check=True, **names)
    for kind in ("execution environment", "project", "credential"):
        assert f"would be created: {kind} ConnectWise" in result["lines"]
    assert result["sent"] == []


def test_what_fails_an_audit_is_chosen_from_a_list(made: Setup) -> None:
    asked = made.awx.survey("job_templates", "ConnectWise audit")["spec"]
    question = next(each for each in asked if each["variable"] == "audit_fail_on")
    assert (question["type"], question["choices"]) == ("multiselect", ["error", "excess", "missing", "admin", "none"])


def test_a_required_text_may_not_be_empty(made: Setup) -> None:
    asked = made.awx.survey("job_templates", "ConnectWise offboard")["spec"]
    question = next(each for each in asked if each["variable"] == "target")
    assert (question["required"], question["min"]) == (True, 1)
