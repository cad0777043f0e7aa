# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in, running in a thread."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

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
_MANAGED: tuple[tuple[str, str, str, list[dict[str, Any]]], ...] = (
    ("Machine", "ssh", "ssh", [{"id": "password", "label": "Password", "type": "string", "secret": True}]),
    ("Source Control", "scm", "scm", [{"id": "password", "label": "Password", "type": "string", "secret": True}]),
    ("Vault", "vault", "vault", _VAULT),
    ("Container Registry", "registry", "registry", _HOST),
    ("Red Hat Ansible Automation Platform", "cloud", "controller", _HOST),
    ("Ansible Galaxy/Automation Hub API Token", "galaxy", "galaxy_api_token", _HOST),
)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the store has the requests."""


class AwxStandIn:
    """An AWX as it is after its installation, on a port of its own.

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
        for name in ("AWX EE (latest)", "Control Plane Execution Environment"):
            add("execution_environments", name=name, image="quay.io/ansible/awx-ee:latest", managed=True)
        for name, kind, namespace, fields in _MANAGED:
            add("credential_types", name=name, kind=kind, namespace=namespace, managed=True,
                inputs={"fields": [dict(each) for each in fields]})  # fmt: skip

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
        """What tells awx.awx where AWX is, and who asks."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": self.token, "CONTROLLER_VERIFY_SSL": "false"}

    @property
    def log(self) -> list[Request]:
        return self.store.log

    @property
    def writes(self) -> list[Request]:
        """The requests so far that could change something."""
        return [each for each in self.store.log if each.method not in ("GET", "HEAD", "OPTIONS")]

    @property
    def credentials(self) -> dict[str, Object]:
        return self.all("credentials")

    def all(self, path: str) -> dict[str, Object]:
        """The objects of a collection by their names, with secrets in clear."""
        key = RESOURCES[path].unique[0] if path in ("users", "workflow_job_template_nodes") else "name"
        return {each[key]: each for each in self.store.objects[path].values()}

    def add(self, path: str, **values: Any) -> Object:
        """Put an object in, as if somebody had made it in the pages."""
        return self.store.add(path, **values)

    def launch(self, workflow: str, **body: Any) -> tuple[WorkflowJob, Object]:
        """Launch a workflow by its API: (the workflow at work, what of the launch was ignored)."""
        number = self.all("workflow_job_templates")[workflow]["id"]
        client = self._app.test_client()
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = client.post(f"{ROOT}/workflow_job_templates/{number}/launch/", json=body, headers=headers)
        assert answer.status_code == 201, answer.get_json()
        launched: WorkflowJob = self.store.launched[answer.get_json()["workflow_job"] - 1]
        return launched, answer.get_json()["ignored_fields"]

    def survey(self, path: str, name: str) -> Object:
        return self.store.surveys[(path, self.all(path)[name]["id"])]
