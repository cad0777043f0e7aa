# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles and their settings."""

from __future__ import annotations

import pytest

NULLS = [
    ("Finance", "Billing View Time", {"delete"}),
    ("Project", "Close Project Tickets", {"delete"}),
    ("Service Desk", "SLA Dashboard", {"add", "edit", "delete"}),
    ("Sales", "Sales Dashboard", {"add", "edit", "delete"}),
]
MY = {
    ("Companies", "CRM/Sales Activities"),
    ("Companies", "Manage Attachments"),
    ("Service Desk", "Service Tickets"),
    ("System", "My Account"),
    ("Time & Expense", "Time Entry"),
    ("Time & Expense", "Time Entry Billable Option"),
}
ROLES = "/system/securityroles"


def levels_of(row):
    return {verb: row[f"{verb}Level"] for verb in ("add", "edit", "delete", "inquire")}


def patch(client, row, *operations, role=64):
    return client("PATCH", f"/system/securityRoles/{role}/settings/{row['id']}", json=list(operations))


def replace(field, value):
    return {"op": "replace", "path": field, "value": value}


def test_new_role(api):
    response = api("POST", ROLES, json={"name": "Brand new"})
    role = response.json()
    assert response.status_code == 201
    assert role["adminFlag"] is False
    assert set(role) == {"id", "name", "adminFlag", "inactiveFlag", "_info"}
    assert response.headers["Location"].startswith("http://")
    assert response.headers["Location"].endswith(f"/system/securityroles/{role['id']}")
    rows = api.get(f"{ROLES}/{role['id']}/settings", pageSize=1000)
    assert {level for row in rows for level in levels_of(row).values()} == {"None", None}
    assert any(row["addLevel"] is None for row in rows)


def test_admin_flag_is_not_honoured(api):
    assert api("POST", ROLES, json={"name": "Sneaky", "adminFlag": True}).json()["adminFlag"] is False


def test_unknown_member_gets_the_recorded_body(api):
    response = api("POST", ROLES, data='{"page":1}', headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json() == {
        "code": "ConnectWiseApi",
        "message": "Could not find member 'page' on object of type 'SecurityRole'. Path 'page', line 1, "
        "position 8.Check your accept header to make sure you are using the correct version.",
    }


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "  "}])
def test_name_is_required(api, tools, body):
    assert tools.codes(api("POST", ROLES, json=body)) == [("MissingRequiredField", "name")]


def test_required_field_message_is_the_recorded_one(api):
    body = api("POST", ROLES, json={}).json()
    assert body["message"] == "securityRole object is invalid"
    assert body["errors"][0]["message"] == "The name field is required."
    assert body["errors"][0]["resource"] == "securityRole"


@pytest.mark.parametrize("field", ["name", "roleType"])
def test_lengths(api, tools, field):
    body = {"name": "Fits", field: "é" * 30}
    assert api("POST", ROLES, json=body).status_code == 201
    body = {"name": "Does not", field: "é" * 31}
    assert tools.codes(api("POST", ROLES, json=body)) == [("MaxLength", field)]


@pytest.mark.parametrize("name", ["Admin", "ADMIN", 'bÜRO & "lager" köln'])
def test_duplicate_name_in_any_case(api, tools, name):
    assert tools.codes(api("POST", ROLES, json={"name": name})) == [("ObjectExists", "name")]


@pytest.mark.parametrize("name", ["id", "_info"])
def test_read_only_members_are_refused(api, tools, name):
    value = 5 if name == "id" else {"updatedBy": "me"}
    assert tools.codes(api("POST", ROLES, json={"name": "X", name: value})) == [("ReadOnlyField", name)]


@pytest.mark.parametrize(
    "body", ["", "nope", "[]", '"x"', '{"name": 5}', '{"name":"a","name":"b"}', '{"inactiveFlag":"yes"}']
)
def test_bodies_that_are_no_role(api, body):
    response = api("POST", ROLES, data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "ConnectWiseApi")


def test_body_must_say_it_is_json(api):
    response = api("POST", ROLES, data='{"name":"x"}', headers={"Content-Type": "text/plain"})
    assert response.status_code == 415


def test_role_in_use_cannot_be_deleted(api, published, tools):
    assert tools.codes(api("DELETE", f"{ROLES}/67")) == [("ObjectInUse", "id")]
    published.set_member("backupvendor", role="Technician")
    assert api("DELETE", f"{ROLES}/67").status_code == 204


def test_admin_role_cannot_be_deleted(api, published, tools):
    public, private = published.make_key("backupvendor", "x")
    published.set_member("backupvendor", role="Automation")
    published.set_member("automation", role="Technician")
    published.set_member("admin1", role="Technician")
    client = tools.client(published, public_key=public, private_key=private)
    assert tools.codes(client("DELETE", f"{ROLES}/63")) == [("NotAllowed", "id")]


