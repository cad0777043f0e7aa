# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API members, members, and (``extended`` edition) the keys of API members."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import errors, validate, wire
from .paging import Listing
from .routing import MEMBERS, Call, Created, route
from .seed import OTHER_ROLE, add_key
from .state import ApiKey, Member, now

PATH = "/system/apiMembers"
KEYS = f"{PATH}/{{id}}/apiKeys"

# What the page requires of a new API member (reported by several vendors; that the API does, is a guess).
REQUIRED = (
    "identifier", "name", "securityRole", "structureLevel", "securityLocation", "defaultLocation",
    "defaultDepartment", "salesDefaultLocation",
)  # fmt: skip
READ_ONLY = ("id", "_info", "inactiveDate")
# Wire member -> attribute, and its value when unset.
PLAIN: dict[str, tuple[str, Any]] = {
    "identifier": ("identifier", ""),
    "name": ("name", ""),
    "emailAddress": ("email", ""),
    "notes": ("notes", ""),
    "inactiveFlag": ("inactive", False),
    "excludedServiceBoardIds": ("excluded_boards", []),
    "blockPriceFlag": ("block_price", False),
    "blockCostFlag": ("block_cost", False),
}


def _api_members(call: Call) -> list[Member]:
    return [item for item in call.instance.store.members.values() if item.license_class == "A"]


def _api_member(call: Call, member_id: int) -> Member:
    found = next((item for item in _api_members(call) if item.id == member_id), None)
    if found is None:
        raise errors.not_found("ApiMember", member_id)
    return found


def _fill(call: Call, item: Member, data: dict[str, Any]) -> None:
    """Store a checked body, or the changed members of one."""
    for name, value in data.items():
        if name in PLAIN:
            attribute, unset = PLAIN[name]
            setattr(item, attribute, type(unset)() if value is None else value)
        elif name in wire.REFERENCES:
            item.refs[name] = None if value is None else validate.as_id(value["id"])
    item.identifier = wire.identifier(call.instance, item.identifier)
    item.inactive_date = (item.inactive_date or now()) if item.inactive else None
    item.updated, item.updated_by = now(), call.caller.identifier


def _problems(call: Call, data: dict[str, Any], item: Member | None) -> validate.Problems:
    """What is wrong with a whole body."""
    problems = validate.required("ApiMember", data, REQUIRED) + validate.lengths("ApiMember", data)
    problems += validate.reference_problems(call.instance, "ApiMember", data)
    wanted = data.get("identifier") or ""
    taken = call.instance.find_member(wanted)
    if taken and taken is not item:
        problems.append(errors.exists("apiMember", "identifier"))
    if item and wanted and wire.identifier(call.instance, wanted) != wire.identifier(call.instance, item.identifier):
        problems.append(errors.read_only("apiMember", "identifier"))
    return problems


@route("GET", PATH, MEMBERS)
def list_api_members(call: Call) -> Listing:
    """All API members.  inactiveFlag is shown but cannot be filtered on (reported of several lists)."""
    inactive_too = call.instance.options.inactive_members_listed
    found = [item for item in _api_members(call) if inactive_too or not item.inactive]
    rows = [wire.api_member(call.instance, item) for item in found]
    return Listing(rows, "ApiMember", ("inactiveFlag",))


@route("GET", f"{PATH}/count", MEMBERS)
def count_api_members(call: Call) -> Listing:
    """How many API members."""
    return replace(list_api_members(call), count_only=True)


@route("GET", f"{PATH}/default", MEMBERS)
def api_member_default(call: Call) -> dict[str, Any]:
    """The template of a new API member."""
    return wire.api_member_default(call.instance)


@route("GET", f"{PATH}/{{id}}", MEMBERS)
def get_api_member(call: Call, member_id: int) -> dict[str, Any]:
    """One API member."""
    return wire.api_member(call.instance, _api_member(call, member_id))


@route("POST", PATH, MEMBERS)
def create_api_member(call: Call) -> Created:
    """A new API member; what is left out of the optional members comes from the template (guess)."""
    data = validate.record(call.text, "ApiMember")
    problems = _problems(call, data, None)
    problems += [errors.read_only("apiMember", name) for name in READ_ONLY if data.get(name) is not None]
    if problems:
        raise errors.invalid("apiMember", problems)
    item = Member(call.instance.next_id("member"), "", "", dict(call.instance.template))
    _fill(call, item, data)
    posted = call.instance.options.posted_role
    if posted != "asked":
        item.refs["securityRole"] = {"none": None, "other": OTHER_ROLE}[posted]
    call.instance.store.members[item.id] = item
    return Created(wire.api_member(call.instance, item), f"{PATH}/{item.id}")


@route("PUT", f"{PATH}/{{id}}", MEMBERS)
def put_api_member(call: Call, member_id: int) -> dict[str, Any]:
    """Replace an API member; what is left out is unset (reported of PUT)."""
    item = _api_member(call, member_id)
    data = validate.record(call.text, "ApiMember")
    problems = _problems(call, data, item)
    if data.get("id") not in (None, item.id):
        problems.append(errors.read_only("apiMember", "id"))
    if problems:
        raise errors.invalid("apiMember", problems)
    _fill(call, item, {name: data.get(name) for name in (*PLAIN, *wire.REFERENCES)})
    return wire.api_member(call.instance, item)


