# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as JUnit XML: a suite for each instance, a case for each active member. PRIVATE to this collection.

Names are as they are shown elsewhere: what can't be seen is escaped, and with it all that XML can't hold.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ...module_utils._domain.audit_document import cells_of
from ...module_utils._domain.change import CellChange
from ...module_utils._domain.shown import shown
from .bounded import Bounded, cut

Entry = t.Mapping[str, t.Any]

MOST_CASES = 20_000  # those that fail come first; GitLab takes 30 MB and 250,000 nodes
_MOST_CELLS = 20  # of one case
_MOST_TEXT = 1_000


def render(document: Entry, failed: t.Sequence[Entry]) -> Bounded:
    """``failed`` are the findings that fail the gate, each with its ``instance``."""
    by_instance: dict[str, dict[str | None, list[Entry]]] = {}
    for finding in failed:
        by_instance.setdefault(finding["instance"], {}).setdefault(finding["member"], []).append(finding)
    cases = [
        (instance, member, by_instance.get(instance["name"], {}).get(member["identifier"], []))
        for instance in document["instances"]
        for member in instance["members"]
        if member["active"]
    ]
    kept = cases if len(cases) <= MOST_CASES else sorted(cases, key=lambda case: not case[2])[:MOST_CASES]
    by_suite: dict[str, list[tuple[Entry, list[Entry]]]] = {}
    for instance, member, findings in kept:
        by_suite.setdefault(instance["name"], []).append((member, findings))
    suites = [
        _suite(instance, by_suite.get(instance["name"], []), document["generated"])
        for instance in document["instances"]
    ]
    root = ET.Element("testsuites", _totals(suites) | {"name": "msp.connectwise audit"})
    root.extend(suites)
    ET.indent(root)
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    if len(kept) == len(cases):
        return Bounded(text)
    return Bounded(text, f"{len(kept)} of {len(cases)} members, those that fail first; audit.json has all")


def _totals(suites: t.Sequence[ET.Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}


def _suite(instance: Entry, cases: t.Sequence[tuple[Entry, list[Entry]]], generated: str) -> ET.Element:
    name = shown(instance["name"])
    suite = ET.Element("testsuite", {"name": name, "timestamp": shown(generated).rstrip("Z"), "time": "0"})
    if instance["error"]:
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": "can be read", "time": "0"})
        message = cut(shown(instance["error"]), _MOST_TEXT)
        ET.SubElement(case, "error", {"type": "unreadable", "message": message})
    for member, failed in cases:
        suite.append(_case(instance, member, failed))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("errors", str(sum(case.find("error") is not None for case in suite)))
    return suite


def _case(instance: Entry, member: Entry, failed: t.Sequence[Entry]) -> ET.Element:
    """One failure at most, as most readers expect: its message names every finding."""
    names = {"classname": shown(instance["name"]), "name": shown(member["identifier"])}
    case = ET.Element("testcase", {**names, "time": "0"})
    if failed:
        rules = ", ".join(finding["rule"] for finding in failed)
        message = cut(shown(" ".join(finding["message"] for finding in failed)), _MOST_TEXT)
        failure = ET.SubElement(case, "failure", {"type": rules, "message": message})
        failure.text = "\n".join(_lines(instance, member, {finding["rule"] for finding in failed})) or message
    return case


def _lines(instance: Entry, member: Entry, rules: t.Collection[str]) -> list[str]:
    cells = [cell for cell in cells_of(instance, member) if cell["kind"] in rules]
    lines = [shown(CellChange.from_dict(cell)) for cell in cells[:_MOST_CELLS]]
    more = len(cells) - _MOST_CELLS
    return [*lines, f"and {more} more in audit.json"] if more > 0 else lines
