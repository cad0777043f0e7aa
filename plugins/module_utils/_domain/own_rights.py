# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that the automation's own member needs, and those that its role has. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .audit_cells import Index
from .change import CellChange
from .levels import VERBS
from .names import FunctionName
from .wording import counted, listed

_SHOWN = 3  # cells that a sentence names
Right = t.Tuple[str, str]  # Module / Function, verb


@dataclass(frozen=True)
class Need:
    """A permission at level All. ``what`` says for which requests; ``optional``: runs report what they skip for it."""

    right: Right
    what: tuple[str, ...]
    optional: bool = False

    @property
    def name(self) -> FunctionName:
        return FunctionName(*self.right[0].split(" / ", 1))

    @property
    def verb(self) -> str:
        return self.right[1]


@dataclass(frozen=True)
class Use:
    """A request: the permission that it needs, None if any key may send it, and ``what`` it is for."""

    right: Right | None
    what: str
    optional: bool = False


@dataclass(frozen=True)
class Purpose:
    """One of the automation's tasks, with the permissions that its requests need, each once."""

    name: str
    needs: tuple[Need, ...]

    @classmethod
    def of(cls, name: str, uses: t.Iterable[Use]) -> Purpose:
        """A permission is optional if all of its uses are."""
        needs: dict[Right, Need] = {}
        for use in uses:
            if use.right is not None:
                known = needs.get(use.right, Need(use.right, (), True))
                needs[use.right] = Need(use.right, (*known.what, use.what), known.optional and use.optional)
        return cls(name, tuple(needs.values()))

    @property
    def only_reads(self) -> bool:
        return all(need.verb == "inquire" for need in self.needs)


@dataclass(frozen=True)
class OwnRights:
    """The own role compared with the purposes. ``excess`` are the cells that none of them needs."""

    missing: t.Mapping[str, tuple[CellChange, ...]]
    not_offered: t.Mapping[str, tuple[Right, ...]]
    excess: tuple[CellChange, ...]
    enough: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # function -> verbs
    only_reads: bool = False


def hold(purposes: t.Sequence[Purpose], index: Index) -> OwnRights:
    """``index`` has the rows of the own role. A cell that the instance doesn't list is ``not_offered``, not missing."""
    missing, not_offered = {}, {}
    needed: dict[tuple[tuple[str, str], str], Need] = {}
    for purpose in purposes:
        lacks, absent = [], []
        for need in purpose.needs:
            needed[need.name.key, need.verb] = need
            row = next(iter(index.get(need.name.key, ())), None)
            if row is None or need.verb in row.lacking:
                absent.append(need.right)
            elif row.levels[need.verb] != "all" and not need.optional:
                lacks.append(CellChange(row.name, need.verb, row.levels[need.verb], "all", row.row_id, row.sort_order))
        missing[purpose.name], not_offered[purpose.name] = tuple(lacks), tuple(absent)
    excess = [
        CellChange(row.name, verb, row.levels[verb], "none", row.row_id, row.sort_order)
        for key, rows in index.items()
        for row in rows
        for verb in VERBS
        if row.levels[verb] != "none" and (key, verb) not in needed
    ]
    writes = [need for need in needed.values() if need.verb != "inquire"]
    only_reads = not any(row.levels[need.verb] != "none" for need in writes for row in index.get(need.name.key, ()))
    enough: dict[str, tuple[str, ...]] = {}
    for need in needed.values():
        verbs = {*enough.get(need.right[0], ()), need.verb}
        enough[need.right[0]] = tuple(verb for verb in VERBS if verb in verbs)
    return OwnRights(missing, not_offered, tuple(sorted(excess, key=lambda cell: cell.page_order)), enough, only_reads)


def missing_sentence(member: str, purposes: t.Sequence[Purpose], held: OwnRights) -> str:
    """What the member lacks and for what; empty for nothing. A key that only reads is judged for audits only."""
    by_cell: dict[CellChange, list[str]] = {}
    for purpose in purposes:
        for cell in held.missing[purpose.name] if purpose.only_reads or not held.only_reads else ():
            by_cell.setdefault(cell, []).append(purpose.name)
    if not by_cell:
        return ""
    number = counted(len(by_cell), "permission")
    cells = "; ".join(f"{cell} (for {listed(names)})" for cell, names in by_cell.items())
    return f"{member}, the automation's own member, lacks {number}: {cells}."


def excess_sentence(member: str, role: str, admin: bool, held: OwnRights) -> str:
    """What the member has too much of, and what would be enough; empty for nothing."""
    if not held.excess:
        return ""
    enough = "; ".join(f"{function}: {listed(verbs)}" for function, verbs in held.enough.items())
    more = f" and {len(held.excess) - _SHOWN} more" if len(held.excess) > _SHOWN else ""
    number = counted(len(held.excess), "level")
    what = (
        f"has the built-in Admin role {role}: it can do everything"
        if admin
        else f"has {number} more than it needs: {'; '.join(map(str, held.excess[:_SHOWN]))}{more}"
    )
    return f"{member}, the automation's own member, {what}. It only needs All on: {enough}."