@route("PATCH", f"{PATH}/{{id}}", MEMBERS)
def patch_api_member(call: Call, member_id: int) -> dict[str, Any]:
    """Change members of an API member; a reference only as a whole."""
    item = _api_member(call, member_id)
    changes: dict[str, Any] = {}
    for operation in validate.operations(call.text):
        changes.update(_patched(call, operation))
    problems = [errors.read_only("apiMember", name) for name in changes if name in READ_ONLY]
    problems += _problems(call, {**wire.api_member(call.instance, item), **changes}, item)
    if problems:
        raise errors.invalid("apiMember", problems)
    if changes:
        _fill(call, item, changes)
    return wire.api_member(call.instance, item)


def _patched(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """{member: value} of one operation; a path below a reference changes nothing (reported)."""
    name, _slash, below = operation["path"].removeprefix("/").partition("/")
    kinds = validate.TYPES["ApiMember"]
    if name not in kinds:
        raise errors.bad_body(f"The path {operation['path']!r} does not exist.")
    if below:
        return {}
    if operation["op"] == "remove":
        return {name: None}
    value = operation["value"]
    if value is None and kinds[name] in ("str", "bool", "ints"):
        text = "null is not accepted; an empty text or a remove operation clears a text."
        raise errors.invalid("apiMember", [errors.bad_value("apiMember", name, text)])
    validate.check_kind(call.text, value, kinds[name], name)
    return {name: value}


@route("GET", "/system/members", MEMBERS)
def list_members(call: Call) -> Listing:
    """All members, API members among them (guess)."""
    return Listing([wire.member(call.instance, item) for item in call.instance.store.members.values()])


@route("GET", "/system/members/count", MEMBERS)
def count_members(call: Call) -> Listing:
    """How many members."""
    return Listing(list_members(call).rows, count_only=True)


@route("GET", "/system/members/{name}", MEMBERS)
def get_member(call: Call, wanted: int | str) -> dict[str, Any]:
    """One member, by id or by identifier."""
    found = call.instance.store.members.get(wanted) if isinstance(wanted, int) else None
    found = found or call.instance.find_member(str(wanted))
    if found is None:
        raise errors.not_found("Member", wanted)
    return wire.member(call.instance, found)


@route("GET", "/system/info/members", MEMBERS)
def list_member_info(call: Call) -> Listing:
    """All members, short form."""
    return Listing([wire.member_info(call.instance, item) for item in call.instance.store.members.values()])


def _key(call: Call, member_id: int, key_id: int) -> ApiKey:
    _api_member(call, member_id)
    found = call.instance.store.keys.get(key_id)
    if found is None or found.member_id != member_id:
        raise errors.not_found("ApiKey", key_id)
    return found


@route("GET", KEYS, MEMBERS, extended=True)
def list_keys(call: Call, member_id: int) -> Listing:
    """The keys of an API member, without their private halves."""
    owner = _api_member(call, member_id)
    return Listing([wire.key(item) for item in call.instance.member_keys(owner.id)], "ApiKey")


@route("POST", KEYS, MEMBERS, extended=True)
def create_key(call: Call, member_id: int) -> Created:
    """A new pair; the only answer that ever holds the private half."""
    item = _api_member(call, member_id)
    data = validate.record(call.text, "ApiKey")
    problems = validate.required("ApiKey", data, ("description",)) + validate.lengths("ApiKey", data)
    problems += [errors.read_only("apiKey", name) for name in data if name != "description"]
    if problems:
        raise errors.invalid("apiKey", problems)
    made = add_key(call.instance, item, data["description"])
    body = {name: value for name, value in wire.key(made).items() if name in ("id", "description", "publicKey")}
    return Created({**body, "privateKey": made.private}, f"{PATH}/{item.id}/apiKeys/{made.id}")


@route("PATCH", f"{KEYS}/{{id}}", MEMBERS, extended=True)
def patch_key(call: Call, member_id: int, key_id: int) -> dict[str, Any]:
    """Retire a key or bring it back; nothing else of a key can change."""
    item = _key(call, member_id, key_id)
    for operation in validate.operations(call.text):
        field = operation["path"].removeprefix("/")
        if field not in validate.TYPES["ApiKey"]:
            raise errors.bad_body(f"The path {operation['path']!r} does not exist.")
        if field != "inactiveFlag":
            raise errors.invalid("apiKey", [errors.read_only("apiKey", field)])
        if operation["op"] == "remove" or not isinstance(operation["value"], bool):
            raise errors.invalid("apiKey", [errors.bad_value("apiKey", field, "true or false is required.")])
        item.inactive, item.updated = operation["value"], now()
    return wire.key(item)


@route("DELETE", f"{KEYS}/{{id}}", MEMBERS, extended=True)
def delete_key(call: Call, member_id: int, key_id: int) -> None:
    """Delete a key."""
    del call.instance.store.keys[_key(call, member_id, key_id).id]
