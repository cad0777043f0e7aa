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
from .._domain.settings import SettingRow
from .records import Record, record_id, reference_of, text_of


@dataclass(frozen=True)
class MySecurity:
    """The effective levels of the member whose key asks. ``identifier`` is empty where the rows don't name it."""

    identifier: str
    member_id: int | None
    rows: t.Sequence[SettingRow]

    def level(self, function: str, verb: str) -> str | None:
        """The level of ``Module / Function``; None where the instance has no such function."""
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
    """What the key may do of what one kind of run needs.

    ``state`` is ``granted``, ``missing``, ``limited`` (nothing is missing, and the instance doesn't offer everything)
    or ``unknown`` (the rights can't be read). ``missing`` holds (Module / Function, verb, level now), ``not_offered``
    (Module / Function, verb).
    """

    state: str
    missing: t.Sequence[tuple[str, str, str]] = ()
    not_offered: t.Sequence[tuple[str, str]] = ()


# mySecurity may not be for API members: what says no more than that the levels can't be read
UNREADABLE = (
    errors.Forbidden, errors.EndpointMissing, errors.RecordNotFound, errors.Rejected, errors.VersionUnsupported
)  # fmt: skip
# and what may be about the login or the address, so that another request has to prove them
DOUBTFUL = (errors.Unauthorized, errors.WrongAddress)


def read_my_security(client: Client) -> MySecurity:
    """JSON that is no list tells as little as an empty one.

    Raises one of UNREADABLE or DOUBTFUL where the instance doesn't tell; any other RequestFailed.
    """
    try:
        answer = client.get_all(routes.MY_SECURITY)
    except errors.UnexpectedAnswer:
        answer = []
    member = next((ref for ref in (reference_of(item, "member") for item in answer) if ref), {})
    client.functions.expect(_name(function) for needs in routes.NEEDS.values() for function, _verb in needs)
    return MySecurity(text_of(member, "identifier"), record_id(member), client.functions.read(answer))


def read_info(client: Client) -> Record:
    return client.get_object(routes.INFO)


def prove_login(client: Client) -> None:
    """Prove that the key logs in, by documented requests that need few rights. Raises what the first is refused with.

    A missing right is told to a key that is known.
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
    """The rights that the key lacks, as ``Module / Function, verb``; a function the instance lacks isn't counted."""
    missing = []
    for function, verb in needs:
        level = security.level(function, verb)
        if level is not None and level != "all":
            missing.append(f"{function}, {verb} (is {level})")
    return missing


def compare_rights(security: MySecurity | None, needs: t.Iterable[tuple[str, str]]) -> Rights:
    """The needs held against the levels. Levels that weren't read, or a list without rows, prove nothing."""
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
    """Which undocumented writes the instance offers; None where that isn't known.

    That it offers one is only known once one was done. Check mode sends nothing but reading requests.
    """
    return {
        "role_levels": may_offer(client, routes.SETTING_WRITE, asks=not check_mode, role=0, setting=0),
        # that keys are listed doesn't say that one can be created
        "api_keys": False if may_offer(client, routes.KEYS, member=0) is False else None,
    }


def may_offer(client: Client, route: routes.Route, asks: bool = True, **ids: int) -> bool | None:
    """As Client.offers; what something else answered, or nothing, proves nothing."""
    try:
        return client.offers(route, asks, **ids)
    except errors.RequestFailed as exc:
        if exc.path == routes.INFO.template or exc.before_sending:
            raise  # nothing is known of the instance itself
        return None
