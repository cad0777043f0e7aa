# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of matrices, and that check mode plans what a run writes.

That the changes of a plan give the matrix, whatever the instance has, stands in tests/unit/domain; the algebra of
union, intersection and covering in tests/unit/audit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import LEVELS, VERBS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import adjust, parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix_sets import by_key, diff, union
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import fold
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import export_permissions, parse_settings
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_member, security_role
from hypothesis import given
from hypothesis import strategies as st
from simulator import Simulator
from simulator.server import Handle

from .world import assert_clear, cases, perform, small_instance

LEVEL = st.sampled_from(LEVELS)
NAMES = (
    ("Companies", "Company Maintenance"), ("Service Desk", "Service Tickets"), ("System", "Member Maintenance"),
    ("System", "Security Roles"), ("Sales", "Opportunity"),
)  # fmt: skip
SPELLINGS: list[Callable[[str], str]] = [
    str.upper, str.lower, lambda text: f" {text} ", lambda text: text.replace(" ", "  ")
]  # fmt: skip
Rows = list[dict[str, Any]]


def row(name: tuple[str, str], levels: dict[str, str]) -> dict[str, Any]:
    return {"module": name[0], "function": name[1], **levels}


ROW = st.builds(row, st.sampled_from(NAMES), st.fixed_dictionaries(dict.fromkeys(VERBS, LEVEL)))
MATRICES = st.lists(ROW, max_size=5, unique_by=lambda item: (item["module"], item["function"]))


def cells(rows: Rows) -> dict[tuple[str, str, str], str]:
    """What a matrix grants, by folded names."""
    return {
        (*key, verb): level
        for key, permission in by_key(rows).items()
        for verb, level in permission.levels.items()
        if level != "none"
    }


@cases(100)
@given(MATRICES, MATRICES)
def test_applying_a_difference_gives_the_wanted_matrix(now: Rows, wanted: Rows) -> None:
    after = cells(now)
    for cell in diff(now, wanted):
        key = (fold(cell["module"]), fold(cell["function"]), cell["verb"])
        assert after.pop(key, "none") == cell["is"]
        after[key] = cell["should_be"]
    assert {key: level for key, level in after.items() if level != "none"} == cells(wanted)


@cases(100)
@given(MATRICES, MATRICES)
def test_comparing_is_symmetric(left: Rows, right: Rows) -> None:
    def both(found: Rows, there: str, here: str) -> set[tuple[str, ...]]:
        return {
            (fold(cell["module"]), fold(cell["function"]), cell["verb"], cell[there], cell[here]) for cell in found
        }

    forth, back = diff(left, right), diff(right, left)
    assert both(forth, "is", "should_be") == both(back, "should_be", "is")
    assert sorted(cell["kind"] for cell in forth) == sorted(
        {"missing": "excess", "excess": "missing"}[cell["kind"]] for cell in back
    )
    assert diff(left, left) == []


@cases(100)
@given(MATRICES, st.data())
def test_normalising_again_changes_nothing(rows: Rows, data: st.DataObject) -> None:
    once = [permission.as_row() for permission in parse_rows(rows)]
    assert [permission.as_row() for permission in parse_rows(once)] == once
    assert adjust(adjust(rows)) == adjust(rows) == once
    merged = union(rows)
    assert union(merged, merged) == merged
    spelt = [
        {**item, **{part: data.draw(st.sampled_from(SPELLINGS))(item[part]) for part in ("module", "function")}}
        for item in rows
    ]
    assert diff(rows, spelt) == [] and cells(spelt) == cells(rows)


@cases(100)
@given(st.text(max_size=30))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@cases(60)
@given(MATRICES)
def test_reading_what_was_exported_changes_nothing(rows: Rows) -> None:
    shown = [
        {"moduleName": item["module"], "moduleFunctionName": item["function"], "myAllFlag": True,
         **{f"{verb}Level": item[verb].title() for verb in VERBS}}
        for item in rows
    ]  # fmt: skip
    exported = export_permissions(parse_settings(shown))
    assert cells(exported) == cells(rows)


