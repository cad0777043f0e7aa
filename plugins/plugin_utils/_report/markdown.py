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

from ...module_utils._domain.audit_document import cells_of, gravest, left_out_sentence
from ...module_utils._domain.audit_rules import LEVELS, RULES
from ...module_utils._domain.shown import shown
from .bounded import Bounded, cut

Entry = t.Mapping[str, t.Any]

MOST = 60_000  # characters; an issue or a comment on GitHub takes 65,536
_MOST_CELLS = (50, 10, 3, 0)  # of one member, fewer where the whole would be too long; audit.json has all of them
_MOST_NAME = 200
_MOST_TEXT = 1_000
_PUNCTUATION = re.compile(r"([\\`*_\[\]#|~]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
_ENTITIES = re.compile("[&<>]")


def escape(value: t.Any) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = "" if value is None else shown(value)
    return _ENTITIES.sub(lambda match: f"&#{ord(match.group())};", _PUNCTUATION.sub(r"\\\1", text))


def render(document: Entry) -> Bounded:
    """All instances and members where that isn't too long; else figures of the instances, and the gravest findings."""
    head = [f"# API access, {escape(cut(str(document['generated']), _MOST_NAME))}", _summary(document)]
    head += [escape(cut(sentence, _MOST_TEXT)) for sentence in [left_out_sentence(document)] if sentence]
    for most in _MOST_CELLS:
        parts = list(head)
        left = MOST - sum(map(len, head))
        for part in (part for instance in document["instances"] for part in _instance(instance, most)):
            parts.append(part)
            left -= len(part) + 2
            if left < 0:
                break
        else:
            fewer = f"{f'at most {most}' if most else 'no'} levels of each member; audit.json has all"
            return Bounded("\n\n".join(parts) + "\n", fewer if most < _MOST_CELLS[0] else "")
    return _overview(document, head)


def _overview(document: Entry, head: list[str]) -> Bounded:
    instances = sorted(document["instances"], key=lambda instance: not instance["error"])
    findings = gravest(document)
    room = MOST - sum(map(len, head)) - 1_000
    rows = [_figures(instance) for instance in instances]
    first, figures = _fitting(["Instance", "Active API members", *(f"{level}s" for level in LEVELS)], rows, room // 2)
    named = [
        [item["level"], item["instance"], RULES[item["rule"]].title, cut(shown(item["message"]), _MOST_TEXT)]
        for item in findings
    ]
    second, listed = _fitting(["Level", "Instance", "Rule", "What"], named, room - len(figures))
    holds = f"{first} of {len(rows)} instances and the {second} gravest of {len(named)} findings"
    said = f"Left out for its length: this has {holds}. audit.json and audit.html have all."
    parts = [*head, said, "## Instances", figures, "## Findings", listed]
    return Bounded("\n\n".join(parts) + "\n", f"{holds}; audit.json has all")


def _figures(instance: Entry) -> list[t.Any]:
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
    }
    return table(list(names.values()), [[document["summary"][name] for name in names]])


def _instance(instance: Entry, most_cells: int) -> t.Iterator[str]:
    yield f"## {escape(instance['name'])}"
    if instance["error"]:
        yield f"Not readable: {escape(instance['error'])}"
        return
    active = [member for member in instance["members"] if member["active"]]
    head = ["Member", "Security role", "Vendor", "Missing", "Excess", "Not offered", "Power"]
    yield table(head, map(_member, active)) if active else "No active API member."
    inactive = [member["identifier"] for member in instance["members"] if not member["active"]]
    if inactive:
        yield f"Inactive: {', '.join(map(escape, inactive))}"
    if instance["findings"]:
        rows = [(item["level"], RULES[item["rule"]].title, item["message"]) for item in instance["findings"]]
        yield from ("### Findings", table(["Level", "Rule", "What"], rows))
    for member in active:
        yield from _cells(instance, member, most_cells)


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


def _cells(instance: Entry, member: Entry, most: int) -> list[str]:
    """The levels to set; not for an Admin role, in which none can be."""
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
