# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rows of a role, as its page in ConnectWise should show them before and after. PRIVATE to this collection.

A person only needs a list of the differences. A script that fills in the page must recognise a row by all its cells.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .change import CellChange
from .levels import VERBS
from .settings import RowTexts, SettingRow

Page = t.Dict[str, t.Any]


def role_page(
    role: str, rows: t.Sequence[SettingRow], changes: t.Iterable[CellChange], pending: t.Iterable[CellChange]
) -> Page:
    """The page for ``rows`` as read, the ``changes`` planned since, and those of them that are still ``pending``.

    The page has ``role``, ``modules`` (the possible headings of each module), ``null_is_none`` (the instance has no
    other way to write None), and ``rows``. Each row has ``module`` and ``function`` as in results, ``module_name`` and
    ``function_description`` as on the instance, ``names`` (possible names of the function on the page), ``shared``
    (another function has one of them too), and ``is`` and ``should_be`` as {verb: level}, with None for null.
    """
    planned = {change.cell: change.wanted for change in changes}
    left = {change.cell: change for change in pending}
    names = {row.name: _names(row) for row in rows}
    number = Counter(name.casefold() for each in names.values() for name in dict.fromkeys(each))
    found = []
    for row in rows:
        now: dict[str, str | None] = {}
        wanted: dict[str, str | None] = {}
        for verb in VERBS:
            cell = (row.name, verb)
            level = None if verb in row.nulls else row.levels[verb]
            wanted[verb] = left[cell].wanted if cell in left else planned.get(cell, level)
            now[verb] = wanted[verb]
            if cell in left:
                now[verb] = level if level is None and left[cell].current == "none" else left[cell].current
        texts = row.texts
        found.append(
            {
                "module": row.name.module,
                "function": row.name.function,
                "module_name": texts.module or row.name.module,
                "function_description": texts.function_description or row.shown_name.function,
                "names": names[row.name],
                "shared": any(number[name.casefold()] > 1 for name in names[row.name]),
                "is": now,
                "should_be": wanted,
            }
        )
    return {
        "role": role,
        "modules": [list(titles) for titles in dict.fromkeys(_titles(row) for row in rows)],
        "null_is_none": not any(
            level == "none" and verb not in row.nulls for row in rows for verb, level in row.levels.items()
        ),
        "rows": found,
    }


def _names(row: SettingRow) -> list[str]:
    texts: RowTexts = row.texts
    names = (texts.function_description, texts.function, row.shown_name.function)
    return list(dict.fromkeys(name for name in names if name))


def _titles(row: SettingRow) -> tuple[str, ...]:
    titles = (row.texts.module, row.texts.module_description, row.shown_name.module)
    return tuple(dict.fromkeys(title for title in titles if title))
