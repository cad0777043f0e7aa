# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of one instance that a run has seen in any role. PRIVATE to this collection.

An instance may omit rows that grant nothing, or show a row only now and then. A function exists if any role shows it.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .levels import VERBS
from .matching import rows_named
from .matrix import Permission
from .names import FunctionName
from .naming import ORDINARY, Key, Votes
from .settings import SettingRow, parse_settings

Answer = t.Sequence[t.Any]


class InstanceFunctions:
    """Reads the rows of an instance and remembers their functions.

    ``naming`` is how the instance names functions. ``whole``: some list has a row that grants nothing, so lists don't
    omit such rows.
    """

    def __init__(self) -> None:
        self.naming = ORDINARY
        self.whole = False
        self._votes = Votes()
        self._expected: set[Key] = set()
        self._known: dict[FunctionName, SettingRow] = {}
        self._ids: dict[FunctionName, frozenset[int]] = {}

    def expect(self, names: t.Iterable[FunctionName]) -> None:
        """Register names that are known to exist in ConnectWise: they show which texts of a row are its name."""
        self._expected.update(name.key for name in names)

    def read(self, answer: Answer, admin: bool = False) -> list[SettingRow]:
        """The rows of one list of settings."""
        return self.read_each([(answer, admin)])[0]

    def read_each(self, answers: t.Sequence[tuple[Answer, bool]]) -> list[list[SettingRow]]:
        """The rows of several lists, given as (answer, is of a built-in Admin role); one naming counts for all."""
        items = [item for answer, _admin in answers for item in answer if isinstance(item, dict)]
        before, self.naming = self.naming, self._votes.count(items, self._expected)
        if self.naming != before:
            self._known, self._ids = {}, {}  # under other names
        lists = [parse_settings(answer, admin, self.naming) for answer, admin in answers]
        for rows in lists:
            self._remember(rows)
        return [self._with_ids(rows) for rows in lists]

    def _remember(self, rows: t.Iterable[SettingRow]) -> None:
        for row in rows:
            self.whole = self.whole or not row.grants
            if row.plain:
                self._ids[row.name] = self._ids.get(row.name, frozenset()) | row.ids
            if not row.nameless and row.name not in self._known:
                self._known[row.name] = row.blank()

    def _with_ids(self, rows: t.Iterable[SettingRow]) -> list[SettingRow]:
        return [replace(row, ids=self._ids.get(row.name, row.ids)) if row.plain else row for row in rows]

    def unknown(self, rows: t.Sequence[SettingRow], permissions: t.Iterable[Permission]) -> list[Permission]:
        """The permissions that these rows don't settle: another role may show the function, or the row that is meant.

        An optional function that isn't shown doesn't exist, if lists show rows that grant nothing.
        """
        return [
            permission
            for permission in permissions
            if not self._is_known(self.completed(rows, [permission]), permission)
        ]

    def _is_known(self, rows: t.Sequence[SettingRow], permission: Permission) -> bool:
        found = rows_named(rows, permission)
        if not found:
            return permission.optional and self.whole
        return len(found) == 1 or not permission.row_id

    def hidden(self, rows: t.Sequence[SettingRow], permissions: t.Iterable[Permission]) -> bool:
        """Whether a list may have omitted an existing function, although lists show rows that grant nothing."""
        shown = {row.key for row in rows}
        known = {row.key for row in self._known.values()}
        hidden = [permission for permission in permissions if permission.name.key not in shown]
        return self.whole and bool(rows) and any(not each.optional or each.name.key in known for each in hidden)

    def completed(self, rows: t.Sequence[SettingRow], permissions: t.Iterable[Permission]) -> list[SettingRow]:
        """The rows, plus a row without levels or id for each permission whose function only other roles show."""
        shown = {row.key for row in rows}
        wanted = {permission.name.key for permission in permissions} - shown
        return self._with_ids([*rows, *(row for row in self._known.values() if row.key in wanted)])

    def all(self, rows: t.Sequence[SettingRow]) -> list[SettingRow]:
        """The rows, plus a row without levels or id for each other function that any role shows."""
        shown = {row.key for row in rows}
        return [*rows, *(row for row in self._known.values() if row.key not in shown)]

    def proven(self, rows: t.Sequence[SettingRow], permissions: t.Sequence[Permission]) -> list[SettingRow]:
        """As ``completed``, plus rows for functions that no role shows: they grant nothing either."""
        found = self.completed(rows, permissions)
        shown = {row.key for row in found}
        nothing = dict.fromkeys(VERBS, "none")
        missing = {each.name.key: each.name for each in permissions if not each.optional}
        return [*found, *(SettingRow(name, nothing) for key, name in missing.items() if key not in shown)]
