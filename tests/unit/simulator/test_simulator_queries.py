# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""conditions, paging, orderBy, fields, and the lookup tables."""

from __future__ import annotations

import pytest

ROLES, MEMBERS = "/system/securityroles", "/system/apiMembers"


def names(api, conditions, path=ROLES):
    return [row["name"] for row in api.get(path, conditions=conditions)]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ('name="Admin"', ["Admin"]),
        ("name='admin'", ["Admin"]),
        ('name = "Büro & \\"Lager\\" Köln"', ['Büro & "Lager" Köln']),
        ('name contains "backup"', ["API - Backup Vendor"]),
        ('name like "tech%"', ["Technician"]),
        ('name like "*reader"', ["Automation Reader"]),
        ("id=63 or id=64", ["Admin", "Technician"]),
        ("id>=64 and id<66 and not name contains 'auto'", ["Technician"]),
        ("(id=63 or id=64) and adminFlag=true", ["Admin"]),
        ("id in (63, 67)", ["Admin", "API - Backup Vendor"]),
        ("adminFlag=false and id<=64", ["Technician"]),
        ('name="nothing"', []),
        ("roleType!=null", []),
        ("_info/lastUpdated<[2001-01-01T00:00:00Z]", []),
        ('name not like "A%" and id<67', ["Technician"]),
    ],
)
def test_conditions(api, conditions, found):
    assert names(api, conditions) == found


def test_not_equal(api):
    assert "Admin" not in names(api, 'name!="Admin"')
    assert len(names(api, 'name!="Admin"')) == api.get(f"{ROLES}/count")["count"] - 1


def test_references_by_path(api):
    assert names(api, 'securityRole/name="Admin"', MEMBERS) == ["Automation"]
    assert names(api, 'securityRole/id=63 and identifier="automation"', MEMBERS) == ["Automation"]
    assert names(api, "serviceDefaultBoard/id=1", MEMBERS) == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (ROLES, "resources/identifier"), (ROLES, "Name"), (MEMBERS, "inactiveFlag"),
        ("/system/mySecurity/customizeItems", "colour"),
    ],
)  # fmt: skip
def test_unknown_field(api, path, field):
    response = api("GET", path, params={"conditions": f"{field}=true"})
    assert response.status_code == 400
    assert response.json() == {"code": "ApiFindCondition", "message": f"{field} is not a recognized name."}


def test_inactive_flag_of_roles_can_be_filtered(api):
    assert names(api, "inactiveFlag=true") == []


def test_wrong_level_in_conditions(api):
    response = api("GET", f"{ROLES}/63/settings", params={"conditions": 'addLevel="Mine"'})
    assert (response.status_code, response.json()["message"]) == (400, "Enum value supplied was invalid")


@pytest.mark.parametrize(
    "conditions",
    [
        "name",
        "name=",
        "name==3",
        '="x"',
        'name="x',
        "(id=1",
        "id=1)",
        "id in 1",
        "id is 1",
        "and",
        "id=1 id=2",
        "id=x",
    ],
)
def test_unreadable_conditions(api, conditions):
    response = api("GET", ROLES, params={"conditions": conditions})
    assert (response.status_code, response.json()["code"]) == (400, "ApiFindCondition")


def test_counts_follow_conditions(api):
    assert api.get(f"{ROLES}/count", conditions="id<65") == {"count": 2}
    assert api.get("/system/securityRoles/63/settings/count")["count"] > 100


def test_default_page_is_25(api):
    assert len(api.get(f"{ROLES}/63/settings")) == 25
    assert len(api.get(f"{ROLES}/63/settings", pageSize=1000)) > 100


@pytest.mark.parametrize(
    "query",
    [{"pageSize": 1001}, {"pageSize": 0}, {"pageSize": "x"}, {"page": 0}, {"page": -1}, {"page": "1.5"}],
)
def test_paging_out_of_range(api, query):
    assert api("GET", ROLES, params=query).status_code == 400


def test_pages_and_links(api):
    response = api("GET", ROLES, params={"pageSize": 2, "conditions": "id<68"})
    links = response.links
    assert "page=2" in links["next"]["url"]
    assert "page=3" in links["last"]["url"]
    found, url = response.json(), links["next"]["url"]
    while url:
        response = api.session.get(url, timeout=5)
        found += response.json()
        url = response.links.get("next", {}).get("url")
    assert [row["id"] for row in found] == [63, 64, 65, 66, 67]
    assert "Link" not in response.headers
    past = api("GET", ROLES, params={"page": 50})
    assert (past.status_code, past.json()) == (200, [])


def test_order(api):
    by_name = [row["name"] for row in api.get(ROLES, orderBy="name desc")]
    assert by_name == sorted(by_name, key=str.casefold, reverse=True)
    assert [row["id"] for row in api.get(ROLES, orderBy="adminFlag, id desc")][:2] == [68, 67]
    for text in ("colour", "name sideways", "name desc desc"):
        assert api("GET", ROLES, params={"orderBy": text}).status_code == 400


def test_fields(api):
    assert api.get(ROLES, fields="id,name", conditions="id=63") == [{"id": 63, "name": "Admin"}]
    assert api.get(f"{ROLES}/63", fields="name") == {"name": "Admin"}
    row = api.get(MEMBERS, fields="identifier,securityRole/name", conditions='identifier="automation"')
    assert row == [{"identifier": "automation", "securityRole": {"name": "Admin"}}]
    assert api("GET", ROLES, params={"fields": "colour"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/system/locations", {"id", "name", "structureLevel", "locationFlag"}),
        ("/system/info/locations", {"id", "name", "structureLevel", "location_flag"}),
        ("/system/departments", {"id", "name", "identifier"}),
        ("/system/info/departments", {"id", "name", "_info"}),
        ("/system/timeZoneSetups", {"id", "name", "timeZone", "offset", "defaultFlag"}),
        ("/system/timeZoneSetups/info", {"id", "name", "offset"}),
        ("/system/myCompany/corporateStructureLevels", {"id", "name"}),
        ("/service/info/boards", {"id", "name", "location", "department", "projectFlag"}),
    ],
)
def test_lookups(api, path, fields):
    rows = api.get(path)
    assert len(rows) >= 3
    assert fields <= set(rows[0])
    if path != "/system/timeZoneSetups/info":
        assert api.get(f"{path}/count") == {"count": len(rows)}
        assert api.get(f"{path}/{rows[0]['id']}") == rows[0]


def test_info_departments_have_no_identifier(api):
    assert "identifier" not in api.get("/system/info/departments")[0]


def test_awkward_names(api):
    text = "".join(row["name"] for path in ("/system/locations", "/service/info/boards") for row in api.get(path))
    assert all(character in text for character in 'ö&"')
