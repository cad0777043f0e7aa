# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has which security role: API members, and people if they can be read. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._client import errors, routes
from .._client.client import Client
from .._domain.names import same_name
from .api_members import is_active
from .records import record_id, reference_of, text_of


@dataclass(frozen=True)
class RoleUser:
    """A member that has a role: an API member or a person."""

    identifier: str
    active: bool

    @property
    def label(self) -> str:
        return self.identifier if self.active else f"{self.identifier} (inactive)"


@dataclass(frozen=True)
class RoleUsers:
    """The members of each role, by its id. Not ``complete`` if one of the lists can't be read."""

    by_role: t.Mapping[int | None, t.Sequence[RoleUser]]
    complete: bool

    def of(self, role_id: int | None) -> list[RoleUser]:
        return list(self.by_role.get(role_id, ()))

    def has_read(self, identifier: str) -> bool:
        """Whether this member is among those whose role was read."""
        return any(same_name(user.identifier, identifier) for users in self.by_role.values() for user in users)


def role_users(client: Client) -> RoleUsers:
    """The API members and the people of each role, in two requests."""
    found: dict[int | None, dict[str, RoleUser]] = {}
    complete = True
    for route in (routes.API_MEMBERS, routes.MEMBERS):
        try:
            listed = client.get_all(route)
        except (errors.Forbidden, errors.EndpointMissing):
            complete = False
            continue
        for member in listed:
            user = RoleUser(text_of(member, "identifier"), is_active(member))
            role = found.setdefault(record_id(reference_of(member, "securityRole")), {})
            role.setdefault(user.identifier.casefold(), user)
    return RoleUsers({role_id: list(users.values()) for role_id, users in found.items()}, complete)