def written_cells(instance: Handle) -> dict[tuple[str, str], str]:
    """{(id of a row, verb): level} of all levels that the instance took, but for the question to row 0."""
    return {
        (entry["path"].rpartition("/")[2], operation["path"].removesuffix("Level")): operation["value"].lower()
        for entry in instance.log
        if entry["method"] == "PATCH" and "/settings/" in entry["path"] and entry["status"] == 200
        for operation in entry["body"]
    }


def planned(result: Any) -> set[tuple[str, str]]:
    """(what, level) of the lines of a diff that are about levels."""
    lines = [line.rpartition(": ") for line in result["diff"]["after"].splitlines()]
    return {(what, level) for what, _colon, level in lines if level in LEVELS}


def settings_of(instance: Handle, role: str) -> dict[str, str]:
    """{id of a row: its name}"""
    found = instance.instance.find_role(role)
    rows = found.settings if found else []
    return {str(setting.id): " / ".join(instance.instance.display(setting.function)) for setting in rows}


@cases(60)
@given(now=MATRICES, wanted=MATRICES, unlisted=st.sampled_from(["none", "keep"]))
def test_a_check_run_plans_the_cells_that_a_run_writes(
    simulator: Simulator, now: Rows, wanted: Rows, unlisted: str
) -> None:
    instance = small_instance(simulator)
    levels = {
        f"{item['module']} / {item['function']}": {verb: item[verb].title() for verb in VERBS if item[verb] != "none"}
        for item in now
    }
    try:
        instance.add_role("Tool", levels=levels)
    except ValueError:
        return  # levels that this function doesn't have: a person couldn't set them either
    options = {**instance.connection, "name": "Tool", "permissions": wanted, "unlisted": unlisted}
    before = instance.state
    checked = perform(security_role, options, check_mode=True)
    assert instance.state == before
    instance.clear_log()
    done = perform(security_role, options)
    assert_clear(done)
    assert checked.get("failed", False) == done.get("failed", False)
    if done.get("failed"):
        assert checked["msg"] == done["msg"] and written_cells(instance) == {}
        return
    names = settings_of(instance, "Tool")
    sent = {(f"{names[row_id]}, {verb}", level) for (row_id, verb), level in written_cells(instance).items()}
    assert planned(checked) == planned(done) == sent
    assert checked["changed"] == done["changed"] == bool(sent)
    assert checked["levels_undecided"] == done["levels_set"] == len(sent)
    instance.clear_log()
    assert perform(security_role, options)["changed"] is False
    assert written_cells(instance) == {}


MEMBER = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Tool", "Other", "Büro"]),
        "email": st.sampled_from(["", "a@example.com"]),
        "notes": st.sampled_from(["", "one\ntwo", "one\r\ntwo"]),
        "security_role": st.sampled_from(["Technician", "Automation Reader", "64"]),
        "structure_level": st.sampled_from(["highest", "Region", "3"]),
        "default_location": st.sampled_from(["Corporate", "38", "R&D Lab"]),
        "time_zone": st.sampled_from(["US Eastern", "4"]),
        "excluded_boards": st.lists(st.sampled_from(["1", "2", "Alerts & Backups"]), max_size=2),
        "state": st.sampled_from(["present", "absent"]),
    },
)


@cases(30)
@given(first=MEMBER, then=MEMBER)
def test_a_check_run_of_a_member_plans_what_a_run_writes(simulator: Simulator, first: Any, then: Any) -> None:
    """Twice: from nothing, and from what the first run left."""
    instance = small_instance(simulator)
    for options in ({"security_role": "Technician", "structure_level": "highest", **first}, then):
        args = {**instance.connection, "identifier": "tool", **options}
        before = instance.state
        checked = perform(api_member, args, check_mode=True)
        assert instance.state == before
        instance.clear_log()
        done = perform(api_member, args)
        assert_clear(done)
        writes = [entry for entry in instance.log if entry["method"] != "GET"]
        assert {name: checked.get(name) for name in ("changed", "created", "diff", "failed", "msg")} == {
            name: done.get(name) for name in ("changed", "created", "diff", "failed", "msg")
        }
        assert len(writes) == bool(done["changed"])
        again = perform(api_member, args)
        assert not again["changed"] and again.get("failed") == done.get("failed")
