# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set operations on matrices: difference, union, intersection. PRIVATE to this collection.

A matrix is a list of rows in the shape of the option ``permissions``; functions that it doesn't list are none.
Every function here raises MatrixError for invalid rows.
"""

from __future__ import annotations

import typing as t

from .change import MISSING, NOTHING, compare_levels
from .levels import VERBS, level_rank
from .matrix import MatrixError, Permission, parse_rows
from .names import FunctionName

Row = t.Dict[str, t.Any]
Rows = t.Sequence[t.Mapping[str, t.Any]]
Key = t.Tuple[str, str]
Choose = t.Callable[[str, str], str]


def by_key(rows: Rows) -> dict[Key, Permission]:
    """The rows by their folded names. Raises MatrixError for a function that is listed in two spellings, too."""
    found: dict[Key, Permission] = {}
    problems = []
    for permission in parse_rows(rows):
        module, function = key = permission.name.key
        if key in found and permission.row_id and permission.row_id != found[key].row_id:
            key = module, f"{function} (id {permission.row_id})"
        elif key in found:
            problems.append(f"{permission.name} is listed twice, in two spellings")
        found[key] = permission
    if problems:
        raise MatrixError(problems)
    return found


def diff(now: Rows, wanted: Rows) -> list[Row]:
    """The cells in which ``now`` differs: module, function, verb, is, should_be, and kind missing or excess."""
    left, right = by_key(now), by_key(wanted)
    return [
        cell
        for key in dict.fromkeys([*right, *left])
        for cell in _cells((right.get(key) or left[key]).name, _levels(left.get(key)), _levels(right.get(key)))
    ]


def union(*matrices: Rows) -> list[Row]:
    """What any of the matrices grants. A row is optional if it is optional in all matrices that have it."""
    parsed = [by_key(rows) for rows in matrices]
    merged = _merge(parsed, _higher, dict.fromkeys(key for matrix in parsed for key in matrix))
    listed = {key: [matrix[key].optional for matrix in parsed if key in matrix] for key in merged}
    return [_row(permission, all(listed[key])) for key, permission in merged.items()]


def intersection(first: Rows, *others: Rows) -> list[Row]:
    """What all of the matrices grant, without rows that grant nothing. A row is optional if it is in any matrix."""
    parsed = [by_key(rows) for rows in (first, *others)]
    merged = _merge(parsed, _lower, [key for key in parsed[0] if all(key in matrix for matrix in parsed)])
    return [
        _row(permission, any(matrix[key].optional for matrix in parsed))
        for key, permission in merged.items()
        if any(level != "none" for level in permission.levels.values())
    ]


def covers(matrix: Rows, other: Rows) -> bool:
    """Whether ``matrix`` grants all that ``other`` does."""
    return not any(cell["kind"] == MISSING for cell in diff(matrix, other))


def _levels(permission: Permission | None) -> t.Mapping[str, str]:
    return permission.levels if permission else NOTHING


def _cells(name: FunctionName, now: t.Mapping[str, str], wanted: t.Mapping[str, str]) -> list[Row]:
    return [{**change.as_dict(), "kind": change.kind} for change in compare_levels(name, now, wanted)]


def _merge(parsed: list[dict[Key, Permission]], choose: Choose, keys: t.Iterable[Key]) -> dict[Key, Permission]:
    """One permission for each key, in the spelling of the first matrix that has it."""
    merged: dict[Key, Permission] = {}
    for key in keys:
        found = [matrix[key] for matrix in parsed if key in matrix]
        levels = dict(found[0].levels)
        for permission in found[1:]:
            levels = {verb: choose(levels[verb], permission.levels[verb]) for verb in VERBS}
        merged[key] = Permission(found[0].name, levels)
    return merged


def _higher(left: str, right: str) -> str:
    return max(left, right, key=level_rank)


def _lower(left: str, right: str) -> str:
    return min(left, right, key=level_rank)


def _row(permission: Permission, optional: bool) -> Row:
    return Permission(permission.name, permission.levels, optional).as_row()
