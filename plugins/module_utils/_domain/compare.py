# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans the changes that bring a role to exactly a matrix. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .change import NOTHING, CellChange
from .matching import rows_named, spelt
from .matrix import Permission
from .names import FunctionName, near_misses
from .offered import Unoffered, compare_row
from .settings import SettingRow


@dataclass(frozen=True)
class LevelPlan:
    """The outcome of a comparison.

    ``changes`` are in the order of ConnectWise's page. ``problems`` are sentences about permissions that don't fit the
    instance; if there are any, nothing must be written. ``absent`` are the optional functions that this instance
    doesn't have, ``not_offered`` the levels that it doesn't seem to offer.
    """

    changes: tuple[CellChange, ...]
    problems: tuple[str, ...] = ()
    absent: tuple[FunctionName, ...] = ()
    not_offered: tuple[Unoffered, ...] = ()


def plan_levels(rows: t.Sequence[SettingRow], permissions: t.Sequence[Permission], unlisted: str) -> LevelPlan:
    """Compare ``rows`` with ``permissions``. ``unlisted`` is ``none`` (set all other cells to None) or ``keep``."""
    problems: list[str] = []
    absent: list[FunctionName] = []
    wanted: dict[FunctionName, t.Mapping[str, str]] = {}
    for permission in permissions:
        row = _find_row(rows, permission, problems)
        if row is not None:
            if row.name in wanted:
                problems.append(f"{row.name} is listed twice, in two spellings")
            wanted[row.name] = permission.levels
        elif permission.optional:
            absent.append(permission.name)
    left_alone = None if unlisted == "keep" else NOTHING
    changes: list[CellChange] = []
    not_offered: list[Unoffered] = []
    for row in rows:
        levels = wanted.get(row.name, left_alone)
        if levels is not None:
            differing, unoffered = compare_row(row, levels)
            changes += differing
            not_offered += unoffered
    return LevelPlan(tuple(changes), tuple(problems), tuple(absent), tuple(not_offered))


def _find_row(rows: t.Sequence[SettingRow], permission: Permission, problems: list[str]) -> SettingRow | None:
    name = permission.name
    matches = rows_named(rows, permission)
    if len(matches) > 1:
        problems.append(
            f"{name} is ambiguous: this instance has {spelt(matches)}; use the exact name, or set the row's id"
        )
        return None
    if matches:
        return matches[0]
    if not permission.optional:
        near = ", ".join(f'"{offered}"' for offered in near_misses(name, [row.shown_name for row in rows]))
        hint = f"did you mean {near}?" if near else "it has nothing similar"
        problems.append(f"{name} is not a function of this instance; {hint}")
    return None
