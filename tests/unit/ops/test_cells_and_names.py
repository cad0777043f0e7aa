# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unusual cells and names of an instance, in cw_security_role, cw_integration and cw_audit_info."""

from __future__ import annotations

import re

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import cells_of
from ansible_collections.msp.connectwise.plugins.module_utils._ops import audit_info, security_role, security_role_info

TICKETS, REPORTS = "Service Desk / Service Tickets", "System / API Reports"
TIME = "Time & Expense / Time Entry"
FULL = {"add": "all", "inquire": "all"}
MATRIX = [
    {"module": "Service Desk", "function": "Service Tickets", "add": "my", **{"edit": "all", "inquire": "all"}},
    {"module": "System", "function": "API Reports", **FULL},
]

OWN_TIME = [{**MATRIX[0], "module": "Time & Expense", "function": "Time Entry"}, MATRIX[1]]


@pytest.fixture
def run(execute):
    def call(instance, check_mode=False, permissions=MATRIX, **options):
        return execute(
            security_role, instance, check_mode,
            **{"name": "Tool", "permissions": permissions, "on_unwritable": "report", **options},
        )  # fmt: skip

    return call


def now(instance, function, name="Tool"):
    """The levels of a function, of each row that has this name."""
    rows = instance.instance.find_role(name).settings
    return [row.levels for row in rows if " / ".join(row.function.key) == function]


def shown(rows):
    return [f"{row['module']} / {row['function']}, {row['verb']}: {row['is']} -> {row['should_be']}" for row in rows]


def sent(instance):
    """The bodies of the writes of levels, with whether each was taken."""
    return [
        ({operation["path"]: operation["value"] for operation in entry["body"]}, entry["status"] == 200)
        for entry in instance.log
        if entry["method"] == "PATCH" and entry["body"]
    ]


# cells


def test_my_that_seems_not_to_be_offered_is_written_with_its_row_and_left_where_that_is_refused(run, make_instance):
    instance = make_instance(edition="extended", without_my=[TIME])
    result = run(instance, permissions=OWN_TIME)
    assert (result["pending"], result["levels_set"]) == ([], 4)
    assert shown(result["not_offered"]) == [f"{TIME}, add: none -> my"]
    assert now(instance, TIME) == [{"add": "None", "edit": "All", "delete": "None", "inquire": "All"}]
    of_time = [(set(levels), taken) for levels, taken in sent(instance) if "editLevel" in levels]
    assert of_time == [({"addLevel", "editLevel", "inquireLevel"}, False), ({"editLevel", "inquireLevel"}, True)]
    instance.clear_log()
    again = run(instance, permissions=OWN_TIME)
    assert not again["changed"] and sent(instance) == [] and len(again["not_offered"]) == 1


def test_a_flag_that_means_something_else_costs_nothing(run, make_instance):
    instance = make_instance(edition="extended", my_all_flag="false")
    result = run(instance)
    assert (result["pending"], result["not_offered"], result["levels_set"]) == ([], [], 5)
    assert now(instance, TICKETS)[0]["add"] == "My"


@pytest.mark.parametrize("habit", ["null_cells", "missing_cells"])
def test_a_verb_that_is_not_shown_is_never_sent(run, make_instance, habit):
    instance = make_instance(edition="extended", **{habit: [f"{REPORTS} / add"]})
    result = run(instance)
    assert shown(result["not_offered"]) == [f"{REPORTS}, add: none -> all"] and result["pending"] == []
    assert not any(levels.get("addLevel") == "All" for levels, _taken in sent(instance))


@pytest.mark.parametrize(("verb", "level"), [("inquire", "All"), ("delete", "None")])
def test_a_text_that_is_no_level_is_written_with_its_row_alone(run, make_instance, verb, level):
    instance = make_instance(edition="extended", odd_cells=[f"{TICKETS} / {verb}"])
    result = run(instance)
    assert shown(result["not_offered"]) == [f"{TICKETS}, {verb}: some -> {level.lower()}"]
    assert "'some'" in result["not_offered"][0]["reason"] and result["pending"] == []
    assert now(instance, TICKETS)[0][verb] == level
    instance.clear_log()
    assert not run(instance)["changed"] and sent(instance) == []


