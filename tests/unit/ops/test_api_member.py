# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_member, cw_api_member_info and cw_instance_info."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_member,
    api_member_info,
    instance_info,
)


def member(execute, instance, **options):
    return execute(api_member, instance, **{"identifier": "Rewst", **options})


def new(execute, instance, **options):
    return member(execute, instance, **{"name": "Rewst", "security_role": "Technician", **options})


def patches(instance):
    return [entry["body"] for entry in instance.log if entry["method"] == "PATCH"]


def test_a_member_is_made_from_the_instances_own_template(execute, make_instance):
    instance = make_instance()
    result = new(execute, instance, email="a@example.com", notes="n")
    assert result["changed"] and result["created"]
    made = instance.member("Rewst")
    assert (made["name"], made["emailAddress"], made["securityRole"]["id"]) == ("Rewst", "a@example.com", 64)
    assert (made["structureLevel"]["id"], made["securityLocation"]["id"], made["defaultDepartment"]["id"]) == (
        1,
        38,
        10,
    )
    assert result["member"]["id"] == made["id"] and result["member"]["security_role"] == "Technician"
    assert result["diff"]["before"].splitlines()[0] == "API member Rewst: absent"


def test_all_that_can_be_named_is_turned_into_ids(execute, make_instance):
    instance = make_instance(empty_default=True)
    options = {
        "security_role": 'b\u00fcro & "lager" k\u00d6ln',
        "structure_level": "highest",
        "security_location": "Corporate",
        "default_location": "r&d lab",
        "default_department": 'B\u00fcro "S\u00fcd"',
        "default_territory": '"North" Branch',
        "time_zone": "Western Europe",
        "default_board": "Alerts & Backups",
        "excluded_boards": ['Help Desk "24x7"', "4"],
    }
    result = member(execute, instance, **options)
    body = next(entry["body"] for entry in instance.log if entry["method"] == "POST")
    assert {key: value["id"] for key, value in body.items() if isinstance(value, dict)} == {
        "securityRole": 68,
        "structureLevel": 1,
        "securityLocation": 38,
        "defaultLocation": 11,
        "defaultDepartment": 12,
        "salesDefaultLocation": 12,
        "timeZone": 7,
        "serviceDefaultBoard": 3,
    }
    assert all(set(value) == {"id"} for value in body.values() if isinstance(value, dict))
    assert body["excludedServiceBoardIds"] == [2, 4] and body["name"] == "Rewst"
    assert result["member"]["excluded_boards"] == ["2", "4"]
    assert member(execute, instance, **options)["changed"] is False


def test_a_second_run_changes_nothing_and_takes_one_request(execute, make_instance):
    instance = make_instance()
    new(execute, instance, default_location="Corporate")
    result = new(execute, instance, default_location="corporate")
    assert (result["changed"], result["requests"]) == (False, {"read": 1, "written": 0, "retried": 0})
    by_id = new(execute, instance, structure_level="1")
    assert (by_id["changed"], by_id["requests"]["read"]) == (False, 2), "something else may have that number for a name"


def test_blanks_around_a_text_are_no_difference(execute, make_instance):
    instance = make_instance()
    texts = {"name": "Rewst ", "notes": "Two\nlines\n", "email": " a@example.com"}
    new(execute, instance, **texts)
    assert not new(execute, instance, **texts)["changed"]
    assert new(execute, instance, **{**texts, "notes": "Others\n"})["changed"]
    assert not new(execute, instance, **{**texts, "notes": "Others\n"})["changed"]


def test_only_what_differs_is_patched_and_references_are_whole(execute, make_instance):
    instance = make_instance()
    new(execute, instance, notes="old")
    instance.clear_log()
    result = member(
        execute,
        instance,
        security_role="Automation Reader",
        notes="new",
        default_location="12",
        excluded_boards=["Projekte K\u00f6ln"],
    )
    assert [sorted(op["path"] for op in body) for body in patches(instance)] == [
        ["defaultLocation", "excludedServiceBoardIds", "notes", "securityRole"]
    ]
    values = {op["path"]: op["value"] for op in patches(instance)[0]}
    assert values["securityRole"] == {"id": 66} and values["defaultLocation"] == {"id": 12}
    assert result["diff"]["before"].splitlines()[:2] == ["notes: old", "security_role: Technician"]
    assert result["diff"]["after"].splitlines()[:2] == ["notes: new", "security_role: Automation Reader"]
    assert instance.member("Rewst")["emailAddress"] == "" and instance.member("Rewst")["name"] == "Rewst"


def test_texts_and_boards_can_be_emptied(execute, make_instance):
    instance = make_instance()
    new(execute, instance, notes="old", excluded_boards=["1"])
    assert member(execute, instance, notes="", excluded_boards=[])["changed"]
    made = instance.member("Rewst")
    assert (made["notes"], made["excludedServiceBoardIds"]) == ("", [])
    assert member(execute, instance, notes="", excluded_boards=[])["changed"] is False


