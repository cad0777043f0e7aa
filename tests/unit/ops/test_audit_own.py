# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of the automation's own member and its permissions, and of legacy integrator logins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import routes
from ansible_collections.msp.connectwise.plugins.module_utils._client.purposes import NEEDS, PURPOSES
from ansible_collections.msp.connectwise.plugins.module_utils._domain.own_rights import Need, Purpose, Use
from ansible_collections.msp.connectwise.plugins.module_utils._ops import audit_info
from property.world import perform
from reliability.onboarding import Onboarding

ROOT = Path(__file__).resolve().parents[3]
ROLES, MEMBERS = routes.SECURITY_ROLES, routes.MEMBER_MAINTENANCE
BY_NAME = {purpose.name: purpose for purpose in PURPOSES}


class Own:
    """``audit_info`` with the purposes of the collection, as the action plugin runs it."""

    argument_spec = staticmethod(audit_info.argument_spec)

    @staticmethod
    def run(params, context):
        return audit_info.run(params, context, (), PURPOSES)


def audited(execute, instance, **options):
    result = execute(Own, instance, catalogue=[], **options)
    assert not result.get("failed"), result
    return result["audit"]


def told(audit, rule):
    return [each["message"] for each in audit["findings"] if each["rule"] == rule]


def rights(purpose, optional=False):
    return {need.right for need in BY_NAME[purpose].needs if optional or not need.optional}


# the data


def test_a_check_compares_what_runs_fail_without_in_the_order_of_the_pages():
    assert {
        "onboarding": (
            *((ROLES, verb) for verb in ("add", "edit", "inquire")),
            *((MEMBERS, verb) for verb in ("add", "edit", "inquire")),
            (routes.MY_COMPANY, "inquire"),
            (routes.TABLE_SETUP, "inquire"),
        ),
        "audit": ((ROLES, "inquire"), (MEMBERS, "inquire")),
        "rotation": tuple((MEMBERS, verb) for verb in ("add", "edit", "inquire")),
    } == NEEDS
    assert rights("offboarding") <= set(NEEDS["onboarding"])


def test_a_permission_is_optional_if_all_of_its_uses_are():
    uses = [Use(("S / R", "add"), "one", True), Use(("S / R", "add"), "two"), Use(None, "three")]
    assert Purpose.of("x", uses) == Purpose("x", (Need(("S / R", "add"), ("one", "two"), False),))
    assert Purpose.of("x", uses[:1]).needs[0].optional


def test_the_quick_start_asks_for_what_the_purposes_need():
    text = (ROOT / "docs" / "quick-start.md").read_text(encoding="utf-8")
    told = {
        (function, verb)
        for function, *levels in re.findall(r"\| (System / [\w ]+?) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|", text)
        for verb, level in zip(("add", "edit", "delete", "inquire"), levels)
        if level == "All"
    }
    assert told == {right for name in BY_NAME for right in rights(name)}


def allow(instance, role, wanted):
    for function in {function for function, _verb in rights("onboarding", True) | rights("offboarding", True)}:
        for verb in ("add", "edit", "delete", "inquire"):
            try:
                instance.set_levels(role, {function: {verb: "All" if (function, verb) in wanted else "None"}})
            except ValueError:  # the function has no such verb
                assert (function, verb) not in wanted


@pytest.mark.parametrize("gone", [None, *sorted(rights("offboarding"))], ids=str)
def test_offboarding_needs_these_rights_and_can_spare_none(make_instance, tmp_path, gone):
    """Each right that is gone ends it; without the optional ones, something is left."""
    instance = make_instance(edition="extended", automation_role="Automation")
    assert Onboarding(instance, tmp_path).run().state == "converged"
    allow(instance, "Automation", rights("offboarding") - {gone})
    ended = Onboarding(instance, tmp_path, state="absent").run()
    assert bool(ended.failure) == (gone is not None), ended
    assert (instance.member("Rewst")["inactiveFlag"] is True) == (gone is None)


# the own member


def test_the_own_member_is_named_and_lacks_nothing(execute, make_instance):
    audit = audited(execute, make_instance(automation_role="Automation"))
    own = audit["own"]
    assert (own["member"], own["known_by"], own["role"], own["admin"]) == (
        "automation", "mySecurity", "Automation", False
    )  # fmt: skip
    assert [each["purpose"] for each in own["purposes"]] == ["onboarding", "audit", "rotation", "offboarding"]
    assert all(each["missing"] == each["not_offered"] == [] for each in own["purposes"])
    found = {each["identifier"]: each for each in audit["members"]}
    assert [name for name, each in found.items() if each["own"]] == ["automation"]
    assert not {"automation"} & {each["member"] for each in audit["findings"]}
    assert audit["not_looked_at"] == []


