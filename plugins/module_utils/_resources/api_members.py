# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API members, over REST: read, create, patch, and the lookups that turn names into ids. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client import errors, routes
from .._client.client import Client
from .._client.routes import Route
from .._domain.names import same_name
from .records import Record, record_id, text_of

HIGHEST = "highest"


@dataclass(frozen=True)
class ReferenceField:
    """An option that names another object: its option, the member of an ApiMember, and where to look it up."""

    option: str
    api: str
    label: str
    route: Route
    required: bool = True


# What the pages require of a new member is reported by four vendors' guides; which field of the API
# stands behind which label follows from the types of the references.
REFERENCES: tuple[ReferenceField, ...] = (
    ReferenceField("security_role", "securityRole", "Role ID", routes.ROLES),
    ReferenceField("structure_level", "structureLevel", "Level", routes.STRUCTURE_LEVELS),
    ReferenceField("security_location", "securityLocation", "Name (beside Level)", routes.LOCATIONS),
    ReferenceField("default_location", "defaultLocation", "Location", routes.LOCATIONS),
    ReferenceField("default_department", "defaultDepartment", "Business Unit", routes.DEPARTMENTS),
    ReferenceField("default_territory", "salesDefaultLocation", "Default Territory", routes.LOCATIONS),
    ReferenceField("time_zone", "timeZone", "Time Zone", routes.TIME_ZONES, required=False),
    ReferenceField("default_board", "serviceDefaultBoard", "Service Board", routes.BOARDS, required=False),
)

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
        created = client.send(routes.API_MEMBER_CREATE, body)
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


def patch_member(client: Client, member_id: int, values: Record) -> Record:
    """Replace whole members of the record (a patch of a part of a reference can answer 200 and do nothing)."""
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    client.send(routes.API_MEMBER_PATCH, operations, member=member_id)
    return read_member(client, member_id)


class Lookups:
    """Names to ids; each list is read once, and only when a name has to be resolved."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists: dict[Route, list[Record]] = {}

    def choices(self, route: Route) -> list[Record]:
        if route not in self._lists:
            self._lists[route] = self._client.get_all(route)
        return self._lists[route]

    def find(self, route: Route, wanted: str) -> list[Record]:
        """All records of this name (exact, but for case), or the one of this id."""
        records = self.choices(route)
        if wanted == HIGHEST and route is routes.STRUCTURE_LEVELS:
            ranked = sorted((record for record in records if record_id(record)), key=lambda item: record_id(item) or 0)
            return ranked[:1]
        matches = [record for record in records if same_name(_name(record), wanted)]
        if not matches and wanted.isdecimal():
            matches = [record for record in records if record_id(record) == int(wanted)]
        return matches

    def names(self, route: Route) -> list[str]:
        return [f"{_name(record)} (id {record_id(record)})" for record in self.choices(route)]


def _name(record: Record) -> str:
    return text_of(record, "name") or text_of(record, "identifier")


def reference_matches(reference: Record, wanted: str) -> bool:
    """Whether a reference on a member already is what an option names, without asking for a list.

    Not for an id: something else may have that number for a name, which only the list tells.
    """
    if wanted == HIGHEST:
        return record_id(reference) == 1  # ids begin at 1, so nothing can stand above it
    return any(same_name(text_of(reference, key), wanted) for key in ("name", "identifier") if text_of(reference, key))
