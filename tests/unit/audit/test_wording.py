# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wording of an audit, and the order of what it lists."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit import AuditedRole
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_cells import compare_role, index_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_changes import changes
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import Matcher, parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix_sets import intersection
from audit_builders import audit, document, member, role, row, vendor

EXACT = ("AA-A", "---A", "----", "----")


def said(words, rule):
    instance = audit([role(71, "Rewst API", words)], [member("Rewst", 71)])
    return [finding["message"] for finding in instance["findings"] if finding["rule"] == rule]


@pytest.mark.parametrize(
    ("words", "rule", "begins", "ends"),
    [
        (("AA--", "---A", "----", "----"), "missing", "lacks 1 level that Rewst asks for: ", "inquire: none -> all."),
        (("----", "----", "----", "----"), "missing", "lacks 4 levels that Rewst asks for: ", " and 1 more."),
        (("AA-A", "---A", "--A-", "----"), "excess", "has 1 level more than Rewst asks for: ", "delete: all -> none."),
        (("AA-A", "---A", "AAAA", "A---"), "excess", "has 5 levels more than Rewst asks for: ", " and 2 more."),
    ],
)
def test_cells_are_counted_and_the_first_three_named(words, rule, begins, ends):
    (message,) = said(words, rule)
    assert message.startswith(f"Rewst {begins}")
    assert message.endswith(ends)
    assert message.count(";") == (2 if ends.endswith("more.") else 0)


def test_three_cells_are_all_named():
    (message,) = said(("AA-A", "---A", "AA-A", "----"), "excess")
    assert "3 levels" in message and message.count(";") == 2 and "more." not in message


@pytest.mark.parametrize(
    ("others", "named"),
    [(1, "Other0"), (3, "Other0, Other1, Other2"), (4, "Other0, Other1, Other2 and 1 more")],
)
def test_those_who_share_a_role_are_named(others, named):
    members = [member(f"Other{number}", 71, 600 + number) for number in range(others)]
    instance = audit([role(71, "Rewst API", EXACT)], [member("Rewst", 71), *members])
    (message,) = [item["message"] for item in instance["findings"] if (item["rule"], item["member"]) == (
        "shared-role", "Rewst")]  # fmt: skip
    assert message == f"Rewst shares security role Rewst API with {named}."


@pytest.mark.parametrize("state", [{"active": False}, {"admin": True}, {"active": False, "admin": True}])
def test_a_role_that_nobody_has_is_worth_a_word_only_if_it_is_active_and_of_ones_own(state):
    for more, expected in ((state, 0), ({}, 1)):
        instance = audit([role(72, "Left over", EXACT, **more)], [])
        assert [item["rule"] for item in instance["findings"]].count("role-without-members") == expected


def test_admin_can_do_everything_there_is_whatever_its_rows_say():
    instance = audit([role(63, "Admin", ("M.-A", "----", "....", "AAAA"), admin=True)], [member("Rewst", 63)])
    assert instance["roles"][0]["levels"] == ["A.AA", "AAAA", "....", "AAAA"]


def test_a_function_that_a_role_does_not_show_has_no_verb_there():
    whole = role(71, "Whole", EXACT)
    part = AuditedRole(72, "Part", rows=(row("Companies / Contacts", "A---"),))
    instance = audit([whole, part], [member("Rewst", 71), member("Other", 72, 501)])
    levels = {item["name"]: item["levels"] for item in instance["roles"]}
    assert levels["Part"] == ["A---", "....", "....", "...."]


def test_what_counts_double_is_twice_as_much_and_no_more():
    instance = audit([role(71, "R", ("----", "----", "----", "AAAA"))], [member("X", 71)], [])
    assert instance["members"][0]["power"] == 2 * 2 * (3 + 2 + 4 + 1)


def test_what_the_instance_lacks_stands_behind_what_its_page_shows():
    (matrix,) = parse_catalogue([vendor(words={"Companies / Absent": "A---", "Companies / Contacts": "A---"})])
    cells = compare_role(index_rows([row("Companies / Contacts", "----", sort_order=70_000)]), matrix).cells
    assert [(cell.name.function, cell.kind) for cell in cells] == [("Contacts", "missing"), ("Absent", "absent")]


