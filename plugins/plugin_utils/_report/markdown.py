# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as Markdown, for tickets and wikis. PRIVATE to this collection.

Names come from the instances, so none is trusted: each is shown as it is, and can't end a cell or a line, nor become a
link.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._domain.audit_rules import RULES
from ...module_utils._domain.shown import shown

Entry = t.Mapping[str, t.Any]

_MOST_CELLS = 50  # of one member; audit.json has all of them
_PUNCTUATION = re.compile(r"([\\`*_\[\]#|~]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
_ENTITIES = re.compile("[&<>]")


def escape(value: t.Any) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = "" if value is None else shown(value)
    return _ENTITIES.sub(lambda match: f"&#{ord(match.group())};", _PUNCTUATION.sub(r"\\\1", text))


def render(document: Entry) -> str:
    parts = [f"# API access, {escape(document['generated'])}", _summary(document)]
    for instance in document["instances"]:
        parts += _instance(instance)
    return "\n\n".join(parts) + "\n"


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
    }
    return table(list(names.values()), [[document["summary"][name] for name in names]])


def _instance(instance: Entry) -> list[str]:
    parts = [f"## {escape(instance['name'])}"]
    if instance["error"]:
        return [*parts, f"Not readable: {escape(instance['error'])}"]
    active = [member for member in instance["members"] if member["active"]]
    head = ["Member", "Security role", "Vendor", "Missing", "Excess", "Not offered", "Power"]
    parts.append(table(head, map(_member, active)) if active else "No active API member.")
    inactive = [member["identifier"] for member in instance["members"] if not member["active"]]
    if inactive:
        parts.append(f"Inactive: {', '.join(map(escape, inactive))}")
    if instance["findings"]:
        rows = [(item["level"], RULES[item["rule"]].title, item["message"]) for item in instance["findings"]]
        parts += ["### Findings", table(["Level", "Rule", "What"], rows)]
    for member in active:
        parts += _cells(member)
    return parts


def _member(member: Entry) -> list[t.Any]:
    counts = member["counts"]
    how = f" (by {member['matched_by']})" if member["vendor"] else ""
    return [
        member["identifier"],
        f"{member['role'] or 'none'}{' (Admin)' if member['admin'] else ''}",
        f"{member['vendor'] or 'unknown'}{how}",
        counts["missing"],
        counts["excess"],
        counts["absent"],
        member["power"],
    ]


def _cells(member: Entry) -> list[str]:
    """The levels to set; not for an Admin role, in which none can be."""
    cells = member["cells"]
    if not cells or member["admin"]:
        return []
    rows = [
        [*(cell[name] for name in ("module", "function", "verb", "is", "should_be", "kind")), _remark(cell)]
        for cell in cells[:_MOST_CELLS]
    ]
    parts = [
        f"### {escape(member['identifier'])}",
        table(["Module", "Function", "Verb", "Is", "Should be", "Kind", "Remark"], rows),
    ]
    if len(cells) > _MOST_CELLS:
        parts.append(f"{len(cells) - _MOST_CELLS} more are in audit.json.")
    return parts


def _remark(cell: Entry) -> str:
    since = f"asked for since {cell['since']}" if cell["since"] else ""
    return "; ".join(part for part in (since, cell["note"]) if part)
