# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Habits that a real instance may have: nobody has recorded them, so each is an option, and all can be combined.

A habit stands for the whole life of an instance; a fault (``faults.py``) is played on chosen requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from . import errors
from .catalogue import VERBS, Function, functions
from .faults import PAGE

Row = dict[str, Any]
LEVELS = {verb: f"{verb}Level" for verb in VERBS}


@dataclass(frozen=True)
class Canned:
    """An answer that a route returns to any request."""

    status: int
    text: str
    kind: str = "application/json"


def _error(error: errors.ApiError) -> Canned:
    return Canned(error.status, json.dumps(error.body))


def _refused(status: int, message: str) -> Canned:
    return Canned(status, json.dumps({"code": "ConnectWiseApi", "message": message}))


CANNED = {
    "bad_request": _refused(400, "The request is invalid."),
    "unauthorized": Canned(401, json.dumps({"code": "Unauthorized", "message": "Unauthorized"})),
    "forbidden": _error(errors.no_permission()),
    "not_found": Canned(404, "Not Found", "text/plain"),
    "no_endpoint": _error(errors.no_endpoint()),
    "no_role": _error(errors.not_found("SecurityRole", 0)),
    "method_not_allowed": Canned(405, "", "text/plain"),
    "server_error": _refused(500, "An error has occurred."),
    "page": Canned(200, PAGE, "text/html"),
    "page_403": Canned(403, PAGE, "text/html"),
    "other_json": Canned(200, json.dumps({"status": "ok"})),
    "empty": Canned(200, "[]"),
    "object": Canned(200, json.dumps({"id": 1, "member": None})),
    "null": Canned(200, "null"),
}
REFUSALS = (
    "bad_request", "unauthorized", "forbidden", "not_found", "no_endpoint", "method_not_allowed", "server_error",
    "page", "page_403", "other_json",
)  # fmt: skip


def _one_of(*names: str) -> Any:
    """An option with these values; the first is how an instance is without the habit."""
    return field(default=names[0], metadata={"one_of": names})


def _listed(what: str) -> Any:
    """An option that names functions ("Module / Function") or cells ("Module / Function / verb")."""
    return field(default=(), metadata={"lists": what})


@dataclass
class Habits:
    """The options; the README says what each does."""

    my_security: str = _one_of("rows", "no_endpoint", "not_found", "forbidden", "empty", "no_member", "object")
    my_security_of: str = _one_of("all", "vendors")
    visible_after: float = 0.0
    clock_stands: bool = False
    settings_patch: str = _one_of("", *REFUSALS)
    record_zero: str = _one_of("", "no_role", *REFUSALS)
    keys_get: str = _one_of("", *REFUSALS)
    keys_post: str = _one_of("", *REFUSALS)
    keys_patch: str = _one_of("", *REFUSALS)
    keys_delete: str = _one_of("", *REFUSALS)
    member_default: str = _one_of(
        "template", "bad_request", "forbidden", "not_found", "no_endpoint", "server_error", "null", "zero_ids"
    )
    my_all_flag: str = _one_of("told", "false", "null")
    without_my: tuple[str, ...] = _listed("functions")
    null_cells: tuple[str, ...] = _listed("cells")
    missing_cells: tuple[str, ...] = _listed("cells")
    odd_cells: tuple[str, ...] = _listed("cells")
    names: str = _one_of("shown", "codes", "identifiers", "no_description", "no_name")
    nameless: tuple[str, ...] = _listed("functions")
    twins: tuple[str, ...] = _listed("functions")
    sparse: bool = False
    flickering: tuple[str, ...] = _listed("functions")
    inactive_members_listed: bool = True
    inactive_roles_listed: bool = True
    page_caps: dict[str, int] = field(default_factory=dict)
    forward_only: bool = True
    alias_dies_after: int | None = None
    upper_case: bool = False
    posted_role: str = _one_of("asked", "none", "other")
    nulls: bool = False

    def __post_init__(self) -> None:
        known = {"functions": set(_names(functions()))}
        known["cells"] = {f"{name} / {verb}" for name in known["functions"] for verb in VERBS}
        for item in fields(self):
            value, allowed = getattr(self, item.name), item.metadata.get("one_of")
            if allowed and value not in allowed:
                raise ValueError(f"{item.name} {value!r} is not one of {', '.join(filter(None, allowed))}")
            if "lists" in item.metadata:
                setattr(self, item.name, tuple(value))
                if set(value) - known[item.metadata["lists"]]:
                    raise ValueError(f"{item.name}: unknown {sorted(set(value) - known[item.metadata['lists']])}")
        for path in self.page_caps:
            re.compile(path)


