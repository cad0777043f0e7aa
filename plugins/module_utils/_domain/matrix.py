# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a permission matrix, as a playbook writes them. PRIVATE to this collection."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .levels import LEVELS, VERBS
from .names import FunctionName, fold

_FIELDS = ("module", "function", *VERBS, "optional", "id")
_EXAMPLE = "{module: System, function: API Reports, inquire: all}"


class MatrixError(ValueError):
    """Invalid rows; ``problems`` has a sentence for each error."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Permission:
    """What a matrix asks for in one function. ``levels`` maps each of the four verbs to a level.

    ``row_id`` is the id of the row that is meant if several have its name; 0 if not given.
    """

    name: FunctionName
    levels: t.Mapping[str, str] = field(hash=False)
    optional: bool = False
    row_id: int = 0

    def as_row(self) -> dict[str, t.Any]:
        """The row in the shape that the option ``permissions`` takes; ``optional`` and ``id`` only where set."""
        row: dict[str, t.Any] = {"module": self.name.module, "function": self.name.function}
        row.update((verb, self.levels[verb]) for verb in VERBS)
        if self.optional:
            row["optional"] = True
        if self.row_id:
            row["id"] = self.row_id
        return row


def parse_rows(rows: t.Sequence[t.Mapping[str, t.Any]], what: str = "") -> list[Permission]:
    """Permissions for rows in the shape of the option ``permissions``.

    Other fields (a purpose, a date) are ignored, so that vendor data can be read unchanged. Raises MatrixError with
    all errors: missing names, unknown levels, functions listed twice. ``what`` names the rows in it.
    """
    _check_list(rows, what)
    problems: list[str] = []
    permissions: list[Permission] = []
    seen: set[tuple[FunctionName, int]] = set()
    for number, row in enumerate(rows, 1):
        place = f"{what}, row {number}" if what else f"row {number}"
        permission = _parse_row(place, row, problems)
        if permission is None:
            continue
        if (permission.name, permission.row_id) in seen:
            problems.append(f"{place}: {permission.name} is listed twice")
        seen.add((permission.name, permission.row_id))
        permissions.append(permission)
    if problems:
        raise MatrixError(problems)
    return permissions


def _check_list(rows: t.Any, what: str) -> None:
    if not isinstance(rows, (list, tuple)):
        raise MatrixError([f"{what or 'permissions'} must be a list of rows, such as {_EXAMPLE}"])


def _check_fields(what: str, rows: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    _check_list(rows, what)
    problems = [
        f"{what}, row {number}: unknown {'field' if len(unknown) == 1 else 'fields'} {', '.join(unknown)};"
        f" a row has {', '.join(_FIELDS)}"
        for number, row in enumerate(rows, 1)
        if isinstance(row, t.Mapping)
        for unknown in [[str(name) for name in row if name not in _FIELDS]]
        if unknown
    ]
    if problems:
        raise MatrixError(problems)


def _parse_row(place: str, row: t.Mapping[str, t.Any], problems: list[str]) -> Permission | None:
    if not isinstance(row, t.Mapping):
        problems.append(f"{place}: not a mapping of module, function and levels, such as {_EXAMPLE}")
        return None
    module, function = str(row.get("module") or "").strip(), str(row.get("function") or "").strip()
    if not module or not function:
        problems.append(f"{place}: module and function are both required")
        return None
    levels = {verb: str(row.get(verb) or "none").lower() for verb in VERBS}
    wrong = [f"{verb} {level}" for verb, level in levels.items() if level not in LEVELS]
    if wrong:
        problems.append(f"{place} ({module} / {function}): {', '.join(wrong)}: a level is none, my or all")
        return None
    row_id = row.get("id") or 0
    if isinstance(row_id, bool) or not str(row_id).isdecimal():
        problems.append(f"{place} ({module} / {function}): id {row_id!r} isn't a number")
        return None
    return Permission(FunctionName(module, function), levels, bool(row.get("optional")), int(str(row_id)))


def adjust(
    rows: t.Sequence[t.Mapping[str, t.Any]],
    extra: t.Sequence[t.Mapping[str, t.Any]] = (),
    without: t.Sequence[t.Mapping[str, t.Any] | str] | str = (),
    prefix: str = "",
) -> list[dict[str, t.Any]]:
    """A published matrix with a user's own rows: ``extra`` adds or replaces rows, ``without`` removes them.

    In ``without``, a row may be text: "System / API Reports", or only the function if one module has it. Commas,
    semicolons or line breaks separate several rows in one text.

    Raises MatrixError for invalid rows, for unknown fields in a user's rows (a typing error would silently remove a
    permission), and for a ``without`` that names no row (it would silently leave one in place). ``prefix`` precedes the
    names permissions_extra and permissions_without in it.
    """
    problems: list[str] = []
    published = parse_rows(rows)
    own: dict[tuple[str, str], list[Permission]] = {}
    for row in _own_rows(f"{prefix}permissions_extra", extra, problems):
        # rows of the same name are kept apart only if each has an id
        kept = own.get(row.name.key, []) if row.row_id else []
        own[row.name.key] = [*kept, row]
    places = dict.fromkeys(permission.name.key for permission in published)
    wanted = [each for permission in published for each in own.get(permission.name.key, [permission])]
    wanted += [permission for key, found in own.items() if key not in places for permission in found]
    there = {permission.name.key for permission in wanted}
    named = _named(f"{prefix}permissions_without", without, [permission.name for permission in wanted], problems)
    gone = _own_rows(f"{prefix}permissions_without", named, problems)
    problems += [
        f"{prefix}permissions_without: {row.name} can't be removed: the matrix has no such row"
        for row in gone
        if row.name.key not in there
    ]
    if problems:
        raise MatrixError(problems)
    gone_keys = {row.name.key for row in gone}
    return [permission.as_row() for permission in wanted if permission.name.key not in gone_keys]


def _named(what: str, rows: t.Any, there: t.Sequence[FunctionName], problems: list[str]) -> t.Any:
    """The rows, with each text replaced by the function that it names."""
    if isinstance(rows, str):
        rows = [text for text in map(str.strip, re.split(r"[,;\n]", rows)) if text]
    if not isinstance(rows, (list, tuple)):
        return rows
    found: list[t.Any] = []
    for row in rows:
        if not isinstance(row, str):
            found.append(row)
            continue
        meant = [name for name in there if fold(row) in (fold(name.function), fold(str(name)))]
        if len(meant) == 1:
            found.append({"module": meant[0].module, "function": meant[0].function})
        elif meant:
            choice = " or ".join(repr(str(name)) for name in meant)
            problems.append(f"{what}: several modules have {row!r}. Write {choice}")
        else:
            problems.append(f"{what}: {row!r} can't be removed: the matrix has no such row")
    return found


def _own_rows(what: str, rows: t.Sequence[t.Mapping[str, t.Any]], problems: list[str]) -> list[Permission]:
    """A user's rows; none if there are errors, which are added to ``problems``."""
    try:
        _check_fields(what, rows)
        return parse_rows(rows, what)
    except MatrixError as exc:
        problems += exc.problems
        return []
