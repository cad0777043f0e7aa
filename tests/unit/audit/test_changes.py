# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two audits."""

from __future__ import annotations

import copy

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.msp.connectwise.plugins.filter.audit_changes import audit_changes
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_changes import changes
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import (
    DocumentError,
    failures,
    make_document,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.integrator_logins import IntegratorLogin
from audit_builders import FUNCTIONS, LEVELS, VERBS, audit, document, member, role
from hypothesis import given
from hypothesis import strategies as st

words = st.tuples(*[st.text("A-M", min_size=4, max_size=4) for _function in FUNCTIONS])
NOTHING = ("----",) * 4


def one(granted, *members):
    return document(audit([role(1, "Rewst API", granted), role(2, "Other", NOTHING)], members or [member("Rewst", 1)]))


def only(found):
    """The lists of the one instance that changed, those that aren't empty."""
    (item,) = found["instances"]
    return {name: value for name, value in item.items() if value and name not in ("name", "state")}


@given(words)
def test_nothing_changes_between_a_document_and_itself(granted):
    now = one(granted)
    found = changes(now, copy.deepcopy(now))
    assert (found["changed"], found["instances"], found["lines"]) == (False, [], [])


@given(words, words)
def test_exactly_the_altered_cells_are_named(before, after):
    found = changes(one(before), one(after))
    cells = {
        (f"{cell['module']} / {cell['function']}", cell["verb"], cell["was"], cell["is"])
        for item in found["instances"]
        for change in item["cells_changed"]
        for cell in change["cells"]
    }
    assert cells == {
        (function, verb, LEVELS[left], LEVELS[right])
        for function, old, new in zip(FUNCTIONS, before, after, strict=True)
        for verb, left, right in zip(VERBS, old, new, strict=True)
        if left != right
    }
    assert found["changed"] == (before != after)


@given(words, words)
def test_turned_round_new_is_solved(before, after):
    there, back = (changes(*pair)["instances"] for pair in ((one(before), one(after)), (one(after), one(before))))
    for left, right in zip(there, back, strict=True):
        assert left["findings_new"] == right["findings_solved"] and left["findings_solved"] == right["findings_new"]


def test_members_come_go_sleep_wake_and_change_their_role():
    before = one(NOTHING, member("Gone", 1), member("Sleeper", 1), member("Waker", 1, active=False), member("Mover", 1))
    after = one(NOTHING, member("New", 1), member("Sleeper", 1, active=False), member("Waker", 1), member("Mover", 2))
    found = changes(before, after)
    assert {name: value for name, value in only(found).items() if not name.startswith("findings")} == {
        "members_new": ["New"],
        "members_gone": ["Gone"],
        "members_activated": ["Waker"],
        "members_deactivated": ["Sleeper"],
        "roles_changed": [{"member": "Mover", "was": "Rewst API", "is": "Other"}],
    }
    assert "acme: Mover has role Other (was Rewst API)" in found["lines"]
    assert len(found["lines"]) == sum(len(value) for value in only(found).values())


def test_a_role_that_changes_is_told_whichever_name_comes_first():
    first, second = one(NOTHING, member("Mover", 1)), one(NOTHING, member("Mover", 2))
    assert only(changes(first, second))["roles_changed"] == [{"member": "Mover", "was": "Rewst API", "is": "Other"}]
    assert only(changes(second, first))["roles_changed"] == [{"member": "Mover", "was": "Other", "is": "Rewst API"}]


def test_a_member_without_a_role_that_was_read_grants_nothing():
    granted = ("A---", "----", "----", "----")
    with_role, roleless, lost = (one(granted, member("Rewst", number)) for number in (1, None, 9))
    for nothing in (roleless, lost):
        (change,) = only(changes(with_role, nothing))["cells_changed"]
        (cell,) = change["cells"]
        assert (cell["verb"], cell["was"], cell["is"]) == ("add", "all", "none")
    unborn = document(audit([role(None, "Rewst API", granted)], [member("Rewst", None)]))
    assert "cells_changed" not in only(changes(lost, unborn))


@pytest.mark.parametrize("actives", [(True, False), (False, True), (False, False)])
def test_what_an_inactive_member_could_do_is_no_change(actives):
    levels = ("A---", "----", "----", "----"), NOTHING
    first, second = (one(words, member("Rewst", 1, active=active)) for words, active in zip(levels, actives))
    (item,) = changes(first, second)["instances"] or [{"cells_changed": []}]
    assert item["cells_changed"] == []


def test_cells_are_told_in_the_order_of_the_page():
    before, after = one(("A---", "----", "--A-", "----")), one(("----", "M---", "----", "---A"))
    (change,) = only(changes(before, after))["cells_changed"]
    told = [cell["function"] for cell in change["cells"]]
    assert told == [function.split(" / ")[1] for function in FUNCTIONS]


def test_a_finding_that_names_other_cells_is_the_same_finding():
    found = only(changes(one(("AAAA", "----", "----", "----")), one(("AAAA", "----", "A---", "----"))))
    assert {finding["rule"] for finding in found.get("findings_new", [])} <= {"beyond-catalogue"}
    assert len(found["cells_changed"]) == 1


def test_the_finding_of_another_role_is_another_finding():
    first, second = (document(audit([role(1, name, NOTHING)], [])) for name in ("Old", "New"))
    found = only(changes(first, second))
    assert [finding["role"] for finding in found["findings_new"]] == ["New"]
    assert [finding["role"] for finding in found["findings_solved"]] == ["Old"]


def test_each_legacy_login_is_a_finding_of_its_own():
    def logins(*names):
        return document(audit([], [], logins=[IntegratorLogin(name, True) for name in names]))

    found = only(changes(logins("kept", "gone"), logins("kept", "new")))
    assert [finding["login"] for finding in found["findings_new"]] == ["new"]
    assert [finding["login"] for finding in found["findings_solved"]] == ["gone"]
    old = logins("kept")
    old["instances"][0]["findings"] = []  # as an audit has it that knew of no logins
    assert [finding["login"] for finding in only(changes(old, logins("kept")))["findings_new"]] == ["kept"]


def test_an_instance_that_could_not_be_read_loses_no_member():
    broken = document({"name": "acme", "error": "It can't be reached."})
    granting = one(("AAAA", "----", "----", "----"))
    found = only(changes(granting, broken))
    assert set(found) == {"findings_new"}
    assert [finding["rule"] for finding in found["findings_new"]] == ["unreadable"]
    assert [finding["rule"] for finding in only(changes(broken, granting))["findings_solved"]] == ["unreadable"]
    assert not changes(broken, broken)["changed"]


def test_instances_come_and_go():
    first, second = audit([], []), {**audit([], []), "name": "globex"}
    found = changes(document(first), document(second))
    assert [(item["name"], item["state"]) for item in found["instances"]] == [("globex", "new"), ("acme", "gone")]
    assert len(found["lines"]) == 2


OTHER_VERSIONS = [{"format": "msp.connectwise.audit", "version": version, "instances": []} for version in (0, 1, 3)]


@pytest.mark.parametrize("other", [None, [], {}, {"format": "x"}, *OTHER_VERSIONS])
def test_what_is_no_document_is_refused(other):
    with pytest.raises(DocumentError):
        changes(other, one(NOTHING))
    with pytest.raises(AnsibleFilterError, match="can't be compared"):
        audit_changes(one(NOTHING), other)


def test_a_document_that_is_not_whole_is_refused():
    damaged = one(NOTHING)
    del damaged["instances"][0]["name"]
    with pytest.raises(AnsibleFilterError, match=r"can't be compared: .* is incomplete"):
        audit_changes(one(NOTHING), damaged)


def test_a_gate_fails_on_what_it_names_and_on_what_could_not_be_read():
    now = document(
        audit([role(1, "Admin", ("AAAA",) * 4, admin=True)], [member("Rewst", 1)]), {"name": "b", "error": "Down."}
    )
    assert failures(now, ["none"]) == [] == failures(now, [])
    assert {(item["instance"], item["rule"]) for item in failures(now, ["admin"])} == {
        ("acme", "admin"),
        ("b", "unreadable"),
    }
    assert {item["rule"] for item in failures(now, ["missing", "none"])} == {"unreadable"}
    errors = failures(now, ["error"])
    assert {item["level"] for item in errors} == {"error"}
    assert {item["rule"] for item in errors} >= {"admin", "unreadable"}
    everything = [finding for instance in now["instances"] for finding in instance["findings"]]
    assert len(errors) == sum(finding["level"] == "error" for finding in everything) < len(everything)


@pytest.mark.parametrize("audits", [["x"], [{}], [{"name": "a"}], [{"name": "a", "roles": []}]])
def test_what_is_no_audit_makes_no_document(audits):
    with pytest.raises(DocumentError):
        make_document(audits, [], "now")


def test_the_summary_counts_active_members_only(check_schema):
    members = [member("Rewst", 1), member("Own", 2), member("Off", 1, active=False)]
    now = document(
        audit([role(1, "R", NOTHING), role(2, "S", NOTHING)], members), {"name": "b", "error": "Down.", "company": "x"}
    )
    check_schema(now)
    assert now["summary"] == {
        "instances": 2, "unreadable": 1, "members": 2, "matched": 1, "admins": 0, "missing": 4, "excess": 0,
        "absent": 0, "unknown": 0, "integrator_logins": 0,
    }  # fmt: skip
