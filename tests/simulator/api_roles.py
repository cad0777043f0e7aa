# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security roles, their settings, and what the caller itself may do."""

from __future__ import annotations

from typing import Any

from . import errors, habits, validate, wire
from .catalogue import VERBS
from .paging import Listing
from .routing import SECURITY, Call, Created, route
from .seed import ADMIN_ID
from .state import Role, Setting, level_problem, now, set_level

ROLES = "/system/securityroles"
LEVEL_FIELDS = {f"{verb}Level": verb for verb in VERBS}


def _role(call: Call, role_id: int) -> Role:
    found = call.instance.store.roles.get(role_id)
    if found is None:
        raise errors.not_found("SecurityRole", role_id)
    return found


def _row(call: Call, role_id: int, setting_id: int) -> Setting:
    row = next((row for row in _role(call, role_id).settings if row.id == setting_id), None)
    if row is None:
        raise errors.not_found("SecurityRoleSetting", setting_id)
    return row


def _shown(call: Call, role_id: int, setting_id: int) -> dict[str, Any]:
    return next(row for row in wire.settings(call.instance, _role(call, role_id)) if row["id"] == setting_id)


def _listed(call: Call) -> list[Role]:
    inactive_too = call.instance.options.inactive_roles_listed
    return [item for item in call.instance.store.roles.values() if inactive_too or not item.inactive]


@route("GET", ROLES, SECURITY)
def list_roles(call: Call) -> Listing:
    """All roles."""
    return Listing([wire.role(item) for item in _listed(call)], "SecurityRole")


@route("GET", f"{ROLES}/count", SECURITY)
def count_roles(call: Call) -> Listing:
    """How many roles."""
    return Listing(list_roles(call).rows, count_only=True)


@route("GET", f"{ROLES}/info", SECURITY)
def list_role_info(call: Call) -> Listing:
    """All roles, short form."""
    return Listing([wire.role_info(item) for item in _listed(call)], "SecurityRole")


@route("GET", f"{ROLES}/info/count", SECURITY)
def count_role_info(call: Call) -> Listing:
    """How many roles."""
    return Listing(list_role_info(call).rows, count_only=True)


@route("GET", f"{ROLES}/{{id}}", SECURITY)
def get_role(call: Call, role_id: int) -> dict[str, Any]:
    """One role."""
    return wire.role(_role(call, role_id))


@route("GET", f"{ROLES}/{{id}}/info", SECURITY)
def get_role_info(call: Call, role_id: int) -> dict[str, Any]:
    """One role, short form."""
    return wire.role_info(_role(call, role_id))


@route("POST", ROLES, SECURITY)
def create_role(call: Call) -> Created:
    """A new role, every function at None.  adminFlag is not honoured (guess: the harder answer)."""
    data = validate.record(call.text, "SecurityRole")
    problems = validate.required("SecurityRole", data, ("name",)) + validate.lengths("SecurityRole", data)
    problems += [errors.read_only("securityRole", name) for name in ("id", "_info") if data.get(name) is not None]
    if not problems and call.instance.find_role(data["name"]):
        problems.append(errors.exists("securityRole", "name"))
    if problems:
        raise errors.invalid("securityRole", problems)
    instance = call.instance
    item = Role(instance.next_id("role"), data["name"], instance.new_rows(), updated_by=call.caller.identifier)
    item.inactive, item.role_type = bool(data.get("inactiveFlag")), data.get("roleType")
    instance.store.roles[item.id] = item
    return Created(wire.role(item), f"{ROLES}/{item.id}")


@route("DELETE", f"{ROLES}/{{id}}", SECURITY)
def delete_role(call: Call, role_id: int) -> None:
    """Delete a role; one that members have, or the built-in one, is refused (guess: behaviour unknown).

    Whether an inactive member counts is as unknown, so an instance may be made either way.
    """
    item = _role(call, role_id)
    if item.id == ADMIN_ID or item.admin:
        text = "The administrator role cannot be deleted."
        raise errors.invalid("securityRole", [errors.problem("NotAllowed", text, "securityRole", "id")])
    all_count = call.instance.options.inactive_holds_role
    holders = [m for m in call.instance.store.members.values() if m.refs.get("securityRole") == item.id]
    if any(all_count or not holder.inactive for holder in holders):
        text = "The role is assigned to members."
        raise errors.invalid("securityRole", [errors.problem("ObjectInUse", text, "securityRole", "id")])
    del call.instance.store.roles[item.id]