def test_settings_rows_have_every_member(api):
    row = api.get(f"{ROLES}/63/settings")[0]
    assert set(row) == {
        "id", "addLevel", "editLevel", "deleteLevel", "inquireLevel", "moduleFunctionName",
        "moduleFunctionDescription", "myAllFlag", "moduleFunctionIdentifier", "reportFlag", "restrictFlag",
        "customFlag", "moduleDescription", "moduleIdentifier", "moduleName", "sortOrder", "_info",
    }  # fmt: skip


def test_catalogue(api):
    rows = api.get(f"{ROLES}/63/settings", pageSize=1000)
    names = [(row["moduleName"], row["moduleFunctionName"]) for row in rows]
    assert len(names) == len(set(names)) > 100
    assert len({module for module, _name in names}) == 9
    assert {module for module, name in names if name == "Reports"} >= {"Companies", "Finance", "Service Desk"}
    assert {name for name, row in zip(names, rows, strict=True) if row["myAllFlag"]} == MY
    assert [row["sortOrder"] for row in rows if row["moduleName"] == "Marketing"] == [1, 2, 3, 4]


@pytest.mark.parametrize(("module", "name", "lacking"), NULLS)
def test_lacking_verbs_are_null(api, module, name, lacking):
    levels = levels_of(api.row(63, module, name))
    assert {verb for verb, level in levels.items() if level is None} == lacking


def test_ids_of_rows_differ_per_role(api):
    first, second = ({row["id"] for row in api.get(f"{ROLES}/{n}/settings", pageSize=1000)} for n in (63, 64))
    assert first.isdisjoint(second)
    assert api("GET", f"{ROLES}/63/settings/{min(second)}").status_code == 404


def test_level_write_is_stored(wide, extended):
    row = wide.row(64, "Sales", "Opportunity")
    response = patch(wide, row, replace("addLevel", "All"), replace("/inquireLevel", "All"))
    assert response.status_code == 200
    assert levels_of(response.json()) == {"add": "All", "edit": "None", "delete": "None", "inquire": "All"}
    assert levels_of(wide.row(64, "Sales", "Opportunity")) == levels_of(response.json())
    assert extended.levels("Technician")[("Sales", "Opportunity")]["add"] == "All"
    assert response.json()["_info"]["updatedBy"] == "automation"
    assert levels_of(wide.row(65, "Sales", "Opportunity"))["add"] == "None"


def test_empty_patch_changes_nothing(wide):
    row = wide.row(64, "Sales", "Opportunity")
    response = patch(wide, row)
    assert (response.status_code, response.json()) == (200, row)


@pytest.mark.parametrize("value", ["all", "ALL", "Mine", "", 1, True, None, ["All"]])
def test_levels_are_exact(wide, tools, value):
    row = wide.row(64, "Sales", "Opportunity")
    assert tools.codes(patch(wide, row, replace("addLevel", value))) == [("InvalidValue", "addLevel")]


def test_my_only_where_offered(wide, tools):
    plain, mine = wide.row(64, "Sales", "Opportunity"), wide.row(64, "Service Desk", "Service Tickets")
    assert tools.codes(patch(wide, plain, replace("editLevel", "My"))) == [("InvalidValue", "editLevel")]
    assert patch(wide, mine, replace("editLevel", "My")).json()["editLevel"] == "My"


def test_lacking_verb_takes_none_only(wide, tools):
    row = wide.row(64, "Service Desk", "SLA Dashboard")
    assert tools.codes(patch(wide, row, replace("addLevel", "All"))) == [("InvalidValue", "addLevel")]
    for value in ("None", None):
        assert patch(wide, row, replace("addLevel", value)).json()["addLevel"] is None


def test_one_bad_level_stores_nothing(wide, tools):
    row = wide.row(64, "Sales", "Opportunity")
    tools.codes(patch(wide, row, replace("addLevel", "All"), replace("editLevel", "My")))
    assert wide.row(64, "Sales", "Opportunity") == row


@pytest.mark.parametrize("field", ["id", "moduleName", "_info", "myAllFlag"])
def test_other_members_of_a_row_are_read_only(wide, tools, field):
    row = wide.row(64, "Sales", "Opportunity")
    assert tools.codes(patch(wide, row, replace(field, row[field]))) == [("ReadOnlyField", field)]


@pytest.mark.parametrize(
    "body",
    [
        {"op": "replace", "path": "addLevel", "value": "All"},
        [{"op": "test", "path": "addLevel", "value": "All"}],
        [{"op": "replace", "path": "AddLevel", "value": "All"}],
        [{"op": "replace", "path": "nothing", "value": "All"}],
        [{"op": "replace", "value": "All"}],
        [{"op": "replace", "path": "addLevel"}],
        [{"op": "replace", "path": "addLevel", "value": "All", "from": "x"}],
        ["addLevel"],
    ],
)
def test_malformed_patches(wide, body):
    row = wide.row(64, "Sales", "Opportunity")
    response = wide("PATCH", f"/system/securityRoles/64/settings/{row['id']}", json=body)
    assert (response.status_code, response.json()["code"]) == (400, "ConnectWiseApi")
    assert wide.row(64, "Sales", "Opportunity") == row


