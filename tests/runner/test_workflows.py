# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow that takes an integration off, as AWX runs it: launched by the API, each job with what AWX gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx.conftest import URL, Setup
from awx.standin import AwxStandIn
from awx.standin.launches import Step, WorkflowJob
from playbooks.controller import active_keys, writes
from playbooks.test_secrets import odd_secret, spellings
from simulator.server import Handle
from stores import optional_collections

from .awx import AWX, Awx, Finished
from .leaks import Secrets
from .test_jobs import Template

NewInstance = Callable[..., Handle]
WORKFLOW = "ConnectWise offboard after a look"
OFFBOARD = "ConnectWise offboard"
ANSWERS = {"vendor": ["rewst"], "target": "all"}


class Fleet(Template):
    """Instances with Rewst on them, and the jobs of workflows on their inventory."""

    def add_onboarded(self, host: str, instance: Handle) -> None:
        self.add(host, instance)
        self.use("ConnectWise onboard").launch(vendor=["rewst"], limit=host).expect()
        instance.clear_log()

    def run_step(self, step: Step, inventories: dict[Any, Template]) -> Finished:
        """The job that AWX makes of a step, on the inventory that AWX gives it."""
        assert not step.approval
        fields = step.fields
        self._definition = {"playbook": fields["playbook"], "survey": None}
        job = inventories[fields["inventory"]].job(**step.extra_vars)
        job.playbook, job.check, job.limit = fields["playbook"], fields["job_type"] == "check", fields["limit"]
        return self.awx.run(job)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwxStandIn]:
    """An AWX with the offboarding of the kit."""
    with AwxStandIn({URL: AWX / "project"}) as running:
        setup = Setup(tmp_path_factory.mktemp("kit") / "user", running, str(optional_collections.folder()))
        templates, workflows = (yaml.safe_load((AWX / f"{name}.yml").read_text()) for name in ("job_templates", "workflows"))
        setup.given.update(
            awx_setup_job_templates=[each for each in templates if each["name"] == OFFBOARD],
            awx_setup_workflows=[each for each in workflows if each["name"] == WORKFLOW],
            awx_setup_schedules=[],
        )
        setup.run().expect(0)
        yield running


@pytest.fixture
def fleet(awx: Awx, new_instance: NewInstance, tmp_path: Path) -> Fleet:
    kept = tmp_path / "mounted"
    kept.mkdir()
    made = Fleet(awx, kept)
    for host in ("acme", "globex"):
        made.add_onboarded(host, new_instance(edition="extended"))
    return made


@pytest.fixture
def instances(fleet: Fleet, simulator: Any) -> dict[str, Handle]:
    return {host: simulator.instance(variables["cw_company"]) for host, variables in fleet.hosts.items()}
