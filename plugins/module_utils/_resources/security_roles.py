# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security roles and their settings, over REST. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .._client import errors, routes
from .._client.client import Client
from .._client.journal import Change
from .._client.transport import PARALLEL_REQUESTS
from .._domain.change import CellChange
from .._domain.levels import level_to_api, verb_to_api
from .._domain.names import same_name
from .._domain.settings import SettingRow
from .records import record_id, text_of

NAME_LENGTH = 30  # published: SecurityRole.name
BUILT_IN_ADMIN = "Admin"

# why levels are left to a person
NO_ROUTE = "this instance's REST API doesn't write levels"
NO_ROW = "the instance has shown no row for this function yet"
NO_RIGHT = f"the role of the automation's own key lacks Edit All on {routes.SECURITY_ROLES}"


@dataclass(frozen=True)
class Role:
    """A security role; ``role_id`` is None for one that is only planned."""

    name: str
    role_id: int | None = None
    admin: bool = False
    inactive: bool = False


def list_roles(client: Client) -> list[Role]:
    return [role for role in map(_role, client.get_all(routes.ROLES)) if role]


def find_role(roles: t.Sequence[Role], name: str | int) -> Role | None:
    """The role of this name (exact, but for case), else of this id; a number is an id.

    Raises InputError where the name is ambiguous.
    """
    if isinstance(name, int):
        return next((role for role in roles if role.role_id == name), None)
    matches = [role for role in roles if same_name(role.name, name)]
    if not matches and name.isdecimal():
        return find_role(roles, int(name))
    exact = [role for role in matches if role.name == name]
    if len(matches) > 1 and len(exact) != 1:
        ids = ", ".join(f"{role.name} (id {role.role_id})" for role in matches)
        raise errors.InputError([f"security role {name!r} is ambiguous: {ids}; give the id"])
    return next(iter(exact or matches), None)


def read_settings(client: Client, role: Role) -> list[SettingRow]:
    answer = client.get_all(routes.SETTINGS, role=role.role_id)
    return client.functions.read(answer, admin=role.admin)


def read_all_settings(client: Client, roles: t.Sequence[Role]) -> list[list[SettingRow]]:
    """The settings of several roles, in their order: a few requests at a time over one session."""
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        answers = list(pool.map(lambda role: client.get_all(routes.SETTINGS, role=role.role_id), roles))
    return client.functions.read_each([(answer, role.admin) for answer, role in zip(answers, roles)])


def create_role(client: Client, name: str) -> Role:
    """The new role. Where the answer is lost, or holds no id, the list of roles decides.

    Raises AnswerLost or NotKept where the role isn't in that list.
    """
    lost: errors.RequestFailed = errors.NotKept(
        client.connection.instance, "POST", routes.ROLE_CREATE.template, detail=f"role {name!r} isn't in the list"
    )
    body = {"name": name}
    try:
        role = _role(client.send(routes.ROLE_CREATE, Change(f"security role {name!r}", None, body), body))
        if role and role.role_id is not None:
            return role
    except errors.AnswerLost as exc:
        lost = exc
    found = find_role(list_roles(client), name)
    if found is None:
        raise lost
    return found


def delete_role(client: Client, role: Role) -> None:
    change = Change(f"security role {role.name!r} (id {role.role_id})", {"name": role.name}, None)
    client.send(routes.ROLE_DELETE, change, role=role.role_id)


def why_unwritable(client: Client) -> str:
    """Why the instance would take no level, asked without changing anything; empty where it would."""
    try:
        return "" if client.offers(routes.SETTING_WRITE, role=0, setting=0) else NO_ROUTE
    except errors.Forbidden:
        return NO_RIGHT
    except (errors.NotConnectWise, errors.Unauthorized) as exc:
        return str(exc)


@dataclass(frozen=True)
class WriteOutcome:
    """What writing came to: the cells that the instance took, and why it refused the others."""

    accepted: tuple[CellChange, ...] = ()
    refused: t.Mapping[CellChange, str] = field(default_factory=dict)


def write_levels(
    client: Client, role: Role, changes: t.Sequence[CellChange], along: t.Sequence[CellChange] = ()
) -> WriteOutcome:
    """Write the cells, one request for each row, a few at a time over one session.

    A cell of ``along`` is written with others of its row, and left out where the instance refuses the row with it.

    The first row goes alone: an instance without the route, a key without the right, or a firewall in between is asked
    once and not a hundred times. Failures of the instance itself are raised.
    """
    by_row: dict[int, list[CellChange]] = {}
    unknown = {change: NO_ROW for change in changes if not change.row_id}
    for change in changes:
        if change.row_id:
            by_row.setdefault(change.row_id, []).append(change)
    # what is granted goes first: an integration at work never has less than before and after
    batches = sorted(by_row.values(), key=lambda batch: not any(change.is_missing for change in batch))
    if not batches:
        return WriteOutcome((), unknown)
    try:
        answers = [_write_with(client, role, batches[0], along)]
    except _Unoffered as exc:
        return WriteOutcome((), dict.fromkeys(changes, str(exc)))
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        answers += pool.map(lambda batch: _write_row_again(client, role, batch, along), batches[1:])
    accepted = [change for batch, reason in zip(batches, answers) if not reason for change in batch]
    refused = {change: reason for batch, reason in zip(batches, answers) if reason for change in batch}
    return WriteOutcome(tuple(accepted), {**unknown, **refused})


class _Unoffered(Exception):
    """The instance offers this run no way to write levels; the text says why."""


def _write_row_again(
    client: Client, role: Role, batch: t.Sequence[CellChange], along: t.Sequence[CellChange]
) -> str:
    try:
        return _write_with(client, role, batch, along)
    except _Unoffered as exc:
        return str(exc)


def _write_with(client: Client, role: Role, batch: t.Sequence[CellChange], along: t.Sequence[CellChange]) -> str:
    others = [cell for cell in along if cell.row_id == batch[0].row_id]
    refused = _write_row(client, role, [*batch, *others])
    return _write_row(client, role, batch) if refused and others else refused


def _write_row(client: Client, role: Role, batch: t.Sequence[CellChange]) -> str:
    """Empty where the instance took the row, else why not. Raises _Unoffered where no other row would fare better."""
    operations = [
        {"op": "replace", "path": verb_to_api(change.verb), "value": level_to_api(change.wanted)} for change in batch
    ]
    row = Change(
        f"security role {role.name!r} (id {role.role_id}): {batch[0].name}",
        {change.verb: change.current for change in batch},
        {change.verb: change.wanted for change in batch},
    )
    try:
        client.send(routes.SETTING_WRITE, row, operations, role=role.role_id, setting=batch[0].row_id)
    except (errors.Rejected, errors.RecordNotFound) as exc:
        return str(exc)
    except errors.EndpointMissing:
        raise _Unoffered(NO_ROUTE) from None
    except errors.Forbidden:
        raise _Unoffered(NO_RIGHT) from None
    except (errors.NotConnectWise, errors.Unauthorized) as exc:
        raise _Unoffered(str(exc)) from None
    return ""


def _role(record: t.Any) -> Role | None:
    if not isinstance(record, dict) or not text_of(record, "name"):
        return None
    name = text_of(record, "name")
    admin = record.get("adminFlag") is True or same_name(name, BUILT_IN_ADMIN)
    return Role(name, record_id(record), admin, record.get("inactiveFlag") is True)