def test_a_function_that_is_spelt_in_another_way_is_the_same_if_it_is_the_only_one():
    (matrix,) = parse_catalogue([vendor(words={"companies / CONTACTS": "A---"})])
    assert not compare_role(index_rows([row("Companies / Contacts", "A---")]), matrix).cells
    twice = [row("Companies / Contacts", "A---"), row("COMPANIES / contacts", "A---")]
    *others, absent = compare_role(index_rows(twice), matrix).cells
    assert (absent.kind, {cell.kind for cell in others}) == ("absent", {"excess"})
    assert absent.note == 'this instance has it several times: "Companies / Contacts", "COMPANIES / contacts"'
    (gone,) = compare_role(index_rows([]), matrix).cells
    assert gone.note == "this instance doesn't have the function"


def test_my_that_is_not_offered_is_absent_and_everything_else_is_a_level_to_set():
    (matrix,) = parse_catalogue([vendor(words={"Companies / Contacts": "AM--"})])
    plain = row("Companies / Contacts", "----", offers_my=False)
    assert [(cell.verb, cell.kind) for cell in compare_role(index_rows([plain]), matrix).cells] == [
        ("add", "missing"), ("edit", "absent")
    ]  # fmt: skip
    for level, kind, wanted in (("own", "absent", "my"), ("all", "excess", "none")):
        more = plain.with_level("edit", level)
        assert [(cell.verb, cell.kind, cell.wanted) for cell in compare_role(index_rows([more]), matrix).cells] == [
            ("add", "missing", "all"), ("edit", kind, wanted)
        ]  # fmt: skip


def test_a_verb_that_the_instance_lacks_and_nobody_asks_for_is_no_cell():
    (matrix,) = parse_catalogue([vendor(words={"Companies / Contacts": "A---"})])
    assert not compare_role(index_rows([row("Companies / Contacts", "A-..")]), matrix).cells


def test_an_inactive_member_is_held_against_nothing():
    roles = [role(71, "Rewst API", ("AAAA", "----", "----", "----"))]
    inactive = audit(roles, [member("Rewst", 71, active=False), member("Another", 71, 501)])
    (found,) = [item for item in inactive["members"] if item["identifier"] == "Rewst"]
    assert found["comparison"] is None and not [item for item in inactive["findings"] if item["member"] == "Rewst"]


def test_a_member_whose_role_cannot_be_read_is_held_against_nothing():
    instance = audit([], [member("Rewst", 71, role_name="Rewst API")])
    assert instance["members"][0]["comparison"] is None
    assert ("member-without-role", "Rewst") in {(item["rule"], item["member"]) for item in instance["findings"]}


def test_an_instance_that_came_or_went_is_told():
    empty, one = document(), document(audit([role(71, "R", EXACT)], []))
    assert "acme: wasn't audited before" in "\n".join(changes(empty, one)["lines"])
    assert "acme: is no longer audited" in "\n".join(changes(one, empty)["lines"])


def test_members_of_a_known_vendor_are_counted():
    members = [member("Rewst", 71), member("Other", 72, 501), member("Another", 72, 502)]
    audited = document(audit([role(71, "R", EXACT), role(72, "S", EXACT)], members))
    assert audited["summary"]["matched"] == 1 and audited["summary"]["members"] == 3


def test_by_hand_names_one_member_and_one_vendor():
    catalogue = parse_catalogue([vendor("alpha"), vendor("rewst")])
    matcher = Matcher(catalogue, {"Yyy": "rewst", "Aaa": "rewst", "Mine": None})
    matrix, how = matcher.match("Aaa", "")
    assert (matrix.vendor, how) == ("rewst", "map")
    assert matcher.match("Zzz", "") is None and matcher.match("Abc", "") is None, "nobody said whose it is"
    assert matcher.match("Mine", "Alpha API") is None, "somebody said that it is nobody's"


def test_a_vendor_is_named_with_what_is_known_of_its_matrix():
    known, unknown = parse_catalogue([vendor("alpha", date="2026-01-02", status="published"), vendor("beta")])
    assert known.as_entry() == {
        "vendor": "alpha", "product": "Alpha", "date": "2026-01-02", "status": "published", "source": None,
        "missing": None,
    }  # fmt: skip
    assert unknown.as_entry()["date"] is None


def test_functions_that_matrices_share_without_a_level_in_common_are_left_out():
    first, second = (vendor(words={"Companies / Contacts": word})["permissions"] for word in ("A---", "-A--"))
    assert intersection(first, second) == []


def test_what_matrices_have_in_common_is_in_the_order_of_the_first():
    first, second = vendor()["permissions"], list(reversed(vendor()["permissions"]))
    assert [item["function"] for item in intersection(first, second)] == [item["function"] for item in first]
