# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The habits of an instance: each separately, and all values that are drawn."""

from __future__ import annotations

import pathlib
import re
from dataclasses import fields

import pytest
from simulator.draw import HABITS, draw_habits
from simulator.habits import Habits

ROLES, MEMBERS = "/system/securityroles", "/system/apiMembers"
TICKETS = "Service Desk / Service Tickets"
REPORTS = "System / API Reports"
README = pathlib.Path(__file__).resolve().parents[2] / "simulator" / "README.md"


@pytest.fixture(name="make")
def _make(sim, tools):
    """Makes an instance with habits, and a client of the automation's own key."""

    def make(**options):
        handle = sim.add_instance("habits", **{"edition": "extended", **options})
        return handle, tools.client(handle)

    return make


@pytest.fixture(name="vendor")
def _vendor(tools):
    """Makes a client of a vendor's key."""

    def vendor(handle):
        public, private = handle.make_key("backupvendor", "more")
        return tools.client(handle, public_key=public, private_key=private)

    return vendor


def row_of(rows, name):
    module, function = name.split(" / ")
    codes = {module.replace(" ", "").replace("&", ""), module}, {f"{module} {function}".replace(" ", ""), function}
    found = [
        row
        for row in rows
        if codes[0] & {row[f"module{part}"] for part in ("Name", "Description", "Identifier")}
        and codes[1] & {row[f"moduleFunction{part}"] for part in ("Name", "Description", "Identifier")}
    ]
    assert len(found) == 1, found
    return found[0]


def settings(api, role=63):
    return api.get(f"/system/securityRoles/{role}/settings", pageSize=1000)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [("no_endpoint", 404, {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}), ("empty", 200, [])],
)
@pytest.mark.parametrize("keys", ["all", "vendors"])
def test_my_security(make, vendor, answer, status, body, keys):
    handle, api = make(my_security=answer, my_security_of=keys)
    response = vendor(handle)("GET", "/system/mySecurity")
    assert (response.status_code, response.json()) == (status, body)
    own = api("GET", "/system/MYSECURITY/", params={"pageSize": 1000})
    if keys == "all":
        assert (own.status_code, own.json()) == (status, body)
    else:
        assert own.status_code == 200 and own.json()[0]["member"]["identifier"] == "automation"
    assert api("GET", "/system/info").status_code == 200


@pytest.mark.parametrize(("answer", "kind"), [("forbidden", dict), ("object", dict), ("no_member", list)])
def test_my_security_of_another_shape(make, vendor, answer, kind):
    handle, api = make(my_security=answer, my_security_of="vendors")
    found = vendor(handle)("GET", "/system/mySecurity").json()
    assert isinstance(found, kind)
    assert kind is dict or "member" not in found[0]
    assert "member" in api.get("/system/mySecurity")[0]


def test_null_member_for_vendors_alone(make, vendor):
    handle, api = make(my_security_member=False, my_security_of="vendors")
    assert vendor(handle).get("/system/mySecurity")[0]["member"] is None
    assert api.get("/system/mySecurity")[0]["member"]["identifier"] == "automation"


def test_a_write_shows_after_a_while(make, tools):
    handle, api = make(visible_after=5.0, clock_stands=True)
    role = api("POST", ROLES, json={"name": "Late"}).json()
    assert api("GET", f"{ROLES}/{role['id']}").status_code == 404
    assert "Late" not in {item["name"] for item in api.get(ROLES, pageSize=100)}
    row = settings(api)[0]
    assert api("POST", ROLES, json={"name": "Late"}).status_code == 400  # it is there, though nobody sees it
    handle.advance(4.9)
    assert api("GET", f"{ROLES}/{role['id']}").status_code == 404
    handle.advance(0.1)
    assert api.get(f"{ROLES}/{role['id']}")["name"] == "Late"

    url = f"/system/securityRoles/{role['id']}/settings/{settings(api, role['id'])[0]['id']}"
    assert row["addLevel"] == "All"
    done = api("PATCH", url, json=[{"op": "replace", "path": "addLevel", "value": "All"}])
    assert done.json()["addLevel"] == "All" and api.get(url)["addLevel"] == "None"
    handle.advance(5)
    assert api.get(url)["addLevel"] == "All"

    member = api("POST", MEMBERS, json=api.new_member(securityRole={"id": role["id"]})).json()
    assert api("GET", f"{MEMBERS}/{member['id']}").status_code == 404
    made = api("POST", f"{MEMBERS}/{member['id']}/apiKeys", json={"description": "x"}).json()
    handle.advance(3)
    login = tools.client(handle, public_key=made["publicKey"], private_key=made["privateKey"])
    assert login("GET", "/system/info").status_code == 401
    handle.advance(2)
    assert login("GET", "/system/info").status_code == 200
    assert [key["id"] for key in api.get(f"{MEMBERS}/{member['id']}/apiKeys")] == [made["id"]]

    assert api("DELETE", f"{MEMBERS}/{member['id']}/apiKeys/{made['id']}").status_code == 204
    assert login("GET", "/system/info").status_code == 200
    handle.advance(5)
    assert login("GET", "/system/info").status_code == 401


