# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_security_role: a security role exists with exactly the levels of a matrix. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._client import errors, routes
from .._domain.change import Cell, CellChange
from .._domain.compare import LevelPlan, plan_levels
from .._domain.matrix import MatrixError, Permission, parse_rows
from .._domain.names import record_key
from .._domain.offered import Unoffered
from .._domain.role_page import role_page
from .._domain.settings import SettingRow, merged
from .._domain.wording import counted
from .._resources import security_roles
from .._resources.records import NOT_RECORDED, Recorded
from .._resources.role_users import RoleUsers, role_users
from .._resources.security_roles import NAME_LENGTH, Role
from .._resources.settling import settled, unseen
from . import arguments, security_role_removal
from .context import Context, Params, Result, Watched, line_diff, wait_until


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
    """What a run will do. ``role`` is None if it must be created; ``rows`` are then those of a blank role.

    ``created``: this run has created the role since. ``listed``: the list of roles shows it. ``permissions`` is None
    if the levels aren't managed. ``users`` are read if an existing role changes. ``ordinary`` is another role that
    isn't an Admin role, if one exists.
    """

    role: Role | None
    permissions: list[Permission] | None = None
    rows: list[SettingRow] = field(default_factory=list)
    levels: LevelPlan = field(default_factory=lambda: LevelPlan(()))
    users: RoleUsers | None = None
    created: bool = False
    listed: bool = True
    ordinary: Role | None = None


def run(
    params: Params,
    context: Context,
    is_ours: t.Callable[[Role], bool] = lambda _role: False,
    recorded: Recorded = NOT_RECORDED,
) -> Result:
    if params["state"] == "absent":
        _parse_input(params)
        _roles, role = _find(params, context, recorded)
        return security_role_removal.remove(role, params, context, role is not None and is_ours(role))
    return apply(plan(params, context, is_ours, recorded), params, context)


def plan(
    params: Params,
    context: Context,
    is_ours: t.Callable[[Role], bool] = lambda _role: False,
    recorded: Recorded = NOT_RECORDED,
) -> Plan:
    """Plan the changes; only reads. Raises InputError and Refused.

    ``is_ours`` says whether this collection created a role; ``recorded`` is the one that it created.
    """
    permissions = _parse_input(params)
    roles, role = _find(params, context, recorded)
    _refuse_inactive(role, context)
    made = _make_plan(roles, role, permissions, params["unlisted"], context)
    made.listed = role is None or role in roles
    if role is not None and made.levels.changes:
        made.users = guard_shared_role(role, made.levels, params["members"], context, is_ours(role))
    return made


def guard_shared_role(
    role: Role, levels: LevelPlan, expected: list[str] | None, context: Context, ours: bool
) -> RoleUsers:
    """The users of a role whose levels would be changed.

    Raises Refused if it may be the automation's own, and warns of members that aren't ``expected`` to have it.
    """
    users = role_users(context.client)
    what = f"{counted(len(levels.changes), 'level')} would be changed"
    context.identity.guard_role(role.name, role.role_id, users, what, ours)
    _warn_of_users(role, users, expected, context)
    return users


def _find(params: Params, context: Context, recorded: Recorded) -> tuple[list[Role], Role | None]:
    """All listed roles, and the one of this name; a role that we created is also found by its id."""
    roles = security_roles.list_roles(context.client)
    role = security_roles.find_role(roles, params["name"])
    if role is None:
        role = security_roles.find_recorded(context.client, roles, params["name"], recorded)
    if (role and role.admin) or params["name"].strip().casefold() == security_roles.BUILT_IN_ADMIN.casefold():
        raise errors.Refused(
            f"{params['name']!r} is a built-in Admin role on {context.instance}, which is never changed or deleted."
            " Choose another name for the integration's security role."
        )
    return roles, role


