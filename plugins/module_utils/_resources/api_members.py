# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API members, over REST: read, create, patch. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client import errors, routes
from .._client.client import Client
from .._client.journal import Change
from .._domain.names import same_name
from .records import NOT_RECORDED, Record, Recorded, record_id, text_of
from .settling import settled, unseen

# option -> (field of ApiMember, maximum length); published lengths
TEXTS: t.Mapping[str, tuple[str, int | None]] = {
    "name": ("name", 30),
    "email": ("emailAddress", 250),
    "notes": ("notes", None),
}
IDENTIFIER_LENGTH = 15


def list_members(client: Client) -> list[Record]:
    return client.get_all(routes.API_MEMBERS)


def list_people(client: Client) -> list[Record]:
    """The members other than API members, or all members: the published API doesn't say which."""
    return client.get_all(routes.MEMBERS)


def find_member(members: t.Sequence[Record], identifier: str) -> Record | None:
    """The member with this identifier (ignoring case). Never by id: an identifier may be all digits."""
    return next((member for member in members if same_name(text_of(member, "identifier"), identifier)), None)


def is_active(member: Record) -> bool:
    return member.get("inactiveFlag") is not True


# errors that a run tolerates when it reads something optional
NOT_TOLD = (
    errors.EndpointMissing, errors.Forbidden, errors.NotConnectWise, errors.RecordNotFound, errors.Rejected,
    errors.ServerFailed, errors.TooLarge, errors.Unauthorized, errors.WrongAddress,
)  # fmt: skip


def default_member(client: Client) -> Record:
    """The instance's template for a new API member; empty if it has none."""
    try:
        return client.get_object(routes.API_MEMBER_DEFAULT)
    except NOT_TOLD:
        return {}


@dataclass(frozen=True)
class Found:
    """``member`` is the API member with an identifier, ``holder`` another member that has it."""

    member: Record | None = None
    holder: Record | None = None


def look_for(
    client: Client, identifier: str, recorded: Recorded = NOT_RECORDED, among_all: bool = True
) -> Found:
    """The API member with this identifier, even one that the list omits (inactive, or on a later page).

    ``recorded`` is the one that the collection created. Unlisted members are read by id; with ``among_all``, the list
    of all members is searched for it. Raises NotVisible for a new one that doesn't show in time.
    """
    listed = list_members(client)
    member = find_member(listed, identifier)
    if member is None and all(record_id(each) != recorded.object_id for each in listed):
        member = _recorded(client, identifier, recorded)
    if member is not None or not among_all:
        return Found(member)
    try:
        holder = find_member(list_people(client), identifier)
    except NOT_TOLD:
        return Found()
    holder_id = record_id(holder)
    if holder is None or holder_id is None:
        return Found(None, holder)
    unlisted = holder.get("licenseClass") in ("A", None) and _by_id(client, holder_id, identifier)
    return Found(unlisted) if unlisted else Found(None, holder)


def _recorded(client: Client, identifier: str, recorded: Recorded) -> Record | None:
    if recorded.object_id is None:
        return None
    member_id, seconds = recorded.object_id, client.connection.settle_timeout

    def read() -> Record | None:
        return _by_id(client, member_id, identifier)

    member = settled(read, seconds if recorded.is_new else 0, bool)[0]
    if member is None and recorded.is_new:
        detail = f"API member {identifier!r} (id {member_id}) {unseen(seconds)}"
        raise errors.NotVisible(client.connection.instance, "POST", routes.API_MEMBER_CREATE.template, detail=detail)
    return member


def _by_id(client: Client, member_id: int, identifier: str) -> Record | None:
    """None if there is no such API member, or it has another identifier (the lists' ids may differ)."""
    try:
        member = read_member(client, member_id)
    except (errors.RecordNotFound, errors.EndpointMissing, errors.WrongAddress):
        return None
    return find_member([member], identifier)


def create_member(client: Client, body: Record) -> int | None:
    """The id of the new member, read from the list if the answer is lost; None if the instance doesn't show it.

    Raises AnswerLost if the member doesn't appear, and Rejected with the options for the refused fields.
    """
    try:
        change = Change(f"API member {body['identifier']!r}", None, body)
        created = client.send(routes.API_MEMBER_CREATE, change, body)
    except errors.AnswerLost:
        found = _appearing(client, body["identifier"])
        if found is None:
            raise
        return record_id(found)
    except errors.Rejected as exc:
        raise errors.Rejected(
            exc.instance, exc.method, exc.path, exc.status, exc.code, exc.detail, exc.fields, _what_it_wants(exc.fields)
        ) from None
    return record_id(created) or record_id(_appearing(client, body["identifier"]))


def _appearing(client: Client, identifier: str) -> Record | None:
    """The member with this identifier once it is listed; None if that takes too long."""
    return settled(
        lambda: find_member(list_members(client), identifier),
        client.connection.settle_timeout,
        lambda member: member is not None,
    )[0]


# field of ApiMember -> the playbook variable that sets it
VARIABLES: t.Mapping[str, str] = {
    "identifier": "<vendor>_member_identifier",
    "name": "<vendor>_member_name",
    "securityRole": "<vendor>_role_name",
    "structureLevel": "<vendor>_structure_level",
    "emailAddress": "cw_email",
    "securityLocation": "cw_security_location",
    "defaultLocation": "cw_default_location",
    "defaultDepartment": "cw_default_department",
    "salesDefaultLocation": "cw_default_territory",
    "timeZone": "cw_time_zone",
}


def _what_it_wants(fields: t.Sequence[str]) -> str:
    """What to do about the fields that a new member was refused for; each begins with its name."""
    named = {field.split(":", 1)[0].strip().split("/")[0].casefold() for field in fields}
    wanted = [variable for api, variable in VARIABLES.items() if api.casefold() in named]
    if not wanted:
        return "The fields are those of System > Members > API Members. Set the ones that it requires, then run again"
    return f"Set {', '.join(wanted)}, then run again: it continues where it stopped"


def read_member(client: Client, member_id: int) -> Record:
    return client.get_object(routes.API_MEMBER, member=member_id)


def patch_member(client: Client, member: Record, values: Record) -> Record:
    """Replace whole fields of the record (a patch of part of a reference can return 200 and do nothing).

    ``member`` is the record as read, with at least its id, its identifier and the fields to replace. Returns the
    instance's answer, which may be only part of the record and proves nothing.
    """
    member_id = t.cast(int, record_id(member))
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    before = {name: member.get(name) for name in values}
    change = Change(f"API member {text_of(member, 'identifier')!r} (id {member_id})", before, values)
    answer = client.send(routes.API_MEMBER_PATCH, change, operations, member=member_id)
    return answer if isinstance(answer, dict) else {}


def read_written(client: Client, member_id: int, shows: t.Callable[[Record], bool]) -> tuple[Record | None, bool]:
    """The member as read after a write, and whether it ``shows`` that; None if it isn't visible at all."""
    return settled(lambda: read_member(client, member_id), client.connection.settle_timeout, shows)
