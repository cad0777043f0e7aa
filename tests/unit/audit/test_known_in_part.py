# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vendor whose list is known in part: the known part counts, the rest is reported as unknown."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_changes import changes
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import MatrixError
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import audit_lines, html, junit, markdown, sarif
from audit_builders import audit, cells, document, member, role, row, rules, vendor

MISSING = "Everything but Companies."


def partial(words=None, unknown=None, **more):
    """A list of which one row is known, and perhaps verbs of it aren't."""
    entry = vendor("thread", {"Companies / Contacts": "A--A"} if words is None else words, status="partial", **more)
    for each in entry["permissions"] if unknown else ():
        each["unknown"] = list(unknown)
    return {"missing": MISSING, **entry}


def held(words, entry, **more):
    return audit([role(1, "Thread API", words, **more)], [member("Thread", 1)], [entry])


def unknown_cells(instance):
    return [(cell["function"], cell["verb"], cell["is"]) for cell in instance["comparisons"][0]["unknown"]]


def test_known_rows_count_and_the_rest_is_unknown(check_schema):
    instance = held(("-AAA", "--A-", "----", "---M"), partial())
    (found,) = instance["members"]
    assert (found["vendor"], found["counts"]) == (
        "thread", {"missing": 1, "excess": 2, "absent": 0, "unknown": 2}
    )  # fmt: skip
    assert {(cell["function"], cell["verb"], cell["kind"]) for cell in cells(instance)} == {
        ("Contacts", "add", "missing"), ("Contacts", "edit", "excess"), ("Contacts", "delete", "excess"),
    }  # fmt: skip
    assert unknown_cells(instance) == [("Agreements", "delete", "all"), ("Table Setup", "inquire", "my")]
    assert rules(instance) == {
        ("missing", "Thread"), ("excess", "Thread"), ("unknown-need", "Thread"), ("beyond-catalogue", "Thread")
    }  # fmt: skip
    now = document(instance)
    assert (now["summary"]["unknown"], now["summary"]["excess"]) == (2, 2)
    check_schema(now)


def test_what_nobody_knows_is_never_called_too_much():
    instance = held(("A--A", "AAAA", "AAAA", "----"), partial())
    assert rules(instance) == {("unknown-need", "Thread")}
    (finding,) = instance["findings"]
    assert (finding["level"], finding["repair"]) == ("note", "")
    assert finding["message"] == (
        "Thread has 8 levels that Thread may or may not need: Finance / Agreements, add: all;"
        " Finance / Agreements, edit: all; Finance / Agreements, delete: all and 5 more. The vendor's list is only"
        " partly known (Everything but Companies)."
    )


@pytest.mark.parametrize(
    ("words", "unknown", "counts"),
    [
        (("A--A", "----", "----", "----"), ("edit", "delete"), (0, 0, 0)),
        (("AA-A", "----", "----", "----"), ("edit", "delete"), (0, 0, 1)),
        (("AAMA", "----", "----", "----"), ("edit",), (0, 1, 1)),
        (("----", "----", "----", "----"), ("edit", "delete"), (2, 0, 0)),
        (("A-.A", "----", "----", "----"), ("edit", "delete"), (0, 0, 0)),
    ],
)
def test_a_verb_of_which_nobody_knows_the_level(words, unknown, counts):
    (found,) = held(words, partial(unknown=unknown))["members"]
    assert tuple(found["counts"][kind] for kind in ("missing", "excess", "unknown")) == counts


def test_a_list_without_any_row_makes_all_unknown_and_is_named(check_schema):
    instance = held(("A---", "----", "----", "----"), partial(words={}))
    assert rules(instance) == {("unknown-need", "Thread")} and unknown_cells(instance) == [("Contacts", "add", "all")]
    nothing = held(("----",) * 4, partial(words={}))
    assert nothing["findings"] == [] and nothing["members"][0]["vendor"] == "thread"
    check_schema(document(instance))


def test_an_admin_role_has_as_much_unknown_as_there_is():
    instance = held(("----", "----", "----", "AA.A"), partial(), admin=True)
    assert instance["members"][0]["counts"] == {"missing": 0, "excess": 2, "absent": 0, "unknown": 11}
    assert rules(instance) == {("admin", "Thread"), ("excess", "Thread"), ("unknown-need", "Thread")}


def test_what_a_list_known_in_part_may_ask_for_is_not_beyond_all_vendors():
    whole = vendor(words={"Companies / Contacts": "A--A"})
    roles, members = [role(1, "Rewst API", ("AA-A", "----", "----", "----"))], [member("Rewst", 1)]
    assert ("beyond-catalogue", "Rewst") in rules(audit(roles, members, [whole, partial()]))
    assert ("beyond-catalogue", "Rewst") not in rules(audit(roles, members, [whole, partial(unknown=["edit"])]))


