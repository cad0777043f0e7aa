# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits an instance against a catalogue: matching, cells, ranking and findings."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit import AuditedRole
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_cells import beyond, index_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_findings import Catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_rules import RULES
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import Matcher, parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import MatrixError
from audit_builders import FUNCTIONS, LEVELS, VERBS, audit, cells, document, member, role, row, rules, vendor
from hypothesis import given
from hypothesis import strategies as st

EXACT = ("AA-A", "---A", "----", "----")


def found_cells(instance, identifier="Rewst"):
    return {
        (f"{cell['module']} / {cell['function']}", cell["verb"]): (cell["is"], cell["should_be"], cell["kind"])
        for cell in cells(instance, identifier)
    }


def test_a_member_as_its_vendor_asks_has_no_finding(check_schema):
    instance = audit([role(71, "Rewst API", EXACT)], [member("Rewst", 71)])
    (found,) = instance["members"]
    assert (found["vendor"], found["matched_by"], cells(instance)) == ("rewst", "member", [])
    assert instance["findings"] == []
    assert instance["roles"][0]["levels"] == list(EXACT)
    assert found["grants"] == {"add": 1, "edit": 1, "delete": 0, "inquire": 2}
    assert found["power"] == 2 * (3 + 2 + 1) + 2 * 2 * 1
    check_schema(document(instance))


words = st.tuples(*[st.text("A-M", min_size=4, max_size=4) for _function in FUNCTIONS])


def kind(now, wanted):
    return "missing" if "-MA".index(now) < "-MA".index(wanted) else "excess"


@given(words, words)
def test_exactly_the_altered_cells_are_found(asked, granted):
    catalogue = [vendor(words=dict(zip(FUNCTIONS, asked, strict=True)))]
    instance = audit([role(71, "Rewst API", granted)], [member("Rewst", 71)], catalogue)
    expected = {
        (function, verb): (LEVELS[now], LEVELS[wanted], kind(now, wanted))
        for function, left, right in zip(FUNCTIONS, granted, asked, strict=True)
        for verb, now, wanted in zip(VERBS, left, right, strict=True)
        if now != wanted
    }
    assert found_cells(instance) == expected
    kinds = [found for _is, _should, found in expected.values()]
    assert instance["members"][0]["counts"] == {
        "missing": kinds.count("missing"), "excess": kinds.count("excess"), "absent": 0, "unknown": 0
    }  # fmt: skip
    assert {rule for rule, _level in rules(instance)} - {"beyond-catalogue"} == set(kinds)


@given(words, words)
def test_more_rights_never_have_less_power(left, right):
    higher = tuple(
        "".join(max(pair, key="-MA".index) for pair in zip(one, other, strict=True))
        for one, other in zip(left, right, strict=True)
    )
    power = [audit([role(1, "R", words)], [member("X", 1)])["members"][0]["power"] for words in (left, higher)]
    assert power[0] <= power[1] and (power[0] < power[1]) == (left != higher)


@pytest.mark.parametrize(
    ("identifier", "role_name", "by_hand", "expected"),
    [
        ("Rewst", "Other", {}, ("rewst", "member")),
        ("rewst ", "Other", {}, ("rewst", "member")),
        ("Own", "rewst  api", {}, ("rewst", "role")),
        ("Own", "Other", {"OWN": "Rewst"}, ("rewst", "map")),
        ("Rewst", "Rewst API", {"Rewst": "ninja"}, ("ninja", "map")),
        ("Rewst", "Ninja API", {}, ("rewst", "member")),
        ("Rewst", "Rewst API", {"Rewst": ""}, (None, None)),
        ("Own", "Other", {}, (None, None)),
    ],
)
def test_a_vendor_is_found_by_map_then_member_then_role(identifier, role_name, by_hand, expected):
    instance = audit([role(7, role_name, EXACT)], [member(identifier, 7)], [vendor(), vendor("ninja")], by_hand)
    (found,) = instance["members"]
    assert (found["vendor"], found["matched_by"]) == expected
    assert (("unknown-member", identifier) in rules(instance)) == (expected[0] is None)


def test_a_map_to_a_vendor_that_is_not_there_is_refused():
    with pytest.raises(MatrixError, match="'nobody', but the catalogue has rewst"):
        Matcher(parse_catalogue([vendor()]), {"X": "nobody"})


@pytest.mark.parametrize("entries", [["x"], [{}], [vendor(), vendor("REWST")], [vendor(permissions=[{"module": "A"}])],
                                     [vendor(permissions=5)], [vendor(permissions="all")]])
def test_a_catalogue_that_cannot_be_read_is_refused(entries):
    with pytest.raises(MatrixError):
        parse_catalogue(entries)


def test_every_fault_of_a_catalogue_is_told_with_the_place_of_its_entry():
    with pytest.raises(MatrixError) as caught:
        parse_catalogue([vendor(), {"vendor": " "}, "x", vendor("REWST")])
    assert caught.value.problems == [
        "catalogue entry 2: not a mapping with a vendor",
        "catalogue entry 3: not a mapping with a vendor",
        "vendor REWST is listed twice",
    ]


