# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any answer of an instance, to any request of an operation, leads to a clear failure or a correct result.

One answer of a run is altered: members are lost, become null or another type, are doubled, nested or unknown; or the
whole answer is any JSON, or any bytes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import fold
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_key,
    api_member,
    api_member_info,
    audit_info,
    instance_info,
    security_role,
    security_role_info,
)
from hypothesis import example, given
from hypothesis import strategies as st
from simulator import Simulator
from simulator.server import Handle

from .world import assert_clear, cases, perform, small_instance

MATRIX = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "my", "edit": "my", "inquire": "all"},
]
CELLS = {
    "Companies / Company Maintenance": {"inquire": "All"},
    "Service Desk / Service Tickets": {"add": "My", "edit": "My", "inquire": "All"},
}
VERBS = ("add", "edit", "delete", "inquire")


@dataclass(frozen=True)
class Scene:
    """An operation with its options, and what has to be on the instance first."""

    operation: ModuleType
    options: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Handle], dict[str, Any]] = lambda instance: {}


def _role(instance: Handle) -> dict[str, Any]:
    instance.add_role("Tool", levels=CELLS)
    return {}


def _member(instance: Handle) -> dict[str, Any]:
    instance.add_role("Tool", levels=CELLS)
    instance.add_member("tool", "Tool")
    return {}


def _pair(instance: Handle) -> dict[str, Any]:
    _member(instance)
    public, private = instance.make_key("tool", "Tool")
    return {"pair_public_key": public, "pair_private_key": private}


LEVELS = {"permissions": MATRIX, "on_unwritable": "report"}
SCENES = {
    "a new role": Scene(security_role, {"name": "Tool", **LEVELS}),
    "a role as it should be": Scene(security_role, {"name": "Tool", **LEVELS}, _role),
    "a role to be changed": Scene(security_role, {"name": "Technician", **LEVELS}),
    "a role to be deleted": Scene(security_role, {"name": "Tool", "state": "absent"}, _role),
    "a new member": Scene(
        api_member, {"identifier": "tool", "security_role": "Technician", "structure_level": "highest"}
    ),
    "a member to be changed": Scene(
        api_member,
        {"identifier": "tool", "security_role": "Technician", "excluded_boards": ["1"], "time_zone": "US Pacific"},
        _member,
    ),
    "a member to be made inactive": Scene(api_member, {"identifier": "tool", "state": "absent"}, _member),
    "a new key": Scene(
        api_key, {"member": "tool", "description": "Tool", "return_private_key": True, **LEVELS}, _member
    ),
    "a pair to be proven": Scene(api_key, {"member": "tool", **LEVELS}, _pair),
    "a key to be retired": Scene(api_key, {"member": "tool", "description": "Tool", "state": "absent"}, _pair),
    "all of an instance": Scene(instance_info),
    "all roles": Scene(security_role_info, {"users": True}),
    "all members": Scene(api_member_info),
    "an audit": Scene(audit_info),
}  # fmt: skip

WORDS = st.sampled_from(
    ["", " ", "None", "My", "All", "all ", "Some", "Admin", "Tool", "tool", "Technician", "0", "1", "x" * 400, "\x00"]
)
NUMBERS = st.sampled_from([0, 1, -1, 63, 2**63, 10**40, 1.5, -0.0, float("inf"), float("nan")])
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)
MEMBERS = st.sampled_from(["id", "name", "identifier", "addLevel", "moduleName", "member", "x"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(MEMBERS, inner, max_size=4)),
    max_leaves=8,
)
KINDS = ("replace", "drop", "null", "text", "nest", "double", "empty", "swap")
CHANGES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 10_000), VALUES), min_size=1, max_size=3)


def altered(document: Any, changes: list[tuple[str, int, Any]]) -> Any:
    """The document with a few places changed."""
    document = copy.deepcopy(document)
    for kind, place, value in changes:
        places = list(_places(document))
        if not places:
            return value
        holder, name = places[place % len(places)]
        old = holder[name]
        if kind == "drop":
            del holder[name]
        elif kind == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(old))
        else:
            empty = type(old)() if old is not None else ""
            made = {"null": None, "text": str(old), "nest": [{"id": old}], "empty": empty}
            holder[name] = [old] if kind == "swap" else made.get(kind, value)
    return document


