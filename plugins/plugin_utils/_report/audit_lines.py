# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit shows on the screen and passes to AWX: the most severe findings, and what was left out. PRIVATE."""

from __future__ import annotations

import json
import typing as t

from ...module_utils._domain.audit_document import UNREADABLE, Group, gravest, grouped
from ...module_utils._domain.wording import counted
from .bounded import cut

MOST_LINES = 200  # of instances and findings on the screen
MOST_FINDING_LINES = 140  # of them
MOST_CHANGES = 100
MOST_FINDINGS = 500  # for AWX, which drops data of a task above 700,000 characters
MOST_CHARACTERS = 400_000
_MOST_TEXT = 500
_NAMED = 5

Entry = t.Mapping[str, t.Any]


def lines(document: Entry, result: Entry, check_mode: bool) -> list[str]:
    """The figures, what was found, the instances, what changed, and the files."""
    sum_ = document["summary"]
    unknown = f", {sum_['unknown']} of unknown need" if sum_["unknown"] else ""
    logins = counted(sum_["integrator_logins"], "active legacy integrator login")
    found = [
        f"{counted(sum_['instances'], 'instance')}, {sum_['unreadable']} of them not readable;"
        f" {counted(sum_['members'], 'active API member')}, {sum_['matched']} of a known vendor,"
        f" {sum_['admins']} with Admin{f'; {logins}' if sum_['integrator_logins'] else ''}",
        f"levels: {sum_['missing']} missing, {sum_['excess']} in excess, {sum_['absent']} not offered{unknown}",
    ]
    findings = _findings(document)
    found += [*findings, *_instances(document["instances"], MOST_LINES - len(findings))]
    if result["changes"]:
        found += _changes(result["changes"])
    for name, path in result["paths"].items():
        holds = f" ({result['bounds'][name]})" if name in result["bounds"] else ""
        found.append(f"{'would be written' if check_mode else 'report'}: {path}{holds}")
    return found


def _findings(document: Entry) -> list[str]:
    """Identical findings once, with their repairs, the most dangerous first; notes only if they have a repair."""
    shown = [group for group in grouped(document) if _is_shown(group)]
    found: list[str] = []
    for number, group in enumerate(shown):
        said = [f"{group.finding['level']}: {cut(group.finding['message'], _MOST_TEXT)} On {group.where}."]
        said += [f"  repair: {cut(group.repair, _MOST_TEXT)}"] if group.repair else []
        if len(found) + len(said) > MOST_FINDING_LINES:
            return [*found, f"and {counted(len(shown) - number, 'more finding')}: see the report"]
        found += said
    return found


def _is_shown(group: Group) -> bool:
    # that an instance can't be read stands in its own line
    return group.finding["rule"] != UNREADABLE and bool(group.finding["level"] != "note" or group.finding["repair"])


def _instances(instances: t.Sequence[Entry], room: int) -> list[str]:
    """All of them if they fit, else those with the most errors and warnings."""
    if len(instances) <= room:
        return [_line(instance) for instance in instances]
    ranked = sorted(range(len(instances)), key=lambda number: _gravity(instances[number]))[:room]
    shown = [_line(instances[number]) for number in sorted(ranked)]
    return [*shown, f"and {counted(len(instances) - room, 'more instance')}: see the report"]


def _gravity(instance: Entry) -> tuple[t.Any, ...]:
    levels = [finding["level"] for finding in instance["findings"]]
    return not instance["error"], -levels.count("error"), -levels.count("warning")


def _line(instance: Entry) -> str:
    if instance["error"]:
        return f"{instance['name']}: not readable: {cut(str(instance['error']), _MOST_TEXT)}"
    findings = sum(finding["level"] != "note" for finding in instance["findings"])
    members = sum(member["active"] for member in instance["members"])
    left_out = [each["what"] for each in instance["not_looked_at"]]
    not_looked_at = f"; not looked at: {', '.join(left_out)}" if left_out else ""
    return f"{instance['name']}: {counted(members, 'active API member')}, {counted(findings, 'finding')}{not_looked_at}"


def _changes(changes: Entry) -> list[str]:
    told = [cut(line, _MOST_TEXT) for line in changes["lines"]]
    if not told:
        return [f"Nothing changed since {changes['since']}."]
    more = len(told) - MOST_CHANGES
    rest = [f"  and {counted(more, 'more change')}"] if more > 0 else []
    return [f"Since {changes['since']}:", *(f"  {line}" for line in told[:MOST_CHANGES]), *rest]


def artifact(document: Entry, result: Entry) -> dict[str, t.Any]:
    """The job's artifact in AWX, which each later node of a workflow gets: the most severe findings first."""
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
    return {**finding, "message": cut(finding["message"], _MOST_TEXT), "repair": cut(finding["repair"], _MOST_TEXT)}


def gate(failures: t.Sequence[Entry], fail_on: t.Sequence[str]) -> str:
    """Why the gate fails, with the first findings; empty if it passes."""
    if not failures:
        return ""
    fails = "1 finding fails" if len(failures) == 1 else f"{len(failures)} findings fail"
    first = " ".join(f"{each['instance']}: {cut(each['message'], _MOST_TEXT)}" for each in failures[:_NAMED])
    more = f" And {len(failures) - _NAMED} more." if len(failures) > _NAMED else ""
    return f"{fails} this audit (audit_fail_on: {', '.join(fail_on)}): {first}{more}"
