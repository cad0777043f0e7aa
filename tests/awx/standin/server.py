# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the simulator in a thread."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from . import launches
from .app import ROOT, create_app
from .launches import WorkflowJob
from .resources import RESOURCES
from .store import Object, Request, Store

_VAULT: list[dict[str, Any]] = [
    {"id": "vault_password", "label": "Vault Password", "type": "string", "secret": True},
    {"id": "vault_id", "label": "Vault Identifier", "type": "string"},
]
_HOST: list[dict[str, Any]] = [
    {"id": "host", "label": "URL", "type": "string"},
    {"id": "username", "label": "Username", "type": "string"},
    {"id": "password", "label": "Password or Token", "type": "string", "secret": True},
    {"id": "oauth_token", "label": "OAuth Token", "type": "string", "secret": True},
    {"id": "verify_ssl", "label": "Verify SSL", "type": "boolean"},
]
_GALAXY: list[dict[str, Any]] = [
    {"id": "url", "label": "Galaxy Server URL", "type": "string"},
    {"id": "auth_url", "label": "Auth Server URL", "type": "string"},
    {"id": "token", "label": "API Token", "type": "string", "secret": True},
]
_MANAGED: tuple[tuple[str, str, str, list[dict[str, Any]]], ...] = (
    ("Machine", "ssh", "ssh", [{"id": "password", "label": "Password", "type": "string", "secret": True}]),
    ("Source Control", "scm", "scm", [{"id": "password", "label": "Password", "type": "string", "secret": True}]),
    ("Vault", "vault", "vault", _VAULT),
    ("Container Registry", "registry", "registry", _HOST),
    ("Red Hat Ansible Automation Platform", "cloud", "controller", _HOST),
    ("Ansible Galaxy/Automation Hub API Token", "galaxy", "galaxy_api_token", _GALAXY),
)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log(self, type: str, message: str, *args: Any) -> None:
        """Logs nothing: the store has the requests."""


class AwxStandIn:
    """An AWX as it is after its installation, on its own port.

    ``repositories`` are the folders that projects are updated from, by their scm_url.
    """

    def __init__(self, repositories: dict[str, Path] | None = None, page_size: int = 25) -> None:
        self.token = secrets.token_urlsafe(24)
        self.username, self.password = "admin", secrets.token_urlsafe(24)
        self.store = Store(repositories or {}, {self.token}, {self.username: self.password})
        self._preload()
        self._app = create_app(self.store, page_size)
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True,
                                   request_handler=_Handler)  # fmt: skip
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def _preload(self) -> None:
        add = self.store.add
        add("organizations", name="Default")
        add("users", username="admin")
        for name in ("controlplane", "default"):
            add("instance_groups", name=name)
        add("execution_environments", name="AWX EE (24.6.1)", image="quay.io/ansible/awx-ee:24.6.1")
        add("execution_environments", name="Control Plane Execution Environment", managed=True,
            image="quay.io/ansible/awx-ee:24.6.1")  # fmt: skip
        for name, kind, namespace, fields in _MANAGED:
            add("credential_types", name=name, kind=kind, namespace=namespace, managed=True,
                inputs={"fields": [dict(each) for each in fields]})  # fmt: skip
        galaxy = add("credentials", name="Ansible Galaxy", managed=True, kind="galaxy_api_token",
                     credential_type=self.all("credential_types")["Ansible Galaxy/Automation Hub API Token"]["id"],
                     inputs={"url": "https://galaxy.ansible.com/"})  # fmt: skip
        # AWX's own installation gives it to its first organization, and to no other
        self.store.members[("organizations", 1, "galaxy_credentials")].append(galaxy["id"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment with AWX's address and the token, for awx.awx."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": self.token, "CONTROLLER_VERIFY_SSL": "false"}

    @property
    def log(self) -> list[Request]:
        return self.store.log

    @property
    def writes(self) -> list[Request]:
        """The write requests so far."""
        return [each for each in self.store.log if each.method not in ("GET", "HEAD", "OPTIONS")]

    @property
    def credentials(self) -> dict[str, Object]:
        return self.all("credentials")

    def all(self, path: str) -> dict[str, Object]:
        """The objects of a collection by name, with secrets in plain text."""
        key = RESOURCES[path].unique[0] if path in ("users", "workflow_job_template_nodes") else "name"
        return {each[key]: each for each in self.store.objects[path].values()}

    def add(self, path: str, **values: Any) -> Object:
        """Add an object, as if somebody had created it on AWX's pages."""
        return self.store.add(path, **values)

    def administrator_of(self, organization: int) -> str:
        """A token of a user who administers only one organization."""
        token = secrets.token_urlsafe(24)
        self.store.tokens.add(token)
        self.store.administers[token] = organization
        return token

    def request(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """(status, body) of one request, as a program receives it."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        answer = self._app.test_client().open(f"{ROOT}/{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json(silent=True)

    def run_job(self, template: str, organization: int = 1, **prompts: Any) -> tuple[str, str]:
        """(status, last line of output) of a job, as far as AWX itself decides it; see launches.job."""
        found = self.store.find("job_templates", name=template, organization=organization)
        assert found, template
        return launches.job(self.store, found, prompts)

    def launch(self, workflow: str, **body: Any) -> tuple[WorkflowJob, Object]:
        """Launch a workflow through the API: (the running workflow, the part of the launch that was ignored)."""
        number = self.all("workflow_job_templates")[workflow]["id"]
        client = self._app.test_client()
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = client.post(f"{ROOT}/workflow_job_templates/{number}/launch/", json=body, headers=headers)
        assert answer.status_code == 201, answer.get_json()
        launched: WorkflowJob = self.store.launched[answer.get_json()["workflow_job"] - 1]
        return launched, answer.get_json()["ignored_fields"]

    def survey(self, path: str, name: str) -> Object:
        return self.store.surveys[(path, self.all(path)[name]["id"])]
