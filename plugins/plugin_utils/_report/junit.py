# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as JUnit XML: a suite for each instance, a case for each active member. PRIVATE to this collection.

Names are as they are shown elsewhere: what can't be seen is escaped, and with it all that XML can't hold.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ...module_utils._domain.change import CellChange
from ...module_utils._domain.shown import shown

Entry = t.Mapping[str, t.Any]


def render(document: Entry, failed: t.Sequence[Entry]) -> str:
    """``failed`` are the findings that fail the gate, each with its ``instance``."""
    suites = [_suite(instance, failed, document["generated"]) for instance in document["instances"]]
    root = ET.Element("testsuites", _totals(suites) | {"name": "msp.connectwise audit"})
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _totals(suites: t.Sequence[ET.Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}


def _suite(instance: Entry, failed: t.Sequence[Entry], generated: str) -> ET.Element:
    name = shown(instance["name"])
    suite = ET.Element("testsuite", {"name": name, "timestamp": shown(generated).rstrip("Z")})
    if instance["error"]:
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": "can be read"})
        ET.SubElement(case, "error", {"type": "unreadable", "message": shown(instance["error"])})
    mine = [finding for finding in failed if finding["instance"] == instance["name"]]
    for member in instance["members"]:
        if member["active"]:
            suite.append(_case(name, member, [one for one in mine if one["member"] == member["identifier"]]))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("errors", str(sum(case.find("error") is not None for case in suite)))
    return suite


def _case(instance: str, member: Entry, failed: t.Sequence[Entry]) -> ET.Element:
    """One failure at most, as most readers expect: its message names every finding."""
    case = ET.Element("testcase", {"classname": instance, "name": shown(member["identifier"])})
    if failed:
        rules = ", ".join(finding["rule"] for finding in failed)
        message = shown(" ".join(finding["message"] for finding in failed))
        failure = ET.SubElement(case, "failure", {"type": rules, "message": message})
        failure.text = "\n".join(_lines(member, {finding["rule"] for finding in failed})) or message
    return case


def _lines(member: Entry, rules: t.Collection[str]) -> list[str]:
    return [
        shown(CellChange.from_dict(cell)) for cell in member["cells"] if cell["kind"] in rules
    ]
