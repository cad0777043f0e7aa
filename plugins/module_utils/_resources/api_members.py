# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API members, over REST: read, create, patch. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._client import errors, routes
from .._client.client import Client
from .._client.journal import Change
from .._domain.names import same_name
from .records import Record, record_id, text_of

# option -> (member of ApiMember, longest text); published lengths
TEXTS: t.Mapping[str, tuple[str, int | None]] = {
    "name": ("name", 30),
    "email": ("emailAddress", 250),
    "notes": ("notes", None),
}
IDENTIFIER_LENGTH = 15


def list_members(client: Client) -> list[Record]:
    return client.get_all(routes.API_MEMBERS)


def list_people(client: Client) -> list[Record]:
    """The members that are no API members, or all members: the published API doesn't say which."""
    return client.get_all(routes.MEMBERS)


def find_member(members: t.Sequence[Record], identifier: str) -> Record | None:
    """The member of this identifier (exact, but for case). Never by id: an identifier may be all digits."""
    return next((member for member in members if same_name(text_of(member, "identifier"), identifier)), None)


def is_active(member: Record) -> bool:
    return member.get("inactiveFlag") is not True


def default_member(client: Client) -> Record:
    """The instance's own template of a new API member; empty where it offers none."""
    try:
        return client.get_object(routes.API_MEMBER_DEFAULT)
    except (errors.EndpointMissing, errors.RecordNotFound):
        return {}


def create_member(client: Client, body: Record) -> Record:
    """The member as the instance shows it after the creation; a lost answer is settled by looking."""
    try:
        change = Change(f"API member {body['identifier']!r}", None, body)
        created = client.send(routes.API_MEMBER_CREATE, change, body)
    except errors.AnswerLost:
        found = find_member(list_members(client), body["identifier"])
        if found is None:
            raise
        return found
    member_id = record_id(created)
    found = read_member(client, member_id) if member_id else find_member(list_members(client), body["identifier"])
    if found is None:
        raise errors.NotKept(client.connection.instance, "POST", routes.API_MEMBER_CREATE.template)
    return found


def read_member(client: Client, member_id: int) -> Record:
    return client.get_object(routes.API_MEMBER, member=member_id)


def patch_member(client: Client, member: Record, values: Record) -> Record:
    """Replace whole members of the record (a patch of a part of a reference can answer 200 and do nothing).

    ``member`` is the record as it was read, with at least its id, its identifier and the members to be replaced.
    """
    member_id = t.cast(int, record_id(member))
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    before = {name: member.get(name) for name in values}
    change = Change(f"API member {text_of(member, 'identifier')!r} (id {member_id})", before, values)
    client.send(routes.API_MEMBER_PATCH, change, operations, member=member_id)
    return read_member(client, member_id)
