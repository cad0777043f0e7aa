# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must change so that a role shows a matrix, and nothing else. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .change import NOTHING, CellChange, compare_levels
from .levels import VERBS
from .matrix import Permission
from .names import FunctionName, near_misses
from .settings import SettingRow


@dataclass(frozen=True)
class LevelPlan:
    """The outcome of a comparison.

    ``changes`` are in the order of ConnectWise's page. ``problems`` are sentences about input that the
    instance can't take; with any of them nothing must be written. ``absent`` are the optional functions
    that this instance doesn't have.
    """

    changes: tuple[CellChange, ...]
    problems: tuple[str, ...] = ()
    absent: tuple[FunctionName, ...] = ()


def plan_levels(rows: t.Sequence[SettingRow], permissions: t.Sequence[Permission], unlisted: str) -> LevelPlan:
    """Compare ``rows`` with ``permissions``; ``unlisted`` is ``none`` (all else must be None) or ``keep``."""
    problems: list[str] = []
    absent: list[FunctionName] = []
    wanted: dict[FunctionName, t.Mapping[str, str]] = {}
    for permission in permissions:
        row = _find_row(rows, permission, problems)
        if row is not None:
            if row.name in wanted:
                problems.append(f"{row.name} is listed twice, in two spellings")
            problems.extend(_refused_cells(row, permission))
            wanted[row.name] = permission.levels
        elif permission.optional:
            absent.append(permission.name)
    changes = [change for row in rows for change in _changes(row, wanted.get(row.name), unlisted)]
    return LevelPlan(tuple(changes), tuple(problems), tuple(absent))


def _find_row(rows: t.Sequence[SettingRow], permission: Permission, problems: list[str]) -> SettingRow | None:
    name = permission.name
    matches = [row for row in rows if row.name.key == name.key]
    exact = [row for row in matches if row.name == name]
    if len(matches) > 1 and len(exact) != 1:
        spelt = ", ".join(f'"{row.name}"' for row in matches)
        problems.append(f"{name} is ambiguous: this instance has {spelt}; write it exactly")
        return None
    if matches:
        return (exact or matches)[0]
    if not permission.optional:
        near = ", ".join(f'"{offered}"' for offered in near_misses(name, [row.name for row in rows]))
        hint = f"did you mean {near}?" if near else "it offers nothing alike"
        problems.append(f"{name} is not a function of this instance; {hint}")
    return None


def _refused_cells(row: SettingRow, permission: Permission) -> list[str]:
    refused = []
    for verb in VERBS:
        level = permission.levels[verb]
        if level == "none":
            continue
        if verb in row.lacking:
            refused.append(f"{row.name} has no {verb} level here, so {verb} can't be {level}")
        elif level == "my" and not row.offers_my:
            refused.append(f"{row.name} doesn't offer My here, so {verb} can't be my")
    return refused


def _changes(row: SettingRow, levels: t.Mapping[str, str] | None, unlisted: str) -> list[CellChange]:
    if levels is None:
        if unlisted == "keep":
            return []
        levels = NOTHING
    return compare_levels(row.name, row.levels, levels, row.lacking, row.row_id, row.sort_order)
