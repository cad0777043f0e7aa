# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator with pyconnectwise, whose models and client others wrote from the published API.

The models show whether the simulator's answers have the members and kinds that others expect; the client,
unchanged, shows that the simulator can be driven by something that was not written for it.
"""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
import requests
from pyconnectwise import ConnectWiseManageAPIClient
from pyconnectwise.endpoints.manage.SystemSecurityrolesIdSettingsEndpoint import (
    SystemSecurityrolesIdSettingsEndpoint,
)
from pyconnectwise.exceptions import (
    AuthenticationFailedException,
    MalformedRequestException,
    NotFoundException,
    ObjectExistsError,
    PermissionsFailedException,
)
from pyconnectwise.models import manage
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

# Members the 2025.1 description has and the models, made from an older one, do not.
NEWER = {
    "SecurityRole": {"roleType"},
    "SecurityRoleInfo": {"roleType"},
    "Info": {"maxWorkFlowRecordsAllowed"},
}
# Members the models spell otherwise than the description (there it is ``location_flag``).
MISSPELT = {"LocationInfo": {"locationFlag"}}
LISTS = [
    ("/system/securityroles", "SecurityRole"),
    ("/system/securityroles/info", "SecurityRoleInfo"),
    ("/system/securityroles/63/settings", "SecurityRoleSetting"),
    ("/system/securityroles/67/settings", "SecurityRoleSetting"),
    ("/system/mySecurity", "MySecurity"),
    ("/system/mySecurity/customizeItems/", "MySecurityCustomizeItem"),
    ("/system/apiMembers", "ApiMember"),
    ("/system/info/members", "MemberInfo"),
    ("/system/locations", "Location"),
    ("/system/info/locations", "LocationInfo"),
    ("/system/departments", "Department"),
    ("/system/info/departments", "DepartmentInfo"),
    ("/system/timeZoneSetups", "TimeZoneSetup"),
    ("/system/timeZoneSetups/info", "TimeZoneSetupInfo"),
    ("/system/myCompany/corporateStructureLevels", "CorporateStructureLevel"),
    ("/service/info/boards", "BoardInfo"),
]
SINGLE = [
    ("/system/info", "Info"),
    ("/system/securityroles/63", "SecurityRole"),
    ("/system/apiMembers/512", "ApiMember"),
    ("/system/apiMembers/default", "ApiMember"),
    ("/system/securityroles/count", "Count"),
]
# Types the simulator shows in full; of the others it has the part that matters for roles and members.
COMPLETE = {
    "SecurityRole", "SecurityRoleInfo", "SecurityRoleSetting", "MySecurity", "MySecurityCustomizeItem",
    "ApiMember", "Info", "LocationInfo", "Department", "DepartmentInfo", "TimeZoneSetup", "TimeZoneSetupInfo",
    "CorporateStructureLevel", "Count",
}  # fmt: skip


@pytest.fixture(name="acme")
def _acme(tls_sim, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", tls_sim.ca_path)
    handle = tls_sim.add_instance("acme", nulls=True)  # so that each record shows all members that it may have
    handle.customise("Admin", ("System", "Table Setup"), "allow", ["Service / Service Board"])
    return handle


@pytest.fixture(name="client")
def _client(tls_sim, acme):
    return _connect(tls_sim, acme)


def _connect(tls_sim, handle, **changed) -> ConnectWiseManageAPIClient:
    """The client as anybody would make it; it finds the codebase by itself."""
    given = {**handle.connection, **changed}
    return ConnectWiseManageAPIClient(
        company_name=given["company"],
        manage_url=tls_sim.url.removeprefix("https://"),
        client_id=given["client_id"],
        public_key=given["public_key"],
        private_key=given["private_key"],
    )


def _read(acme, client, path: str) -> Any:
    """The JSON of a GET, without the client's parsing."""
    url = f"{client._get_url()}{path}"
    response = requests.get(url, params={"pageSize": 1000}, headers=client._get_headers(), timeout=5)
    assert response.status_code == 200
    return response.json()


def _model(name: str) -> type[BaseModel]:
    """A model that takes no conversions and no members it does not know, except the newer ones."""
    base = getattr(manage, name)
    if not isinstance(base, type) or not issubclass(base, BaseModel):
        pytest.fail(f"{name} is not a model")
    newer: dict[str, Any] = dict.fromkeys(NEWER.get(name, set()), (Any, None))
    strict = type("Strict", (base,), {"model_config": ConfigDict(extra="forbid"), "__module__": __name__})
    return create_model(name, __base__=strict, **newer) if newer else strict


