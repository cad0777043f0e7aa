# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a setup: each change, then what couldn't be done. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from ...module_utils._domain.wording import counted
from .kit import Kit
from .objects import KINDS

Result = t.Dict[str, t.Any]


def result(kit: Kit) -> Result:
    """The result of cw_awx_setup, but for its diff."""
    objects = kit.objects
    changes = [{name: each[name] for name in ("kind", "name", "state", "fields")} for each in objects.changes]
    lines = [_line(each, kit.check_mode) for each in changes]
    left = _left(objects.left)
    lines += [*kit.notes, *(f"not done: {each}" for each in left), _summary(kit)]
    why = f"{counted(len(left), 'thing')} couldn't be done: see the report below." if left else ""
    return {"changed": bool(changes), "changes": changes, "left": left, "why": why, "lines": lines}


def unusable(address: str, said: str, changed: bool) -> str:
    """Why AWX can't be asked (any more)."""
    what = " any more; earlier changes stay" if changed else ", so nothing was changed"
    return (
        f"AWX at {address} can't be used{what}. Check the address, and that the token is valid and has the scope"
        f" Write, and run this again. It said: {said}"
    )


def _line(change: Result, check_mode: bool) -> str:
    state = f"would be {change['state']}" if check_mode else change["state"]
    fields = f" ({', '.join(change['fields'])})" if change["fields"] else ""
    return f"{state}: {change['kind']} {change['name']}{fields}"


def _left(entries: t.Sequence[tuple[str, str, str]]) -> list[str]:
    """One sentence for each cause, with all objects that have it."""
    causes: dict[tuple[str, str], list[str]] = {}
    for path, label, why in entries:
        causes.setdefault((path, why), []).append(label)
    return [
        f"{KINDS[path][0]}{'s' if len(names) > 1 else ''} {', '.join(names)}: {why}."
        for (path, why), names in causes.items()
    ]


def _summary(kit: Kit) -> str:
    states = [thing.state for thing in kit.objects.things if not thing.lost]
    lost = sum(thing.lost for thing in kit.objects.things)
    would = "would be " if kit.check_mode else ""
    counts = f"{would}{states.count('created')} created, {states.count('changed')} changed"
    total = counted(len(states) + lost, "object")
    rest = f"{states.count('unchanged')} as described" + (f", {lost} not done" if lost else "")
    return f"{total} in the organization {kit.described.organization}: {counts}, {rest}"
