# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_security_role: a role exists and shows exactly a matrix. PRIVATE to this collection."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._client import errors, routes
from .._domain.compare import CellChange, LevelPlan, plan_levels
from .._domain.matrix import MatrixError, Permission, parse_rows
from .._domain.names import record_key
from .._domain.settings import SettingRow
from .._resources import security_roles
from .._resources.role_users import RoleUsers, role_users
from .._resources.security_roles import NAME_LENGTH, Role
from . import arguments
from .context import Context, Params, Result, line_diff, wait_until

READ_BACK_PAUSE = 1.0  # seconds before the one repetition of a read that doesn't show a write yet


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **arguments.permissions_spec(),
        **arguments.handover_spec(),
        "members": {"type": "list", "elements": "str"},
    }


@dataclass
class Plan:
    """What a run will do: ``role`` is None where it has to be created; ``rows`` are then those of a blank role.

    ``permissions`` is None where the levels aren't looked at. ``users`` are read where an existing role changes.
    """

    role: Role | None
    permissions: list[Permission] | None = None
    rows: list[SettingRow] = field(default_factory=list)
    levels: LevelPlan = field(default_factory=lambda: LevelPlan(()))
    users: RoleUsers | None = None


def run(params: Params, context: Context, is_ours: t.Callable[[Role], bool] = lambda _role: False) -> Result:
    if params["state"] == "absent":
        return _absent(params, context, is_ours)
    return apply(plan(params, context, is_ours), params, context)


def plan(params: Params, context: Context, is_ours: t.Callable[[Role], bool] = lambda _role: False) -> Plan:
    """What is to be done, by reading alone. Raises InputError and Refused, before anything is written.

    ``is_ours`` tells whether this collection created a role.
    """
    permissions = _parse_input(params)
    roles, role = _find(params, context)
    _refuse_inactive(role, context)
    made = _make_plan(roles, role, permissions, params["unlisted"], context)
    if role is not None and made.levels.changes:
        made.users = role_users(context.client)
        what = f"{len(made.levels.changes)} levels would be changed"
        context.identity.guard_role(role.name, role.role_id, made.users, what, is_ours(role))
        _warn_of_users(role, made.users, params["members"], context)
    return made


def _find(params: Params, context: Context) -> tuple[list[Role], Role | None]:
    roles = security_roles.list_roles(context.client)
    role = security_roles.find_role(roles, params["name"])
    if (role and role.admin) or params["name"].strip().casefold() == security_roles.BUILT_IN_ADMIN.casefold():
        raise errors.Refused(
            f"{params['name']!r} is a built-in Admin role on {context.instance}: it is never changed or deleted."
            " Choose a role name of the integration's own."
        )
    return roles, role


def _parse_input(params: Params) -> list[Permission] | None:
    problems = []
    name = params["name"].strip()
    if not name:
        problems.append("name is empty")
    if len(name) > NAME_LENGTH:
        problems.append(f"name {name!r} has {len(name)} characters, a security role can have {NAME_LENGTH}")
    permissions = None
    try:
        if params["permissions"] is not None:
            permissions = parse_rows(params["permissions"])
    except MatrixError as exc:
        problems += exc.problems
    if problems:
        raise errors.InputError(problems)
    return permissions


def _refuse_inactive(role: Role | None, context: Context) -> None:
    if role and role.inactive:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} is inactive, and the API can't reactivate a role."
            " Reactivate it in System > Security Roles, or choose another name."
        )


def _make_plan(
    roles: t.Sequence[Role], role: Role | None, permissions: list[Permission] | None, unlisted: str, context: Context
) -> Plan:
    if permissions is None:
        return Plan(role)
    rows = security_roles.read_settings(context.client, role) if role else []
    if not rows:
        rows = _blank_rows(roles, context)
    levels = plan_levels(rows, permissions, unlisted)
    if levels.problems:
        raise errors.InputError(levels.problems, f"The permissions don't fit {context.instance}")
    return Plan(role, permissions, rows, levels)


def _blank_rows(roles: t.Sequence[Role], context: Context) -> list[SettingRow]:
    """The instance's functions with every level none, read from a role that there is (an Admin role shows all)."""
    pattern = next((role for role in roles if role.admin), None) or next(iter(roles), None)
    return [row.blank() for row in security_roles.read_settings(context.client, pattern)] if pattern else []


