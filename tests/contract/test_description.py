# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of the main flows, and its answer, against the description of the API.

The description is written from what is published, not from the simulator or the client. Where both share a mistake,
such as a member that is too long or that nobody knows, this is where it shows.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import routes
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_member,
    api_member_info,
    audit_info,
    instance_info,
    security_role,
    security_role_info,
)
from contract.description import DESCRIPTION, Exchange, Recorder, answer_faults, operation_of, request_faults
from jsonschema import Draft202012Validator
from property.world import perform
from reliability.onboarding import KEY, MEMBER, Onboarding
from simulator import Simulator

EDITIONS = ("published", "extended")


@pytest.fixture(autouse=True)
def _no_pauses(no_pauses):
    """In all of these tests."""


@pytest.fixture(name="tenant", params=EDITIONS)
def _tenant(request, simulator: Simulator):
    return simulator.add_instance(f"contract{request.param}", edition=request.param)


@pytest.fixture(name="recorder")
def _recorder():
    """Records the test, then judges all of it."""
    recorder = Recorder()
    with recorder.recording():
        yield recorder
    assert recorder.exchanges
    assert faults_of(recorder) == []


def faults_of(recorder: Recorder) -> list[str]:
    return [
        f"{one.method} {one.path} {one.status}: {fault}"
        for one in recorder.exchanges
        for fault in (*request_faults(one), *answer_faults(one))
    ]


def test_onboarding_rotation_and_offboarding(tenant, recorder, tmp_path):
    extended = tenant.instance.options.edition == "extended"
    states = [Onboarding(tenant, tmp_path).run(check_mode).state for check_mode in (True, False, False)]
    assert states[1] == ("converged" if extended else "handed over")
    before = tenant.keys(MEMBER)
    Onboarding(tenant, tmp_path, state="rotated", max_age=0).run()
    assert (tenant.keys(MEMBER) != before) == extended
    ended = Onboarding(tenant, tmp_path, state="absent").run()
    assert not ended.failure and tenant.member(MEMBER)["inactiveFlag"] is True
    asked = {(one.method, one.path.rpartition("/")[2]) for one in recorder.exchanges}
    assert {("POST", "securityroles"), ("POST", "apiMembers"), ("GET", "mySecurity")} <= asked
    assert (("POST", "apiKeys") in asked) == extended


def test_a_member_and_a_role_with_all_that_they_may_have(tenant, recorder):
    wanted = {
        "identifier": "a" * 15, "security_role": "Technician", "name": "n" * 30, "email": f"{'e' * 238}@example.com",
        "notes": "Nächte" * 200, "structure_level": "highest", "default_location": "R&D Lab", "time_zone": "US Pacific",
        "default_department": "Sales & Marketing", "excluded_boards": ["Alerts & Backups"],
        "default_board": "Alerts & Backups",
    }  # fmt: skip
    made = perform(api_member, {**tenant.connection, **wanted})
    assert not made.get("failed"), made
    assert not perform(api_member, {**tenant.connection, **wanted, "security_role": "Automation", "notes": ""}).get(
        "failed"
    )
    assert not perform(api_member, {**tenant.connection, "identifier": "a" * 15, "state": "absent"}).get("failed")
    role = {**tenant.connection, "name": "r" * 30, "on_unwritable": "report"}
    assert not perform(security_role, role).get("failed")
    assert not perform(security_role, {**role, "state": "absent"}).get("failed")


def test_an_audit_and_all_that_is_read(tenant, recorder):
    for operation, options in (
        (audit_info, {}), (instance_info, {}), (security_role_info, {"users": True}), (api_member_info, {}),
    ):  # fmt: skip
        result = perform(operation, {**tenant.connection, **options})
        assert not result.get("failed"), result


def test_what_is_refused_has_a_described_answer(simulator, recorder):
    tenant = simulator.add_instance("contractrefused", automation_role="Automation Reader")
    for changed in ({}, {"public_key": "wrong"}, {"company": "nobody"}):
        result = perform(security_role, {**tenant.connection, **changed, "name": "New", "retries": 0})
        assert result["failed"]
    assert {401, 403} <= {one.status for one in recorder.exchanges}


# the judge and the description


def test_each_route_of_the_collection_is_described():
    for name, route in vars(routes).items():
        if isinstance(route, routes.Route):
            operation = operation_of(route.method, route.path(role=1, setting=1, member=1, key=1))
            assert operation is not None, name
            assert operation.get("x-grade", "published") == route.grade, name


def test_the_schemas_are_sound():
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for operations in DESCRIPTION["paths"].values():
        for operation in operations.values():
            assert operation["responses"]


HEADERS = {
    "Authorization": "Basic x",
    "clientId": "x",
    "Accept": "x; version=2025.1",
    "Content-Type": "application/json",
}
URL = "https://host/v4_6_release/apis/3.0"
ANSWER = {"content-type": "application/vnd.connectwise.com+json; version=2025.1"}