def _names(found: Iterable[Function]) -> list[str]:
    return [" / ".join(function.key) for function in found]


_KEYS = r"/system/apimembers/\d+/apikeys"
# option -> the verbs and the path it answers; the first that is set wins
_ROUTES = {
    "record_zero": ("PATCH PUT", r"/system/securityroles/(0/settings/\d+|\d+/settings/0)"),
    "settings_patch": ("PATCH PUT", r"/system/securityroles/\d+/settings/\d+"),
    "keys_get": ("GET", rf"{_KEYS}(/\d+)?"),
    "keys_post": ("POST", _KEYS),
    "keys_patch": ("PATCH", rf"{_KEYS}/\d+"),
    "keys_delete": ("DELETE", rf"{_KEYS}/\d+"),
    "member_default": ("GET", r"/system/apimembers/default"),
    "my_security": ("GET", r"/system/mysecurity"),
}


def canned(options: Habits, method: str, path: str, own: bool) -> Canned | None:
    """The answer of a habit to any request; ``own``: the request uses the automation's own key."""
    for name, (verbs, pattern) in _ROUTES.items():
        if method in verbs.split() and re.fullmatch(rf"{pattern}/?", path, re.IGNORECASE):
            answer = CANNED.get(getattr(options, name))
            if answer and not (name == "my_security" and spared(options, own)):
                return answer
    return None


def spared(options: Habits, own: bool) -> bool:
    """Whether the habit of mySecurity is only for vendors' keys, and this isn't one."""
    return own and options.my_security_of == "vendors"


def altered(options: Habits, found: list[Function]) -> list[Function]:
    """The functions of an instance, some of which don't offer My or a verb."""
    gone = {*options.null_cells, *options.missing_cells}
    made = []
    for function in found:
        name = " / ".join(function.key)
        verbs = frozenset(verb for verb in function.verbs if f"{name} / {verb}" not in gone)
        made.append(replace(function, verbs=verbs, my=function.my and name not in options.without_my))
    return made


def shaped(options: Habits, function: Function, row: Row) -> Row:
    """A row of settings as this instance shows it."""
    name = " / ".join(function.key)
    for verb, level in LEVELS.items():
        if f"{name} / {verb}" in options.odd_cells:
            row[level] = "Some"
        if f"{name} / {verb}" in options.missing_cells:
            del row[level]
    if options.my_all_flag != "told":
        row["myAllFlag"] = False if options.my_all_flag == "false" else None
    for what in ("module", "moduleFunction"):
        texts = [f"{what}Name", f"{what}Description", f"{what}Identifier"]
        if options.names in ("codes", "identifiers"):
            shown, code = row[texts[0]], row[texts[2]]
            others = (shown, code) if options.names == "codes" else (code, shown)
            row.update(zip(texts, (code, *others), strict=True))
        empty = {"no_name": texts[:1], "no_description": texts[1:2]}.get(options.names, [])
        row.update(dict.fromkeys(texts[:2] if name in options.nameless else empty, ""))
    return row


def listed(options: Habits, found: list[tuple[Function, Row]], turn: int) -> list[Row]:
    """The rows of a list of settings this time; ``turn`` counts such lists from 1."""
    gone = set(options.flickering) if turn % 2 == 0 else set()
    shown = [row for function, row in found if " / ".join(function.key) not in gone]
    return [row for row in shown if _grants(row)] if options.sparse else shown


def _grants(row: Row) -> bool:
    return any(row.get(level) not in (None, "None") for level in LEVELS.values())


def page_cap(options: Habits, path: str) -> int | None:
    """The maximum length of a page of a route; such pages carry no Link."""
    sizes = [size for pattern, size in options.page_caps.items() if re.search(pattern, path, re.IGNORECASE)]
    return min(sizes, default=None)
