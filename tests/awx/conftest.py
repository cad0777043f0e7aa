# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the setup to the simulated AWX: with its playbook, or, if that tests the same, with its module in process."""

from __future__ import annotations

import copy
import itertools
import os
import shutil
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.msp.connectwise.plugins.action.cw_awx_setup import ActionModule
from ansible_collections.msp.connectwise.plugins.plugin_utils._awx_setup import awx as awx_client
from playbooks.controller import ROOT, Controller, Run
from simulator import Simulator
from simulator.server import Handle
from stores import optional_collections

from .standin import AwxStandIn

_numbers = itertools.count(1)
URL = "https://git.example/awx.git"
IMAGE = "registry.example/msp-connectwise-ee:1.0.0"

Result = dict[str, Any]


@pytest.fixture(scope="session")
def awx_collection() -> str:
    """A folder of collections with awx.awx. Without it the tests fail, since they would check nothing."""
    return str(optional_collections.folder())


class Setup:
    """A user who runs awx_setup.yml against one AWX."""

    def __init__(self, folder: Path, awx: AwxStandIn, collections: str) -> None:
        self.awx, self.collections = awx, collections
        self.controller = Controller(folder)
        self.controller.inventory.write_text("all: {}\n")
        self.variables = folder / "variables.yml"
        self.given: dict[str, Any] = {"awx_setup_project_url": URL, "awx_setup_image": IMAGE}

    def only(self, templates: list[Any], workflows: list[Any], types: tuple[str, ...] = ()) -> None:
        """Leave out objects that a test doesn't need, to save time."""
        folder = self.controller.folder / "awx"
        (folder / "credential_types").mkdir(parents=True)
        for name in ("surveys.yml", *(f"credential_types/connectwise_{each}.yml" for each in types)):
            shutil.copy(ROOT / "awx" / name, folder / name)
        self.given.update(
            awx_setup_folder=str(folder), awx_setup_inventory_path="none", awx_setup_job_templates=templates,
            awx_setup_workflows=workflows, awx_setup_schedules=[],
        )  # fmt: skip

    def run(self, *options: str, env: dict[str, str] | None = None, **variables: Any) -> Run:
        """Run the playbook with its variables in a file, so that no process argument shows them."""
        self.variables.write_text(yaml.safe_dump({**self.given, **variables}))
        paths = os.pathsep.join(filter(None, [str(ROOT / ".collections"), self.collections]))
        own = {"ANSIBLE_COLLECTIONS_PATH": paths, "ANSIBLE_PIPELINING": "1"}
        environment = {**own, **self.awx.environment, **(env or {})}
        return self.controller.run(
            "playbooks/awx_setup.yml", "-e", f"@{self.variables}", *options, env=environment, vault=False, timeout=600
        )

    def apply(self, check: bool = False, diff: bool = False, token: str = "", **variables: Any) -> Result:
        """The result of only the module, with its write requests as ``sent``."""
        login = {"awx_setup_host": self.awx.url, "awx_setup_token": token or self.awx.token,
                 "awx_setup_validate_certs": False}  # fmt: skip
        known = {**login, **self.given, **variables}
        task = types.SimpleNamespace(args={}, check_mode=check, diff=diff, async_val=0, delegate_to=None)
        loader = DataLoader()
        shell = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="none"))
        action = ActionModule(task, shell, None, loader, Templar(loader, variables=known), None)
        before = len(self.awx.writes)
        result: Result = action.run(task_vars=known)
        return {**result, "sent": [f"{each.method} {each.path}" for each in self.awx.writes[before:]]}

    def applied(self, **how: Any) -> Result:
        """The same, which must succeed."""
        result = self.apply(**how)
        assert (result.get("msg"), result.get("why")) == (None, ""), result
        return result


@pytest.fixture(scope="session", autouse=True)
def _client_of_awx() -> Iterator[None]:
    """Makes awx.awx importable, and keeps ansible from reading all certificates for each request."""
    optional_collections.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", os.devnull)
        patch.setattr(awx_client, "_FIRST_PAUSE", 0.01)
        yield


@pytest.fixture(scope="session")
def whole_kit(
    project: Path, awx_collection: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[AwxStandIn], None]:
    """Copies the applied setup into an AWX, so that it is applied only once for many tests."""
    kept = ("objects", "members", "surveys", "playbooks", "_ids")
    with AwxStandIn({URL: project}) as applied:
        Setup(tmp_path_factory.mktemp("whole") / "user", applied, awx_collection).applied()
        state = {name: copy.deepcopy(getattr(applied.store, name)) for name in kept}

    def put(awx: AwxStandIn) -> None:
        for name, value in copy.deepcopy(state).items():
            setattr(awx.store, name, value)

    return put


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as a user creates it from awx/project."""
    return Path(shutil.copytree(ROOT / "awx" / "project", tmp_path_factory.mktemp("repository") / "project"))


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path / "controller")


@pytest.fixture
def published(simulator: Simulator) -> Handle:
    """A new instance that offers only the published API."""
    return simulator.add_instance(f"awx{next(_numbers)}", edition="published")


@pytest.fixture
def awx(project: Path) -> Iterator[AwxStandIn]:
    with AwxStandIn({URL: project}) as running:
        yield running


@pytest.fixture
def setup(awx: AwxStandIn, awx_collection: str, tmp_path: Path) -> Setup:
    """A setup with a single job template."""
    made = Setup(tmp_path / "setup", awx, awx_collection)
    templates = yaml.safe_load((ROOT / "awx" / "job_templates.yml").read_text())
    made.only(templates[:1], [], types=("instance",))
    return made


@pytest.fixture(scope="module")
def new_setup(
    awx_collection: str, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Setup]]:
    """Creates setups that are shared by a whole test file."""
    running: list[AwxStandIn] = []

    def make() -> Setup:
        running.append(AwxStandIn({URL: project}, page_size=3).__enter__())
        return Setup(tmp_path_factory.mktemp("setup") / "user", running[-1], awx_collection)

    yield make
    for each in running:
        each.__exit__(None, None, None)
