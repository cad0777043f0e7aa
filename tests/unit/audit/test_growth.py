# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of an audit grows no faster than its members, however many of them share a role."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain import audit as audit_module
from ansible_collections.msp.connectwise.plugins.module_utils._domain import audit_changes, audit_findings
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import failures
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import audit_lines, html, junit, markdown, sarif
from audit_builders import audit, cells, document, member, role, vendor

FULL = ("AAAA",) * 4
KINDS = {
    "one role and one vendor": lambda count: ([role(71, "Rewst API", FULL)], {}),
    "one role and two vendors": lambda count: (
        [role(71, "Shared", FULL)], {f"Tool {number}": ("rewst", "ninja")[number % 2] for number in range(count)}
    ),
    "one role that no vendor has": lambda count: ([role(71, "Shared", FULL)], {}),
    "an admin role": lambda count: ([role(71, "Admin", FULL, admin=True)], {}),
}  # fmt: skip


def audited(kind, count):
    roles, by_hand = KINDS[kind](count)
    members = [member(f"Tool {number}", 71, 500 + number) for number in range(count)]
    return audit(roles, members, [vendor(), vendor("ninja")], by_hand)


@pytest.fixture
def counted(monkeypatch):
    """How often the costly steps were taken."""
    calls = []
    for module, name in (
        (audit_module, "compare_role"), (audit_module, "power"), (audit_module, "grants"),
        (audit_findings, "beyond"), (audit_findings, "number_covered"), (audit_findings, "highest_levels"),
        (audit_changes, "compare_levels"),
    ):  # fmt: skip
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, _name=name, _real=real: calls.append(_name) or _real(*given))
    return calls


@pytest.mark.parametrize("kind", KINDS)
def test_comparisons_do_not_grow_with_the_members_of_a_role(counted, kind):
    counts = []
    for count in (4, 8, 80):
        counted.clear()
        audited(kind, count)
        counts.append(len(counted))
    assert counts[0] == counts[1] == counts[2] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_members_make_a_document_of_twice_the_size_at_most(kind):
    sizes = [len(json.dumps(document(audited(kind, count)))) for count in (200, 400)]
    assert sizes[1] - sizes[0] < 1.1 * sizes[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_holds_for_each_file(kind):
    def rendered(found):
        gate = failures(found, ["excess", "missing", "admin"])
        return [html.render(found), sarif.render(found).text, junit.render(found, gate).text]

    for half, whole in zip(*(rendered(document(audited(kind, count))) for count in (200, 400)), strict=True):
        assert len(whole) < 2.2 * len(half)


def test_members_of_one_role_are_compared_with_what_it_was_once(counted):
    pair = []
    for count in (4, 40):
        before, after = document(audited("an admin role", count)), document(audited("one role and one vendor", count))
        counted.clear()
        found = audit_changes.changes(after, before)
        assert found["instances"][0]["roles_changed"][0] == {"member": "Tool 0", "was": "Rewst API", "is": "Admin"}
        lower = document(audit([role(71, "Rewst API", ("A---",) * 4)], [member(f"Tool {n}", 71) for n in range(count)]))
        found = audit_changes.changes(after, lower)
        (change,) = found["instances"][0]["cells_changed"]
        assert len(change["members"]) == count and len(change["cells"]) == 12
        pair.append(counted.count("compare_levels"))
    assert pair[0] == pair[1] > 0
    assert "acme: Tool 0, Tool 1, Tool 10 and 37 more: Companies / Contacts, edit: all -> none" in found["lines"]


def test_what_members_share_is_in_the_document_once():
    found = audited("one role and two vendors", 40)
    assert [(item["vendor"], len(item["cells"])) for item in found["comparisons"]] == [("rewst", 12), ("ninja", 12)]
    assert found["roles"][0]["members"] == [f"Tool {number}" for number in range(40)]
    assert cells(found, "Tool 2") == cells(found, "Tool 0") and "cells" not in found["members"][0]
    assert max(len(finding["message"]) for finding in found["findings"]) < 200


def test_the_screen_and_awx_have_a_bound_that_they_name():
    found = document(audited("one role and one vendor", 600), {"name": "globex", "error": "x" * 5_000})
    result = {"changes": {"since": "x", "lines": ["line"] * 700}, "paths": {}, "bounds": {}, "failures": []}
    lines = audit_lines.lines(found, result, False)
    assert len(lines) <= audit_lines.MOST_LINES + audit_lines.MOST_CHANGES + 10
    assert any(line.startswith("globex: not readable: xxx") and len(line) < 600 for line in lines)
    findings = 3 * 600
    shown = sum(line.startswith(("error:", "warning:")) for line in lines)
    assert f"and {findings - shown} more findings: see the report" in lines
    assert "  and 600 more changes" in lines
    given = audit_lines.artifact(found, result)["cw_audit"]
    assert (len(given["findings"]), given["findings_left_out"]) == (500, findings + 1 - 500)
    assert given["findings"][0]["rule"] == "unreadable" and len(given["findings"][0]["message"]) <= 500
    assert (len(given["changes"]), given["changes_left_out"]) == (500, 200)
    assert len(json.dumps(given)) < 700_000


def test_the_gravest_instances_are_shown_where_there_are_many():
    quiet = [{**audit([role(71, "R", ("----",) * 4)], []), "name": f"quiet{number:03}"} for number in range(300)]
    loud = {**audited("one role and one vendor", 2), "name": "zz"}
    found = document(*quiet, loud, {"name": "down", "error": "It can't be reached."})
    result = {"changes": None, "paths": {}, "bounds": {}, "failures": []}
    lines = audit_lines.lines(found, result, False)
    assert "down: not readable: It can't be reached." in lines and "zz: 2 active API members, 6 findings" in lines
    assert lines[-1] == "and 108 more instances: see the report" and len(lines) <= audit_lines.MOST_LINES + 3


def test_markdown_is_short_enough_for_a_ticket_and_says_what_it_holds():
    few, some, more, many = (
        markdown.render(document(audited("one role and one vendor", count))) for count in (3, 50, 70, 600)
    )
    assert few.holds == "" and "### Tool 0" in few.text
    assert some.holds == "at most 3 levels of each member; audit.json has all"
    assert "### Tool 0" in some.text and "9 more are in audit.json." in some.text
    assert more.holds == "no levels of each member; audit.json has all" and "### Tool 0" not in more.text
    listed = many.text.count("| A member ")
    assert many.holds == f"1 of 1 instances and the {listed} most severe of 1800 findings; audit.json has all"
    assert f"Shortened: this has 1 of 1 instances and the {listed} most severe" in many.text
    assert "| acme | 600 | 0 | 1800 | 0 |" in many.text and "### Tool 0" not in many.text
    assert all(len(each.text) <= markdown.MOST for each in (few, some, more, many))
