# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a role of an instance with a vendor's matrix, cell by cell. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .catalogue import VendorMatrix
from .change import EXCESS, MISSING, NOTHING, CellChange, compare_levels
from .levels import VERBS, level_rank
from .matching import rows_named, spelt
from .matrix import Permission
from .matrix_sets import Key
from .names import FunctionName
from .offered import compare_row
from .settings import SettingRow

ABSENT, UNKNOWN = "absent", "unknown"
KINDS = (MISSING, EXCESS, ABSENT)
Index = t.Mapping[Key, t.Sequence[SettingRow]]


@dataclass(frozen=True)
class AuditCell(CellChange):
    """A cell that differs from the matrix, with the catalogue's remarks.

    ``offered`` is False if the instance doesn't have the cell, so nobody can set it.
    """

    offered: bool = True
    since: str | None = None
    note: str | None = None

    @classmethod
    def of(
        cls, change: CellChange, since: str | None = None, note: str | None = None, offered: bool = True
    ) -> AuditCell:
        known = (change.name, change.verb, change.current, change.wanted, change.row_id, change.order)
        return cls(*known, offered, since, note)

    @property
    def kind(self) -> str:
        return super().kind if self.offered else ABSENT

    def as_dict(self) -> dict[str, t.Any]:
        return {**super().as_dict(), "kind": self.kind, "since": self.since, "note": self.note}


def index_rows(rows: t.Iterable[SettingRow]) -> dict[Key, list[SettingRow]]:
    """The rows by folded name; an instance may have two that differ only in spelling."""
    index: dict[Key, list[SettingRow]] = {}
    for row in rows:
        index.setdefault(row.key, []).append(row)
    return index


class UnknownCell(CellChange):
    """A cell that grants something that the vendor may or may not need."""

    @classmethod
    def of(cls, row: SettingRow, verb: str) -> UnknownCell:
        level = row.levels[verb]
        return cls(row.name, verb, level, level, row.row_id, row.sort_order)

    def __str__(self) -> str:
        return f"{self.name}, {self.verb}: {self.current}"

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "module": self.name.module, "function": self.name.function, "verb": self.verb, "is": self.current
        }  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """``cells`` differ from the matrix; ``unknown`` ones may or may not be needed, because the vendor's list is only
    partly known. Both are in the order of ConnectWise's page."""

    cells: tuple[AuditCell, ...] = ()
    unknown: tuple[UnknownCell, ...] = ()


def compare_role(index: Index, matrix: VendorMatrix) -> Compared:
    """Compare every cell of a role with the matrix."""
    cells: list[AuditCell] = []
    unknown: list[UnknownCell] = []
    listed: set[FunctionName] = set()
    for key, permission in matrix.permissions.items():
        row, why = _row_of(index.get(permission.name.key, ()), permission)
        since, note = matrix.remarks[key]
        if row is None:
            cells += _absent_function(permission, since, note or why)
        else:
            listed.add(row.name)
            open_verbs = matrix.unknown.get(key, frozenset())
            cells += [cell for cell in _cells(row, permission.levels, since, note) if cell.verb not in open_verbs]
            unknown += _granted(row, open_verbs)
    others = [row for rows in index.values() for row in rows if row.name not in listed]
    if matrix.is_partial:
        unknown += [cell for row in others for cell in _granted(row, VERBS)]
    else:
        cells += [cell for row in others for cell in _cells(row, NOTHING)]
    return Compared(tuple(sorted(cells, key=_page_order)), tuple(sorted(unknown, key=_page_order)))


def _page_order(cell: CellChange) -> tuple[t.Any, ...]:
    return cell.page_order


def _granted(row: SettingRow, verbs: t.Collection[str]) -> list[UnknownCell]:
    return [UnknownCell.of(row, verb) for verb in VERBS if verb in verbs and row.levels[verb] != "none"]


def _row_of(rows: t.Sequence[SettingRow], permission: Permission) -> tuple[SettingRow | None, str]:
    found = rows_named(rows, permission)
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"this instance has it several times: {spelt(found)}"
    return None, "this instance doesn't have the function"


def _absent_function(permission: Permission, since: str | None, note: str) -> list[AuditCell]:
    return [
        AuditCell.of(change, since, note, offered=False)
        for change in compare_levels(permission.name, NOTHING, permission.levels)
    ]


def _cells(
    row: SettingRow, wanted: t.Mapping[str, str], since: str | None = None, note: str | None = None
) -> list[AuditCell]:
    changes, unoffered = compare_row(row, wanted)
    cells = [AuditCell.of(cell, since, note or cell.why, offered=False) for cell in unoffered]
    return cells + [AuditCell.of(change, since, note) for change in changes]


def beyond(index: Index, levels: t.Callable[[Key, str], str]) -> list[AuditCell]:
    """The cells that grant more than ``levels`` says for a folded name and a verb."""
    return [
        AuditCell.of(change)
        for key, rows in index.items()
        for row in rows
        for change in _changes(row, {verb: levels(key, verb) for verb in VERBS})
        if not change.is_missing
    ]


def number_covered(index: Index, matrix: VendorMatrix) -> int:
    """How many of the cells that grant something the matrix asks for; ``beyond`` finds the others."""
    return sum(
        row.levels[verb] != "none" and level_rank(row.levels[verb]) <= level_rank(permission.levels[verb])
        for key, permission in matrix.permissions.items()
        for row in index.get(key, ())
        for verb in VERBS
        if verb not in row.lacking
    )


def _changes(row: SettingRow, levels: t.Mapping[str, str]) -> list[CellChange]:
    return compare_levels(row.name, row.levels, levels, row.lacking, row.row_id, row.sort_order)