def _aliases(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _nested(model: type[BaseModel], alias: str) -> type[BaseModel] | None:
    """The model of a member that is an object."""
    field = next(f for name, f in model.model_fields.items() if (f.alias or name) == alias)
    kinds = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _check(name: str, row: dict[str, Any]) -> None:
    """A row against its model: members, kinds, and the members of references."""
    model = _model(name)
    model.model_validate_json(json.dumps(row), strict=True)
    if name in COMPLETE:
        assert _aliases(model) - set(row) == MISSPELT.get(name, set())
    for alias, value in row.items():
        nested = _nested(model, alias) if isinstance(value, dict) else None
        if nested:
            assert set(value) <= _aliases(nested), alias


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_lists_have_the_shape_of_the_models(acme, client, path, name):
    rows = _read(acme, client, path)
    assert rows
    for row in rows:
        _check(name, row)


@pytest.mark.parametrize(("path", "name"), SINGLE)
def test_records_have_the_shape_of_the_models(acme, client, path, name):
    _check(name, _read(acme, client, path))


def test_the_check_notices_differences():
    good = {"id": 1, "name": "x", "adminFlag": False, "inactiveFlag": False, "roleType": None, "_info": None}
    _check("SecurityRole", good)
    for bad in ({**good, "colour": 1}, {**good, "id": "1"}, {**good, "name": None}):
        with pytest.raises(ValidationError):
            _check("SecurityRole", bad)
    with pytest.raises(AssertionError):
        _check("SecurityRole", {name: value for name, value in good.items() if name != "adminFlag"})


def test_members(acme, client):
    """People and API members fit the model, which takes a last name to be optional."""
    rows = _read(acme, client, "/system/members")
    assert {row["licenseClass"] for row in rows} == {"A", "F"}
    for row in rows:
        _check("Member", row)


def _settings(client, role_id: int) -> SystemSecurityrolesIdSettingsEndpoint:
    """The client's settings endpoint; its role endpoint does not lead there (two spellings of the path)."""
    role = client.system.security_roles.id(role_id)
    return SystemSecurityrolesIdSettingsEndpoint(client, parent_endpoint=role)


def test_client_finds_the_codebase(acme, client):
    assert client.codebase == "v2025_1/"
    assert client.system.info.get().version == "v2025.1.10675"


def test_client_makes_and_deletes_a_role(acme, client):
    roles = client.system.security_roles
    made = roles.post(data={"name": "Made by another"})
    assert acme.role("Made by another")["id"] == made.id
    assert roles.id(made.id).get().name == "Made by another"
    settings = _settings(client, made.id).get(params={"pageSize": 1000})
    assert len(settings) == len(acme.levels("Admin"))
    assert {row.inquire_level for row in settings} == {"None"}
    assert roles.count.get().count == len(roles.get())
    roles.id(made.id).delete()
    assert acme.role("Made by another") is None


def test_client_pages_through_settings(acme, client):
    endpoint = _settings(client, 63)
    page = endpoint.paginated(1, 10)
    assert (page.has_next_page, page.next_page, page.last_page) == (True, 2, 11)
    everything = list(endpoint.paginated(1, 10).all())
    assert [(row.module_name, row.module_function_name) for row in everything] == list(acme.levels("Admin"))


def test_client_creates_and_patches_an_api_member(acme, client):
    template = client.system.api_members.default.get()
    body = {"identifier": "other", "name": "Other tool", "securityRole": {"id": 64}}
    for field in ("structure_level", "security_location", "default_location", "default_department"):
        reference = getattr(template, field)
        camel = manage.ApiMember.model_fields[field].alias
        body[camel] = {"id": reference.id}
    body["salesDefaultLocation"] = {"id": template.sales_default_location.id}
    made = client.system.api_members.post(data=body)
    assert made.security_role.name == "Technician"
    endpoint = client.system.api_members.id(made.id)
    endpoint.patch(data=[{"op": "replace", "path": "securityRole", "value": {"id": 65}}])
    assert endpoint.get().security_role.name == "Automation"
    endpoint.patch(data=[{"op": "replace", "path": "inactiveFlag", "value": True}])
    assert endpoint.get().inactive_date is not None
    assert acme.member("other")["inactiveFlag"] is True
    endpoint.put(data={**body, "name": "Renamed"})
    assert endpoint.get().name == "Renamed"


def test_client_filters(acme, client):
    found = client.system.securityroles.get(params={"conditions": 'name contains "automation"'})
    assert [role.name for role in found] == ["Automation", "Automation Reader"]


def test_client_understands_the_errors(tls_sim, acme, client):
    roles, members = client.system.securityroles, client.system.api_members
    with pytest.raises(ObjectExistsError):
        roles.post(data={"name": "ADMIN"})
    with pytest.raises(MalformedRequestException):
        roles.post(data={"colour": 1})
    with pytest.raises(MalformedRequestException), pytest.warns(UserWarning, match="multiple errors"):
        members.post(data={"identifier": "x"})
    with pytest.raises(NotFoundException):
        roles.id(1).get()
    with pytest.raises(AuthenticationFailedException):
        _connect(tls_sim, acme, private_key="wrong").system.info.get()
    acme.set_member("automation", role="Technician")
    with pytest.raises(PermissionsFailedException):
        roles.get()