@pytest.mark.parametrize(
    ("function", "verb", "purposes"),
    [
        (ROLES, "edit", "onboarding"),
        (MEMBERS, "add", "onboarding and rotation"),
        (MEMBERS, "edit", "onboarding, rotation and offboarding"),
        (routes.TABLE_SETUP, "inquire", "onboarding"),
    ],
)
def test_a_right_that_is_missing_is_named_with_its_purposes(execute, make_instance, function, verb, purposes):
    instance = make_instance(automation_role="Automation")
    instance.set_levels("Automation", {function: {verb: "None"}})
    audit = audited(execute, instance)
    assert told(audit, "own-missing") == [
        f"automation, the automation's own member, lacks 1 permission: {function}, {verb}: none -> all"
        f" (for {purposes})."
    ]
    lacking = [each["purpose"] for each in audit["own"]["purposes"] if each["missing"]]
    assert " and ".join(lacking[-2:]) in purposes and lacking[0] == purposes.split(",")[0].split(" and ")[0]


def test_my_is_not_enough_and_what_is_optional_is_not_missing(execute, make_instance):
    instance = make_instance(automation_role="Automation")
    instance.set_levels("Automation", {ROLES: {"delete": "None"}})
    assert told(audited(execute, instance), "own-missing") == []


def test_a_key_that_only_reads_is_for_audits(execute, make_instance):
    audit = audited(execute, make_instance(automation_role="Automation Reader"))
    assert told(audit, "own-missing") == [] and told(audit, "unknown-member") != []
    lacking = {each["purpose"]: len(each["missing"]) for each in audit["own"]["purposes"]}
    assert lacking["audit"] == 0 and lacking["onboarding"] == 4


def test_the_own_admin_role_is_a_note_with_what_would_be_enough(execute, make_instance):
    audit = audited(execute, make_instance(automation_role="Admin"))
    (message,) = told(audit, "own-excess")
    assert message.startswith("automation, the automation's own member, has the built-in Admin role Admin: it can do")
    assert "It only needs All on: System / Security Roles: add, edit, delete and inquire; System /" in message
    assert told(audit, "admin") == []
    assert [each["level"] for each in audit["findings"] if each["rule"] == "own-excess"] == ["note"]


def test_levels_that_no_purpose_needs_are_a_note(execute, make_instance):
    instance = make_instance(automation_role="Automation")
    instance.set_levels("Automation", {"Finance / Agreements": {"delete": "All"}, MEMBERS: {"delete": "All"}})
    audit = audited(execute, instance)
    (message,) = told(audit, "own-excess")
    assert "has 1 level more than it needs: Finance / Agreements, delete: all -> none." in message
    assert audit["own"]["excess"] == 1


def test_the_own_member_belongs_to_no_vendor_whatever_it_is_called(execute, make_instance):
    own = {"vendor": "x", "product": "X", "member_identifier": "automation", "permissions": []}
    for options in ({}, {"audit_map": {"automation": "x"}}):
        result = execute(Own, make_instance(automation_role="Automation"), catalogue=[own], **options)
        (found,) = [each for each in result["audit"]["members"] if each["own"]]
        assert (found["vendor"], found["comparison"]) == (None, None)


def test_a_role_that_others_have_too_is_still_told(execute, make_instance):
    instance = make_instance(automation_role="Automation", members=[{"identifier": "other", "role": "Automation"}])
    assert "automation shares security role Automation with other." in told(audited(execute, instance), "shared-role")


NOT_TOLD = {"no_member": {}, "forbidden": {}, "no_endpoint": {}, "empty": {}, "object": {}}


@pytest.mark.parametrize("habit", NOT_TOLD)
def test_where_the_instance_does_not_tell_the_inventory_may(execute, make_instance, habit):
    instance = make_instance(automation_role="Automation", my_security=habit)
    unknown = audited(execute, instance)
    assert unknown["own"] is None and told(unknown, "unknown-member")
    (said,) = unknown["not_looked_at"]
    assert said["what"] == "the permissions of the automation's own member" and "cw_own_member" in said["why"]
    known = audited(execute, instance, own_member="Automation")
    assert (known["own"]["member"], known["own"]["known_by"]) == ("Automation", "cw_own_member")
    assert known["own"]["role"] == "Automation" and known["not_looked_at"] == []
    assert [each["identifier"] for each in known["members"] if each["own"]] == ["automation"]


def test_an_own_member_that_does_not_exist_is_said_and_ends_nothing(execute, make_instance):
    instance = make_instance(automation_role="Automation", my_security="no_member")
    audit = audited(execute, instance, own_member="nobody")
    assert audit["own"] is None and "'nobody' isn't a member of" in audit["not_looked_at"][0]["why"]


def test_an_own_member_that_is_a_person_is_held_by_its_effective_levels(execute, make_instance):
    instance = make_instance(automation_role="Automation", my_security="no_member")
    audit = audited(execute, instance, own_member="jmueller")
    assert (audit["own"]["role"], audit["own"]["purposes"][0]["missing"]) == (None, [])
    hidden = make_instance(automation_role="Automation", my_security="forbidden")
    audit = audited(execute, hidden, own_member="jmueller")
    assert audit["own"]["purposes"] == [] and "isn't an API member" in audit["not_looked_at"][0]["why"]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "html", "status": 200}], ids=str)
