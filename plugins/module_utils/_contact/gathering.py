# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the reading requests of a first contact and gathers the answers. PRIVATE to this collection.

It draws no conclusions: ``judging.py`` does that, only from what is gathered here.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._client import errors, routes
from .._client.client import Client
from .._client.routes import Route
from .._client.scrub import Scrubber
from .._domain.names import same_name
from .._resources.records import Record, record_id, reference_of, text_of
from .looks import Listing, Look, Looker

MOST_ROLES = 12  # roles whose levels are read
_OLD_VERSION = "1999.1"  # an API version that never existed
LOOKUPS = (routes.STRUCTURE_LEVELS, routes.LOCATIONS, routes.DEPARTMENTS, routes.TIME_ZONES, routes.BOARDS)
# each of these proves the login: it is answered, or refused for a missing permission, which takes a known key
_LOGIN = (routes.INFO, routes.API_MEMBERS, routes.ROLES, routes.MY_SECURITY)


@dataclass
class Gathered:
    """All answers. ``settings`` has the levels of roles by their ids."""

    site_host: str = ""
    company: Look = field(default_factory=Look)
    info: Look = field(default_factory=Look)
    alias: Look = field(default_factory=Look)
    my_security: Listing = field(default_factory=Listing)
    customize: Look = field(default_factory=Look)
    roles: Listing = field(default_factory=Listing)
    settings: dict[int, Listing] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    api_members: Listing = field(default_factory=Listing)
    members: Listing = field(default_factory=Listing)
    unlisted_roles: list[Look] = field(default_factory=list)
    default: Look = field(default_factory=Look)
    keys: Listing = field(default_factory=Listing)
    lookups: dict[Route, Look] = field(default_factory=dict)
    reports: Listing = field(default_factory=Listing)
    conditions: dict[str, tuple[Look, int]] = field(default_factory=dict)  # the answer, and how many rows are right
    missing_record: Look = field(default_factory=Look)
    old_version: Look = field(default_factory=Look)
    fell_silent: bool = False

    @property
    def answers(self) -> list[tuple[Route, Look]]:
        """The routes that were requested, each with its first answer."""
        settings = next((each.first for each in self.settings.values()), Look())
        return [
            (routes.INFO, self.info),
            (routes.MY_SECURITY, self.my_security.first),
            (routes.CUSTOMIZE_ITEMS, self.customize),
            (routes.ROLES, self.roles.first),
            (routes.SETTINGS, settings),
            (routes.API_MEMBERS, self.api_members.first),
            (routes.API_MEMBER_DEFAULT, self.default),
            (routes.MEMBERS, self.members.first),
            (routes.KEYS, self.keys.first),
            (routes.REPORT_LEVELS, self.reports.first),
            *self.lookups.items(),
        ]


def prove_login(client: Client) -> None:
    """Raises the first request's error if no other request proves the login."""
    failures: list[errors.CwError] = []
    for route in _LOGIN:
        try:
            client.look(route)
            return
        except errors.Forbidden:
            return
        except (errors.Unreachable, errors.OutOfTime, errors.TlsFailed, errors.ProxyFailed, errors.RedirectRefused):
            raise  # all requests would fail in the same way
        except errors.CwError as exc:
            failures.append(exc)
    raise failures[0]


def gather(client: Client, scrubber: Scrubber) -> Gathered:
    """Send all requests. Raises a CwError only if the login fails."""
    prove_login(client)
    looker = Looker(client)
    found = Gathered(site_host=client.connection.site.host)
    found.info = looker.look(routes.INFO)
    found.company = looker.attempt(lambda: _company(client))
    found.my_security = looker.list(routes.MY_SECURITY, twice=True)
    found.customize = looker.look(routes.CUSTOMIZE_ITEMS)
    found.roles = looker.list(routes.ROLES)
    found.api_members = looker.list(routes.API_MEMBERS)
    found.members = looker.list(routes.MEMBERS)
    _gather_settings(found, looker)
    found.unlisted_roles = [looker.look(routes.ROLE, role=role) for role in _unlisted_roles(found)]
    found.default = looker.look(routes.API_MEMBER_DEFAULT)
    owner = _own_member(found)
    if owner is not None:
        found.keys = looker.list(routes.KEYS, member=owner)
    found.lookups = {route: looker.look(route, {"pageSize": 1}) for route in LOOKUPS}
    found.reports = looker.list(routes.REPORT_LEVELS)
    _gather_conditions(found, looker)
    found.missing_record = looker.look(routes.ROLE, role=0)
    found.old_version = looker.attempt(lambda: _asked_as(client, scrubber, _OLD_VERSION))
    found.alias = looker.attempt(lambda: Look(200 if client.alias_answers() else 404, None, ""))
    found.fell_silent = looker.fell_silent
    return found