def test_line_ends_that_the_instance_changes_are_no_difference(execute, make_instance):
    instance = make_instance()
    new(execute, instance, notes="a\r\nb")
    assert member(execute, instance, notes="a\nb")["changed"] is False


def test_an_inactive_member_is_reactivated(execute, make_instance):
    instance = make_instance()
    result = member(execute, instance, identifier="RETIRED")
    assert result["changed"] and result["created"] is False and result["member"]["active"]
    assert instance.member("retired")["inactiveFlag"] is False


def test_a_member_is_made_inactive_and_stays_so(parity, execute, make_instance):
    instance = make_instance()
    assert parity(api_member, instance, identifier="backupvendor", state="absent")["changed"]
    assert instance.member("backupvendor")["inactiveFlag"] is True
    for name in ("backupvendor", "nobody"):
        result = member(execute, instance, identifier=name, state="absent")
        assert (result["changed"], result["requests"]["read"]) == (False, 1)


SITUATIONS = {
    "new": {"security_role": "Technician"},
    "by template": {"security_role": "Technician", "structure_level": "highest", "excluded_boards": ["1", "2"]},
    "changed": {"identifier": "backupvendor", "security_role": "Technician", "notes": "x", "default_board": "1"},
    "reactivated": {"identifier": "retired", "email": "a@example.com"},
    "unchanged": {"identifier": "backupvendor", "security_role": "api - backup vendor"},
    "refused": {"security_role": "nobody's", "default_board": "none", "identifier": "backupvendor"},
}


@pytest.mark.parametrize("situation", [name for name in SITUATIONS if name != "refused"])
def test_check_mode_tells_what_a_run_does(parity, make_instance, edition, situation):
    instance = make_instance(edition=edition)
    done = parity(api_member, instance, **{"identifier": "Rewst", **SITUATIONS[situation]})
    assert done["changed"] is (situation != "unchanged")


def test_check_mode_shows_the_member_as_it_will_be(execute, make_instance):
    instance = make_instance()
    checked = new(execute, instance, check_mode=True, structure_level="highest")["member"]
    done = new(execute, instance, structure_level="highest")["member"]
    assert checked.pop("id") is None and done.pop("id")
    assert checked == done


def test_check_mode_takes_it_that_an_earlier_task_makes_the_role(execute, make_instance, written):
    instance = make_instance()
    for identifier in ("Rewst", "backupvendor"):
        result = member(execute, instance, identifier=identifier, security_role="Not Yet", check_mode=True)
        assert result["changed"] and "earlier task" in result["warnings"][0]
        assert result["member"]["security_role"] == "Not Yet" and result["member"]["security_role_id"] is None
        assert "security_role: Not Yet" in result["diff"]["after"]
    assert written(instance) == []


# refusals


def test_all_names_that_are_unknown_are_told_with_the_choices(execute, make_instance, written):
    instance = make_instance()
    result = member(execute, instance, security_role="Nobody", default_location="Moon", excluded_boards=["Board 1"])
    assert result["failed"] and len(result["problems"]) == 3
    assert "Technician (id 64)" in result["problems"][0] and "K\u00f6ln B\u00fcro (id 2)" in result["problems"][1]
    assert "Alerts & Backups (id 3)" in result["problems"][2]
    assert written(instance) == []


def test_what_a_new_member_needs_is_told_with_labels_and_choices(execute, make_instance):
    result = member(execute, make_instance(empty_default=True))
    assert len(result["problems"]) == 6
    assert any("default_department (Business Unit) is required" in problem for problem in result["problems"])
    assert any(
        "security_role (Role ID)" in problem and "Automation (id 65)" in problem for problem in result["problems"]
    )


def test_an_ambiguous_name_must_be_an_id(execute, make_instance):
    instance = make_instance()
    instance.instance.lookups["locations"].append({"id": 99, "name": "corporate", "level": 1})
    result = new(execute, instance, default_location="Corporate")
    assert result["problems"] == ["default_location 'Corporate' is ambiguous (ids 38, 99): give the id"]
    assert new(execute, instance, default_location="99")["member"]["default_location"] == "corporate"


def test_texts_that_are_too_long_are_refused_before_any_request(execute, make_instance):
    instance = make_instance()
    result = member(execute, instance, identifier="x" * 16, name="x" * 31, email="x" * 251)
    assert len(result["problems"]) == 3 and instance.log == []
    assert member(execute, instance, identifier=" ")["problems"] == ["identifier is empty"]


def test_a_number_is_an_identifier_and_never_the_id_of_another_member(execute, make_instance):
    instance = make_instance()
    strange = str(instance.member("backupvendor")["id"])
    assert member(execute, instance, identifier=strange, state="absent")["changed"] is False
    assert instance.member("backupvendor")["inactiveFlag"] is False
    assert new(execute, instance, identifier=strange)["created"]