def _parse_input(params: Params) -> list[Permission] | None:
    problems = []
    name = params["name"].strip()
    if not name:
        problems.append("name is empty")
    if len(name) > NAME_LENGTH:
        problems.append(f"name {name!r} has {len(name)} characters; the limit for a security role is {NAME_LENGTH}")
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
    context.client.functions.expect(permission.name for permission in permissions)
    rows = (_read_rows(role, permissions, context) if role else []) or _blank_rows(roles, context)
    _look_elsewhere(rows, roles, permissions, context)
    rows = context.client.functions.completed(rows, permissions)
    levels = plan_levels(rows, permissions, unlisted)
    if levels.problems:
        raise errors.InputError(levels.problems, f"The permissions don't fit {context.instance}")
    ordinary = next((each for each in roles if not each.admin), None)
    return Plan(role, permissions, rows, levels, ordinary=ordinary)


def _read_rows(role: Role, permissions: list[Permission], context: Context) -> list[SettingRow]:
    """The rows of a role; if the list leaves out rows that exist, it is read once more."""
    return _whole(security_roles.read_settings(context.client, role), role, permissions, context)


def _whole(rows: list[SettingRow], role: Role, permissions: list[Permission], context: Context) -> list[SettingRow]:
    client = context.client
    if not client.functions.hidden(rows, permissions):
        return rows
    again = merged(rows, security_roles.read_settings(client, role))
    if client.functions.hidden(again, permissions) and client.finds_more():  # the list was cut short
        return security_roles.read_settings(client, role)
    return again


def _look_elsewhere(
    rows: list[SettingRow], roles: t.Sequence[Role], permissions: list[Permission], context: Context
) -> None:
    """Read the requested functions that only other roles show: from the Admin role, then from any."""
    functions = context.client.functions
    admin = [role for role in roles if role.admin][:1]
    for more in (admin, [role for role in roles if role not in admin]):
        unknown = functions.unknown(rows, permissions)
        if unknown and (more is admin or not all(permission.optional for permission in unknown)):
            security_roles.read_all_settings(context.client, more)


def _blank_rows(roles: t.Sequence[Role], context: Context) -> list[SettingRow]:
    """The instance's functions with every level none, read from an existing role (an Admin role shows all)."""
    pattern = next((role for role in roles if role.admin), None) or next(iter(roles), None)
    return [row.blank() for row in security_roles.read_settings(context.client, pattern)] if pattern else []


Pending = t.Dict[CellChange, str]


@dataclass
class Done:
    """The outcome of a plan: the cells ``set``, those ``pending``, each with the reason, and those not offered.
    ``undecided`` are cells of check mode: set by the API if the instance allows it, else by hand."""

    role: Role
    created: bool
    plan: Plan
    set: list[CellChange] = field(default_factory=list)
    pending: Pending = field(default_factory=dict)
    undecided: list[CellChange] = field(default_factory=list)
    not_offered: t.Sequence[Unoffered] = ()


def apply(plan: Plan, params: Params, context: Context) -> Result:
    """Carry the plan out, read the role back, and return what was read."""
    if context.check_mode:
        done = Done(plan.role or Role(params["name"].strip()), plan.role is None, plan)
        done.not_offered = plan.levels.not_offered
        _predict(done, context)
        return _result(done, params, context)
    role, created = create(plan, params, context), plan.created
    if plan.permissions is None:
        return _result(Done(role, created, plan), params, context)
    if created:
        plan = _plan_of_new(plan, role, plan.permissions, params["unlisted"], context)
    done = Done(role, created, plan)
    levels = _Levels(role, plan.permissions or [], params["unlisted"], context, plan.levels.not_offered)
    _write(done, levels)
    if done.pending and params["wait_timeout"] > 0:
        done.pending = _wait(levels, done.pending, params)
    done.not_offered = levels.not_offered
    return _result(done, params, context)


def create(plan: Plan, params: Params, context: Context) -> Role:
    """The role, created if it doesn't exist; a new role has every level None."""
    if plan.role is None:
        plan.role = security_roles.create_role(context.client, params["name"].strip())
        plan.created = True
    return plan.role


