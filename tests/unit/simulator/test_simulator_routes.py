# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only published routes exist; the extended edition adds level writes and keys."""

from __future__ import annotations

import pytest

NO_ROUTE = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}
GETS = [
    "/system/info",
    "/system/securityroles",
    "/system/securityRoles/count",
    "/system/securityroles/info",
    "/system/securityroles/63",
    "/system/securityroles/63/info",
    "/system/securityRoles/63/settings",
    "/system/securityRoles/63/settings/count",
    "/system/mySecurity",
    "/system/mySecurity/customizeItems/",
    "/system/apiMembers",
    "/system/apiMembers/count",
    "/system/apiMembers/default",
    "/system/apiMembers/512",
    "/system/members",
    "/system/members/512",
    "/system/members/automation",
    "/system/info/members",
    "/system/locations",
    "/system/info/locations",
    "/system/departments",
    "/system/info/departments",
    "/system/timeZoneSetups",
    "/system/timeZoneSetups/info",
    "/system/myCompany/corporateStructureLevels",
    "/service/info/boards",
    "/service/info/boards/1",
]
ABSENT = [
    ("PATCH", "/system/securityroles/64"),
    ("PUT", "/system/securityroles/64"),
    ("POST", "/system/securityRoles/64/copy"),
    ("DELETE", "/system/apiMembers/512"),
    ("GET", "/system/securityRoles/64/permissions"),
    ("GET", "/system/myAccount"),
    ("DELETE", "/system/mySecurity"),
    ("GET", "/system/securityrolesx"),
    ("GET", "/nothing"),
    ("POST", "/system/members/automation/tokens"),
    ("POST", "/system/securityRoles/64/settings"),
    ("DELETE", "/system/securityRoles/64/settings/4300"),
]
EXTENDED = [
    ("PATCH", "/system/securityRoles/64/settings/{row}"),
    ("PUT", "/system/securityRoles/64/settings/{row}"),
    ("GET", "/system/apiMembers/512/apiKeys"),
    ("POST", "/system/apiMembers/512/apiKeys"),
    ("PATCH", "/system/apiMembers/512/apiKeys/9001"),
    ("DELETE", "/system/apiMembers/512/apiKeys/9001"),
]


@pytest.mark.parametrize("path", GETS)
def test_published_reads_exist_in_any_case(api, path):
    assert api("GET", path).status_code == 200
    assert api("GET", path.upper()).status_code == 200
    assert api("GET", path.rstrip("/") + "/").status_code == 200


@pytest.mark.parametrize(("method", "path"), ABSENT)
def test_what_is_not_published_is_no_endpoint(api, wide, method, path):
    for client in (api, wide):
        response = client(method, path, json=[])
        assert (response.status_code, response.json()) == (404, NO_ROUTE)


@pytest.mark.parametrize(("method", "path"), EXTENDED)
def test_extended_routes_are_absent_in_the_published_edition(api, wide, method, path):
    for client, exists in ((api, False), (wide, True)):
        row = client.row(64, "Sales", "Opportunity")["id"]
        response = client(method, path.replace("{row}", str(row)), json=[] if method == "PATCH" else {})
        assert (response.json() != NO_ROUTE if response.content else True) is exists


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/system/securityroles/0", "SecurityRole 0 not found"),
        ("/system/securityroles/0/settings", "SecurityRole 0 not found"),
        ("/system/securityroles/63/settings/1", "SecurityRoleSetting 1 not found"),
        ("/system/apiMembers/1", "ApiMember 1 not found"),
        ("/system/members/1", "Member 1 not found"),
        ("/system/members/nobody", "Member nobody not found"),
        ("/system/locations/1", "Location 1 not found"),
    ],
)
def test_missing_record_is_not_a_missing_route(api, path, message):
    response = api("GET", path)
    assert (response.status_code, response.json()) == (404, {"code": "NotFound", "message": message})


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_probe_for_level_writes_with_role_0(api, wide, method):
    body = [] if method == "PATCH" else {}
    probe = (method, "/system/securityRoles/0/settings/0")
    assert api(*probe, json=body).json() == NO_ROUTE
    assert wide(*probe, json=body).json() == {"code": "NotFound", "message": "SecurityRole 0 not found"}


def test_a_person_is_no_api_member(api):
    people = [m for m in api.get("/system/members") if m["licenseClass"] == "F"]
    assert people
    assert api("GET", f"/system/apiMembers/{people[0]['id']}").status_code == 404


def test_deleted_role_is_gone(api):
    made = api("POST", "/system/securityroles", json={"name": "Short lived"}).json()
    response = api("DELETE", f"/system/securityroles/{made['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert api("GET", f"/system/securityroles/{made['id']}").status_code == 404
    assert api("DELETE", f"/system/securityroles/{made['id']}").status_code == 404