def _company(client: Client) -> Look:
    status, value = client.company_info()
    return Look(status, value, "" if status == 200 else "RequestFailed")


def _asked_as(client: Client, scrubber: Scrubber, version: str) -> Look:
    """The answer to a request for another API version. It may move a client to another address, so it gets its own."""
    other = Client(replace(client.connection, api_version=version), scrubber, client.trace)
    other.counts, other.budget = client.counts, client.budget
    value, answer = other.look(routes.INFO)
    return Look(answer.status_code, value, "")


def _gather_settings(found: Gathered, looker: Looker) -> None:
    ids = {record_id(role): role for role in found.roles.rows}
    held = [record_id(reference_of(member, "securityRole")) for member in found.api_members.rows]
    chosen = list(dict.fromkeys([*(each for each in held if each in ids), *ids]))
    for number, role in enumerate([each for each in chosen if each is not None][:MOST_ROLES]):
        found.settings[role] = looker.list(routes.SETTINGS, twice=number == 0, role=role)
        if ids[role].get("adminFlag") is True or same_name(text_of(ids[role], "name"), "Admin"):
            found.admins.add(role)


def _unlisted_roles(found: Gathered) -> list[int]:
    """A few of the roles that members have but the list of roles doesn't."""
    if not found.roles.ok:
        return []
    listed = {record_id(role) for role in found.roles.rows}
    held = [
        record_id(reference_of(member, "securityRole")) for member in [*found.api_members.rows, *found.members.rows]
    ]
    return [role for role in dict.fromkeys(held) if role and role not in listed][:3]


def own_identifier(found: Gathered) -> str:
    """The key's own member as mySecurity names it; empty if it doesn't."""
    named = next((ref for ref in (reference_of(row, "member") for row in found.my_security.rows) if ref), {})
    return text_of(named, "identifier")


def _own_member(found: Gathered) -> int | None:
    """The id of the key's own member, else of any API member."""
    own_name = own_identifier(found)
    own = [each for each in found.api_members.rows if same_name(text_of(each, "identifier"), own_name)]
    return next((record_id(each) for each in [*own, *found.api_members.rows] if record_id(each) is not None), None)


def _gather_conditions(found: Gathered, looker: Looker) -> None:
    """Search for values that a list has shown, so the right rows are known."""
    member = next((each for each in found.api_members.rows if _plain(text_of(each, "identifier"))), None)
    role = next((each for each in found.roles.rows if _plain(text_of(each, "name"))), None)
    asked: list[tuple[str, Route, str, t.Callable[[Record], bool]]] = []
    if member:
        identifier = text_of(member, "identifier")
        asked.append(
            (
                "identifier of API members",
                routes.API_MEMBERS,
                f'identifier="{identifier}"',
                lambda row: same_name(text_of(row, "identifier"), identifier),
            )
        )
        asked.append(
            (
                "inactiveFlag of API members",
                routes.API_MEMBERS,
                "inactiveFlag=false",
                lambda row: row.get("inactiveFlag") is False,
            )
        )
    if role:
        name = text_of(role, "name")
        asked.append(
            ("name of roles", routes.ROLES, f'name="{name}"', lambda row: same_name(text_of(row, "name"), name))
        )
    for what, route, condition, is_right in asked:
        answer = looker.look(route, {"conditions": condition, "pageSize": 1000})
        rows = answer.value if answer.ok and isinstance(answer.value, list) else []
        right = sum(isinstance(row, dict) and is_right(row) for row in rows)
        found.conditions[what] = (answer, right if right == len(rows) else -1)


def _plain(text: str) -> bool:
    """Whether a text can be used in a condition: no rule for quoting is published."""
    return bool(text) and not any(mark in text for mark in '"\\%*[]&#+')