def test_writes_show_in_their_order(make):
    handle, api = make(visible_after=5.0, clock_stands=True)
    first = api("POST", ROLES, json={"name": "First"}).json()
    handle.advance(3)
    second = api("POST", ROLES, json={"name": "Second"}).json()
    handle.advance(2)
    assert api("GET", f"{ROLES}/{first['id']}").status_code == 200
    assert api("GET", f"{ROLES}/{second['id']}").status_code == 404
    handle.advance(3)
    assert api("GET", f"{ROLES}/{second['id']}").status_code == 200


def test_real_time_passes_too(make):
    _handle, api = make(visible_after=0.05)
    role = api("POST", ROLES, json={"name": "Late"}).json()
    for _turn in range(400):
        if api("GET", f"{ROLES}/{role['id']}").status_code == 200:
            return
    pytest.fail("it never showed")


REFUSED = {
    "bad_request": 400, "unauthorized": 401, "forbidden": 403, "not_found": 404, "no_endpoint": 404,
    "method_not_allowed": 405, "server_error": 500, "page": 200, "page_403": 403, "other_json": 200,
}  # fmt: skip
UNDOCUMENTED = {
    "settings_patch": ("PATCH", "/system/securityRoles/64/settings/{setting}"),
    "keys_get": ("GET", f"{MEMBERS}/{{member}}/apiKeys"),
    "keys_post": ("POST", f"{MEMBERS}/{{member}}/apiKeys"),
    "keys_patch": ("PATCH", f"{MEMBERS}/{{member}}/apiKeys/{{key}}"),
    "keys_delete": ("DELETE", f"{MEMBERS}/{{member}}/apiKeys/{{key}}"),
}


@pytest.mark.parametrize("edition", ["published", "extended"])
@pytest.mark.parametrize("answer", REFUSED)
@pytest.mark.parametrize("option", UNDOCUMENTED)
def test_an_undocumented_route_answers_anything(make, option, answer, edition):
    handle, api = make(**{option: answer, "edition": edition})
    method, path = UNDOCUMENTED[option]
    member = handle.member("backupvendor")
    before = handle.state
    url = path.format(setting=settings(api, 64)[0]["id"], member=member["id"], key=member["keys"][0]["id"])
    response = api(method, url, json=[] if method == "PATCH" else {"description": "x"})
    assert response.status_code == REFUSED[answer]
    assert response.headers["Content-Type"].startswith("text/html") == answer.startswith("page")
    assert handle.state == before


def test_one_undocumented_route_is_refused_and_the_others_work(make):
    handle, api = make(keys_delete="bad_request")
    member = handle.member("backupvendor")
    key = f"{MEMBERS}/{member['id']}/apiKeys/{member['keys'][0]['id']}"
    assert api("DELETE", key).status_code == 400 and len(handle.keys("backupvendor")) == 1
    assert api("PATCH", key, json=[{"op": "replace", "path": "inactiveFlag", "value": True}]).status_code == 200


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_the_question_about_record_0(make, edition):
    _handle, api = make(record_zero="no_role", edition=edition)
    response = api("PATCH", "/system/securityRoles/0/settings/0", json=[])
    assert (response.status_code, response.json()["message"]) == (404, "SecurityRole 0 not found")
    real = api("PATCH", f"/system/securityRoles/64/settings/{settings(api, 64)[0]['id']}", json=[])
    assert real.status_code == {"published": 404, "extended": 200}[edition]


@pytest.mark.parametrize(("answer", "status"), [("bad_request", 400), ("forbidden", 403), ("server_error", 500)])
def test_no_default_member(make, answer, status):
    assert make(member_default=answer)[1]("GET", f"{MEMBERS}/default").status_code == status


def test_a_default_member_of_no_use(make):
    assert make(member_default="null")[1].get(f"{MEMBERS}/default") is None
    template = make(member_default="zero_ids")[1].get(f"{MEMBERS}/default")
    assert (template["structureLevel"]["id"], template["defaultLocation"]["id"]) == (0, 0)


def level(api, name, field, value):
    rows = settings(api, 64)
    url = f"/system/securityRoles/64/settings/{row_of(rows, name)['id']}"
    return api("PATCH", url, json=[{"op": "replace", "path": field, "value": value}]).status_code