def test_a_missing_right_is_named(execute, make_instance):
    result = new(execute, make_instance(automation_role="Automation Reader"))
    assert result["failed"] and "needs Add All on System / Member Maintenance" in result["msg"]


# faults


@pytest.mark.parametrize("kind", ["lost", "truncate"])
def test_a_lost_answer_to_the_creation_is_settled_by_looking(execute, make_instance, kind):
    instance = make_instance()
    instance.fault(kind, method="POST")
    result = new(execute, instance)
    assert result["created"] and result["member"]["id"] == instance.member("Rewst")["id"]
    assert [entry["method"] for entry in instance.log].count("POST") == 1


def test_a_creation_that_never_happened_is_a_failure_and_the_next_run_makes_it(execute, make_instance):
    instance = make_instance()
    instance.fault("reset", method="POST")
    assert new(execute, instance)["error"]["kind"] == "AnswerLost"
    assert new(execute, instance)["created"]


def test_a_creation_that_is_answered_and_did_not_happen_is_found_out(execute, make_instance):
    for fault in ({"kind": "silent"}, {"kind": "empty", "status": 201}):
        instance = make_instance()
        instance.fault(method="POST", **fault)
        assert new(execute, instance)["failed"]


def test_a_write_that_was_not_kept_is_a_failure(execute, make_instance):
    instance = make_instance()
    instance.fault("silent", method="PATCH")
    result = member(execute, instance, identifier="backupvendor", notes="x", security_role="Technician")
    assert result["failed"] and result["error"]["kind"] == "NotKept"
    assert "notes" in result["msg"] and "securityRole" in result["msg"]


def test_a_write_that_shows_late_is_waited_for(execute, make_instance, late):
    instance = make_instance()
    late(instance, 8)
    result = member(execute, instance, identifier="backupvendor", security_role="Technician")
    assert result["changed"] and result["member"]["security_role"] == "Technician"


# reading


def test_members_are_read_with_the_names_that_the_options_take(execute, make_instance):
    instance = make_instance()
    result = execute(api_member_info, instance, identifier="BackupVendor")
    (found,) = result["members"]
    assert (found["identifier"], found["security_role"], found["structure_level"]) == (
        "backupvendor",
        "API - Backup Vendor",
        "Corporate",
    )
    assert found["default_board"] is None and found["active"] is True
    options = {name: value for name, value in found.items() if name in api_member.argument_spec() and value is not None}
    assert member(execute, instance, **options)["changed"] is False


def test_a_member_is_found_by_id_and_none_by_an_unknown_name(execute, make_instance):
    instance = make_instance()
    by_id = execute(api_member_info, instance, identifier=str(instance.member("retired")["id"]))
    assert [item["identifier"] for item in by_id["members"]] == ["retired"] and not by_id["members"][0]["active"]
    assert execute(api_member_info, instance, identifier="nobody")["members"] == []
    assert len(execute(api_member_info, instance)["members"]) == 3


def test_an_instance_tells_what_it_is_and_what_the_key_may_do(execute, make_instance, edition, written):
    instance = make_instance(edition=edition, automation_role="Automation")
    told = execute(instance_info, instance)["instance"]
    assert (told["version"], told["region"], told["cloud"]) == ("v2025.1.10675", "NA", False)
    assert told["member"]["identifier"] == "automation" and told["missing_rights"] == []
    assert told["writes"] == dict.fromkeys(("role_levels", "api_keys"), None if edition == "extended" else False)
    assert {(row["function"], row["add"]) for row in told["permissions"]} == {
        ("Security Roles", "all"),
        ("Member Maintenance", "all"),
        ("My Company", "none"),
        ("Table Setup", "none"),
    }
    assert written(instance) == []


def test_rights_that_are_missing_are_named(execute, make_instance):
    told = execute(instance_info, make_instance(automation_role="Automation Reader"), gather=["rights"])["instance"]
    assert told["missing_rights"] == [
        "System / Security Roles, add (is none)",
        "System / Security Roles, edit (is none)",
        "System / Member Maintenance, add (is none)",
        "System / Member Maintenance, edit (is none)",
    ]
    assert "version" not in told and "writes" not in told


def test_an_instance_that_does_not_name_the_member_is_told_so(execute, make_instance):
    told = execute(instance_info, make_instance(my_security_member=False), gather=["rights"])["instance"]
    assert told["member"] == {"id": None, "identifier": None}


def test_rights_that_cannot_be_read_are_a_warning(execute, make_instance):
    instance = make_instance()
    body = {"code": "Security", "message": "You do not have security permission to perform this action."}
    instance.fault("status", path="mySecurity", status=403, json=body)
    result = execute(instance_info, instance, gather=["rights"])
    assert result["instance"]["permissions"] is None and "can't be read" in result["warnings"][0]


def test_a_function_that_the_instance_lacks_is_no_missing_right(execute, make_instance):
    instance = make_instance(without_functions=[("System", "My Company")])
    assert execute(instance_info, instance, gather=["rights"])["instance"]["missing_rights"] == []
