# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates request bodies: JSON, the fields of a record type, kinds, lengths, references and patches."""

from __future__ import annotations

import json
import re
from typing import Any

from . import errors
from .state import Instance
from .wire import REFERENCES

Problems = list[dict[str, str]]

# Member -> kind, per record type (published API).  A kind that names a type is a nested object.
_REFERENCE = {"id": "ref-id", "name": "str", "_info": "info"}
TYPES: dict[str, dict[str, str]] = {
    "SecurityRole": {
        "id": "int", "name": "str", "roleType": "str", "adminFlag": "bool", "inactiveFlag": "bool",
        "_info": "info",
    },
    "ApiMember": {
        "id": "int", "identifier": "str", "name": "str", "emailAddress": "str", "inactiveFlag": "bool",
        "inactiveDate": "str", **{name: kind for name, (kind, _table) in REFERENCES.items()}, "notes": "str",
        "excludedServiceBoardIds": "ints", "blockPriceFlag": "bool", "blockCostFlag": "bool", "_info": "info",
    },
    "SecurityRoleSetting": {
        "id": "int", "addLevel": "str", "editLevel": "str", "deleteLevel": "str", "inquireLevel": "str",
        "moduleFunctionName": "str", "moduleFunctionDescription": "str", "myAllFlag": "bool",
        "moduleFunctionIdentifier": "str", "reportFlag": "bool", "restrictFlag": "bool", "customFlag": "bool",
        "moduleDescription": "str", "moduleIdentifier": "str", "moduleName": "str", "sortOrder": "int",
        "_info": "info",
    },
    "ApiKey": {
        "id": "int", "description": "str", "publicKey": "str", "inactiveFlag": "bool", "_info": "info",
    },
    "MySecurityCustomizeItem": {"id": "int", "customizeIdentifier": "str", "itemIdentifier": "str"},
    "PatchOperation": {"op": "str", "path": "str", "value": "any"},
    **{kind: dict(_REFERENCE) for kind, _table in REFERENCES.values()},
}  # fmt: skip
TYPES["SystemDepartmentReference"]["identifier"] = "str"

# Published lengths.
LENGTHS = {
    ("SecurityRole", "name"): 30,
    ("SecurityRole", "roleType"): 30,
    ("ApiMember", "identifier"): 15,
    ("ApiMember", "name"): 30,
    ("ApiMember", "emailAddress"): 250,
    ("ApiKey", "description"): 50,
}


def parse(text: str) -> Any:
    """The JSON of a body; invalid JSON, or a field that occurs twice, is refused (guess)."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _value in pairs}) != len(pairs):
            raise ValueError("a member occurs twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as exc:
        raise errors.bad_body(f"The request body could not be read as JSON: {exc}") from exc


def record(text: str, kind: str) -> dict[str, Any]:
    """A body that must be one object of a type, with only fields and kinds of that type."""
    data = parse(text)
    if not isinstance(data, dict):
        raise errors.bad_body(f"An object of type '{kind}' is required.")
    _check_members(text, data, kind, "")
    return data


def operations(text: str) -> list[dict[str, Any]]:
    """A patch: a bare array of {op, path, value} (published API).  An empty array is allowed."""
    data = parse(text)
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise errors.bad_body("An array of patch operations is required.")
    for item in data:
        _check_members(text, item, "PatchOperation", "")
        _check_operation(item)
    return data


def _check_operation(item: dict[str, Any]) -> None:
    if item.get("op") not in ("add", "replace", "remove"):
        raise errors.bad_body(f"The operation {item.get('op')!r} is not known.")
    if not isinstance(item.get("path"), str) or not item["path"].strip("/"):
        raise errors.bad_body("A patch operation needs a path.")
    if item["op"] != "remove" and "value" not in item:
        raise errors.bad_body("A patch operation needs a value.")


def _check_members(text: str, data: dict[str, Any], kind: str, prefix: str) -> None:
    """Refuse unknown fields (recorded answer) and values of another kind (guess)."""
    known = TYPES[kind]
    for name, value in data.items():
        path = f"{prefix}{name}"
        if name not in known:
            raise errors.unknown_member(name, kind, path, *_place(text, name))
        check_kind(text, value, known[name], path)


def _place(text: str, name: str) -> tuple[int, int]:
    """Line and position after the colon of a field, as the recorded answer counts them."""
    match = re.search(re.escape(json.dumps(name)) + r"\s*:", text)
    end = match.end() if match else 0
    return text.count("\n", 0, end) + 1, end - (text.rfind("\n", 0, end) + 1)


def is_int(value: Any) -> bool:
    """Whether it is a JSON integer; ``true`` isn't, though Python counts it as one."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_kind(text: str, value: Any, kind: str, path: str) -> None:
    """Refuse a value of another kind; null passes.  A reference id may be digits in a text (recorded)."""
    if value is None or kind == "any":
        return
    if kind in TYPES:
        if not isinstance(value, dict):
            raise errors.bad_body(f"Error converting value to type '{kind}'. Path '{path}'.")
        _check_members(text, value, kind, f"{path}.")
        return
    fits = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "ref-id": as_id(value) is not None,
        "ints": isinstance(value, list) and all(is_int(item) for item in value),
        "info": isinstance(value, dict),
    }
    if not fits[kind]:
        raise errors.bad_body(f"Error converting value to type '{kind}'. Path '{path}'.")


def as_id(value: Any) -> int | None:
    """A record id given as a number or as digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if is_int(value) else None


def resource_of(kind: str) -> str:
    """The name a type has in error answers: SecurityRole -> securityRole."""
    return kind[:1].lower() + kind[1:]


def lengths(kind: str, data: dict[str, Any]) -> Problems:
    """Texts over their length."""
    return [
        errors.too_long(resource_of(kind), field, limit)
        for (owner, field), limit in LENGTHS.items()
        if owner == kind and len(data.get(field) or "") > limit
    ]


def required(kind: str, data: dict[str, Any], names: tuple[str, ...]) -> Problems:
    """Required fields that are absent, null or blank."""
    return [errors.missing(resource_of(kind), name) for name in names if not _present(data.get(name))]


def _present(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, dict):
        return value.get("id") is not None
    return value is not None


def reference_problems(instance: Instance, kind: str, data: dict[str, Any]) -> Problems:
    """References to records that do not exist.  Only ``id`` is resolved; a name alone is refused (guess)."""
    problems: Problems = []
    for name, (_kind, table) in REFERENCES.items():
        value = data.get(name)
        if isinstance(value, dict):
            wanted = as_id(value.get("id"))
            if wanted is None or not _exists(instance, table, wanted):
                problems.append(errors.bad_reference(resource_of(kind), name, wanted))
    for board in data.get("excludedServiceBoardIds") or []:
        if not _exists(instance, "boards", board):
            problems.append(errors.bad_reference(resource_of(kind), "excludedServiceBoardIds", board))
    return problems


def _exists(instance: Instance, table: str, record_id: int) -> bool:
    if table == "roles":
        return record_id in instance.store.roles
    return instance.lookup(table, record_id) is not None