def test_what_the_instance_lacks_is_absent_and_no_finding():
    rows = (row("Companies / Contacts", "AA-."), row("Service Desk / Notes", "----", offers_my=False))
    asked = {"Companies / Contacts": "AA-A", "Finance / Agreements": "---A", "Service Desk / Notes": "--M-"}
    instance = audit([AuditedRole(7, "Rewst API", rows=rows)], [member("Rewst", 7)], [vendor(words=asked)])
    assert found_cells(instance) == {
        ("Companies / Contacts", "inquire"): ("none", "all", "absent"),
        ("Finance / Agreements", "inquire"): ("none", "all", "absent"),
        ("Service Desk / Notes", "delete"): ("none", "my", "absent"),
    }
    assert instance["findings"] == [] and all(cell["note"] for cell in cells(instance))
    assert instance["roles"][0]["levels"] == ["AA-.", "----"]


def test_two_spellings_on_the_instance_are_told_apart_or_not_taken():
    rows = (row("Companies / Contacts", "AA-A"), row("companies / contacts", "----"))
    exact = [vendor(words={"Companies / Contacts": "AA-A"})]
    instance = audit([AuditedRole(7, "R", rows=rows)], [member("Rewst", 7)], exact)
    assert found_cells(instance) == {}
    other = [vendor(words={"COMPANIES / CONTACTS": "---A"})]
    instance = audit([AuditedRole(7, "R", rows=rows)], [member("Rewst", 7)], other)
    assert [cell["kind"] for cell in cells(instance)].count("absent") == 1


def test_when_a_vendor_added_a_right_is_said_with_the_cell():
    entry = vendor(words={"Finance / Agreements": "---A"})
    entry["permissions"][0].update(since="2026-05-26", note="read only")
    instance = audit([role(7, "R", ("----",) * 4)], [member("Rewst", 7)], [entry])
    (cell,) = cells(instance)
    assert (cell["since"], cell["note"], cell["kind"]) == ("2026-05-26", "read only", "missing")


def test_admin_says_it_all():
    admin = role(63, "Admin", ("----", "AA.A", "AAAA", "AAAA"), admin=True)
    instance = audit([admin], [member("A", 63), member("B", 63)])
    assert rules(instance) == {(rule, who) for rule in ("admin", "unknown-member") for who in "AB"}
    assert instance["roles"][0]["levels"] == ["AAAA", "AA.A", "AAAA", "AAAA"]
    assert [found["members"] for found in instance["roles"]] == [["A", "B"]]


def test_every_rule_about_members_and_roles():
    roles = [
        role(1, "Shared", ("----",) * 4),
        role(2, "Sleeping", ("----",) * 4, active=False),
        role(3, "Alone", ("----",) * 4),
        role(4, "Strong", ("AAAA", "----", "----", "----")),
        role(5, "Rewst API", ("AA-A", "---A", "---A", "----")),
    ]
    members = [
        member("One", 1), member("Two", 1), member("Late", 2), member("Roleless", None),
        member("Lost", 99, role_name="Gone"), member("Tool", 4), member("Rewst", 5), member("Off", 3, active=False),
    ]  # fmt: skip
    instance = audit(roles, members, dead=[("Rewst", "It doesn't log in.")])
    assert rules(instance) == {
        ("shared-role", "One"), ("shared-role", "Two"), ("inactive-role", "Late"), ("member-without-role", "Roleless"),
        ("member-without-role", "Lost"), ("role-without-members", "Alone"), ("beyond-catalogue", "Tool"),
        ("beyond-catalogue", "Rewst"), ("excess", "Rewst"), ("dead-credentials", "Rewst"),
        *(("unknown-member", name) for name in ("One", "Two", "Late", "Roleless", "Lost", "Tool")),
    }  # fmt: skip
    levels = [finding["level"] for finding in instance["findings"]]
    assert levels == sorted(levels, key=("error", "warning", "note").index)
    assert {finding["rule"] for finding in instance["findings"]} <= set(RULES)
    off = instance["members"][-1]
    assert (off["identifier"], off["active"], off["comparison"], off["power"]) == ("Off", False, None, 0)


def test_members_stand_in_the_order_of_their_power():
    roles = [role(1, "Weak", ("---A", "----", "----", "----")), role(2, "Strong", ("AAAA",) * 4)]
    instance = audit(roles, [member("a", 1), member("b", 2), member("c", 1, active=False)])
    assert [found["identifier"] for found in instance["members"]] == ["b", "a", "c"]


def test_a_right_that_another_vendor_asks_for_is_excess_but_not_beyond_the_catalogue():
    catalogue = [vendor(), vendor("ninja", {"Finance / Agreements": "AA-A"})]
    instance = audit([role(1, "R", ("AA-A", "AA-A", "----", "----"))], [member("Rewst", 1)], catalogue)
    assert rules(instance) == {("excess", "Rewst")}


def test_an_instance_without_members_and_a_catalogue_without_vendors(check_schema):
    nothing = audit([], [], [])
    some = audit([role(1, "R", EXACT)], [member("X", 1)], [])
    assert nothing["functions"] == nothing["findings"] == []
    assert rules(some) == {("unknown-member", "X")}
    check_schema(document(nothing, {**some, "name": "other"}))


@given(words, words, words, words)
def test_who_belongs_to_no_vendor_is_held_against_the_one_that_asks_for_most_of_it(granted, first, second, third):
    entries = [vendor(name, dict(zip(FUNCTIONS, asked))) for name, asked in zip("abc", (first, second, third))]
    catalogue, index = parse_catalogue(entries), index_rows(role(1, "R", granted).rows)
    assert Catalogue(catalogue).beyond_the_nearest(index) == min(
        (beyond(index, matrix.level) for matrix in catalogue), key=len
    )
