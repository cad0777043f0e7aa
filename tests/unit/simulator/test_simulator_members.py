# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API members and keys."""

from __future__ import annotations

import pytest

PATH = "/system/apiMembers"
REQUIRED = [
    "identifier", "name", "securityRole", "structureLevel", "securityLocation", "defaultLocation",
    "defaultDepartment", "salesDefaultLocation",
]  # fmt: skip
REFERENCES = [*REQUIRED[2:], "timeZone", "serviceDefaultBoard"]


@pytest.fixture(name="made")
def _made(api):
    response = api("POST", PATH, json=api.new_member())
    assert response.status_code == 201, response.text
    return response.json()


def patch(api, member, *operations):
    return api("PATCH", f"{PATH}/{member['id']}", json=list(operations))


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def test_create(api, published, made):
    assert made["securityRole"] == {"id": 64, "name": "Technician"}
    assert made["defaultDepartment"]["identifier"] == "Services"
    assert made["timeZone"]["id"] == 1
    assert made["inactiveFlag"] is False
    assert published.member("tool")["id"] == made["id"]
    assert published.keys("tool") == []
    assert api.get(f"{PATH}/{made['id']}") == made


def test_create_answers_with_location(api):
    response = api("POST", PATH, json=api.new_member())
    assert response.headers["Location"] == f"{api.base}{PATH}/{response.json()['id']}"


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("value", ["absent", None])
def test_required(api, tools, field, value):
    body = api.new_member(**{field: None})
    if value == "absent":
        del body[field]
    assert tools.codes(api("POST", PATH, json=body)) == [("MissingRequiredField", field)]


def test_all_missing_fields_are_named(api, tools):
    assert tools.codes(api("POST", PATH, json={})) == [("MissingRequiredField", field) for field in REQUIRED]


@pytest.mark.parametrize(("field", "limit"), [("identifier", 15), ("name", 30), ("emailAddress", 250)])
def test_lengths(api, tools, field, limit):
    assert tools.codes(api("POST", PATH, json=api.new_member(**{field: "x" * (limit + 1)}))) == [("MaxLength", field)]
    assert api("POST", PATH, json=api.new_member(**{field: "x" * limit})).status_code == 201


@pytest.mark.parametrize("field", REFERENCES)
@pytest.mark.parametrize("value", [{"id": 999}, {"name": "Corporate"}, {"id": 0}])
def test_references_must_exist(api, tools, field, value):
    wanted = "MissingRequiredField" if "id" not in value and field in REQUIRED else "InvalidReference"
    assert (wanted, field) in tools.codes(api("POST", PATH, json=api.new_member(**{field: value})))


def test_reference_id_as_text(api):
    made = api("POST", PATH, json=api.new_member(securityRole={"id": "65"})).json()
    assert made["securityRole"]["id"] == 65


def test_unknown_members_also_in_references(api):
    body = api.new_member(securityRole={"id": 64, "colour": 1})
    message = api("POST", PATH, json=body).json()["message"]
    assert "'colour' on object of type 'SecurityRoleReference'. Path 'securityRole.colour'" in message
    assert "'ApiMember'" in api("POST", PATH, json=api.new_member(colour=1)).json()["message"]


def test_position_counts_lines(api):
    text = '{"identifier": "a",\n  "colour" : 1}'
    response = api("POST", PATH, data=text, headers={"Content-Type": "application/json"})
    assert "line 2, position 12." in response.json()["message"]


@pytest.mark.parametrize("identifier", ["automation", "AUTOMATION", "admin1"])
def test_identifier_is_taken(api, tools, identifier):
    response = api("POST", PATH, json=api.new_member(identifier=identifier))
    assert tools.codes(response) == [("ObjectExists", "identifier")]


@pytest.mark.parametrize("name", ["id", "_info", "inactiveDate"])
def test_read_only_on_create(api, tools, name):
    value = {"id": 5, "_info": {}, "inactiveDate": "2025-01-01T00:00:00Z"}[name]
    assert tools.codes(api("POST", PATH, json=api.new_member(**{name: value}))) == [("ReadOnlyField", name)]


def test_wrong_kinds(api):
    for body in (
        {"securityRole": 64},
        {"inactiveFlag": "true"},
        {"name": 5},
        {"excludedServiceBoardIds": ["1"]},
    ):
        response = api("POST", PATH, json=api.new_member(**body))
        assert (response.status_code, response.json()["code"]) == (400, "ConnectWiseApi")


