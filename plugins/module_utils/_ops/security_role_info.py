# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_security_role_info: roles with their levels, in the shape that permissions takes. PRIVATE to this collection."""

from __future__ import annotations

from .._domain.settings import export_permissions
from .._resources import security_roles
from .._resources.role_users import role_users
from .._resources.security_roles import Role
from . import arguments
from .context import Context, Params, Result


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "name": {"type": "str"},
        "levels": {"type": "bool", "default": True},
        "users": {"type": "bool", "default": False},
    }


def run(params: Params, context: Context) -> Result:
    roles = security_roles.list_roles(context.client)
    if params["name"]:
        role = security_roles.find_role(roles, params["name"])
        roles = [role] if role else []
    results = [_role(role) for role in roles]
    if params["levels"]:
        for result, rows in zip(results, security_roles.read_all_settings(context.client, roles)):
            result["permissions"] = export_permissions(rows)
    if params["users"]:
        users = role_users(context.client)
        for result in results:
            result["used_by"] = [user.identifier for user in users.of(result["id"])] if users.complete else None
    return {"changed": False, "roles": results}


def _role(role: Role) -> Result:
    return {"id": role.role_id, "name": role.name, "admin": role.admin, "active": not role.inactive}