def _plan_of_new(
    plan: Plan, role: Role, permissions: list[Permission], unlisted: str, context: Context
) -> Plan:
    """Plan again with the new role's own rows, which have the ids to write to."""
    rows = security_roles.read_new_settings(context.client, role)
    rows = _whole(rows, role, permissions, context) or plan.rows
    rows = context.client.functions.completed(rows, permissions)
    levels = plan_levels(rows, permissions, unlisted)
    if levels.problems:
        raise errors.Refused(
            f"Security role {role.name!r} on {context.instance} was created, but its functions differ from those of the"
            f" existing roles, so no level was set: {'; '.join(levels.problems)}."
        )
    return replace(plan, role=role, rows=rows, levels=levels)


def _predict(done: Done, context: Context) -> None:
    """Only a successful write shows that an instance takes levels; check mode relies on one in the profile."""
    changes = list(done.plan.levels.changes)
    reason = security_roles.why_unwritable(context.client) if changes else ""
    if reason:
        done.pending = dict.fromkeys(changes, reason)
        return
    without_row = [change for change in changes if not change.row_id]
    if without_row and done.created and _shows_nothing_granted(done.plan.ordinary, context):
        without_row = []
    done.pending = dict.fromkeys(without_row, security_roles.NO_ROW)
    left = [change for change in changes if change not in done.pending]
    if left and context.client.has_worked(routes.SETTING_WRITE):
        done.set = left
    else:
        done.undecided = left


def _shows_nothing_granted(ordinary: Role | None, context: Context) -> bool:
    """Whether a new role, which grants nothing yet, will show its rows; judged by another role."""
    if not context.client.functions.whole and ordinary is not None:
        security_roles.read_settings(context.client, ordinary)
    return context.client.functions.whole or ordinary is None


@dataclass
class _Levels:
    """The wanted levels of a role, compared with those it has.

    ``not_offered`` is what the instance didn't offer when the levels were last read.
    """

    role: Role
    permissions: list[Permission]
    unlisted: str
    context: Context
    not_offered: t.Sequence[Unoffered] = ()

    def left(self, expected: t.Iterable[CellChange]) -> dict[Cell, CellChange]:
        """Read the levels again and return those that differ.

        An ``expected`` change whose row isn't shown counts as different, as a missing row proves nothing. If the
        instance leaves out rows that grant nothing, a missing row proves level None.
        """
        functions = self.context.client.functions
        rows = security_roles.read_settings(self.context.client, self.role)
        plan = plan_levels(functions.completed(rows, self.permissions), self.permissions, self.unlisted)
        self.not_offered = plan.not_offered
        shown = {row.name for row in rows}
        unseen = [change for change in expected if change.name not in shown]
        unproven = [change for change in unseen if functions.whole or change.wanted != "none"]
        return {change.cell: change for change in (*plan.changes, *unproven)}


def _write(done: Done, levels: _Levels) -> None:
    """Write the levels; only what reads back counts as set."""
    changes = done.plan.levels.changes
    if not changes:
        return
    tried = [cell for cell in levels.not_offered if cell.tried]
    outcome = security_roles.write_levels(levels.context.client, done.role, changes, tried)
    if not outcome.accepted:
        done.pending = dict(outcome.refused)
        return
    seconds = levels.context.client.connection.settle_timeout

    def shows(left: dict[Cell, CellChange]) -> bool:
        return not any(change.cell in left for change in outcome.accepted)

    def read() -> dict[Cell, CellChange]:
        return levels.left(changes)

    seen = settled(read, seconds, shows)
    visible, left = seen[1], {change.cell: change for change in changes} if seen[0] is None else seen[0]
    reasons = {change.cell: reason for change, reason in outcome.refused.items()}
    ineffective = "the write was accepted, but the level reads back differently"
    if not visible and all(change.cell in left for change in outcome.accepted):
        ineffective = f"the level was {unseen(seconds)}"
    still = {cell.cell for cell in levels.not_offered}
    came_along = [cell for cell in tried if cell.cell not in still]
    done.set = [change for change in (*changes, *came_along) if change.cell not in left]
    done.pending = {change: reasons.get(cell, ineffective) for cell, change in left.items()}


