# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_security_role and cw_security_role_info."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._ops import context, security_role, security_role_info

MATRIX = [
    {"module": "Companies", "function": "company maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "all", "edit": "my", "inquire": "all"},
    {"module": "Time and Expense", "function": "Time Entry", "add": "my"},
]
CELLS = {
    "Companies / Company Maintenance": {"inquire": "All"},
    "Service Desk / Service Tickets": {"add": "All", "edit": "My", "inquire": "All"},
    "Time & Expense / Time Entry": {"add": "My"},
}


def role(execute, instance, **options):
    return execute(security_role, instance, **{"name": "Tool", "permissions": MATRIX, **options})


def granted(instance, name="Tool"):
    """The cells of a role that grant anything."""
    return {
        f"{module} / {function}": {verb: level for verb, level in verbs.items() if level not in (None, "None")}
        for (module, function), verbs in instance.levels(name).items()
        if set(verbs.values()) - {None, "None"}
    }


def test_a_role_is_made_and_brought_to_its_matrix(execute, make_instance):
    instance = make_instance(edition="extended")
    result = role(execute, instance)
    assert (result["changed"], result["created"], result["levels_set"], result["pending"]) == (True, True, 5, [])
    assert granted(instance) == CELLS
    assert result["role"] == {"id": instance.role("Tool")["id"], "name": "Tool"}
    assert result["diff"]["after"].splitlines()[0] == "security role Tool: present"
    assert len(result["diff"]["after"].splitlines()) == 6


def test_where_levels_cannot_be_written_the_role_is_made_and_each_cell_left_to_a_person(execute, make_instance):
    instance = make_instance()
    result = role(execute, instance)
    assert result["failed"] and result["changed"] and result["created"] and result["levels_set"] == 0
    assert [(cell["function"], cell["verb"], cell["is"], cell["should_be"]) for cell in result["pending"]] == [
        ("Company Maintenance", "inquire", "none", "all"),
        ("Service Tickets", "add", "none", "all"),
        ("Service Tickets", "edit", "none", "my"),
        ("Service Tickets", "inquire", "none", "all"),
        ("Time Entry", "add", "none", "my"),
    ]
    assert {cell["reason"] for cell in result["pending"]} == {"this instance's REST API can't write levels"}
    assert "5 levels of security role 'Tool'" in result["msg"]
    assert instance.role("Tool") and granted(instance) == {}


def test_reporting_what_is_left_is_no_failure(execute, make_instance):
    result = role(execute, make_instance(), on_unwritable="report")
    assert "failed" not in result and len(result["pending"]) == 5


def test_once_a_person_has_set_the_levels_a_run_verifies_them(execute, make_instance):
    instance = make_instance()
    role(execute, instance)
    instance.set_levels("Tool", CELLS)
    result = role(execute, instance)
    assert (result["changed"], result["pending"], result["requests"]) == (
        False,
        [],
        {"read": 2, "written": 0, "retried": 0},
    )


def test_a_second_run_changes_nothing_and_takes_two_requests(execute, make_instance):
    instance = make_instance(edition="extended")
    role(execute, instance)
    instance.clear_log()
    for name in ("Tool", " TOOL "):
        result = role(execute, instance, name=name)
        assert (result["changed"], result["created"], result["pending"]) == (False, False, [])
        assert result["requests"] == {"read": 2, "written": 0, "retried": 0}
    assert len(instance.log) == 4 and {entry["method"] for entry in instance.log} == {"GET"}


def test_drift_is_taken_back_and_unlisted_functions_are_emptied(execute, make_instance):
    instance = make_instance(edition="extended")
    role(execute, instance)
    instance.set_levels(
        "Tool", {"Finance / Agreements": {"delete": "All"}, "Service Desk / Service Tickets": {"edit": "All"}}
    )
    result = role(execute, instance)
    assert granted(instance) == CELLS and result["levels_set"] == 2
    assert "Finance / Agreements, delete: all\n" in result["diff"]["before"]


def test_unlisted_functions_can_be_kept(execute, make_instance):
    instance = make_instance(edition="extended")
    role(execute, instance)
    instance.set_levels("Tool", {"Finance / Agreements": {"delete": "All"}})
    assert role(execute, instance, unlisted="keep")["changed"] is False


def test_an_empty_matrix_empties_the_role_and_none_leaves_it_alone(execute, make_instance):
    instance = make_instance(edition="extended")
    role(execute, instance)
    result = role(execute, instance, permissions=None)
    assert (result["changed"], result["functions"], result["requests"]["read"]) == (False, 0, 1)
    assert role(execute, instance, permissions=[])["levels_set"] == 5
    assert granted(instance) == {}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"nulls_as_none": True},
        {"without_functions": [("Finance", "Agreements")]},
        {"rename_functions": {("Service Desk", "Service Tickets"): "Service  TICKETS"}},
    ],
)
def test_kinds_of_instances_are_brought_to_the_matrix(execute, make_instance, options):
    instance = make_instance(edition="extended", **options)
    result = role(execute, instance)
    assert (result["pending"], result["levels_set"]) == ([], 5)
    assert role(execute, instance)["changed"] is False


