# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key can do what its member's role allows, and no more."""

from __future__ import annotations

import pytest

DENIED = {"code": "Security", "message": "You do not have security permission to perform this action."}
FREE = ["/system/info", "/system/mySecurity", "/system/mySecurity/customizeItems"]
CASES = [
    # function, verb, method, path, body
    ("Security_Roles", "inquire", "GET", "/system/securityroles", None),
    ("Security_Roles", "inquire", "GET", "/system/securityroles/info", None),
    ("Security_Roles", "inquire", "GET", "/system/securityRoles/63/settings", None),
    ("Security_Roles", "add", "POST", "/system/securityroles", {"name": "Made"}),
    ("Security_Roles", "delete", "DELETE", "/system/securityroles/68", None),
    ("Security_Roles", "edit", "PATCH", "/system/securityRoles/64/settings/{row}", []),
    ("Member_Maintenance", "inquire", "GET", "/system/apiMembers", None),
    ("Member_Maintenance", "inquire", "GET", "/system/apiMembers/default", None),
    ("Member_Maintenance", "inquire", "GET", "/system/members", None),
    ("Member_Maintenance", "inquire", "GET", "/system/apiMembers/512/apiKeys", None),
    ("Member_Maintenance", "edit", "PATCH", "/system/apiMembers/512", []),
    ("Member_Maintenance", "add", "POST", "/system/apiMembers/512/apiKeys", {"description": "x"}),
    ("Member_Maintenance", "delete", "DELETE", "/system/apiMembers/512/apiKeys/9001", None),
    ("My_Company", "inquire", "GET", "/system/locations", None),
    ("Table_Setup", "inquire", "GET", "/system/locations", None),
    ("My_Company", "inquire", "GET", "/system/info/departments", None),
    ("Table_Setup", "inquire", "GET", "/system/myCompany/corporateStructureLevels", None),
    ("Table_Setup", "inquire", "GET", "/service/info/boards", None),
    ("Table_Setup", "inquire", "GET", "/system/timeZoneSetups/info", None),
]
VERBS = ("add", "edit", "delete", "inquire")


def call(client, wide, method, path, body):
    path = path.replace("{row}", str(wide.row(64, "Sales", "Opportunity")["id"]))
    return client(method, path, json=body)


@pytest.mark.parametrize(("function", "verb", "method", "path", "body"), CASES)
def test_the_level_is_enough(extended, wide, tools, function, verb, method, path, body):
    client = tools.narrow(extended, **{function: {verb: "All"}})
    assert call(client, wide, method, path, body).status_code in (200, 201, 204)


@pytest.mark.parametrize(("function", "verb", "method", "path", "body"), CASES)
def test_without_the_level_it_is_403(extended, wide, tools, function, verb, method, path, body):
    others = {other: "All" for other in VERBS if other != verb}
    client = tools.narrow(extended, **{function: others})
    response = call(client, wide, method, path, body)
    assert (response.status_code, response.json()) == (403, DENIED)


@pytest.mark.parametrize("path", FREE)
def test_any_key_may_read_about_itself(published, tools, path):
    assert tools.narrow(published)("GET", path).status_code == 200


def test_my_company_does_not_open_boards(published, tools):
    client = tools.narrow(published, My_Company={"inquire": "All"})
    assert client("GET", "/service/info/boards").status_code == 403


def test_taking_a_level_away_works_at_once(published, api, tools):
    published.set_member("automation", role="Automation")
    assert api("GET", "/system/securityroles").status_code == 200
    published.set_levels("Automation", {"System / Security Roles": {"inquire": "None"}})
    assert api("GET", "/system/securityroles").status_code == 403


def test_refused_change_changes_nothing(sim, tools):
    handle = sim.add_instance("readonly", automation_role="Automation Reader")
    api = tools.client(handle)
    before = handle.state
    assert api("POST", "/system/securityroles", json={"name": "New"}).status_code == 403
    assert api("POST", "/system/apiMembers", json=api.new_member()).status_code == 403
    assert api("DELETE", "/system/securityroles/68").status_code == 403
    assert handle.state == before


def test_edition_without_the_function(sim, tools):
    gone = ["System / Security Roles"]
    admin = tools.client(sim.add_instance("adm", without_functions=gone))
    plain = tools.client(sim.add_instance("plain", without_functions=gone, automation_role="Automation"))
    assert admin("GET", "/system/securityroles").status_code == 200
    assert plain("GET", "/system/securityroles").status_code == 403


def test_renamed_function_still_guards(sim, tools):
    handle = sim.add_instance("ren", rename_functions={"System / Security Roles": "Security"})
    assert tools.client(handle)("GET", "/system/securityroles").status_code == 200
    handle.set_member("automation", role="Technician")
    assert tools.client(handle)("GET", "/system/securityroles").status_code == 403
