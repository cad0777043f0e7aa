# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role of an instance held against a vendor's matrix, cell by cell. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .catalogue import VendorMatrix
from .compare import plan_levels
from .levels import VERBS, level_rank
from .matrix import Permission
from .matrix_sets import Key
from .names import FunctionName
from .settings import SettingRow

MISSING, EXCESS, ABSENT = "missing", "excess", "absent"
KINDS = (MISSING, EXCESS, ABSENT)
Index = t.Mapping[Key, t.Sequence[SettingRow]]
_LAST = 1 << 30  # what the instance doesn't have stands behind what its page shows of the module


@dataclass(frozen=True)
class Cell:
    """One verb of a function that isn't as the matrix says. ``absent``: the instance doesn't offer it at all."""

    name: FunctionName
    verb: str
    current: str
    wanted: str
    kind: str
    order: int = _LAST
    since: str | None = None
    note: str | None = None

    def __str__(self) -> str:
        return f"{self.name}, {self.verb}: {self.current} -> {self.wanted}"

    @property
    def page_order(self) -> tuple[t.Any, ...]:
        return self.name.module.casefold(), self.order, self.name.function.casefold(), VERBS.index(self.verb)

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "module": self.name.module,
            "function": self.name.function,
            "verb": self.verb,
            "is": self.current,
            "should_be": self.wanted,
            "kind": self.kind,
            "since": self.since,
            "note": self.note,
        }


def index_rows(rows: t.Iterable[SettingRow]) -> dict[Key, list[SettingRow]]:
    """The rows by folded name; an instance may have two that differ in spelling only."""
    index: dict[Key, list[SettingRow]] = {}
    for row in rows:
        index.setdefault(row.name.key, []).append(row)
    return index


def compare_role(index: Index, matrix: VendorMatrix) -> list[Cell]:
    """Every cell that isn't as the matrix says, in the order of ConnectWise's page."""
    cells: list[Cell] = []
    listed: set[FunctionName] = set()
    for key, permission in matrix.permissions.items():
        row, why = _row_of(index.get(key, ()), permission)
        since, note = matrix.remarks[key]
        if row is None:
            cells += _absent_function(permission, since, note or why)
        else:
            listed.add(row.name)
            cells += _listed_function(row, permission, since, note)
    others = [row for rows in index.values() for row in rows if row.name not in listed]
    cells += _granted_unlisted(others)
    return sorted(cells, key=lambda cell: cell.page_order)


def _row_of(rows: t.Sequence[SettingRow], permission: Permission) -> tuple[SettingRow | None, str]:
    exact = [row for row in rows if row.name == permission.name]
    if exact or len(rows) == 1:
        return (exact or list(rows))[0], ""
    if rows:
        return None, "this instance has it in several spellings, none of them the matrix's"
    return None, "this instance doesn't have the function"


def _absent_function(permission: Permission, since: str | None, note: str) -> list[Cell]:
    return [
        Cell(permission.name, verb, "none", permission.levels[verb], ABSENT, since=since, note=note)
        for verb in VERBS
        if permission.levels[verb] != "none"
    ]


def _listed_function(row: SettingRow, permission: Permission, since: str | None, note: str | None) -> list[Cell]:
    cells = [
        Cell(row.name, verb, "none", permission.levels[verb], ABSENT, row.sort_order, since, note or why)
        for verb, why in _not_offered(row, permission).items()
    ]
    done = {cell.verb for cell in cells}
    for change in plan_levels([row], [Permission(row.name, permission.levels)], "none").changes:
        if change.verb not in done:
            kind = MISSING if change.is_missing else EXCESS
            cells.append(Cell(row.name, change.verb, change.current, change.wanted, kind, row.sort_order, since, note))
    return cells


def _not_offered(row: SettingRow, permission: Permission) -> dict[str, str]:
    """{verb: why} for levels that nobody can set here, and so are neither missing nor too much."""
    found = {}
    for verb in VERBS:
        if verb in row.lacking and permission.levels[verb] != "none":
            found[verb] = f"the function has no {verb} level on this instance"
        elif permission.levels[verb] == "my" and not row.offers_my and row.levels[verb] == "none":
            found[verb] = "the function doesn't offer My on this instance"
    return found


def _granted_unlisted(rows: t.Sequence[SettingRow]) -> list[Cell]:
    return [
        Cell(change.row.name, change.verb, change.current, change.wanted, EXCESS, change.row.sort_order)
        for change in plan_levels(rows, (), "none").changes
    ]


def beyond(index: Index, levels: t.Callable[[Key, str], str]) -> list[Cell]:
    """The cells that grant more than ``levels`` says for a folded name and a verb."""
    return [
        Cell(row.name, verb, row.levels[verb], levels(key, verb), EXCESS, row.sort_order)
        for key, rows in index.items()
        for row in rows
        for verb in VERBS
        if verb not in row.lacking and level_rank(row.levels[verb]) > level_rank(levels(key, verb))
    ]