def apply(plan: Plan, params: Params, context: Context) -> Result:
    """Do what is planned, read it back, and tell what was seen."""
    permissions = plan.permissions
    created = plan.role is None
    if context.check_mode:
        role = plan.role or Role(params["name"].strip())
        done, pending = _predict(plan, context)
    else:
        role = plan.role or security_roles.create_role(context.client, params["name"].strip())
        if created and permissions is not None:
            plan = _plan_of_new(plan, role, permissions, params["unlisted"], context)
        done, pending = _write(plan, role, permissions, params, context)
    if pending and params["wait_timeout"] > 0 and not context.check_mode and permissions is not None:
        pending = _wait(role, permissions, pending, params, context)
    return _result(role, created, plan, done, pending, params, context)


def _plan_of_new(
    plan: Plan, role: Role, permissions: list[Permission], unlisted: str, context: Context
) -> Plan:
    """Planned again on the rows that the new role really has, since they carry the ids to write to."""
    rows = security_roles.read_settings(context.client, role) or plan.rows
    levels = plan_levels(rows, permissions, unlisted)
    if levels.problems:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} was made, but it has other functions than the roles"
            f" before it, so no level was set: {'; '.join(levels.problems)}."
        )
    return Plan(role, permissions, rows, levels)


Pending = t.Dict[CellChange, str]


def _predict(plan: Plan, context: Context) -> tuple[list[CellChange], Pending]:
    changes = list(plan.levels.changes)
    if not changes:
        return [], {}
    reason = security_roles.why_unwritable(context.client)
    return ([], dict.fromkeys(changes, reason)) if reason else (changes, {})


def _write(
    plan: Plan, role: Role, permissions: list[Permission] | None, params: Params, context: Context
) -> tuple[list[CellChange], Pending]:
    """Write, read back, and believe only what was read: the cells done and those left, with the reason."""
    changes = list(plan.levels.changes)
    if not changes or permissions is None:
        return [], {}
    outcome = security_roles.write_levels(context.client, role, changes)
    if not outcome.accepted:
        return [], dict(outcome.refused)
    left = _read_back(role, permissions, params["unlisted"], changes, context)
    if any((change.row.name, change.verb) in left for change in outcome.accepted):
        time.sleep(READ_BACK_PAUSE)
        left = _read_back(role, permissions, params["unlisted"], changes, context)
    done = [change for change in changes if (change.row.name, change.verb) not in left]
    reasons = {(change.row.name, change.verb): reason for change, reason in outcome.refused.items()}
    ineffective = "the write was accepted and the level read back isn't the wanted one"
    return done, {change: reasons.get(cell, ineffective) for cell, change in left.items()}


def _read_back(
    role: Role, permissions: list[Permission], unlisted: str, written: t.Sequence[CellChange], context: Context
) -> dict[tuple[t.Any, str], CellChange]:
    rows = security_roles.read_settings(context.client, role)
    left = {(change.row.name, change.verb): change for change in plan_levels(rows, permissions, unlisted).changes}
    shown = {row.name for row in rows}
    # a row that isn't shown any more proves nothing
    left.update({(change.row.name, change.verb): change for change in written if change.row.name not in shown})
    return left


def _wait(role: Role, permissions: list[Permission], pending: Pending, params: Params, context: Context) -> Pending:
    state: dict[str, Pending] = {"left": pending}
    reasons = {(change.row.name, change.verb): reason for change, reason in pending.items()}

    def done() -> bool:
        rows = security_roles.read_settings(context.client, role)
        changes = plan_levels(rows, permissions, params["unlisted"]).changes if rows else tuple(state["left"])
        left = {change: reasons.get((change.row.name, change.verb), "changed meanwhile") for change in changes}
        if len(left) != len(state["left"]):
            context.progress(f"{context.instance}: role {role.name!r} has {len(left)} levels left to set")
        state["left"] = left
        return not left

    context.progress(
        f"{context.instance}: waiting up to {params['wait_timeout']:.0f} s for a person to set"
        f" {len(pending)} levels of role {role.name!r}"
    )
    wait_until(done, params["wait_timeout"], params["wait_interval"])
    return state["left"]