def test_my_is_not_told(make):
    _handle, api = make(my_all_flag="false")
    assert {row["myAllFlag"] for row in settings(api)} == {False}
    assert level(api, "Time & Expense / Time Entry", "addLevel", "My") == 200
    assert {row["myAllFlag"] for row in settings(make(my_all_flag="null")[1])} == {None}


def test_my_is_not_offered(make):
    _handle, api = make(without_my=["Time & Expense / Time Entry"])
    assert row_of(settings(api), "Time & Expense / Time Entry")["myAllFlag"] is False
    assert level(api, "Time & Expense / Time Entry", "addLevel", "My") == 400


def test_cells(make):
    tickets = TICKETS
    _handle, api = make(
        null_cells=[f"{REPORTS} / add"], missing_cells=[f"{tickets} / delete"], odd_cells=[f"{tickets} / inquire"]
    )
    rows = settings(api)
    assert row_of(rows, REPORTS)["addLevel"] is None and row_of(rows, REPORTS)["inquireLevel"] == "All"
    assert "deleteLevel" not in row_of(rows, tickets) and row_of(rows, tickets)["inquireLevel"] == "Some"
    assert level(api, REPORTS, "addLevel", "All") == 400


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ("shown", ("Service Tickets", "Service Tickets", "ServiceDeskServiceTickets")),
        ("codes", ("ServiceDeskServiceTickets", "Service Tickets", "ServiceDeskServiceTickets")),
        ("identifiers", ("ServiceDeskServiceTickets", "ServiceDeskServiceTickets", "Service Tickets")),
        ("no_description", ("Service Tickets", "", "ServiceDeskServiceTickets")),
        ("no_name", ("", "Service Tickets", "ServiceDeskServiceTickets")),
    ],
)
def test_names(make, how, shown):
    row = row_of(settings(make(names=how)[1]), TICKETS)
    assert tuple(row[f"moduleFunction{part}"] for part in ("Name", "Description", "Identifier")) == shown


def test_rows_without_names_and_rows_of_one_name(make):
    _handle, api = make(nameless=[REPORTS], twins=[TICKETS])
    rows = settings(api)
    assert [row["moduleFunctionIdentifier"] for row in rows if not row["moduleFunctionName"]] == ["SystemAPIReports"]
    assert len({row["id"] for row in rows if row["moduleFunctionName"] == "Service Tickets"}) == 2


def test_rows_left_out(make):
    _handle, api = make(sparse=True)
    role = api("POST", ROLES, json={"name": "New"}).json()
    assert settings(api, role["id"]) == []
    assert [row["moduleFunctionName"] for row in settings(api, 64)] == ["Service Tickets"]
    _handle, api = make(flickering=[REPORTS])
    assert len(settings(api)) - len(settings(api)) == 1
    assert len(settings(api)) - len(settings(api)) == 1


def test_lists_without_inactive_records(make):
    handle, api = make(inactive_members_listed=False, inactive_roles_listed=False)
    role = handle.add_role("Old", inactive=True)
    assert "retired" not in {row["identifier"] for row in api.get(MEMBERS)}
    assert "retired" in {row["identifier"] for row in api.get("/system/members")}
    assert role not in {row["id"] for row in api.get(ROLES)}
    assert api.get(f"{ROLES}/{role}")["name"] == "Old"
    assert api("POST", ROLES, json={"name": "Old"}).status_code == 400


def test_short_pages(make):
    _handle, api = make(page_caps={"/securityroles$": 3})
    response = api("GET", ROLES, params={"pageSize": 1000})
    assert len(response.json()) == 3 and "Link" not in response.headers
    assert len(api.get(ROLES, pageSize=1000, page=2)) == 3
    assert len(settings(api)) > 50


def test_the_alias_dies(make):
    handle, api = make(alias_dies_after=2)
    assert [api("GET", "/system/info").status_code for _turn in range(4)] == [200, 200, 404, 404]
    concrete = f"{handle.connection['site']}/v2025_1/apis/3.0/system/info"
    assert api.session.get(concrete, timeout=5).status_code == 200


def test_upper_case(make):
    handle, api = make(upper_case=True)
    made = api("POST", MEMBERS, json=api.new_member()).json()
    assert made["identifier"] == "TOOL" and handle.member("tool")["identifier"] == "TOOL"
    url, patch = f"{MEMBERS}/{made['id']}", [{"op": "replace", "path": "identifier", "value": "tool"}]
    assert api("PATCH", url, json=patch).json()["identifier"] == "TOOL"


