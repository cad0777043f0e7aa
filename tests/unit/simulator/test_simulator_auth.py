# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication: credentials, clientId, API version, base path, company information."""

from __future__ import annotations

import pytest
import requests

NO_ROUTE = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}


def test_valid_key_gets_in_with_vendor_content_type(api):
    response = api("GET", "/system/info")
    assert response.status_code == 200
    assert response.json()["version"] == "v2025.1.10675"
    assert response.headers["api-current-version"] == "2025.1"
    assert response.headers["Content-Type"].startswith("application/vnd.connectwise.com+json; version=2025.1")


@pytest.mark.parametrize("part", ["public_key", "private_key"])
def test_wrong_half_of_a_pair_is_refused(published, tools, part):
    response = tools.client(published, **{part: "wrong"})("GET", "/system/info")
    assert response.status_code == 401
    assert response.json() == {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}


def test_unknown_company_is_refused(published, tools):
    assert tools.client(published, company="nobody")("GET", "/system/info").status_code == 401


def test_another_instances_key_is_refused(published, extended, tools):
    other = extended.connection
    client = tools.client(published, public_key=other["public_key"], private_key=other["private_key"])
    assert client("GET", "/system/info").status_code == 401


def test_hosted_service_answers_404_to_a_wrong_key(sim, tools):
    handle = sim.add_instance("hosted", cloud=True)
    try:
        response = tools.client(handle, private_key="wrong")("GET", "/system/info")
        assert (response.status_code, response.json()) == (404, NO_ROUTE)
        assert tools.client(handle).get("/system/info")["isCloud"] is True
    finally:
        del sim.instances["hosted"]


def test_no_credentials(published, api):
    response = requests.get(f"{api.base}/system/info", headers={"clientId": "x"}, timeout=5)
    assert (response.status_code, response.json()["code"]) == (401, "Unauthorized")


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Bearer abc", "Basic /////w=="])
def test_unreadable_credentials(api, header):
    response = requests.get(f"{api.base}/system/info", headers={"Authorization": header}, timeout=5)
    assert response.status_code == 401


@pytest.mark.parametrize("client_id", [None, "", "11111111-2222-3333-4444-555555555555"])
def test_client_id_is_required_and_checked(published, tools, client_id):
    response = tools.client(published, client_id=client_id)("GET", "/system/info")
    assert response.status_code == 401
    assert response.text.startswith("Cannot ")
    assert "json" not in response.headers["Content-Type"]


def test_inactive_member_loses_its_keys(published, tools):
    public, private = published.make_key("backupvendor", "extra")
    client = tools.client(published, public_key=public, private_key=private)
    assert client("GET", "/system/info").status_code == 200
    published.set_member("backupvendor", inactive=True)
    assert client("GET", "/system/info").status_code == 401
    published.set_member("backupvendor", inactive=False)
    assert client("GET", "/system/info").status_code == 200


@pytest.mark.parametrize("delete", [False, True])
def test_retired_key_fails_alone(published, api, tools, delete):
    public, private = published.make_key("automation", "second")
    client = tools.client(published, public_key=public, private_key=private)
    assert client("GET", "/system/info").status_code == 200
    published.retire_key(public, delete=delete)
    assert client("GET", "/system/info").status_code == 401
    assert api("GET", "/system/info").status_code == 200


@pytest.mark.parametrize(
    ("accept", "said"),
    [("version=2099.1", "2099.1"), ("version=abc", "0.0"), ("version=", "0.0"), ("version=2025", "0.0")],
)
def test_unsupported_version(api, accept, said):
    headers = {"Accept": f"application/vnd.connectwise.com+json; {accept}"}
    response = api("GET", "/system/info", headers=headers)
    body = response.json()
    assert (response.status_code, body["code"]) == (400, "ConnectWiseApi")
    assert body["message"].endswith(f"does not support the API version '{said}'.")
    assert f"'{api.base}/system/info'" in body["message"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", None])
def test_version_is_optional(api, accept):
    assert api("GET", "/system/info", headers={"Accept": accept}).status_code == 200


def test_other_media_type_may_follow(api):
    accept = "application/vnd.connectwise.com+json; version=2022.1, application/json"
    response = api("GET", "/system/info", headers={"Accept": accept})
    assert "version=2022.1" in response.headers["Content-Type"]


def test_codebase_and_alias(published, api, sim, tools):
    for codebase in ("v2025_1", "v4_6_release", "V4_6_Release"):
        url = f"{api.site}/{codebase}/apis/3.0/system/info"
        assert api.session.get(url, timeout=5).status_code == 200
    moved = api.session.get(f"{api.site}/v2019_4/apis/3.0/system/info", timeout=5)
    assert (moved.status_code, moved.json()) == (404, NO_ROUTE)
    strict = tools.client(sim.add_instance("noalias", alias=False))
    assert strict("GET", "/system/info").status_code == 404


def test_company_information(api):
    found = requests.get(f"{api.site}/login/companyinfo/acme", timeout=5).json()
    assert found["Codebase"] == "v2025_1/"
    assert set(found) == {
        "CompanyName", "Codebase", "VersionCode", "VersionNumber", "CompanyID", "IsCloud", "SiteUrl"
    }  # fmt: skip
    unknown = requests.get(f"{api.site}/login/companyinfo/nobody", timeout=5)
    assert (unknown.status_code, unknown.text) == (200, "null")


def test_too_long_url(api):
    assert api("GET", "/system/securityroles", params={"conditions": "x" * 2000}).status_code == 414


def test_several_instances_do_not_share_anything(published, extended, api, wide):
    api("POST", "/system/securityroles", json={"name": "Only here"})
    assert published.role("Only here")
    assert extended.role("Only here") is None
    assert published.connection["client_id"] != extended.connection["client_id"]


def test_given_keys_are_used(sim, tools):
    handle = sim.add_instance("canary", public_key="PUBLICcanary0001", private_key="PRIVATEcanary001")
    assert handle.connection["private_key"] == "PRIVATEcanary001"
    assert tools.client(handle)("GET", "/system/info").status_code == 200
    assert "PRIVATEcanary001" not in repr(handle.state) + repr(handle.log)


def test_random_keys_have_the_reported_shape(published):
    for half in ("public_key", "private_key"):
        assert len(published.connection[half]) == 16
        assert published.connection[half].isalnum()