def _result(
    role: Role,
    created: bool,
    plan: Plan,
    done: list[CellChange],
    pending: Pending,
    params: Params,
    context: Context,
) -> Result:
    lines: list[tuple[str, t.Any, t.Any]] = []
    if created:
        lines.append((f"security role {role.name}", "absent", "present"))
    lines += [(f"{change.row.name}, {change.verb}", change.current, change.wanted) for change in done]
    result: Result = {
        "changed": bool(created or done),
        "role": {"id": role.role_id, "name": role.name},
        "created": created,
        "functions": len(plan.rows),
        "levels_set": len(done),
        "pending": [_pending(change, reason) for change, reason in sorted(pending.items(), key=_page_order)],
        "absent_functions": [
            {"module": name.module, "function": name.function} for name in plan.levels.absent
        ],
        "diff": line_diff(f"security role {role.name} on {context.instance}", lines),
    }
    if pending and params["on_unwritable"] == "fail":
        result["failed"] = True
        result["msg"] = _unwritable(role, pending, context)
    return result


def _page_order(item: tuple[CellChange, str]) -> t.Any:
    return item[0].row.page_order


def _pending(change: CellChange, reason: str) -> Result:
    return {
        "module": change.row.name.module,
        "function": change.row.name.function,
        "verb": change.verb,
        "is": change.current,
        "should_be": change.wanted,
        "reason": reason,
    }


def _unwritable(role: Role, pending: Pending, context: Context) -> str:
    shown = [str(change) for change, _reason in sorted(pending.items(), key=_page_order)]
    more = f" and {len(shown) - 5} more (see pending)" if len(shown) > 5 else ""
    return (
        f"{len(shown)} levels of security role {role.name!r} on {context.instance} have to be set by a person in"
        f" System > Security Roles: {'; '.join(shown[:5])}{more}. Reason: {next(iter(pending.values()))}."
        " Then run again: it verifies them."
    )


def _warn_of_users(role: Role, read: RoleUsers, expected: list[str] | None, context: Context) -> None:
    """Name the members that aren't meant to have this role."""
    if not read.complete:
        context.warn(f"Whether other members use role {role.name!r} can't be told: the key may not read members.")
        return
    others = other_users(role, read, expected or [])
    if others and (expected is not None or len(others) > 1):
        context.warn(
            f"Security role {role.name!r} on {context.instance} is used by {', '.join(others)} too;"
            " changing its levels changes what they can do."
        )


def other_users(role: Role, read: RoleUsers, expected: t.Sequence[str]) -> list[str]:
    """The active members that have the role, but for those that are expected to."""
    known = {record_key(name) for name in expected}
    active = [user.identifier for user in read.of(role.role_id) if user.active]
    return [identifier for identifier in active if record_key(identifier) not in known]


def _absent(params: Params, context: Context, is_ours: t.Callable[[Role], bool]) -> Result:
    """``members`` go with the role; it may not be of use to anyone else."""
    _parse_input(params)
    _roles, role = _find(params, context)
    if role is None:
        return {"changed": False, "role": None, "diff": line_diff("security role", [])}
    gone = {name.casefold() for name in params["members"] or []}
    read = role_users(context.client)
    if not read.complete:
        raise errors.Refused(
            f"Whether other members use security role {role.name!r} on {context.instance} can't be told, since the key"
            " may not read members, so it isn't deleted. Give the key that right, or delete the role in System >"
            " Security Roles."
        )
    context.identity.guard_role(role.name, role.role_id, read, "it would be deleted", is_ours(role))
    users = [user.label for user in read.of(role.role_id) if user.identifier.casefold() not in gone]
    if users:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} is used by {', '.join(users)}, so it isn't deleted."
            " Give them another role first."
        )
    if not context.check_mode:
        security_roles.delete_role(context.client, role)
        if security_roles.find_role(security_roles.list_roles(context.client), role.role_id or role.name):
            path = routes.ROLE_DELETE.path(role=role.role_id)
            raise errors.NotKept(context.instance, "DELETE", path, detail="it is still listed")
    title = f"security role {role.name} on {context.instance}"
    return {
        "changed": True,
        "role": {"id": role.role_id, "name": role.name},
        "diff": line_diff(title, [(f"security role {role.name}", "present", "absent")]),
    }