def test_all_is_taken_away_where_my_is_wanted_and_not_offered(run, make_instance, edition):
    instance = make_instance(edition=edition, without_my=[TIME])
    instance.add_role("Tool", levels={TIME: {"add": "All", "edit": "All", "inquire": "All"}, REPORTS: {
        "add": "All", "inquire": "All"}})  # fmt: skip
    result = run(instance, permissions=OWN_TIME)
    if edition == "published":
        assert shown(result["pending"]) == [f"{TIME}, add: all -> none"]
    else:
        assert now(instance, TIME)[0]["add"] == "None"
        assert shown(result["not_offered"]) == [f"{TIME}, add: none -> my"]


# names


def told_ids(message):
    return [int(number) for number in re.findall(r"\(id (\d+)\)", message)]


@pytest.mark.parametrize("number", [0, 1])
def test_two_rows_of_one_name_are_told_apart_by_an_id(run, make_instance, edition, number):
    """The ids of the message are another role's, as long as this one isn't there."""
    instance = make_instance(edition=edition, twins=[TICKETS])
    refused = run(instance)
    ids = told_ids(refused["msg"])
    assert refused["failed"] and len(ids) == 2 and instance.role("Tool") is None
    matrix = [{**MATRIX[0], "id": ids[number]}, MATRIX[1]]
    result = run(instance, permissions=matrix)
    place = f"Service Tickets ({number + 1} of 2)"
    if edition == "published":
        assert {row["function"] for row in result["pending"]} == {place, "API Reports"}
        return
    granted = [any(level == "All" for level in levels.values()) for levels in now(instance, TICKETS)]
    assert (result["pending"], granted) == ([], [number == 0, number == 1])
    instance.clear_log()
    assert not run(instance, permissions=matrix)["changed"] and sent(instance) == []
    own = sorted(row.id for row in instance.instance.find_role("Tool").settings
                 if " / ".join(row.function.key) == TICKETS)  # fmt: skip
    assert not run(instance, permissions=[{**MATRIX[0], "id": own[number]}, MATRIX[1]])["changed"]
    other = run(instance, permissions=[{**MATRIX[0], "id": own[1 - number]}, MATRIX[1]])
    assert other["levels_set"] == 6 and other["pending"] == []


def test_an_id_that_is_of_neither_row_is_refused_with_both(run, make_instance):
    instance = make_instance(edition="extended", twins=[TICKETS])
    result = run(instance, permissions=[{**MATRIX[0], "id": 1}, MATRIX[1]])
    assert result["failed"] and len(told_ids(result["msg"])) == 2


def test_a_role_with_two_rows_of_one_name_fits_its_own_export(run, execute, make_instance):
    instance = make_instance(edition="extended", twins=[TICKETS])
    ids = told_ids(run(instance)["msg"])
    run(instance, permissions=[{**MATRIX[0], "id": ids[1]}, MATRIX[1]])
    (told,) = execute(security_role_info, instance, name="Tool")["roles"]
    assert [row["function"] for row in told["permissions"] if "id" in row] == ["Service Tickets"]
    assert not run(instance, permissions=told["permissions"])["changed"]


@pytest.mark.parametrize("names", ["codes", "identifiers", "no_name"])
def test_which_texts_are_the_names_is_said(run, make_instance, edition, names):
    instance = make_instance(edition=edition, names=names)
    wanted = "Identifier" if names == "identifiers" else "Description"
    for check_mode in (True, False):
        result = run(instance, check_mode)
        assert result["names"].startswith(f"functions are matched by module{wanted} and moduleFunction{wanted}")
        left = len(result["pending"])
        assert (left, result["levels_undecided"]) == ((0, 5) if check_mode else (5 if edition == "published" else 0, 0))
    assert run(make_instance(edition=edition))["names"] == ""


def test_an_unknown_name_is_looked_for_in_every_role_and_then_stops(run, make_instance, edition):
    instance = make_instance(edition=edition)
    result = run(instance, permissions=[*MATRIX, {"module": "System", "function": "API Report", "inquire": "all"}])
    assert result["failed"] and 'did you mean "System / API Reports"' in result["msg"]
    looked = {entry["path"].lower() for entry in instance.log if entry["path"].lower().endswith("/settings")}
    assert len(looked) == len(instance.state["roles"])


def test_where_every_name_is_known_no_other_role_is_read(run, make_instance):
    instance = make_instance(edition="extended")
    run(instance)
    instance.clear_log()
    optional = {"module": "Quantum", "function": "Xylophone", "optional": True, "inquire": "all"}
    assert not run(instance, permissions=[*MATRIX, optional])["changed"]
    assert sum(entry["path"].lower().endswith("/settings") for entry in instance.log) == 1


