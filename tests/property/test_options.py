# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any options of any module are refused with a reason, or the operation does what it says."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import CwError
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import DocumentError
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import MatrixError
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_key,
    api_member,
    api_member_info,
    arguments,
    audit_info,
    audit_report,
    instance_info,
    security_role,
    security_role_info,
)
from hypothesis import given
from hypothesis import strategies as st
from simulator import Simulator

from .world import assert_clear, cases, perform, small_instance

OPERATIONS = (api_key, api_member, api_member_info, audit_info, instance_info, security_role, security_role_info)
CONNECTION = tuple(arguments.connection_spec())
# what a real instance has, so that options meet something
KNOWN = st.sampled_from(
    ["Admin", "Technician", "Automation", "automation", "backupvendor", "Corporate", "1", "63", "0", "highest",
     "Köln Büro", "Service Desk", "Service Tickets", "System", "Security Roles", "all", "my", "none", "Tool"]
)  # fmt: skip
ODDITIES = (
    ["", " ", "\n", "\r\n", "\x00", "\x1b[31m", "\u202e", "\ud800", "\ufeff", "ß", "İ", "{{ 7 * 7 }}", "{% raw %}",
     "%s", "%2F", "..", "../../etc/passwd", "a/b", "a?b=c#d", "$(id)", "'\"\\", "null", "true", "-1", "1e400", "٣", "²",
     "x" * 300, "é" * 5000, "!vault |", "<script>", "[1", "{}"]
)  # fmt: skip
ODD = st.sampled_from(ODDITIES)
TEXTS = st.one_of(KNOWN, ODD, st.text(max_size=20), st.tuples(KNOWN, ODD).map("".join))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, -(2**63), 10**40])
# a wait that is asked for is waited for, and a retry is made: so no large ones here
SHORT: st.SearchStrategy[Any] = st.sampled_from([0, -1, 0.001, float("nan"), "0", "x", "", None, [], True])
SPECIAL = {
    "wait_timeout": SHORT,
    "wait_interval": st.one_of(SHORT, NUMBERS),
    "timeout": st.sampled_from([30, 5.5, "30", 0, -1, float("nan"), float("inf"), 1e300, "x", "1_0", None, [3]]),
    "retries": st.sampled_from([0, 1, "1", -1, 10**30, 1.5, "x", None]),
    "site": st.one_of(
        TEXTS, TEXTS.map("http://127.0.0.1:1/".__add__), st.sampled_from(["http://[::1", "https://a:99999", "a@b"])
    ),
}  # fmt: skip


def fitting(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of the type of an option."""
    if spec.get("choices"):
        chosen = st.sampled_from(spec["choices"])
        return st.lists(chosen, max_size=3) if spec["type"] == "list" else chosen
    kind = spec.get("type", "str")
    if kind == "list" and "options" in spec:
        row = st.fixed_dictionaries({}, optional={name: value_of(name, sub) for name, sub in spec["options"].items()})
        return st.lists(row, max_size=4)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "str": TEXTS,
        "path": TEXTS,
        "bool": st.booleans(),
        "int": NUMBERS,
        "float": st.one_of(NUMBERS, st.floats()),
        "dict": st.dictionaries(TEXTS, JSON, max_size=3),
        "list": st.lists(JSON if spec.get("elements") != "str" else TEXTS, max_size=4),
    }
    return simple[kind]


def value_of(name: str, spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly the right type, now and then anything."""
    if name in SPECIAL:
        return SPECIAL[name]
    right = fitting(spec)
    return st.one_of(right, right, right, right, JSON)


def arguments_of(operation: ModuleType) -> st.SearchStrategy[dict[str, Any]]:
    """Options besides a connection that works, and now and then one of the connection's own."""
    spec = operation.argument_spec()
    own = {name: value_of(name, item) for name, item in spec.items() if name not in CONNECTION}
    needed = {name: own.pop(name) for name, item in spec.items() if item.get("required") and name in own}
    spoiled = {name: value_of(name, item) for name, item in spec.items() if name in CONNECTION}
    one = st.sampled_from(sorted(spoiled)).flatmap(lambda name: spoiled[name].map(lambda value: {name: value}))
    connection = st.one_of(st.just({}), st.just({}), one)
    mixed = st.fixed_dictionaries(needed, optional=own)
    return st.tuples(mixed, connection).map(lambda both: {**both[0], **both[1]})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__.rpartition(".")[2])
@cases(60)
@given(data=st.data())
def test_options(simulator: Simulator, operation: ModuleType, data: st.DataObject) -> None:
    args = data.draw(arguments_of(operation), label="options")
    check_mode = data.draw(st.booleans(), label="check mode")
    instance = small_instance(simulator)
    before = instance.state
    result = perform(operation, {**instance.connection, **args}, check_mode)
    assert_clear(result)
    secret = instance.connection["private_key"]
    assert secret not in json.dumps(result, default=str)
    if check_mode or "refused" in result or result.get("error", {}).get("kind") == "InputError":
        assert instance.state == before
    if not result.get("failed") and not result["changed"]:
        assert instance.state == before


@pytest.mark.parametrize("value", [False, 7, 0.5, [None], [{}, 3]], ids=repr)
@pytest.mark.parametrize("option", ["store", "permissions"])
def test_bare_values_for_options_with_options_are_refused(simulator: Simulator, option: str, value: Any) -> None:
    instance = small_instance(simulator)
    args = {**instance.connection, "member": "backupvendor", "description": "Tool", option: value}
    result = perform(api_key, args)
    assert result["refused"] and option in result["refused"][0]
    assert instance.log == []


@pytest.mark.parametrize("option", CONNECTION)
def test_every_oddity_in_every_option_of_the_connection(simulator: Simulator, option: str) -> None:
    instance = small_instance(simulator)
    for value in [*ODDITIES, *(f"acme{odd}" for odd in ODDITIES)]:
        result = perform(instance_info, {**instance.connection, "gather": ["rights"], "retries": 0, option: value})
        assert_clear(result)


AUDIT = st.fixed_dictionaries(
    {},
    optional={
        "instance": JSON, "company": JSON, "api": JSON, "name": JSON, "roles": JSON, "members": JSON, "findings": JSON,
        "integrations": JSON, "error": JSON,
    },
)  # fmt: skip


@cases(80)
@given(audits=st.lists(st.one_of(AUDIT, JSON), max_size=3), before=JSON, generated=TEXTS)
def test_options_of_a_report(audits: list[Any], before: Any, generated: str) -> None:
    """cw_audit_report makes no request: its input is what other tasks registered, or somebody edited."""
    args = {"audits": audits, "output_dir": "/x", "generated": generated, "catalogue": [], "since": "/y"}
    checked = ArgumentSpecValidator(audit_report.argument_spec()).validate(args)
    if checked.error_messages:
        return
    params = checked.validated_parameters
    try:
        document = audit_report.document_of(params)
        assert audit_report.describe(document, params, None)["changes"] is None
        audit_report.describe(document, params, before)
    except (CwError, DocumentError, MatrixError) as exc:
        assert str(exc)
