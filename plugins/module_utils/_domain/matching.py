# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the row of an instance that a row of a matrix means. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .matrix import Permission
from .settings import SettingRow


def rows_named(rows: t.Iterable[SettingRow], permission: Permission) -> list[SettingRow]:
    """The rows with this name, in any spelling; several only if neither id nor spelling says which is meant."""
    found = [row for row in rows if row.key == permission.name.key]
    if len(found) > 1 and permission.row_id:
        by_id = [row for row in found if permission.row_id == row.row_id or permission.row_id in row.ids]
        if len(by_id) == 1:
            return by_id
    exact = [row for row in found if row.shown_name == permission.name]
    return exact if len(exact) == 1 else found


def spelt(rows: t.Iterable[SettingRow]) -> str:
    """The rows with their ids, by which a matrix can distinguish them."""
    shown = []
    for row in rows:
        known = row.row_id or min(row.ids, default=0)
        shown.append(f'"{row.name}" (id {known})' if known else f'"{row.name}"')
    return ", ".join(shown)