@pytest.mark.parametrize(("posted", "role"), [("none", None), ("other", 64)])
def test_a_new_member_has_another_role(make, posted, role):
    _handle, api = make(posted_role=posted)
    made = api("POST", MEMBERS, json=api.new_member(securityRole={"id": 66})).json()
    assert (made.get("securityRole") or {}).get("id") == role
    url, patch = f"{MEMBERS}/{made['id']}", [{"op": "replace", "path": "securityRole", "value": {"id": 66}}]
    assert api("PATCH", url, json=patch).json()["securityRole"]["id"] == 66


def nulls(value):
    """The names of all members that are null."""
    if isinstance(value, list):
        return {name for item in value for name in nulls(item)}
    if not isinstance(value, dict):
        return set()
    return {name for name, item in value.items() if item is None}.union(*map(nulls, value.values()))


def test_null_where_nothing_is_set(make):
    paths = (ROLES, MEMBERS, "/system/members", f"{MEMBERS}/default", "/system/mySecurity")
    shown = set().union(*(nulls(make()[1].get(path)) for path in paths))
    assert shown <= {"addLevel", "editLevel", "deleteLevel", "inquireLevel"}
    assert {"roleType", "_info"} <= nulls(make(nulls=True)[1].get(ROLES)) | nulls(make(nulls=True)[1].get(MEMBERS))


def test_client_id_in_the_query(make, tools):
    handle, _api = make()
    client = tools.client(handle, client_id=None)
    assert client("GET", "/system/info", params={"clientId": handle.connection["client_id"]}).status_code == 200
    assert client("GET", "/system/info", params={"clientId": "another"}).status_code == 401


def test_forward_only_pages(make):
    _handle, api = make()
    seen, url = [], f"{api.base}{ROLES}?pageSize=4"
    for _turn in range(9):
        response = api.session.get(url, headers={"pagination-type": "forward-only"}, timeout=5)
        seen += [row["id"] for row in response.json()]
        assert 'rel="last"' not in response.headers["Link"]
        if not response.headers["Link"]:
            break
        url = response.headers["Link"].partition(">")[0].lstrip("<")
        assert "pageId=" in url
    assert seen == [row["id"] for row in api.get(ROLES)]
    ordered = api("GET", ROLES, params={"orderBy": "name"}, headers={"pagination-type": "forward-only"})
    assert ordered.status_code == 400


def test_forward_only_pages_where_they_are_unknown(make):
    _handle, api = make(forward_only=False)
    response = api("GET", ROLES, params={"pageSize": 100}, headers={"pagination-type": "forward-only"})
    assert response.status_code == 200 and "Link" not in response.headers


@pytest.mark.parametrize("version", ["3.0.0", "2018.4", "2019.5", "2022.2", "2024.3", "2025.8", "2025.16", "2026.4"])
def test_published_versions(make, version):
    accept = f"application/vnd.connectwise.com+json; version={version}"
    response = make()[1]("GET", "/system/info", headers={"Accept": accept})
    assert response.status_code == 200 and f"version={version}" in response.headers["Content-Type"]


@pytest.mark.parametrize("version", ["3.0", "2.0.0", "2025.17", "2025.0", "2027.1", "4.6"])
def test_versions_that_were_never_published(make, version):
    accept = f"application/vnd.connectwise.com+json; version={version}"
    assert make()[1]("GET", "/system/info", headers={"Accept": accept}).status_code == 400


@pytest.mark.parametrize(
    "options",
    [
        {"names": "odd"}, {"settings_patch": "teapot"}, {"my_security_of": ""}, {"twins": ["System / Nothing"]},
        {"null_cells": [TICKETS]}, {"odd_cells": [f"{TICKETS} / write"]}, {"page_caps": {"(": 1}}, {"nameles": []},
    ],
)  # fmt: skip
def test_a_misspelt_habit_is_refused(make, options):
    with pytest.raises((ValueError, re.error), match=r"not one of|unknown|unterminated"):
        make(**options)


def test_each_habit_is_drawn_and_described():
    text = README.read_text(encoding="utf-8")
    drawn = {name for found in HABITS.values() for options in found for name in options}
    for item in fields(Habits):
        assert f"`{item.name}`" in text, item.name
        assert item.name in drawn or item.name == "forward_only"
        for value in filter(None, item.metadata.get("one_of", ())):
            assert f"`{value}`" in text, value


@pytest.mark.parametrize("seed", range(40))
def test_what_is_drawn_can_be_made(make, seed):
    handle, api = make(**draw_habits(seed))
    site = f"{handle.connection['site']}/v2025_1/apis/3.0/system/info"
    assert api.session.get(site, timeout=5).status_code == 200
    assert draw_habits(seed) == draw_habits(seed)
