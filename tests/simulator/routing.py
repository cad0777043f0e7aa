# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of routes: the verbs, the permission that each needs, and the editions that have it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from . import errors
from .state import ApiKey, Instance, Member

Right = tuple[str, str, str]
F = TypeVar("F", bound=Callable[..., Any])
SECURITY = ("System", "Security Roles")
MEMBERS = ("System", "Member Maintenance")
COMPANY = ("System", "My Company")
TABLES = ("System", "Table Setup")


@dataclass
class Call:
    """One authenticated request."""

    instance: Instance
    caller: Member
    key: ApiKey
    query: dict[str, str]
    text: str
    base: str

    @property
    def own(self) -> bool:
        """Whether the request comes from the automation itself."""
        return self.instance.own_key is not None and self.caller.id == self.instance.own_key.member_id


@dataclass
class Created:
    """A 201 answer; ``path`` goes into the Location header."""

    body: dict[str, Any]
    path: str


@dataclass
class Route:
    """A verb on a path; any one of ``rights`` is enough, none means any valid key."""

    method: str
    pattern: re.Pattern[str]
    handler: Callable[..., Any]
    rights: tuple[Right, ...]
    extended: bool


ROUTES: list[Route] = []
_VERB_OF = {"GET": "inquire", "POST": "add", "PATCH": "edit", "PUT": "edit", "DELETE": "delete"}


def route(method: str, path: str, *functions: tuple[str, str], extended: bool = False) -> Callable[[F], F]:
    """Register a handler.  ``{id}`` in the path is a number, ``{name}`` any text; case does not matter."""

    def register(handler: F) -> F:
        shape = path.replace("{id}", r"(\d+)").replace("{name}", r"([^/]+)")
        rights = tuple((module, name, _VERB_OF[method]) for module, name in functions)
        pattern = re.compile(rf"^{shape}/?$", re.IGNORECASE)
        ROUTES.append(Route(method, pattern, handler, rights, extended))
        return handler

    return register


def find(instance: Instance, method: str, path: str) -> tuple[Route, list[Any]]:
    """The route of a request, or the recorded 404; a verb that is not published is no route either."""
    for item in ROUTES:
        match = item.pattern.match(path)
        if match and item.method == method and (not item.extended or instance.options.edition == "extended"):
            return item, [int(part) if part.isdigit() else part for part in match.groups()]
    raise errors.no_endpoint()


def check_rights(call: Call, item: Route) -> None:
    """403 unless the caller's role has one of the levels (which function guards what is mostly a guess)."""
    if item.rights and not any(_allowed(call, right) for right in item.rights):
        raise errors.no_permission()


def _allowed(call: Call, right: Right) -> bool:
    module, name, verb = right
    role = call.instance.store.roles.get(call.caller.refs.get("securityRole") or 0)
    if role is None:
        return False
    row = role.setting((module, name))
    if row is None:  # an edition without the function: only the built-in Admin role passes
        return role.admin
    return row.levels[verb] in ("My", "All")
