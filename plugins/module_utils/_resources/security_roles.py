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
from .records import Record, Recorded, record_id, text_of
from .settling import settled, unseen

NAME_LENGTH = 30  # published: SecurityRole.name
BUILT_IN_ADMIN = "Admin"

# why levels are left to a person
NO_ROUTE = "this instance's REST API can't write levels"
NO_ROW = "the instance doesn't show a row for this function yet"
NO_RIGHT = f"the security role of the automation's own key lacks Edit All on {routes.SECURITY_ROLES}"


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
    """The role with this name (ignoring case), else with this id; a number is an id.

    Raises InputError if the name is ambiguous.
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


def find_recorded(client: Client, roles: t.Sequence[Role], name: str, recorded: Recorded) -> Role | None:
    """The role that the collection created, if it has this name and the list omits it.

    Raises NotVisible for a new one that doesn't show in time.
    """
    role_id = recorded.object_id
    if role_id is None or any(role.role_id == role_id for role in roles):
        return None
    seconds = client.connection.settle_timeout
    wait = seconds if recorded.is_new else 0
    try:
        answer, visible = settled(lambda: client.get_object(routes.ROLE, role=role_id), wait)
    except (errors.EndpointMissing, errors.WrongAddress):
        return None
    if recorded.is_new and not visible:
        detail = f"security role {name!r} (id {role_id}) {unseen(seconds)}"
        raise errors.NotVisible(client.connection.instance, "POST", routes.ROLE_CREATE.template, detail=detail)
    role = _role(answer)
    return find_role([role], name) if role else None


def read_settings(client: Client, role: Role) -> list[SettingRow]:
    answer = client.get_all(routes.SETTINGS, role=role.role_id)
    return client.functions.read(answer, admin=role.admin)


def read_all_settings(client: Client, roles: t.Sequence[Role]) -> list[list[SettingRow]]:
    """The settings of several roles, in their order; a few requests at a time."""
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        answers = list(pool.map(lambda role: client.get_all(routes.SETTINGS, role=role.role_id), roles))
    return client.functions.read_each([(answer, role.admin) for answer, role in zip(answers, roles)])


def read_new_settings(client: Client, role: Role) -> list[SettingRow]:
    """The settings of a role that this run created. Raises NotVisible if the instance doesn't show it in time."""
    seconds = client.connection.settle_timeout

    def is_there(rows: list[SettingRow]) -> bool:
        """Whether the role shows. It may have no rows, since an instance may omit rows that are None."""
        return bool(rows) or find_role(list_roles(client), t.cast(int, role.role_id)) is not None

    def read() -> list[SettingRow]:
        return read_settings(client, role)

    rows = settled(read, seconds, is_there)
    if rows[0] is None or not rows[1]:
        detail = f"security role {role.name!r} (id {role.role_id}) {unseen(seconds)}"
        raise errors.NotVisible(client.connection.instance, "POST", routes.ROLE_CREATE.template, detail=detail)
    return rows[0]


def create_role(client: Client, name: str) -> Role:
    """The new role, found in the list of roles if the answer is lost or has no id.

    Raises AnswerLost or NotKept if it isn't in that list, and Rejected.
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
    except errors.Rejected as exc:
        raise errors.Rejected(
            exc.instance, exc.method, exc.path, exc.status, exc.code, exc.detail, exc.fields, _TAKEN
        ) from None
    found, _visible = settled(
        lambda: find_role(list_roles(client), name), client.connection.settle_timeout, lambda role: role is not None
    )
    if found is None:
        raise lost
    return found


_TAKEN = (
    "The list of roles has no role of this name. If the name is taken, the role is probably inactive: activate it in"
    " System > Security Roles, or choose another name (<vendor>_role_name)"
)


def delete_role(client: Client, role: Role) -> None:
    change = Change(f"security role {role.name!r} (id {role.role_id})", {"name": role.name}, None)
    client.send(routes.ROLE_DELETE, change, role=role.role_id)


def why_unwritable(client: Client) -> str:
    """Why this run can't write levels by REST, as far as is known without a request; empty if it may."""
    refusal = client.refusal(routes.SETTING_WRITE)
    return _why(refusal) if refusal else ""


def _why(refusal: errors.NotOffered) -> str:
    if isinstance(refusal.cause, errors.Forbidden):
        return NO_RIGHT
    return NO_ROUTE if isinstance(refusal, errors.EndpointMissing) else str(refusal)


@dataclass(frozen=True)
class WriteOutcome:
    """The cells that the instance accepted, and why it refused the others."""

    accepted: tuple[CellChange, ...] = ()
    refused: t.Mapping[CellChange, str] = field(default_factory=dict)


def write_levels(
    client: Client, role: Role, changes: t.Sequence[CellChange], along: t.Sequence[CellChange] = ()
) -> WriteOutcome:
    """Write the cells, one request for each row, a few at a time.

    A cell of ``along`` is written with others of its row, and omitted if the instance refuses the row with it.

    The first row is sent on its own. If it is refused for a reason that isn't about that row, no other row is sent: an
    instance without the route, a key without the permission, or a firewall gets one request and not a hundred. Raises
    transient errors once the route has worked.
    """
    by_row: dict[int, list[CellChange]] = {}
    unknown = {change: NO_ROW for change in changes if not change.row_id}
    for change in changes:
        if change.row_id:
            by_row.setdefault(change.row_id, []).append(change)
    # grants first: a running integration never has fewer permissions than both before and after
    batches = sorted(by_row.values(), key=lambda batch: not any(change.is_missing for change in batch))
    if not batches:
        return WriteOutcome((), unknown)
    answers = [_write_with(client, role, batches[0], along)]
    refusal = client.refusal(routes.SETTING_WRITE)
    if refusal:
        return WriteOutcome((), dict.fromkeys(changes, _why(refusal)))
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        answers += pool.map(lambda batch: _write_with(client, role, batch, along), batches[1:])
    accepted = [change for batch, reason in zip(batches, answers) if not reason for change in batch]
    refused = {change: reason for batch, reason in zip(batches, answers) if reason for change in batch}
    return WriteOutcome(tuple(accepted), {**unknown, **refused})


def _write_with(client: Client, role: Role, batch: t.Sequence[CellChange], along: t.Sequence[CellChange]) -> str:
    others = [cell for cell in along if cell.row_id == batch[0].row_id]
    if others and not _write_row(client, role, [*batch, *others], is_last=False):
        return ""
    return _write_row(client, role, batch)


def _write_row(client: Client, role: Role, batch: t.Sequence[CellChange], is_last: bool = True) -> str:
    """Empty if the instance accepted the row, else why not. ``is_last``: this is the last try for this row."""
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
        if is_last and not client.has_worked(routes.SETTING_WRITE) and not _names_a_level(exc, operations):
            return _why(client.give_up(routes.SETTING_WRITE, exc))
        return str(exc)
    except errors.NotOffered as exc:
        return _why(exc)
    return ""


def _names_a_level(exc: errors.RequestFailed, operations: t.Sequence[Record]) -> bool:
    """Whether a refusal is about a value of this row, so other rows may be accepted."""
    said = " ".join((exc.detail, *exc.fields)).lower()
    return any(operation["path"].lower() in said for operation in operations)


def _role(record: t.Any) -> Role | None:
    if not isinstance(record, dict) or not text_of(record, "name"):
        return None
    name = text_of(record, "name")
    admin = record.get("adminFlag") is True or same_name(name, BUILT_IN_ADMIN)
    return Role(name, record_id(record), admin, record.get("inactiveFlag") is True)
