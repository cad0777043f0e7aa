# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as Markdown, for tickets and wikis. PRIVATE to this collection.

Names come from the instances, so none is trusted: each is shown literally, and can't end a cell or a line or become a
link.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._domain.audit_document import Group, cells_of, grouped, left_out_sentence
from ...module_utils._domain.audit_rules import LEVELS, RULES
from ...module_utils._domain.shown import shown
from .bounded import Bounded, cut

Entry = t.Mapping[str, t.Any]

MOST = 60_000  # characters; an issue or a comment on GitHub takes 65,536
_MOST_CELLS = (50, 10, 3, 0)  # of one member, fewer if the whole would be too long; audit.json has all of them
_MOST_NAME = 200
_MOST_TEXT = 1_000
_PUNCTUATION = re.compile(r"([\\`*_\[\]#|~]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
_ENTITIES = re.compile("[&<>]")


def escape(value: t.Any) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = "" if value is None else shown(value)
    return _ENTITIES.sub(lambda match: f"&#{ord(match.group())};", _PUNCTUATION.sub(r"\\\1", text))


def render(document: Entry) -> Bounded:
    """The findings, then all instances and members if they fit, else figures of the instances."""
    head = [f"# API access, {escape(cut(str(document['generated']), _MOST_NAME))}", _summary(document)]
    head += [escape(cut(sentence, _MOST_TEXT)) for sentence in [left_out_sentence(document)] if sentence]
    groups = grouped(document)
    number, listed = _findings(groups, MOST)
    if number == len(groups):
        parts = [*head, *(["## Findings", listed] if groups else [])]
        for most in _MOST_CELLS:
            whole = _within([*parts, *(part for each in document["instances"] for part in _instance(each, most))])
            if whole:
                fewer = f"{f'at most {most}' if most else 'no'} levels of each member; audit.json has all"
                return Bounded(whole, fewer if most < _MOST_CELLS[0] else "")
    return _overview(document, head, groups)


def _within(parts: t.Iterable[str]) -> str:
    """The parts as one text; empty if it is too long."""
    kept: list[str] = []
    left = MOST
    for part in parts:
        kept.append(part)
        left -= len(part) + 2
        if left < 0:
            return ""
    return "\n\n".join(kept) + "\n"


def _findings(groups: t.Sequence[Group], room: int) -> tuple[int, str]:
    rows = [
        [
            group.finding["level"],
            RULES[group.finding["rule"]].title,
            cut(shown(group.finding["message"]), _MOST_TEXT),
            cut(shown(group.where), _MOST_TEXT),
            cut(shown(group.repair), _MOST_TEXT),
        ]
        for group in groups
    ]
    return _fitting(["Level", "Rule", "What", "Where", "Repair"], rows, room)


def _overview(document: Entry, head: list[str], groups: t.Sequence[Group]) -> Bounded:
    instances = sorted(document["instances"], key=lambda instance: not instance["error"])
    room = MOST - sum(map(len, head)) - 1_000
    rows = [_instance_figures(instance) for instance in instances]
    first, figures = _fitting(["Instance", "Active API members", *(f"{level}s" for level in LEVELS)], rows, room // 2)
    second, listed = _findings(groups, room - len(figures))
    named = sum(len(group.instances) for group in groups)
    held = sum(len(group.instances) for group in groups[:second])
    holds = f"{first} of {len(rows)} instances and the {held} most severe of {named} findings"
    said = f"Shortened: this has {holds}. audit.json and audit.html have everything."
    parts = [*head, said, "## Findings", listed, "## Instances", figures]
    return Bounded("\n\n".join(parts) + "\n", f"{holds}; audit.json has all")


def _instance_figures(instance: Entry) -> list[t.Any]:
    name = cut(shown(instance["name"]), _MOST_NAME)
    if instance["error"]:
        return [name, "not readable", 1, 0, 0]
    levels = [finding["level"] for finding in instance["findings"]]
    return [name, sum(member["active"] for member in instance["members"]), *map(levels.count, LEVELS)]


def _fitting(head: t.Sequence[str], rows: t.Sequence[t.Sequence[t.Any]], room: int) -> tuple[int, str]:
    """How many of the rows fit, and the table of these."""
    number, used = 0, 0
    for row in rows:
        used += sum(len(escape(cell)) + 3 for cell in row) + 2
        if used > room:
            break
        number += 1
    return number, table(head, rows[:number])


def table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]]) -> str:
    """A table; every cell is escaped."""
    lines = [head, ["---"] * len(head), *([escape(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _summary(document: Entry) -> str:
    names = {
        "instances": "Instances",
        "unreadable": "not readable",
        "members": "Active API members",
        "matched": "known by vendor",
        "admins": "Admins",
        "missing": "Levels missing",
        "excess": "Levels in excess",
        "absent": "Levels not offered",
        "unknown": "Levels of unknown need",
        "integrator_logins": "Integrator logins",
    }
    return table(list(names.values()), [[document["summary"][name] for name in names]])


def _instance(instance: Entry, most_cells: int) -> t.Iterator[str]:
    yield f"## {escape(instance['name'])}"
    if instance["error"]:
        yield f"Not readable: {escape(instance['error'])}"
        return
    active = [member for member in instance["members"] if member["active"]]
    head = ["Member", "Security role", "Vendor", "Missing", "Excess", "Not offered", "Unknown", "Power"]
    yield table(head, map(_member, active)) if active else "No active API member."
    inactive = [member["identifier"] for member in instance["members"] if not member["active"]]
    if inactive:
        yield f"Inactive: {', '.join(map(escape, inactive))}"
    yield from _logins(instance["integrator_logins"])
    for each in instance["not_looked_at"]:
        yield f"Not looked at: {escape(each['what'])}. {escape(each['why'])}"
    for member in active:
        yield from _cells(instance, member, most_cells)


def _logins(logins: t.Sequence[Entry]) -> t.Iterator[str]:
    if logins:
        rows = [
            [
                f"{login['username']}{'' if login['active'] else ' (inactive)'}",
                "all" if login["all_apis"] else ", ".join(login["apis"]) or "none",
                "all" if login["all_records"] else "its own",
                login["member"],
            ]
            for login in logins
        ]
        yield table(["Legacy integrator login", "APIs", "Records", "As member"], rows)


def _member(member: Entry) -> list[t.Any]:
    counts = member["counts"]
    return [
        member["identifier"],
        f"{member['role'] or 'none'}{' (Admin)' if member['admin'] else ''}",
        _vendor(member),
        *(counts[kind] for kind in ("missing", "excess", "absent", "unknown")),
        member["power"],
    ]


def _vendor(member: Entry) -> str:
    if member["own"]:
        return "the automation itself"
    if member["vendor"]:
        return f"{member['vendor']} (by {member['matched_by']})"
    return f"unknown (perhaps {member['suggestion']['vendor']})" if member["suggestion"] else "unknown"


def _cells(instance: Entry, member: Entry, most: int) -> list[str]:
    """The levels to set; none for an Admin role, whose levels can't be set."""
    cells = cells_of(instance, member)
    if not cells or not most or member["admin"]:
        return []
    rows = [
        [*(cell[name] for name in ("module", "function", "verb", "is", "should_be", "kind")), _remark(cell)]
        for cell in cells[:most]
    ]
    parts = [
        f"### {escape(member['identifier'])}",
        table(["Module", "Function", "Verb", "Is", "Should be", "Kind", "Remark"], rows),
    ]
    if len(cells) > most:
        parts.append(f"{len(cells) - most} more are in audit.json.")
    return parts


def _remark(cell: Entry) -> str:
    since = f"asked for since {cell['since']}" if cell["since"] else ""
    return "; ".join(part for part in (since, cell["note"]) if part)