def test_put_replaces_a_row(wide, tools):
    row = wide.row(64, "Service Desk", "Service Tickets")
    url = f"/system/securityRoles/64/settings/{row['id']}"
    done = wide("PUT", url, json={**row, "deleteLevel": "My"}).json()
    assert levels_of(done) == {"add": "All", "edit": "All", "delete": "My", "inquire": "All"}
    assert levels_of(wide("PUT", url, json={"addLevel": "My"}).json())["inquire"] == "None"
    assert tools.codes(wide("PUT", url, json={**row, "moduleName": "X"})) == [("ReadOnlyField", "moduleName")]
    assert wide("PUT", url, json={**row, "extra": 1}).json()["code"] == "ConnectWiseApi"


def test_row_of_another_role_is_not_found(wide):
    row = wide.row(64, "Sales", "Opportunity")
    assert patch(wide, row, role=65).json()["message"] == f"SecurityRoleSetting {row['id']} not found"


def test_nulls_as_none(sim, tools):
    api = tools.client(sim.add_instance("nulls", nulls_as_none=True))
    assert levels_of(api.row(64, "Sales", "Opportunity")) == dict.fromkeys(("add", "edit", "delete", "inquire"))
    assert levels_of(api.row(63, "Sales", "Opportunity"))["add"] == "All"


def test_edition_without_functions_and_with_other_names(sim, tools):
    old = ("Service Desk", "Service Ticket - Dependencies")
    handle = sim.add_instance(
        "drift",
        edition="extended",
        without_functions=[("Finance", "Agreements")],
        rename_functions={
            old: "Service Ticket \u2013 Dependencies",
            "Project / Project Tickets": ["Projects", "X"],
        },
    )
    api = tools.client(handle)
    names = {(r["moduleName"], r["moduleFunctionName"]) for r in api.get(f"{ROLES}/63/settings", pageSize=1000)}
    assert ("Finance", "Agreements") not in names
    assert old not in names
    assert {("Service Desk", "Service Ticket \u2013 Dependencies"), ("Projects", "X")} <= names
    handle.set_levels("Technician", {"Projects / X": {"add": "All"}})
    assert handle.levels("Technician")[("Projects", "X")]["add"] == "All"
    assert ("Projects", "X") in handle.levels("Admin")


def test_wrong_catalogue_options_are_refused(sim):
    with pytest.raises(ValueError, match="no such function"):
        sim.add_instance("x", without_functions=["Finance / Nothing"])
    with pytest.raises(ValueError, match="no function"):
        sim.add_instance("x", roles=[{"name": "X", "levels": {"System / Nothing": {"add": "All"}}}])
    with pytest.raises(ValueError, match="unknown options"):
        sim.add_instance("x", colour="red")


def test_my_security_is_the_callers(api, published, tools):
    rows = api.get("/system/mySecurity", pageSize=1000)
    member = published.member("automation")
    assert {row["member"]["id"] for row in rows} == {member["id"]}
    assert set(rows[0]["member"]) == {"id", "identifier", "name"}
    assert len(rows) == len(published.levels("Admin"))
    narrow = tools.narrow(published, My_Account={"inquire": "My"})
    assert narrow.get("/system/mySecurity", conditions='inquireLevel="My"')[0]["moduleFunctionName"] == "My Account"


def test_my_security_without_member(sim, tools):
    api = tools.client(sim.add_instance("nomember", my_security_member=False))
    assert {row["member"] for row in api.get("/system/mySecurity", pageSize=1000)} == {None}


def test_customise_items(api, published):
    assert api.get("/system/mySecurity/customizeItems/") == []
    published.customise("Admin", ("System", "Table Setup"), "allow", ["Service / Service Board", "Service / Priority"])
    published.customise("Technician", ("System", "Table Setup"), "disallow", ["Company / State"])
    items = api.get("/system/mySecurity/customizeItems/", conditions='customizeIdentifier="SystemTableSetup"')
    assert [item["itemIdentifier"] for item in items] == ["Service / Service Board", "Service / Priority"]
    assert [item["id"] for item in items] == [1, 2]


def test_pages_offer_only_what_exists(published):
    for cell in ({"System / My Company": {"add": "My"}}, {"Service Desk / SLA Dashboard": {"add": "All"}}):
        with pytest.raises(ValueError, match="The function"):
            published.set_levels("Technician", cell)
    with pytest.raises(ValueError, match="no function"):
        published.set_levels("Technician", {"System / Nothing": {"add": "All"}})
    with pytest.raises(ValueError, match="no role"):
        published.set_levels("Nobody", {})
    with pytest.raises(ValueError, match="customise list"):
        published.customise("Admin", ("System", "My Company"), "allow", [])