# check mode

BEFORE = {
    "no role": lambda instance: None,
    "an empty role": lambda instance: instance.add_role("Tool"),
    "drift": lambda instance: instance.add_role("Tool", levels={**CELLS, "Finance / Agreements": {"add": "All"}}),
    "converged": lambda instance: instance.add_role("Tool", levels=CELLS),
}


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("automation_role", ["Admin", "Automation"])
def test_check_mode_tells_what_a_run_does(parity, make_instance, edition, before, automation_role):
    instance = make_instance(edition=edition, automation_role=automation_role)
    BEFORE[before](instance)
    parity(security_role, instance, name="Tool", permissions=MATRIX, on_unwritable="report")


def test_check_mode_promises_nothing_where_a_right_is_missing(execute, make_instance):
    instance = make_instance(edition="extended", automation_role="Automation Reader")
    instance.add_role("Tool")
    told, done = (role(execute, instance, check_mode=check, on_unwritable="report") for check in (True, False))
    assert (told["levels_set"], told["levels_undecided"], told["pending"]) == (0, 5, [])
    assert (done["changed"], done["levels_undecided"], len(done["pending"])) == (False, 0, 5)
    assert "Edit All on System / Security Roles" in done["pending"][0]["reason"]


def test_undocumented_routes_are_not_tried_where_that_is_turned_off(execute, make_instance, written):
    instance = make_instance(edition="extended")
    for check in (True, False):
        result = role(execute, instance, check_mode=check, probe_undocumented=False, on_unwritable="report")
        assert len(result["pending"]) == 5
    assert written(instance) == [("POST", "/system/securityroles")]


# refusals


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("name", ["Admin", " admin ", "63", "Second Admin"])
def test_a_built_in_admin_is_never_touched(execute, make_instance, written, state, name):
    instance = make_instance(edition="extended", roles=[{"name": "Second Admin", "admin": True}])
    result = role(execute, instance, name=name, state=state)
    assert result["failed"] and "never changed or deleted" in result["msg"]
    assert written(instance) == []


def test_an_inactive_role_is_refused(execute, make_instance, written):
    instance = make_instance(edition="extended", roles=[{"name": "Tool", "inactive": True}])
    result = role(execute, instance)
    assert result["failed"] and "can't reactivate" in result["msg"] and written(instance) == []