def _wait(levels: _Levels, pending: Pending, params: Params) -> Pending:
    """What is still pending once someone has set the levels, or the time is over."""
    context, name = levels.context, levels.role.name
    reasons = {change.cell: reason for change, reason in pending.items()}
    left = {change.cell: change for change in pending}

    def finished() -> bool:
        nonlocal left
        before, left = len(left), levels.left(left.values())
        if len(left) != before:
            context.progress(f"{context.instance}: role {name!r} has {counted(len(left), 'level')} left to set")
        return not left

    context.progress(
        f"{context.instance}: waiting up to {params['wait_timeout']:.0f} s for someone to set"
        f" {counted(len(pending), 'level')} of role {name!r}"
    )
    wait_until(
        finished,
        params["wait_timeout"],
        params["wait_interval"],
        context.client.budget,
        lambda seconds: context.watch(Watched(list(left.values()), seconds)),
    )
    return {change: reasons.get(cell, "changed during the wait") for cell, change in left.items()}


def _result(done: Done, params: Params, context: Context) -> Result:
    role, levels = done.role, done.plan.levels
    lines: list[tuple[str, t.Any, t.Any]] = []
    if done.created:
        lines.append((f"security role {role.name}", "absent", "present"))
    changes = (*done.set, *done.undecided)
    lines += [(f"{change.name}, {change.verb}", change.current, change.wanted) for change in changes]
    pending = sorted(done.pending.items(), key=_page_order)
    context.role_page = role_page(role.name, done.plan.rows, levels.changes, done.pending)
    result: Result = {
        "changed": bool(done.created or done.set or done.undecided),
        "role": {"id": role.role_id, "name": role.name},
        "created": done.created,
        "functions": len(done.plan.rows),
        "levels_set": len(done.set),
        "levels_undecided": len(done.undecided),
        "pending": [{**change.as_dict(), "reason": reason} for change, reason in pending],
        "not_offered": [cell.as_dict() for cell in done.not_offered],
        "names": context.client.functions.naming.sentence,
        "absent_functions": [{"module": name.module, "function": name.function} for name in levels.absent],
        "diff": line_diff(f"security role {role.name} on {context.instance}", lines),
    }
    if pending and params["on_unwritable"] == "fail":
        result["failed"] = True
        result["msg"] = _unwritable(role, pending, context)
    return result


def _page_order(item: tuple[CellChange, str]) -> t.Any:
    return item[0].page_order


def _unwritable(role: Role, pending: t.Sequence[tuple[CellChange, str]], context: Context) -> str:
    shown = [str(change) for change, _reason in pending[:5]]
    more = f" and {len(pending) - 5} more (see pending)" if len(pending) > 5 else ""
    return (
        f"Set {counted(len(pending), 'level')} of security role {role.name!r} on {context.instance} in System >"
        f" Security Roles: {'; '.join(shown)}{more}. Reason: {pending[0][1].rstrip('.')}. Then run again to verify."
    )


def _warn_of_users(role: Role, read: RoleUsers, expected: list[str] | None, context: Context) -> None:
    """Warn of members that aren't expected to have this role."""
    if not read.complete:
        context.warn(
            f"Cannot tell whether other members use security role {role.name!r} on {context.instance}: the key has no"
            " permission to read members."
        )
        return
    others = other_users(role, read, expected or [])
    if others and (expected is not None or len(others) > 1):
        context.warn(
            f"Security role {role.name!r} on {context.instance} is also used by {', '.join(others)};"
            " changing its levels changes what they can do."
        )


def other_users(role: Role, read: RoleUsers, expected: t.Sequence[str]) -> list[str]:
    """The active members that have the role, except the ``expected`` ones."""
    known = {record_key(name) for name in expected}
    active = [user.identifier for user in read.of(role.role_id) if user.active]
    return [identifier for identifier in active if record_key(identifier) not in known]