def test_a_function_that_is_spelt_in_two_ways_is_unknown_and_not_too_much():
    twice = [row("Companies / Contacts", "A---"), row("COMPANIES / contacts", "A---")]
    instance = audit(
        [type(role(1, "x", ("----",) * 4))(1, "Thread API", rows=tuple(twice))], [member("Thread", 1)],
        [partial(words={"companies / CONTACTS": "A---"})],
    )  # fmt: skip
    assert instance["members"][0]["counts"] == {"missing": 0, "excess": 0, "absent": 1, "unknown": 2}


@pytest.mark.parametrize("wrong", [["edit", "write"], "edit", [7], {"edit": True}])
def test_a_catalogue_with_verbs_that_do_not_exist_is_refused(wrong):
    entry = partial()
    entry["permissions"][0]["unknown"] = wrong
    with pytest.raises(MatrixError, match="vendor thread, row 1: unknown"):
        parse_catalogue([entry])


@pytest.mark.parametrize("wrong", ["NinjaRMM", [""], [1], {}])
def test_aliases_are_a_list_of_texts(wrong):
    if wrong == {}:
        assert parse_catalogue([vendor(aliases=[])])[0].aliases == ()
        return
    with pytest.raises(MatrixError, match="vendor rewst, aliases must be a list of strings"):
        parse_catalogue([vendor(aliases=wrong)])


def test_two_rows_of_one_function_by_their_ids_keep_what_is_known_of_each():
    rows = [
        {"module": "A", "function": "B", "id": 1, "add": "all", "since": "2026-01-01"},
        {"module": "A", "function": "B", "id": 2, "edit": "all", "unknown": ["add"]},
    ]
    (matrix,) = parse_catalogue([{"vendor": "x", "permissions": rows}])
    assert [since for since, _note in matrix.remarks.values()] == ["2026-01-01", None]
    instance = audit([role(1, "Custom", ("----",) * 4)], [member("m", 1)], [{"vendor": "x", "permissions": rows}],
                     {"m": "x"})  # fmt: skip
    assert instance["members"][0]["counts"]["absent"] == 2


def test_the_reports_say_what_is_unknown_and_why():
    now = document(held(("A--A", "AAAA", "----", "----"), partial()))
    now["catalogue"] = [matrix.as_entry() for matrix in parse_catalogue([partial()])]
    result = {"changes": None, "paths": {}, "bounds": {}, "failures": []}
    assert "levels: 0 missing, 0 in excess, 0 not offered, 4 of unknown need" in audit_lines.lines(now, result, False)
    text = markdown.render(now).text
    assert "| Thread | Thread API | thread (by member) | 0 | 0 | 0 | 4 |" in text and "may or may not need" in text
    assert MISSING in html.render(now)
    assert "may or may not need" in sarif.render(now).text and 'failures="0"' in junit.render(now, []).text


def test_an_earlier_audit_that_knows_nothing_of_this_can_be_compared():
    now = document(held(("A--A", "AAAA", "----", "----"), partial()))
    old = json.loads(json.dumps(now))
    for instance in old["instances"]:
        for name in ("own", "integrator_logins", "not_looked_at"):
            del instance[name]
        for found in instance["members"]:
            del found["own"], found["suggestion"], found["counts"]["unknown"]
        for comparison in instance["comparisons"]:
            del comparison["unknown"]
        instance["findings"] = []
    del old["summary"]["unknown"], old["summary"]["integrator_logins"]
    found = changes(old, now)
    assert [line.partition(" that Thread")[0] for line in found["lines"]] == ["acme: new: Thread has 4 levels"]
    assert [line.partition(" that Thread")[0] for line in changes(now, old)["lines"]] == [
        "acme: solved: Thread has 4 levels"
    ]


def test_the_collections_lists_known_in_part_are_in_its_catalogue():
    entries = {name: _vendors.catalogue_entry(name, of) for name, of in _vendors.matrices().items()}
    found = {each.vendor: each for each in parse_catalogue(list(entries.values()))}
    in_part = {name for name, each in found.items() if each.is_partial}
    assert {"coro", "thread", "kaseya_quote_manager"} <= in_part and in_part.isdisjoint(_vendors.names())
    assert all(each.texts["missing"] for each in found.values() if each.is_partial)
    assert found["kaseya_quote_manager"].is_unknown(("companies", "contacts"), "edit")
    assert list(_vendors.matrices("", ["coro", "rewst"])) == ["coro", "rewst"]


def test_a_list_of_ones_own_goes_before_the_part_that_is_known(tmp_path):
    (tmp_path / "coro.yml").write_text(
        "coro_matrix: {vendor: Coro, product: Coro, status: own, role_name: R, member_identifier: M, member_name: M,"
        " key_description: K, permissions: [{module: A, function: B, add: all}]}\n"
    )
    assert _vendors.matrices(str(tmp_path), ["coro"])["coro"]["status"] == "own"
