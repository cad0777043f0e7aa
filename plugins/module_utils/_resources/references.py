# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an API member refers to by name: where each option is looked up, and how it becomes an id. PRIVATE."""

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
PENDING_ROLE: Record = {"id": None}  # the reference to a security role that is yet to be created


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


def _never(_name: str) -> bool:
    return False


@dataclass
class Resolver:
    """Turns the names that a member's options give into references; what can't be one is added to ``problems``.

    ``is_pending`` tells of a security role whether this run creates it, ``is_assumed`` of one that isn't there whether
    another task is assumed to. Either is referred to by PENDING_ROLE.
    """

    lookups: Lookups
    is_pending: t.Callable[[str], bool] = _never
    is_assumed: t.Callable[[str], bool] = _never
    problems: list[str] = field(default_factory=list)

    def resolve(self, wanted: ReferenceField, value: str) -> Record | None:
        """The record of this name or id; None where there isn't exactly one."""
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
        self.problems.append(f"{wanted.option} {value!r} isn't on this instance; there are: {choices}")
        return None

    def for_new_member(self, wanted: ReferenceField, value: str | None, default: Record) -> Record | None:
        """What a new member refers to: as the option says, else as the instance's own default member has it.

        What neither says, and the instance has one of, is that one.
        """
        if value is not None:
            return self.resolve(wanted, value)
        reference = reference_of(default, wanted.api)
        if (record_id(reference) or 0) > 0 and wanted.route is not routes.ROLES:  # 0 stands for none
            return reference
        if not wanted.required:
            return None
        choices = self.lookups.choices(wanted.route)
        if len(choices) == 1 and record_id(choices[0]) and wanted.route is not routes.ROLES:
            return choices[0]  # there is nothing to choose
        variable = f" (set {VARIABLES[wanted.api]})" if VARIABLES[wanted.api].startswith("cw_") else ""
        self.problems.append(
            f"{wanted.option} ({wanted.label}) is needed for a new member; there are:"
            f" {self._choices(wanted.route)}{variable}"
        )
        return None

    def board_ids(self, names: t.Sequence[str] | None) -> list[int] | None:
        """The ids of service boards, sorted; None where no option names any."""
        if names is None:
            return None
        ids: list[int] = []
        for name in names:
            found = self.lookups.find(routes.BOARDS, name)
            board = record_id(found[0]) if len(found) == 1 else None
            if board is not None:
                ids.append(board)
                continue
            fault = "is ambiguous" if found else "is no board"
            self.problems.append(f"excluded_boards {name!r} {fault}; there are: {self._choices(routes.BOARDS)}")
        return sorted(set(ids))

    def _choices(self, route: Route) -> str:
        return ", ".join(self.lookups.names(route)) or "none"


def label(reference: Record, fallback: str | None = None) -> str:
    """What people call a reference."""
    return _name(reference) or str(fallback or "")


def _name(record: Record) -> str:
    return text_of(record, "name") or text_of(record, "identifier")


def reference_matches(reference: Record, wanted: str) -> bool:
    """Whether a reference on a member already is what an option names, without asking for a list.

    Not for an id: something else may have that number for a name, which only the list tells.
    """
    if wanted == HIGHEST:
        return record_id(reference) == 1  # ids begin at 1, so nothing can stand above it
    return any(same_name(text_of(reference, key), wanted) for key in ("name", "identifier") if text_of(reference, key))
