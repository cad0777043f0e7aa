# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit shows on the screen, and what it hands to AWX: the gravest of it, and what was left out. PRIVATE."""

from __future__ import annotations

import json
import typing as t

from ...module_utils._domain.audit_document import gravest
from .bounded import cut
from .run import counted

MOST_LINES = 200  # of instances and findings on the screen
MOST_CHANGES = 100
MOST_FINDINGS = 500  # for AWX, which drops data of a task above 700,000 characters
MOST_CHARACTERS = 400_000
_MOST_TEXT = 500
_NAMED = 5

Entry = t.Mapping[str, t.Any]


def lines(document: Entry, result: Entry, check_mode: bool) -> list[str]:
    """The figures, what needs a look, what changed, and the files."""
    sum_ = document["summary"]
    found = [
        f"{counted(sum_['instances'], 'instance')}, {sum_['unreadable']} of them not readable;"
        f" {counted(sum_['members'], 'active API member')}, {sum_['matched']} of a known vendor,"
        f" {sum_['admins']} with Admin",
        f"levels: {sum_['missing']} missing, {sum_['excess']} in excess, {sum_['absent']} not offered",
        *_instances(document["instances"]),
    ]
    if result["changes"]:
        found += _changes(result["changes"])
    for name, path in result["paths"].items():
        holds = f" ({result['bounds'][name]})" if name in result["bounds"] else ""
        found.append(f"{'would be written' if check_mode else 'report'}: {path}{holds}")
    return found


def _instances(instances: t.Sequence[Entry]) -> list[str]:
    """All of them where they are few; else the gravest, by their errors and warnings."""
    blocks = [_block(instance) for instance in instances]
    if sum(map(len, blocks)) <= MOST_LINES:
        return [line for block in blocks for line in block]
    ranked = sorted(range(len(instances)), key=lambda number: _gravity(instances[number]))
    kept: dict[int, list[str]] = {}
    room = MOST_LINES
    for number in ranked:
        block = blocks[number][:room]
        if not block or (len(block) == 1 and len(blocks[number]) > 1):
            break
        kept[number] = block
        room -= len(block)
    shown = [line for number in sorted(kept) for line in kept[number]]
    findings = sum(len(block) - 1 for block in blocks) - sum(len(block) - 1 for block in kept.values())
    rest = [(len(instances) - len(kept), "more instance"), (findings, "more finding")]
    return [*shown, f"and {' and '.join(counted(*each) for each in rest if each[0])}: see the report"]


def _gravity(instance: Entry) -> tuple[t.Any, ...]:
    levels = [finding["level"] for finding in instance["findings"]]
    return not instance["error"], -levels.count("error"), -levels.count("warning")


def _block(instance: Entry) -> list[str]:
    if instance["error"]:
        return [f"{instance['name']}: not readable: {cut(str(instance['error']), _MOST_TEXT)}"]
    findings = [finding for finding in instance["findings"] if finding["level"] != "note"]
    members = sum(member["active"] for member in instance["members"])
    head = f"{instance['name']}: {counted(members, 'active API member')}, {counted(len(findings), 'finding')}"
    return [head, *(f"  {finding['level']}: {cut(finding['message'], _MOST_TEXT)}" for finding in findings)]


def _changes(changes: Entry) -> list[str]:
    told = [cut(line, _MOST_TEXT) for line in changes["lines"]]
    if not told:
        return [f"Nothing changed since {changes['since']}."]
    more = len(told) - MOST_CHANGES
    rest = [f"  and {counted(more, 'more change')}"] if more > 0 else []
    return [f"Since {changes['since']}:", *(f"  {line}" for line in told[:MOST_CHANGES]), *rest]


def artifact(document: Entry, result: Entry) -> dict[str, t.Any]:
    """What AWX shows as artifact of the job, and gives to each later node of a workflow; so the worst first."""
    findings = [finding for finding in gravest(document) if finding["level"] != "note"]
    changes = result["changes"]["lines"] if result["changes"] else []
    room = MOST_CHARACTERS
    kept: dict[str, list[t.Any]] = {"findings": [], "changes": []}
    for name, items in (("findings", findings), ("changes", changes)):
        for item in items[:MOST_FINDINGS]:
            short = cut(item, _MOST_TEXT) if isinstance(item, str) else _short(item)
            room -= len(json.dumps(short))
            if room < 0:
                break
            kept[name].append(short)
    return {
        "cw_audit": {
            "generated": document["generated"],
            "summary": document["summary"],
            "findings": kept["findings"],
            "findings_left_out": len(findings) - len(kept["findings"]),
            "changes": kept["changes"],
            "changes_left_out": len(changes) - len(kept["changes"]),
        }
    }


def _short(finding: Entry) -> dict[str, t.Any]:
    return {**finding, "message": cut(finding["message"], _MOST_TEXT)}


def gate(failures: t.Sequence[Entry], fail_on: t.Sequence[str]) -> str:
    """Why the gate fails, with the first findings; empty where it doesn't."""
    if not failures:
        return ""
    fails = "1 finding fails" if len(failures) == 1 else f"{len(failures)} findings fail"
    first = " ".join(f"{each['instance']}: {cut(each['message'], _MOST_TEXT)}" for each in failures[:_NAMED])
    more = f" And {len(failures) - _NAMED} more." if len(failures) > _NAMED else ""
    return f"{fails} this audit (audit_fail_on: {', '.join(fail_on)}): {first}{more}"