def test_a_fault_of_the_own_levels_ends_no_audit(execute, make_instance, fault):
    instance = make_instance(automation_role="Automation")
    instance.fault(fault["kind"], path="mySecurity", status=fault["status"], times=None)
    audit = audited(execute, instance, retries=0)
    assert audit["own"] is None and audit["not_looked_at"][0]["why"] and audit["members"]


# legacy integrator logins

TYPED, IN_ADDRESS = "typed-by-a-person", "in-an-address"
LOGINS = [
    {"username": "oldsync", "companyApiFlag": True, "serviceTicketApiFlag": True, "password": TYPED,
     "companyCallbackUrl": f"https://x.example/?token={IN_ADDRESS}"},
    {"username": "mighty", "canAccessAllApisFlag": True, "canAccessAllRecordsFlag": True, "member": "backupvendor",
     "board": "Alerts & Backups"},
    {"username": "asleep", "inactiveFlag": True, "memberApiFlag": True},
    {"username": "idle"},
]  # fmt: skip


def test_each_active_legacy_login_is_a_finding(execute, make_instance):
    audit = audited(execute, make_instance(automation_role="Automation", integrator_logins=LOGINS))
    assert told(audit, "integrator-login") == [
        "Legacy integrator login idle is active. It may use no API on the records that it created.",
        "Legacy integrator login mighty is active. It may use all APIs on all records, as member backupvendor.",
        "Legacy integrator login oldsync is active. It may use the APIs Company, Service ticket on the records that it"
        " created.",
    ]
    logins = {each["username"]: each for each in audit["integrator_logins"]}
    assert [name for name, each in logins.items() if not each["active"]] == ["asleep"]
    assert logins["oldsync"]["apis"] == ["Company", "Service ticket"]
    assert TYPED not in str(audit) and IN_ADDRESS not in str(audit)
    found = [each for each in audit["findings"] if each["rule"] == "integrator-login"]
    assert {(each["level"], each["member"], each["repair"]) for each in found} == {("warning", None, "")}
    assert [each["login"] for each in found] == ["idle", "mighty", "oldsync"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"kind": "status", "status": 403, "json": {"code": "Forbidden", "message": "No permission."}}, "403"),
        ({"kind": "status", "status": 404, "json": {"code": "NotFound", "message": "The endpoint does not exist."}},
         "404"),
        ({"kind": "status", "status": 404}, "404"),
        ({"kind": "status", "status": 500}, "500"),
        ({"kind": "html", "status": 200}, "integratorlogins"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_logins_that_cannot_be_read_are_said_and_end_nothing(execute, make_instance, how, said):
    instance = make_instance(automation_role="Automation", integrator_logins=LOGINS)
    kind = how.pop("kind")
    instance.fault(kind, path="integratorlogins", times=None, **how)
    audit = audited(execute, instance, retries=0)
    (left_out,) = audit["not_looked_at"]
    assert left_out["what"] == "legacy integrator logins" and said in left_out["why"]
    assert audit["integrator_logins"] == [] == told(audit, "integrator-login") and audit["members"]
    how["kind"] = kind


def test_a_key_without_the_right_to_see_them_says_so(execute, make_instance):
    instance = make_instance(automation_role="Automation", integrator_logins=LOGINS)
    instance.set_levels("Automation", {routes.TABLE_SETUP: {"inquire": "None"}})
    (left_out,) = audited(execute, instance)["not_looked_at"]
    assert "System / Table Setup" in left_out["why"]


def test_logins_and_own_rights_cost_one_request_each_and_write_nothing(execute, make_instance):
    instance = make_instance(automation_role="Automation", integrator_logins=LOGINS)
    instance.clear_log()
    audited(execute, instance)
    asked = [(entry["method"], entry["path"].casefold()) for entry in instance.log]
    assert {method for method, _path in asked} == {"GET"}
    for path in ("/system/integratorlogins", "/system/mysecurity", "/system/apimembers", "/system/securityroles"):
        assert asked.count(("GET", path)) == 1


@pytest.mark.parametrize(
    "wrong",
    [{}, {"username": "x" * 51}, {"username": "x", "canAccessAllApisFlag": True}, {"username": "x", "role": "Admin"},
     {"username": "x", "companyApiFlag": "yes"}, {"username": "x", "member": "nobody"}],
)  # fmt: skip
def test_the_simulator_takes_no_login_that_the_published_api_would_refuse(make_instance, wrong):
    with pytest.raises(ValueError):
        make_instance(integrator_logins=[wrong])


def test_the_answer_of_the_simulator_is_as_described(make_instance):
    from contract.description import Recorder, answer_faults, request_faults

    recorder = Recorder()
    with recorder.recording():
        perform(audit_info, {**make_instance(integrator_logins=LOGINS).connection})
    assert any(each.path.endswith("integratorlogins") for each in recorder.exchanges)
    faults = [fault for each in recorder.exchanges for fault in (*request_faults(each), *answer_faults(each))]
    assert faults == []
