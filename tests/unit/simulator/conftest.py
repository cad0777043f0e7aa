# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: one running simulator, a fresh instance per test, and a plain client."""

from __future__ import annotations

import pathlib
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
import requests

TESTS = str(pathlib.Path(__file__).resolve().parents[2])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)

from contract.description import answer_faults, exchange_of  # noqa: E402  (beside the simulator, found as it is)
from simulator.habits import Habits  # noqa: E402

if TYPE_CHECKING:
    from simulator import Handle

VENDOR = "application/vnd.connectwise.com+json"


class Client:
    """A requests session for one key of one instance."""

    def __init__(self, handle: Handle, **changed: Any) -> None:
        self.handle = handle
        self.site = handle.connection["site"]
        self.base = f"{self.site}/v4_6_release/apis/3.0"
        values = {**handle.connection, **changed}
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (f"{values['company']}+{values['public_key']}", values["private_key"])
        if values["client_id"] is not None:
            self.session.headers["clientId"] = values["client_id"]
        self.session.headers["Accept"] = f"{VENDOR}; version=2025.1"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 5)
        options.setdefault("allow_redirects", False)
        response = self.session.request(method, self.base + path, **options)
        if _is_as_described(self.handle):
            assert answer_faults(exchange_of(response, response.text)) == []
        return response

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that must succeed."""
        response = self("GET", path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def row(self, role_id: int, module: str, name: str) -> dict[str, Any]:
        """One settings row."""
        rows = self.get(f"/system/securityRoles/{role_id}/settings", pageSize=1000)
        return next(r for r in rows if (r["moduleName"], r["moduleFunctionName"]) == (module, name))

    def new_member(self, **changed: Any) -> dict[str, Any]:
        """A complete body for a new API member."""
        body: dict[str, Any] = {
            "identifier": "tool",
            "name": "Tool",
            "securityRole": {"id": 64},
            "structureLevel": {"id": 1},
            "securityLocation": {"id": 38},
            "defaultLocation": {"id": 2},
            "defaultDepartment": {"id": 10},
            "salesDefaultLocation": {"id": 38},
        }
        body.update(changed)
        return body


def _is_as_described(handle: Handle) -> bool:
    """Whether the answers of an instance have to be those of the published API: it has no habits and no faults."""
    instance = handle.instance
    usual = Habits()
    habits = [item.name for item in fields(Habits) if getattr(instance.options, item.name) != getattr(usual, item.name)]
    return not habits and not instance.faults and instance.options.my_security_member


def as_role(handle: Handle, **levels: dict[str, str]) -> Client:
    """A client whose role has just the given System functions, e.g. Table_Setup={"inquire": "All"}."""
    cells = {f"System / {name.replace('_', ' ')}": verbs for name, verbs in levels.items()}
    handle.add_role("Narrow", levels=cells)
    handle.add_member("narrow", "Narrow")
    public, private = handle.make_key("narrow", "test")
    return Client(handle, public_key=public, private_key=private)


def codes(response: requests.Response) -> list[tuple[str, str]]:
    """(code, field) of each problem of a 400 InvalidObject."""
    body = response.json()
    assert (response.status_code, body["code"]) == (400, "InvalidObject"), response.text
    return [(entry["code"], entry["field"]) for entry in body["errors"]]


@pytest.fixture(scope="session")
def sim():
    """One server for all tests."""
    from simulator import Simulator

    with Simulator() as running:
        yield running


@pytest.fixture(name="published")
def _published(sim):
    return sim.add_instance("acme")


@pytest.fixture(name="extended")
def _extended(sim):
    return sim.add_instance("globex", edition="extended")


@pytest.fixture(name="api")
def _api(published):
    return Client(published)


@pytest.fixture(name="wide")
def _wide(extended):
    return Client(extended)


@pytest.fixture(name="tools")
def _tools():
    """What tests use: client, narrow, codes."""

    class Tools:
        client = Client
        narrow = staticmethod(as_role)
        codes = staticmethod(codes)

    return Tools