def request(method: str = "GET", path: str = "/system/securityroles", text: str = "", **headers: Any) -> list[str]:
    kept = {name: value for name, value in {**HEADERS, **headers}.items() if value is not None}
    return request_faults(Exchange(method, URL + path, 200, kept, text))


def test_a_right_request():
    assert request(path="/system/securityroles?pageSize=1000&page=1") == []
    assert request("POST", text='{"name": "Tool"}') == []
    patch = '[{"op": "replace", "path": "securityRole", "value": {"id": 5}}, {"op": "remove", "path": "timeZone"}]'
    assert request("PATCH", "/system/apiMembers/5", patch) == []


WRONG_REQUESTS = {
    "path": ("GET", "/system/securityRole", ""),
    "spelling": ("GET", "/system/apimembers", ""),
    "verb": ("PUT", "/system/securityroles/5", '{"name": "Tool"}'),
    "page size": ("GET", "/system/securityroles?pageSize=1001", ""),
    "query": ("GET", "/system/securityroles?pagesize=10", ""),
    "body of a GET": ("GET", "/system/securityroles", "{}"),
    "unknown member": ("POST", "/system/securityroles", '{"name": "Tool", "title": "x"}'),
    "too long": ("POST", "/system/securityroles", f'{{"name": "{"x" * 31}"}}'),
    "lacking": ("POST", "/system/securityroles", "{}"),
    "read-only": ("POST", "/system/securityroles", '{"name": "Tool", "id": 5}'),
    "read-only in a reference": (
        "POST", "/system/apiMembers", '{"identifier": "x", "securityRole": {"id": 1, "_info": {}}}',
    ),
    "null": ("POST", "/system/apiMembers", '{"identifier": "x", "notes": null}'),
    "patch of nothing": ("PATCH", "/system/apiMembers/5", '[{"op": "replace", "path": "title", "value": 1}]'),
    "patch below": ("PATCH", "/system/apiMembers/5", '[{"op": "replace", "path": "securityRole/id", "value": 1}]'),
    "patch without a value": ("PATCH", "/system/apiMembers/5", '[{"op": "replace", "path": "name"}]'),
    "patch too long": (
        "PATCH", "/system/apiMembers/5", f'[{{"op": "replace", "path": "name", "value": "{"x" * 31}"}}]',
    ),
    "patch read-only": (
        "PATCH", "/system/securityRoles/5/settings/6", '[{"op": "replace", "path": "moduleName", "value": "x"}]',
    ),
    "level": (
        "PATCH", "/system/securityRoles/5/settings/6", '[{"op": "replace", "path": "addLevel", "value": "all"}]',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_REQUESTS)
def test_a_wrong_request(case):
    assert request(*WRONG_REQUESTS[case])


@pytest.mark.parametrize("header", ["Authorization", "clientId", "Accept"])
def test_a_request_without_a_header(header):
    assert request(**{header: None})


def answer(path: str, text: str, status: int = 200, method: str = "GET", headers: dict[str, str] = ANSWER) -> list[str]:
    return answer_faults(Exchange(method, URL + path, status, {}, "", headers, text))


def test_a_right_answer():
    assert answer("/system/securityroles", '[{"id": 1, "name": "Admin", "adminFlag": null}]') == []
    assert answer("/system/securityroles?fields=id", '[{"id": 1}]') == []
    assert answer("/system/securityroles", "Cannot", 401, headers={"content-type": "text/plain"}) == []


WRONG_ANSWERS = {
    "null": ("/system/securityroles", '[{"id": 1, "name": "Admin", "roleType": null}]'),
    "unknown member": ("/system/securityroles", '[{"id": 1, "name": "Admin", "title": "x"}]'),
    "too long": ("/system/apiMembers", '[{"id": 1, "identifier": "abcdefghijklmnop"}]'),
    "level": ("/system/mySecurity", '[{"id": 1, "addLevel": "Some"}]'),
    "object": ("/system/mySecurity", '{"id": 1}'),
    "lacking": ("/system/securityroles", '[{"id": 1}]'),
    "status": ("/system/securityroles", "[]", 202),
    "error": ("/system/securityroles", '{"error": "x"}', 404, "GET", {"content-type": "application/json"}),
    "type": ("/system/securityroles", "[]", 200, "GET", {"content-type": "text/html"}),
    "version": ("/system/securityroles", "[]", 200, "GET", {"content-type": "application/vnd.connectwise.com+json"}),
    "body of nothing": ("/system/securityroles/5", "{}", 204, "DELETE"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_ANSWERS)
def test_a_wrong_answer(case):
    assert answer(*WRONG_ANSWERS[case])


def test_lengths_are_those_that_the_simulator_enforces():
    from simulator.validate import LENGTHS

    schemas = DESCRIPTION["components"]["schemas"]
    described = {(kind, name): one["maxLength"] for kind in ("SecurityRole", "ApiMember", "ApiKey")
                 for name, one in schemas[kind]["properties"].items() if "maxLength" in one}  # fmt: skip
    assert described == LENGTHS
    assert len(KEY) <= described["ApiKey", "description"]