def _places(value: Any) -> Any:
    """(holder, name or index) of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in list(items):
        yield value, name
        yield from _places(item)


def play(
    simulator: Simulator, scene: Scene, number: int, alter: Callable[[str], str | bytes]
) -> tuple[Handle, Any, Any]:
    """Run a scene with one of its answers altered: the instance, the result, and the altered request."""
    instance = small_instance(simulator)
    options = {**instance.connection, "retries": 0, **scene.options, **scene.prepare(instance)}
    fault = instance.fault("altered", after=number, alter=alter)
    result = perform(scene.operation, options)
    assert_clear(result)
    entry = next((entry for entry in instance.log if entry["fault"]), None)
    assert bool(entry) == bool(fault.played)
    return instance, result, entry


def assert_true(instance: Handle, scene: Scene, result: Any, entry: Any) -> None:
    """What a result claims is so, as far as the altered answer can't have been believed for it."""
    if result.get("failed") or entry is None or entry["method"] == "GET":
        return
    if scene.operation is security_role and scene.options.get("permissions"):
        assert bool(result["pending"]) or granted(instance, scene.options["name"]) == CELLS
    if scene.operation is api_member:
        member = instance.member("tool")
        assert member and member["inactiveFlag"] == (scene.options.get("state") == "absent")


def granted(instance: Handle, role: str) -> dict[str, dict[str, str]]:
    cells = {
        f"{module} / {function}": {verb: level for verb, level in verbs.items() if level not in (None, "None")}
        for (module, function), verbs in instance.levels(role).items()
    }
    return {function: verbs for function, verbs in cells.items() if verbs}


@pytest.mark.parametrize("name", SCENES)
@cases(25)
@given(number=st.integers(0, 9), changes=CHANGES)
def test_an_answer_with_other_members(simulator: Simulator, name: str, number: int, changes: Any) -> None:
    def alter(text: str) -> str:
        return json.dumps(altered(json.loads(text), changes)) if text else text

    instance, result, entry = play(simulator, SCENES[name], number, alter)
    assert_true(instance, SCENES[name], result, entry)


@pytest.mark.parametrize("name", SCENES)
@cases(12)
@given(
    number=st.integers(0, 9),
    body=st.one_of(
        VALUES.map(json.dumps), st.lists(VALUES, max_size=3).map(json.dumps), st.binary(max_size=60),
        st.sampled_from(["[" * 100_000, "9" * 5000, '"\\ud800"', '[{"id": 1e999}]', "[{}]", "[[]]", "\ufeff[]", "NaN"]),
    ),
)  # fmt: skip
def test_any_answer(simulator: Simulator, name: str, number: int, body: str | bytes) -> None:
    instance, result, entry = play(simulator, SCENES[name], number, lambda _text: body)
    assert_true(instance, SCENES[name], result, entry)


def may_be_exact(rows: Any) -> bool:
    """Read as strictly as can be: the wanted cells are there, and nothing else that could grant anything."""
    if not isinstance(rows, list):
        return False
    wanted = {(fold(row["module"]), fold(row["function"])): row for row in MATRIX}
    seen = []
    for row in rows:
        if not isinstance(row, dict):
            continue  # nothing that could be a level
        levels = {verb: row.get(f"{verb}Level") for verb in VERBS}
        names = [row.get(name) for name in ("moduleName", "moduleFunctionName")]
        key = (fold(names[0]), fold(names[1])) if all(isinstance(name, str) for name in names) else None
        expected: dict[str, Any] = wanted.get(key, {}) if key else {}
        seen += [key] if expected else []
        for verb in VERBS:
            level = levels[verb] if levels[verb] is not None else "none"
            shown = (level.strip().lower() or "none") if isinstance(level, str) else "odd"
            if shown != expected.get(verb, "none"):
                return False
    return sorted(map(str, seen)) == sorted(map(str, wanted))


def named(row: Any) -> Any:
    return str([row.get(name) for name in ("moduleName", "moduleFunctionName")]) if isinstance(row, dict) else None


@cases(100)
@given(changes=CHANGES)
@example(changes=[("null", 0, None)])
@example(changes=[("replace", 255, None)])
def test_a_proof_is_exact_only_where_the_answer_shows_nothing_else(simulator: Simulator, changes: Any) -> None:
    """The answer to the login of a vendor's key, with cells, names and whole rows altered.

    A list that leaves out a function is read once more, and only the first one is altered.
    """
    sent: list[Any] = []

    def alter(text: str) -> str:
        answer = altered(json.loads(text), changes)
        shown = {named(row) for row in answer} if isinstance(answer, list) else set()
        again = [row for row in json.loads(text) if named(row) not in shown]
        if isinstance(answer, list):
            # a row that lost its name is known by its id, once that is read again
            ids = [row["id"] for row in again]
            answer_read = [row for row in answer if not isinstance(row, dict) or row.get("id") not in ids]
            sent.append([*answer_read, *again])
        else:
            sent.append(answer)
        return json.dumps(answer)

    _instance, result, _entry = play(simulator, SCENES["a pair to be proven"], 0, alter)
    if not result.get("failed") and result["proof"]["matrix"] == "exact":
        assert may_be_exact(sent[0]), [row for row in sent[0] if not may_be_exact([row])][:3]
