# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an instance's information and the permissions of the key's own member. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client import errors, purposes, routes
from .._client.client import Client
from .._domain.names import FunctionName
from .._domain.settings import SettingRow
from .records import Record, record_id, reference_of, text_of


@dataclass(frozen=True)
class MySecurity:
    """The effective levels of the key's own member. ``identifier`` is empty if the rows don't name it."""

    identifier: str
    member_id: int | None
    rows: t.Sequence[SettingRow]

    def level(self, function: str, verb: str) -> str | None:
        """The level of ``Module / Function``; None if the instance has no such function."""
        row = self._row(function)
        return row.levels[verb] if row else None

    def offers(self, function: str, verb: str) -> bool:
        """Whether the instance lists ``Module / Function`` and shows a level for this verb."""
        row = self._row(function)
        return row is not None and verb not in row.lacking

    def _row(self, function: str) -> SettingRow | None:
        key = _name(function).key
        return next((row for row in self.rows if row.key == key), None)


def _name(function: str) -> FunctionName:
    return FunctionName(*function.split(" / ", 1))


@dataclass(frozen=True)
class Rights:
    """Whether the key has the permissions that one kind of run needs.

    ``state`` is ``granted``, ``missing``, ``limited`` (nothing is missing, but the instance doesn't offer everything)
    or ``unknown`` (the levels can't be read). ``missing`` holds (Module / Function, verb, current level),
    ``not_offered`` (Module / Function, verb).
    """

    state: str
    missing: t.Sequence[tuple[str, str, str]] = ()
    not_offered: t.Sequence[tuple[str, str]] = ()


# mySecurity may not be for API members: these errors only mean that the levels can't be read
UNREADABLE = (
    errors.Forbidden, errors.EndpointMissing, errors.RecordNotFound, errors.Rejected, errors.VersionUnsupported
)  # fmt: skip
# these may be about the login or the address, so another request must prove them
DOUBTFUL = (errors.Unauthorized, errors.WrongAddress)


def read_my_security(client: Client) -> MySecurity:
    """The key's own levels; JSON that isn't a list counts as an empty one.

    Raises one of UNREADABLE or DOUBTFUL if the instance doesn't show them, or any other RequestFailed.
    """
    try:
        answer = client.get_all(routes.MY_SECURITY)
    except errors.UnexpectedAnswer:
        answer = []
    member = next((ref for ref in (reference_of(item, "member") for item in answer) if ref), {})
    client.functions.expect(_name(function) for needs in purposes.NEEDS.values() for function, _verb in needs)
    return MySecurity(text_of(member, "identifier"), record_id(member), client.functions.read(answer))


def read_info(client: Client) -> Record:
    return client.get_object(routes.INFO)


def prove_login(client: Client) -> None:
    """Prove that the key logs in, with documented requests that need few permissions. Raises the first one's error.

    Forbidden proves a login too: an unknown key gets another error.
    """
    try:
        read_info(client)
    except errors.Forbidden:
        return
    except (*UNREADABLE, *DOUBTFUL):
        try:
            client.get_all(routes.API_MEMBERS)
            return
        except (*UNREADABLE, *DOUBTFUL) as exc:
            if isinstance(exc, errors.Forbidden):
                return
        raise


def missing_rights(security: MySecurity, needs: t.Iterable[tuple[str, str]]) -> list[str]:
    """The permissions that the key lacks, as ``Module / Function, verb (is level)``; unknown functions don't count."""
    missing = []
    for function, verb in needs:
        level = security.level(function, verb)
        if level is not None and level != "all":
            missing.append(f"{function}, {verb} (is {level})")
    return missing


def compare_rights(security: MySecurity | None, needs: t.Iterable[tuple[str, str]]) -> Rights:
    """Compare the needs with the levels. If the levels weren't read, or have no rows, the state is unknown."""
    if security is None or not security.rows:
        return Rights("unknown")
    missing, not_offered = [], []
    for function, verb in needs:
        level = security.level(function, verb)
        if level is None or not security.offers(function, verb):
            not_offered.append((function, verb))
        elif level != "all":
            missing.append((function, verb, level))
    return Rights("missing" if missing else "limited" if not_offered else "granted", missing, not_offered)


def offered_writes(client: Client, check_mode: bool = False) -> dict[str, bool | None]:
    """Which undocumented writes the instance offers; None if unknown.

    True only once such a write has succeeded. Check mode only sends GET requests.
    """
    return {
        "role_levels": may_offer(client, routes.SETTING_WRITE, asks=not check_mode, role=0, setting=0),
        # listing keys doesn't prove that one can be created
        "api_keys": False if may_offer(client, routes.KEYS, member=0) is False else None,
    }


def may_offer(client: Client, route: routes.Route, asks: bool = True, **ids: int) -> bool | None:
    """As Client.offers, but None for an answer from elsewhere or no answer."""
    try:
        return client.offers(route, asks, **ids)
    except errors.RequestFailed as exc:
        if exc.path == routes.INFO.template or exc.before_sending:
            raise  # the instance itself didn't answer
        return None