def test_an_inactive_role_may_go(execute, make_instance):
    instance = make_instance(edition="extended", roles=[{"name": "Tool", "inactive": True}])
    assert role(execute, instance, state="absent", permissions=None)["changed"] and instance.role("Tool") is None


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_a_name_of_digits_is_a_name_before_it_is_an_id(execute, make_instance, edition):
    instance = make_instance(edition=edition, roles=[{"name": "Victim"}])
    number = str(instance.role("Victim")["id"])
    instance.add_role(number)
    named = instance.role(number)["id"]
    assert role(execute, instance, name=number, permissions=None)["role"]["id"] == named
    (told,) = execute(security_role_info, instance, name=number, levels=False)["roles"]
    assert told["id"] == named
    gone = role(execute, instance, name=number, state="absent", permissions=None)
    assert gone["changed"] and instance.role(number) is None and instance.role("Victim") is not None
    assert role(execute, instance, name=number, permissions=None)["role"]["name"] == "Victim", "then it is an id"


def test_names_that_cannot_be_are_refused_before_any_request(execute, make_instance):
    instance = make_instance()
    result = role(execute, instance, name="x" * 31, permissions=[MATRIX[0], MATRIX[0]])
    assert len(result["problems"]) == 2 and "31 characters" in result["msg"] and "listed twice" in result["msg"]
    assert role(execute, instance, name=" ")["problems"] == ["name is empty"]
    assert instance.log == []


def test_unknown_functions_and_levels_are_all_told_before_the_first_write(execute, make_instance, written, edition):
    instance = make_instance(edition=edition)
    permissions = [
        {"module": "Service Desk", "function": "Service Ticket", "add": "all"},
        {"module": "Companies", "function": "Expense Reimbursements", "add": "all"},
        {"module": "Sales", "function": "Sales Funnel", "add": "my"},
        {"module": "Sales", "function": "Sales Dashboard", "delete": "all"},
        {"module": "Quantum", "function": "Xylophone", "optional": True, "add": "all"},
    ]
    for check in (True, False):
        result = role(execute, instance, permissions=permissions, check_mode=check)
        problems = result["problems"]
        assert result["failed"] and not result["changed"] and len(problems) == 2
        assert 'did you mean "Service Desk / Service Tickets"' in problems[0]
        assert '"Finance / Expense Reimbursements"' in problems[1]
    assert written(instance) == [] and instance.role("Tool") is None


def test_an_optional_function_that_is_absent_is_told(execute, make_instance):
    instance = make_instance(edition="extended")
    extra = {"module": "Quantum", "function": "Xylophone", "optional": True}
    result = role(execute, instance, permissions=[*MATRIX, extra])
    assert result["absent_functions"] == [{"module": "Quantum", "function": "Xylophone"}]


def test_a_name_that_two_roles_have_must_be_an_id(execute, make_instance):
    instance = make_instance(edition="extended", roles=[{"name": "TOOL"}, {"name": "tool"}])
    result = role(execute, instance)
    assert result["failed"] and "give the id" in result["msg"]
    assert role(execute, instance, name="tool")["role"]["id"] == instance.instance.store.roles[72].id


@pytest.mark.parametrize("name", ["\u00b2", "\u2460"])
def test_a_digit_that_is_no_number_is_a_name(execute, make_instance, name):
    assert role(execute, make_instance(edition="extended"), name=name)["role"]["name"] == name


# faults