def _listed_rows(call: Call, item: Role) -> list[dict[str, Any]]:
    """The rows as a list has them this time."""
    instance = call.instance
    rows = zip((row.function for row in item.settings), wire.settings(instance, item), strict=True)
    return habits.listed(instance.options, list(rows), instance.next_id("list of settings"))


@route("GET", f"{ROLES}/{{id}}/settings", SECURITY)
def list_settings(call: Call, role_id: int) -> Listing:
    """The rows of a role."""
    return Listing(_listed_rows(call, _role(call, role_id)), "SecurityRoleSetting")


@route("GET", f"{ROLES}/{{id}}/settings/count", SECURITY)
def count_settings(call: Call, role_id: int) -> Listing:
    """How many rows."""
    return Listing(list_settings(call, role_id).rows, count_only=True)


@route("GET", f"{ROLES}/{{id}}/settings/{{id}}", SECURITY)
def get_setting(call: Call, role_id: int, setting_id: int) -> dict[str, Any]:
    """One row."""
    _row(call, role_id, setting_id)
    return _shown(call, role_id, setting_id)


@route("PATCH", f"{ROLES}/{{id}}/settings/{{id}}", SECURITY, extended=True)
def patch_setting(call: Call, role_id: int, setting_id: int) -> dict[str, Any]:
    """Change levels, in the wire form of the published twin below /project (that this exists is a guess)."""
    row = _row(call, role_id, setting_id)
    wanted: dict[str, Any] = {}
    for item in validate.operations(call.text):
        wanted.update(_patched_level(item))
    return _store_levels(call, role_id, row, wanted)


def _patched_level(item: dict[str, Any]) -> dict[str, Any]:
    """{level field: value} of one operation."""
    field = item["path"].removeprefix("/")
    if field in LEVEL_FIELDS:
        return {field: "None" if item["op"] == "remove" else item["value"]}
    if field in validate.TYPES["SecurityRoleSetting"]:
        raise errors.invalid("securityRoleSetting", [errors.read_only("securityRoleSetting", field)])
    raise errors.bad_body(f"The path {item['path']!r} does not exist.")


@route("PUT", f"{ROLES}/{{id}}/settings/{{id}}", SECURITY, extended=True)
def put_setting(call: Call, role_id: int, setting_id: int) -> dict[str, Any]:
    """Replace a row; levels that are left out become None (guess), other members must be unchanged."""
    row = _row(call, role_id, setting_id)
    data = validate.record(call.text, "SecurityRoleSetting")
    shown = _shown(call, role_id, setting_id)
    fixed = [name for name in data if name not in LEVEL_FIELDS and name != "_info"]
    changed = [errors.read_only("securityRoleSetting", name) for name in fixed if data[name] != shown[name]]
    if changed:
        raise errors.invalid("securityRoleSetting", changed)
    wanted = {name: "None" if data.get(name) is None else data[name] for name in LEVEL_FIELDS}
    return _store_levels(call, role_id, row, wanted)


def _store_levels(call: Call, role_id: int, row: Setting, wanted: dict[str, Any]) -> dict[str, Any]:
    """Check all levels, then store them."""
    problems = []
    for field, level in wanted.items():
        reason = level_problem(row.function, LEVEL_FIELDS[field], level)
        if reason:
            problems.append(errors.bad_value("securityRoleSetting", field, reason))
    if problems:
        raise errors.invalid("securityRoleSetting", problems)
    for field, level in wanted.items():
        set_level(row, LEVEL_FIELDS[field], level)
    if wanted:
        row.updated, row.updated_by = now(), call.caller.identifier
    return _shown(call, role_id, row.id)


def _own_role(call: Call) -> Role:
    return _role(call, call.caller.refs.get("securityRole") or 0)


@route("GET", "/system/mySecurity")
def my_security(call: Call) -> Listing:
    """The rows of the caller's own role."""
    rows = _listed_rows(call, _own_role(call))
    return Listing([wire.my_security(call.instance, call.caller, call.own, row) for row in rows])


@route("GET", "/system/mySecurity/customizeItems")
def customize_items(call: Call) -> Listing:
    """What is chosen in the customise lists of the caller's own role."""
    return Listing(wire.customize_items(_own_role(call)), "MySecurityCustomizeItem")
