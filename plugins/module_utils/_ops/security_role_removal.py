# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_security_role with state absent: deletes a role that nobody else uses. PRIVATE to this collection."""

from __future__ import annotations

from .._client import errors, routes
from .._resources import security_roles
from .._resources.role_users import role_users
from .._resources.security_roles import Role
from .._resources.settling import settled
from .context import Context, Params, Result, line_diff


def remove(role: Role | None, params: Params, context: Context, ours: bool) -> Result:
    """Delete the role. ``ours``: this collection created it.

    Raises Refused if a member other than the option ``members`` may use it, and NotKept if it is still listed
    afterwards.
    """
    if role is None:
        return {"changed": False, "role": None, "diff": line_diff("security role", [])}
    _refuse_used(role, params, context, ours)
    if not context.check_mode:
        security_roles.delete_role(context.client, role)
        seconds = context.client.connection.settle_timeout
        gone = settled(lambda: _is_listed(role, context), seconds, lambda listed: not listed)[1]
        if not gone:
            path = routes.ROLE_DELETE.path(role=role.role_id)
            raise errors.NotKept(context.instance, "DELETE", path, detail=f"it is still listed after {seconds:g} s")
    title = f"security role {role.name} on {context.instance}"
    return {
        "changed": True,
        "role": {"id": role.role_id, "name": role.name},
        "diff": line_diff(title, [(f"security role {role.name}", "present", "absent")]),
    }


def _is_listed(role: Role, context: Context) -> bool:
    return security_roles.find_role(security_roles.list_roles(context.client), role.role_id or role.name) is not None


def _refuse_used(role: Role, params: Params, context: Context, ours: bool) -> None:
    gone = {name.casefold() for name in params["members"] or []}
    read = role_users(context.client)
    if not read.complete:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} wasn't deleted: other members may use it, and the key"
            " has no permission to read members. Give the key that permission, or delete the role in System > Security"
            " Roles."
        )
    context.identity.guard_role(role.name, role.role_id, read, "it would be deleted", ours)
    users = [user.label for user in read.of(role.role_id) if user.identifier.casefold() not in gone]
    if users:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} is used by {', '.join(users)}, so it wasn't deleted."
            " Give them another role first."
        )