def test_a_write_that_changes_nothing_is_found_out_and_reported(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("silent", method="PATCH", path="settings", times=None)
    result = role(execute, instance)
    assert result["failed"] and result["levels_set"] == 0 and len(result["pending"]) == 5
    (reason,) = {cell["reason"] for cell in result["pending"]}
    assert reason.startswith("the level was written, ") and reason.endswith("not visible after 10 s; run again")


def test_only_the_cells_that_were_not_kept_are_left(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("silent", method="PATCH", path="settings", after=0)
    result = role(execute, instance, on_unwritable="report")
    assert result["levels_set"] + len(result["pending"]) == 5
    assert {cell["function"] for cell in result["pending"]} == {"Company Maintenance"}
    assert role(execute, instance)["levels_set"] == 1


def test_a_write_that_shows_late_is_waited_for(execute, make_instance, late):
    instance = make_instance(edition="extended")
    instance.add_role("Tool")
    late(instance, 8)
    result = role(execute, instance)
    assert (result["levels_set"], result["pending"]) == (5, [])


def test_a_row_that_is_refused_does_not_stop_the_others(execute, make_instance):
    instance = make_instance(edition="extended")
    body = {"code": "InvalidObject", "message": "no"}
    instance.fault("status", method="PATCH", path="settings", status=400, json=body, after=1)
    result = role(execute, instance, on_unwritable="report")
    assert result["levels_set"] + len(result["pending"]) == 5 and result["levels_set"] >= 2
    assert all("InvalidObject: no" in cell["reason"] for cell in result["pending"])


@pytest.mark.parametrize("kind", ["lost", "truncate"])
def test_a_lost_answer_to_the_creation_is_settled_by_looking(execute, make_instance, kind):
    instance = make_instance(edition="extended")
    instance.fault(kind, method="POST")
    result = role(execute, instance)
    assert result["created"] and result["pending"] == [] and granted(instance) == CELLS
    assert [entry["method"] for entry in instance.log].count("POST") == 1


def test_a_creation_that_never_happened_is_a_failure_and_the_next_run_makes_it(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("reset", method="POST")
    result = role(execute, instance)
    assert result["failed"] and result["error"]["kind"] == "AnswerLost" and instance.role("Tool") is None
    assert role(execute, instance)["created"]


def test_a_creation_that_is_answered_and_did_not_happen_is_found_out(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("empty", method="POST", status=201)
    result = role(execute, instance)
    assert result["error"]["kind"] == "NotKept" and "isn't in the list" in result["msg"]


def test_a_fault_in_the_middle_is_made_good_by_the_next_run(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("status", method="PATCH", path="settings", status=503, times=None, after=1)
    result = role(execute, instance, retries=0)
    assert result["failed"] and result["error"]["kind"] == "ServerFailed"
    instance.clear_faults()
    assert role(execute, instance)["pending"] == [] and granted(instance) == CELLS


# waiting for a person


def test_an_administrator_is_waited_for(execute, make_instance, monkeypatch):
    instance = make_instance()
    monkeypatch.setattr(context.time, "sleep", lambda _seconds: None)
    lines = []

    def administrator(line):
        lines.append(line)
        if "waiting up to" in line:
            thread = threading.Thread(target=instance.set_levels, args=("Tool", CELLS))
            thread.start()
            thread.join()

    result = role(execute, instance, wait_timeout=30, wait_interval=0.01, progress=administrator)
    assert (result["pending"], "failed" in result, result["created"]) == ([], False, True)
    assert "5 levels of role 'Tool'" in lines[0] and "has 0 levels left" in lines[-1]


def test_what_is_still_left_after_the_wait_is_told(execute, make_instance, clock):
    instance = make_instance()
    clock.at(2, lambda: instance.set_levels("Tool", {"Companies / Company Maintenance": {"inquire": "All"}}))
    result = role(execute, instance, wait_timeout=50, wait_interval=10)
    assert result["failed"] and len(result["pending"]) == 4 and clock.naps == 5


@pytest.mark.parametrize("shown", [[], [{"id": 1, "moduleName": "Companies", "moduleFunctionName": "Other",
                                         "addLevel": "None", "inquireLevel": "None"}]])  # fmt: skip
def test_rows_that_are_hidden_while_waiting_prove_nothing(execute, make_instance, clock, shown):
    instance = make_instance()
    clock.at(1, lambda: instance.fault("status", path="settings$", status=200, json=shown, times=None))
    result = role(execute, instance, wait_timeout=50, wait_interval=10)
    assert result["failed"] and len(result["pending"]) == 5 and clock.naps == 5


def test_a_fault_while_waiting_is_waited_out(execute, make_instance, clock):
    instance = make_instance()
    clock.at(1, lambda: instance.fault("status", status=503, path="settings", times=None))
    clock.at(2, lambda: (instance.clear_faults(), instance.set_levels("Tool", CELLS)))
    assert role(execute, instance, wait_timeout=50, retries=0)["pending"] == []


def test_check_mode_waits_for_nobody(execute, make_instance, clock):
    assert role(execute, make_instance(), wait_timeout=50, check_mode=True)["levels_undecided"] == 5
    assert clock.naps == 0


# members of the role


def test_members_that_share_the_role_are_named_before_its_levels_change(execute, make_instance):
    instance = make_instance(
        edition="extended",
        roles=[{"name": "Tool"}],
        members=[
            {"identifier": "one", "role": "Tool"},
            {"identifier": "two", "role": "Tool"},
            {"identifier": "gone", "role": "Tool", "inactive": True},
        ],
    )
    warnings = role(execute, instance, check_mode=True)["warnings"]
    assert len(warnings) == 1 and "one, two" in warnings[0] and "gone" not in warnings[0]
    assert "two" in role(execute, instance, members=["ONE"], check_mode=True)["warnings"][0]
    assert role(execute, instance, members=["one", "two"])["warnings"] == []


def test_without_the_right_to_read_members_nobody_knows_whose_role_it_is(execute, make_instance):
    instance = make_instance(
        edition="extended",
        automation_role="Narrow",
        roles=[
            {"name": "Narrow", "levels": {"System / Security Roles": {"edit": "All", "inquire": "All"}}},
            {"name": "Tool"},
        ],
    )
    result = role(execute, instance)
    assert result["failed"] and "the key has no permission to read members" in result["msg"]
    assert not result["changed"] and all(entry["method"] == "GET" for entry in instance.log)


# absent


def test_a_role_is_deleted_and_then_is_absent(parity, execute, make_instance, edition):
    instance = make_instance(edition=edition, roles=[{"name": "Tool"}])
    assert parity(security_role, instance, name="tool", state="absent")["changed"]
    assert instance.role("Tool") is None
    result = role(execute, instance, state="absent")
    assert (result["changed"], result["requests"]) == (False, {"read": 1, "written": 0, "retried": 0})


def test_a_role_in_use_is_not_deleted_and_its_members_are_named(execute, make_instance, written):
    instance = make_instance(members=[{"identifier": "former", "role": "Technician", "inactive": True}])
    for check in (True, False):
        result = role(execute, instance, name="Technician", state="absent", check_mode=check)
        assert result["failed"]
        for name in ("jmueller", "retired (inactive)", "former (inactive)"):
            assert name in result["msg"]
    assert written(instance) == []


def test_a_deletion_that_did_not_happen_is_found_out(execute, make_instance):
    instance = make_instance(roles=[{"name": "Tool"}])
    instance.fault("silent", method="DELETE")
    result = role(execute, instance, state="absent")
    assert result["failed"] and result["error"]["kind"] == "NotKept"


# reading


def test_an_exported_role_is_applied_elsewhere_without_a_difference(execute, make_instance):
    source = make_instance(edition="extended")
    role(execute, source)
    exported = execute(security_role_info, source, name="tool")["roles"][0]
    target = make_instance(edition="extended")
    role(execute, target, permissions=exported["permissions"])
    assert granted(target) == CELLS
    assert role(execute, target)["changed"] is False


def test_all_roles_are_read_with_or_without_levels(execute, make_instance):
    instance = make_instance()
    result = execute(security_role_info, instance)
    assert {item["name"] for item in result["roles"]} == {item["name"] for item in instance.state["roles"]}
    assert [item["admin"] for item in result["roles"] if item["name"] == "Admin"] == [True]
    assert result["requests"]["read"] == 1 + len(result["roles"])
    result = execute(security_role_info, instance, levels=False)
    assert result["requests"]["read"] == 1 and "permissions" not in result["roles"][0]
    assert execute(security_role_info, instance, name="nobody")["roles"] == []