def test_a_list_without_the_rows_that_are_none_is_a_list_of_the_rest(run, make_instance, edition):
    instance = make_instance(edition=edition, sparse=True)
    instance.add_role("Tool", levels={TICKETS: {"edit": "All"}})
    checked, result = run(instance, check_mode=True), run(instance)
    assert (len(checked["pending"]), checked["levels_undecided"]) == (2, 2)
    assert len(result["pending"]) == (4 if edition == "published" else 2)
    assert f"{REPORTS}, add: none -> all" in shown(result["pending"])
    instance.set_levels("Tool", [{"module": "System", "function": "API Reports", "verb": verb, "level": "All"}
                                 for verb in ("add", "inquire")])  # fmt: skip
    assert len(run(instance)["pending"]) == (2 if edition == "published" else 0)


def test_a_row_that_is_taken_away_whole_is_believed_where_lists_are_sparse(run, make_instance):
    instance = make_instance(edition="extended", sparse=True)
    instance.add_role("Tool", levels={TICKETS: {"add": "My", "edit": "All", "inquire": "All"}, REPORTS: {
        "add": "All", "inquire": "All"}, "Companies / Contacts": {"inquire": "All"}})  # fmt: skip
    result = run(instance)
    assert (result["pending"], result["levels_set"]) == ([], 1)


@pytest.mark.parametrize("turn", [0, 1])
def test_a_row_that_comes_and_goes_is_looked_for_again(run, make_instance, edition, turn):
    instance = make_instance(edition=edition, flickering=[TICKETS])
    instance.add_role("Tool", levels={TICKETS: {"add": "My", "edit": "All", "inquire": "All"}, REPORTS: {
        "add": "All", "inquire": "All"}})  # fmt: skip
    for _read in range(turn):
        instance.instance.next_id("list of settings")
    result = run(instance)
    assert not result.get("failed") and not result["changed"] and result["pending"] == []


def test_an_optional_function_that_a_sparse_list_leaves_out_is_set_too(run, make_instance):
    instance = make_instance(edition="published", sparse=True)
    instance.add_role("Tool", levels={TICKETS: {"edit": "All"}})
    result = run(instance, permissions=[MATRIX[0], {**MATRIX[1], "optional": True}])
    assert result["absent_functions"] == [] and f"{REPORTS}, add: none -> all" in shown(result["pending"])


# the audit


def audit(execute, instance, matrix=MATRIX):
    catalogue = [{"vendor": "tool", "member_identifier": "tool", "role_name": "Tool", "permissions": matrix}]
    result = execute(audit_info, instance, catalogue=catalogue)
    (member,) = [each for each in result["audit"]["members"] if each["vendor"] == "tool"]
    found = cells_of(result["audit"], member)
    return {(f"{cell['module']} / {cell['function']}", cell["verb"]): cell["kind"] for cell in found}, result


def audited(make_instance, levels, **habits):
    instance = make_instance(edition="published", **habits)
    instance.add_role("Tool", levels=levels)
    instance.add_member("tool", "Tool")
    return instance


def test_the_audit_knows_the_same_cells_and_names(execute, make_instance):
    levels = {TIME: {"edit": "All", "inquire": "All"}, REPORTS: {"add": "All", "inquire": "All"}}
    cells, _result = audit(execute, audited(make_instance, levels, without_my=[TIME], names="codes"), OWN_TIME)
    assert cells == {(TIME, "add"): "absent"}
    levels = {TICKETS: {"edit": "All", "inquire": "All"}, REPORTS: {"add": "All", "inquire": "All"}}
    cells, result = audit(execute, audited(make_instance, levels, odd_cells=[f"{REPORTS} / delete"], names="no_name"))
    assert cells == {(TICKETS, "add"): "missing", (REPORTS, "delete"): "absent"}
    assert any("moduleFunctionDescription" in warning for warning in result["warnings"])


def test_the_audit_knows_that_a_row_which_is_left_out_grants_nothing(execute, make_instance):
    instance = audited(make_instance, {TICKETS: {"add": "My", "edit": "All", "inquire": "All"}}, sparse=True)
    cells, _result = audit(execute, instance)
    assert cells == {(REPORTS, "add"): "missing", (REPORTS, "inquire"): "missing"}
