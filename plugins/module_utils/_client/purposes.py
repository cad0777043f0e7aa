# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the automation does with its own key, by purpose, and the permissions that it needs. PRIVATE to this collection.

A request that is ``OPTIONAL`` may be refused: the run continues, leaves something out, and reports it.
"""

from __future__ import annotations

from .._domain.levels import VERBS
from .._domain.own_rights import Purpose, Right, Use
from . import routes

OPTIONAL = True

_REQUESTS: dict[str, tuple[tuple[routes.Route, str] | tuple[routes.Route, str, bool], ...]] = {
    "onboarding": (
        (routes.MY_SECURITY, "read whose key it is and what it may do"),
        (routes.ROLES, "list security roles"),
        (routes.ROLE, "read a new security role"),
        (routes.ROLE_CREATE, "create a security role"),
        (routes.SETTINGS, "read the levels of a security role"),
        (routes.SETTING_WRITE, "write levels, if the instance allows it"),
        (routes.API_MEMBERS, "list API members"),
        (routes.API_MEMBER, "read an API member"),
        (routes.API_MEMBER_DEFAULT, "read the template of a new API member"),
        (routes.API_MEMBER_CREATE, "create an API member"),
        (routes.API_MEMBER_PATCH, "change an API member"),
        (routes.MEMBERS, "see who else has a security role"),
        (routes.KEYS, "list the keys of an API member"),
        (routes.KEY_CREATE, "create a key, if the instance allows it"),
        (routes.STRUCTURE_LEVELS, "find the structure level of a new API member"),
        (routes.LOCATIONS, "find the locations of a new API member"),
        (routes.DEPARTMENTS, "find the department of a new API member"),
        (routes.TIME_ZONES, "find the time zone of a new API member"),
        (routes.BOARDS, "find service boards"),
    ),
    "audit": (
        (routes.MY_SECURITY, "read whose key it is and what it may do"),
        (routes.ROLES, "list security roles"),
        (routes.SETTINGS, "read the levels of security roles"),
        (routes.API_MEMBERS, "list API members"),
        (routes.INTEGRATOR_LOGINS, "list legacy integrator logins", OPTIONAL),
    ),
    "rotation": (
        (routes.API_MEMBERS, "list API members"),
        (routes.API_MEMBER, "read an API member"),
        (routes.API_MEMBER_PATCH, "record an attempt in an API member"),
        (routes.KEYS, "list the keys of an API member"),
        (routes.KEY_CREATE, "create the new key"),
        (routes.KEY_DEACTIVATE, "retire the old key"),
        (routes.KEY_DELETE, "delete the old key", OPTIONAL),
    ),
    "offboarding": (
        (routes.ROLES, "find the security role", OPTIONAL),
        (routes.API_MEMBERS, "list API members"),
        (routes.API_MEMBER, "read an API member"),
        (routes.API_MEMBER_PATCH, "deactivate an API member"),
        (routes.MEMBERS, "see who else has a security role"),
        (routes.KEYS, "list the keys of an API member"),
        (routes.KEY_DEACTIVATE, "retire its keys"),
        (routes.KEY_DELETE, "delete its keys", OPTIONAL),
        (routes.ROLE_DELETE, "delete a security role that nobody else has", OPTIONAL),
    ),
}


def _use(route: routes.Route, what: str, optional: bool = False) -> Use:
    return Use((route.function, route.verb) if route.function and route.verb else None, what, optional)


PURPOSES = tuple(Purpose.of(name, [_use(*request) for request in found]) for name, found in _REQUESTS.items())

_FUNCTIONS = (routes.SECURITY_ROLES, routes.MEMBER_MAINTENANCE, routes.MY_COMPANY, routes.TABLE_SETUP)


def _required(purpose: Purpose) -> tuple[Right, ...]:
    """The permissions without which a run of this purpose fails, in the order of the pages."""
    found = (need.right for need in purpose.needs if not need.optional)
    return tuple(sorted(found, key=lambda right: (_FUNCTIONS.index(right[0]), VERBS.index(right[1]))))


#: {purpose: permissions} that a check of the key compares. Offboarding requires nothing that onboarding doesn't.
NEEDS = {purpose.name: _required(purpose) for purpose in PURPOSES if purpose.name != "offboarding"}
