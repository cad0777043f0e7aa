# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of cw_onboard, and what it adopts. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._client.errors import Refused
from .._domain.names import same_name
from . import api_member_info, arguments, security_role_info
from .context import Context, Result
from .integration import CUSTOMIZE_SPEC


def argument_spec() -> arguments.Spec:
    text: arguments.Spec = {"type": "str", "required": True}
    integration = {
        "vendor": text,
        "product": {"type": "str"},
        "role_name": text,
        "manage_role": {"type": "bool", "default": True},
        "permissions": arguments.permissions_spec()["permissions"],
        "customize": CUSTOMIZE_SPEC,
        "member_identifier": text,
        "member_name": {"type": "str"},
        "structure_level": {"type": "str"},
        "key_description": {**text, "no_log": False},
    }
    return {
        **arguments.connection_spec(),
        "vendors": {"type": "list", "elements": "str"},
        "integration": {"type": "dict", "options": integration},
        "state": {"type": "str", "choices": ["present", "rotated", "absent"], "default": "present"},
        "max_age": {"type": "float"},
        "keep_old_for": {"type": "float", "default": 0},
        "keep_end": {"type": "bool", "default": False},
        "at_once": {"type": "bool", "default": False},
        "adopt_member": {"type": "str"},
        "keep_offboarded": {"type": "bool", "default": False},
        "on_incomplete": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
    }


class Adopted(t.NamedTuple):
    """The names that an integration takes over; ``why`` it doesn't take the security role, empty if it does."""

    member: str
    name: str
    structure_level: str
    role: str
    why: str


def adopted(host: str, identifier: str, role_name: str, params: t.Mapping[str, t.Any], context: Context) -> Adopted:
    """What to take over from a member that was created by hand. ``role_name`` is the vendor's. Raises Refused."""
    connection = {name: params[name] for name in arguments.CONNECTION}
    members = api_member_info.run({**connection, "identifier": None}, context)["members"]
    member = next((each for each in members if same_name(each["identifier"], identifier)), None)
    if member is None:
        there = ", ".join(each["identifier"] for each in members)
        raise Refused(f"{host} has no API member {identifier}. It has {there}.")
    options = {**connection, "name": None, "levels": False, "users": True}
    roles = security_role_info.run(options, context)["roles"]
    role: Result = next((each for each in roles if each["id"] == member["security_role_id"]), {})
    why = _why_not(role, member["identifier"])
    return Adopted(
        member["identifier"],
        member["name"] or member["identifier"],
        member["structure_level"] or "highest",
        role_name if why else role["name"],
        why,
    )


def _why_not(role: Result, identifier: str) -> str:
    if not role:
        return "it has no security role"
    if role["admin"]:
        return f"{role['name']} is a built-in Admin role"
    if not role["active"]:
        return f"{role['name']} is inactive"
    if role["used_by"] is None:
        return f"the other members with {role['name']} can't be read"
    others = [user for user in role["used_by"] if user != identifier]
    return f"{role['name']} is shared with {', '.join(others)}" if others else ""
