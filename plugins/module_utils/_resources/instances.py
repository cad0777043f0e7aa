# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance says of itself and of the member who asks. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client import errors, routes
from .._client.client import Client
from .._domain.names import FunctionName
from .._domain.settings import SettingRow, parse_settings
from .records import Record, record_id, reference_of, text_of


@dataclass(frozen=True)
class MySecurity:
    """The effective levels of the member whose key asks. ``identifier`` is empty where the rows don't name it."""

    identifier: str
    member_id: int | None
    rows: t.Sequence[SettingRow]

    def level(self, function: str, verb: str) -> str | None:
        """The level of ``Module / Function``; None where the instance has no such function."""
        key = FunctionName(*function.split(" / ", 1)).key
        return next((row.levels[verb] for row in self.rows if row.name.key == key), None)


def read_my_security(client: Client) -> MySecurity:
    answer = client.get_all(routes.MY_SECURITY)
    member = next((ref for ref in (reference_of(item, "member") for item in answer) if ref), {})
    return MySecurity(text_of(member, "identifier"), record_id(member), parse_settings(answer))


def read_info(client: Client) -> Record:
    return client.get_object(routes.INFO)


def missing_rights(security: MySecurity, needs: t.Iterable[tuple[str, str]]) -> list[str]:
    """The rights that the key lacks, as ``Module / Function, verb``; a function the instance lacks isn't counted."""
    missing = []
    for function, verb in needs:
        level = security.level(function, verb)
        if level is not None and level != "all":
            missing.append(f"{function}, {verb} (is {level})")
    return missing


def offered_writes(client: Client) -> dict[str, bool | None]:
    """Which undocumented writes the instance offers; None where that can't be told (a right is missing)."""
    return {
        "role_levels": _offers(client, routes.SETTING_WRITE, role=0, setting=0),
        "api_keys": _offers(client, routes.KEYS, member=0),
    }


def _offers(client: Client, route: routes.Route, **ids: int) -> bool | None:
    try:
        return client.offers(route, **ids)
    except errors.Forbidden:
        return None