def test_excluded_boards(api, tools):
    made = api("POST", PATH, json=api.new_member(excludedServiceBoardIds=[1, 3])).json()
    assert made["excludedServiceBoardIds"] == [1, 3]
    bad = api("POST", PATH, json=api.new_member(identifier="b", excludedServiceBoardIds=[99]))
    assert tools.codes(bad) == [("InvalidReference", "excludedServiceBoardIds")]


def test_patch_whole_reference(api, made):
    for path in ("securityRole", "/securityRole"):
        for role in (65, 64):
            response = patch(api, made, replace(path, {"id": role}))
            assert (response.status_code, response.json()["securityRole"]["id"]) == (200, role)


def test_patch_below_a_reference_changes_nothing(api, made):
    response = patch(api, made, replace("securityRole/id", 65))
    assert (response.status_code, response.json()) == (200, made)
    assert api.get(f"{PATH}/{made['id']}") == made


def test_patch_plain_members(api, made):
    done = patch(api, made, replace("notes", "hello"), replace("name", 'Jörg "x" & y')).json()
    assert (done["notes"], done["name"]) == ("hello", 'Jörg "x" & y')
    assert patch(api, made, {"op": "remove", "path": "notes"}).json()["notes"] == ""
    assert patch(api, made, replace("emailAddress", "")).json()["emailAddress"] == ""


def test_retire_and_bring_back(api, made):
    done = patch(api, made, replace("inactiveFlag", True)).json()
    assert done["inactiveFlag"] is True
    assert done["inactiveDate"].endswith("Z")
    assert "inactiveDate" not in patch(api, made, replace("inactiveFlag", False)).json()


@pytest.mark.parametrize("name", ["id", "_info", "inactiveDate"])
def test_read_only_in_patch(api, made, tools, name):
    value = {"id": made["id"], "_info": {}, "inactiveDate": "2025-01-01T00:00:00Z"}[name]
    assert tools.codes(patch(api, made, replace(name, value))) == [("ReadOnlyField", name)]


def test_identifier_cannot_change(api, made, tools):
    assert tools.codes(patch(api, made, replace("identifier", "other"))) == [("ReadOnlyField", "identifier")]
    assert patch(api, made, replace("identifier", "tool")).status_code == 200


@pytest.mark.parametrize("field", REQUIRED[1:])
def test_required_in_patch(api, made, tools, field):
    assert tools.codes(patch(api, made, {"op": "remove", "path": field})) == [("MissingRequiredField", field)]


@pytest.mark.parametrize("field", ["notes", "inactiveFlag", "excludedServiceBoardIds", "emailAddress"])
def test_null_is_no_value_in_patch(api, made, tools, field):
    assert tools.codes(patch(api, made, replace(field, None))) == [("InvalidValue", field)]


def test_optional_references_can_be_cleared(api, made):
    assert patch(api, made, replace("serviceDefaultBoard", {"id": 2})).json()["serviceDefaultBoard"]["id"] == 2
    assert "serviceDefaultBoard" not in patch(api, made, replace("serviceDefaultBoard", None)).json()
    assert "timeZone" not in patch(api, made, {"op": "remove", "path": "timeZone"}).json()


def test_patch_is_all_or_nothing(api, made, tools):
    tools.codes(patch(api, made, replace("name", "New"), replace("securityRole", {"id": 999})))
    assert api.get(f"{PATH}/{made['id']}") == made


@pytest.mark.parametrize("body", [{"name": "x"}, [{"op": "replace", "path": "Name", "value": "x"}], "x", [[]]])
def test_malformed_patch(api, made, body):
    assert api("PATCH", f"{PATH}/{made['id']}", json=body).json()["code"] == "ConnectWiseApi"


def test_put_unsets_what_is_left_out(api, made, tools):
    patch(api, made, replace("notes", "hello"), replace("serviceDefaultBoard", {"id": 2}))
    done = api("PUT", f"{PATH}/{made['id']}", json=api.new_member(name="Other")).json()
    assert (done["name"], done["notes"]) == ("Other", "")
    assert not {"serviceDefaultBoard", "timeZone"} & set(done)
    body = api.new_member(id=made["id"] + 1)
    assert tools.codes(api("PUT", f"{PATH}/{made['id']}", json=body)) == [("ReadOnlyField", "id")]
    del body["name"], body["id"]
    assert tools.codes(api("PUT", f"{PATH}/{made['id']}", json=body)) == [("MissingRequiredField", "name")]


