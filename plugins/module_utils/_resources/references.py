# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The references of an API member: where each option is looked up, and how a name becomes an id. PRIVATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._client import routes
from .._client.client import Client
from .._client.routes import Route
from .._domain.names import same_name
from .api_members import VARIABLES
from .records import Record, record_id, reference_of, text_of

HIGHEST = "highest"
PENDING_ROLE: Record = {"id": None}  # the reference to a security role that doesn't exist yet


@dataclass(frozen=True)
class ReferenceField:
    """An option that names another object; ``api`` is the field of an ApiMember, ``label`` the page's."""

    option: str
    api: str
    label: str
    route: Route
    required: bool = True


# Four vendors' guides report what the page requires of a new member; which API field belongs to which label follows
# from the types of the references.
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


class Lookups:
    """Resolves names to ids; each list is read once, when first needed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists: dict[Route, list[Record]] = {}

    def choices(self, route: Route) -> list[Record]:
        if route not in self._lists:
            self._lists[route] = self._client.get_all(route)
        return self._lists[route]

    def find(self, route: Route, wanted: str) -> list[Record]:
        """All records with this name (ignoring case), else the one with this id."""
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


def _never(_name: str) -> bool:
    return False


@dataclass
class Resolver:
    """Turns the names in a member's options into references; names that can't be resolved go to ``problems``.

    ``is_pending(name)``: this run creates that security role. ``is_assumed(name)``: another task is assumed to create
    it. Both give PENDING_ROLE.
    """

    lookups: Lookups
    is_pending: t.Callable[[str], bool] = _never
    is_assumed: t.Callable[[str], bool] = _never
    problems: list[str] = field(default_factory=list)

    def resolve(self, wanted: ReferenceField, value: str) -> Record | None:
        """The record with this name or id; None if there isn't exactly one."""
        is_role = wanted.route is routes.ROLES
        if is_role and self.is_pending(value):
            return PENDING_ROLE
        found = self.lookups.find(wanted.route, value)
        if len(found) == 1:
            return found[0]
        if not found and is_role and self.is_assumed(value):
            return PENDING_ROLE
        if found:
            ids = ", ".join(str(record_id(record)) for record in found)
            self.problems.append(f"{wanted.option} {value!r} is ambiguous (ids {ids}): give the id")
            return None
        choices = self._choices(wanted.route)
        self.problems.append(f"{wanted.option} {value!r} doesn't exist on this instance, which has: {choices}")
        return None

    def for_new_member(self, wanted: ReferenceField, value: str | None, default: Record) -> Record | None:
        """The reference of a new member: the option's, else that of the instance's default member, else the only one.
        """
        if value is not None:
            return self.resolve(wanted, value)
        reference = reference_of(default, wanted.api)
        if (record_id(reference) or 0) > 0 and wanted.route is not routes.ROLES:  # 0 means none
            return reference
        if not wanted.required:
            return None
        choices = self.lookups.choices(wanted.route)
        if len(choices) == 1 and record_id(choices[0]) and wanted.route is not routes.ROLES:
            return choices[0]
        variable = f" (set {VARIABLES[wanted.api]})" if VARIABLES[wanted.api].startswith("cw_") else ""
        self.problems.append(
            f"{wanted.option} ({wanted.label}) is required for a new member; this instance has:"
            f" {self._choices(wanted.route)}{variable}"
        )
        return None

    def board_ids(self, names: t.Sequence[str] | None) -> list[int] | None:
        """The ids of service boards, sorted; None if the option isn't given."""
        if names is None:
            return None
        ids: list[int] = []
        for name in names:
            found = self.lookups.find(routes.BOARDS, name)
            board = record_id(found[0]) if len(found) == 1 else None
            if board is not None:
                ids.append(board)
                continue
            problem = "is ambiguous" if found else "doesn't exist"
            self.problems.append(
                f"excluded_boards {name!r} {problem} on this instance, which has: {self._choices(routes.BOARDS)}"
            )
        return sorted(set(ids))

    def _choices(self, route: Route) -> str:
        return ", ".join(self.lookups.names(route)) or "none"


def label(reference: Record, fallback: str | None = None) -> str:
    """The name of a reference, for people."""
    return _name(reference) or str(fallback or "")


def _name(record: Record) -> str:
    return text_of(record, "name") or text_of(record, "identifier")


def reference_matches(reference: Record, wanted: str) -> bool:
    """Whether a member's reference already is what an option names, without reading a list.

    False for an id: another object may have that number as its name, which only the list shows.
    """
    if wanted == HIGHEST:
        return record_id(reference) == 1  # ids begin at 1, so nothing can stand above it
    return any(same_name(text_of(reference, key), wanted) for key in ("name", "identifier") if text_of(reference, key))