def test_put_takes_back_what_get_gave(api, made):
    assert api("PUT", f"{PATH}/{made['id']}", json=made).status_code == 200


def test_template(api, sim, tools):
    template = api.get(f"{PATH}/default")
    assert template["structureLevel"] == {"id": 1, "name": "Corporate"}
    assert "securityRole" not in template
    empty = tools.client(sim.add_instance("empty", empty_default=True)).get(f"{PATH}/default")
    assert not set(REFERENCES) & set(empty)
    nulls = tools.client(sim.add_instance("empty", empty_default=True, nulls=True)).get(f"{PATH}/default")
    assert {nulls[name] for name in REFERENCES} == {None}


def test_api_members_are_members_with_the_same_id(api, made):
    member = api.get(f"/system/members/{made['id']}")
    assert (member["identifier"], member["licenseClass"]) == ("tool", "A")
    assert "lastName" not in member
    assert api.get("/system/members/TOOL")["id"] == made["id"]
    assert made["id"] in [item["id"] for item in api.get("/system/info/members")]


def test_members_of_options(sim):
    handle = sim.add_instance(
        "more",
        roles=[{"name": "Extra", "levels": {"System / Table Setup": {"inquire": "All"}}}],
        members=[{"identifier": "extra", "role": "Extra", "name": "Extra", "inactive": True}],
        automation_role="Automation Reader",
    )
    assert handle.member("extra")["inactiveFlag"] is True
    assert handle.member("automation")["securityRole"]["name"] == "Automation Reader"
    assert handle.levels("Extra")[("System", "Table Setup")]["inquire"] == "All"


@pytest.fixture(name="keys")
def _keys(extended):
    return f"{PATH}/{extended.member('backupvendor')['id']}/apiKeys"


def test_private_key_is_given_once(wide, extended, keys, tools):
    response = wide("POST", keys, json={"description": "Backup"})
    pair = response.json()
    assert response.status_code == 201
    assert set(pair) == {"id", "description", "publicKey", "privateKey"}
    listed = wide("GET", keys)
    assert pair["publicKey"] in listed.text
    assert pair["privateKey"] not in listed.text + repr(extended.state) + repr(extended.log)
    client = tools.client(extended, public_key=pair["publicKey"], private_key=pair["privateKey"])
    assert client("GET", "/system/info").status_code == 200


def test_key_body_is_checked(wide, keys, tools):
    assert tools.codes(wide("POST", keys, json={})) == [("MissingRequiredField", "description")]
    assert tools.codes(wide("POST", keys, json={"description": "x" * 51})) == [("MaxLength", "description")]
    given = {"description": "x", "publicKey": "mine"}
    assert tools.codes(wide("POST", keys, json=given)) == [("ReadOnlyField", "publicKey")]
    assert "'ApiKey'" in wide("POST", keys, json={"name": "x"}).json()["message"]


def test_key_retire_and_delete(wide, extended, keys, tools):
    pair = wide("POST", keys, json={"description": "Backup"}).json()
    client = tools.client(extended, public_key=pair["publicKey"], private_key=pair["privateKey"])
    for inactive, status in ((True, 401), (False, 200)):
        response = wide("PATCH", f"{keys}/{pair['id']}", json=[replace("inactiveFlag", inactive)])
        assert response.json()["inactiveFlag"] is inactive
        assert client("GET", "/system/info").status_code == status
    assert wide("DELETE", f"{keys}/{pair['id']}").status_code == 204
    assert client("GET", "/system/info").status_code == 401
    assert wide("DELETE", f"{keys}/{pair['id']}").status_code == 404


def test_key_patch_is_strict(wide, keys, tools):
    key = f"{keys}/{wide.get(keys)[0]['id']}"
    assert tools.codes(wide("PATCH", key, json=[replace("description", "x")])) == [("ReadOnlyField", "description")]
    assert tools.codes(wide("PATCH", key, json=[replace("inactiveFlag", "true")])) == [("InvalidValue", "inactiveFlag")]
    assert wide("PATCH", key, json=[replace("privateKey", "x")]).json()["code"] == "ConnectWiseApi"


def test_key_of_another_member(wide, extended, keys):
    other = f"{PATH}/{extended.member('automation')['id']}/apiKeys/{wide.get(keys)[0]['id']}"
    assert wide("DELETE", other).status_code == 404
    assert wide("GET", f"{PATH}/1/apiKeys").json()["message"] == "ApiMember 1 not found"
