# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow that takes an integration off, as AWX runs it: launched by the API, each job with what AWX gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awx.conftest import URL, Setup
from awx.standin import AwxStandIn
from awx.standin.launches import Step, WorkflowJob
from playbooks.controller import active_keys, writes
from playbooks.test_secrets import odd_secret, spellings
from simulator.server import Handle
from stores import optional_collections

from .awx import AWX, Awx, Finished
from .leaks import Secrets
from .test_jobs import Template, definition
from .test_jobs import kept as kept  # the fixture

NewInstance = Callable[..., Handle]
WORKFLOW = "ConnectWise offboard after a look"
OFFBOARD = "ConnectWise offboard"
ANSWERS = {"vendor": ["rewst"], "target": "all"}


class Fleet(Template):
    """Instances with Rewst on them, and the jobs of a workflow on them."""

    def __init__(self, awx: Awx, kept: Path, new_instance: NewInstance, *hosts: str) -> None:
        super().__init__(awx, kept)
        self.instances: dict[str, Handle] = {}
        for host in hosts:
            self.grow(host, new_instance(edition="extended"))
        self.launch(vendor=["rewst"]).expect()

    def grow(self, host: str, instance: Handle) -> None:
        self.add(host, instance)
        self.instances[host] = instance

    def run_step(self, step: Step | None) -> Finished:
        """The job that AWX creates for a step."""
        assert step and not step.approval
        fields = step.fields
        self.play(fields["playbook"])
        for instance in self.instances.values():
            instance.clear_log()
        return self.launch(check=fields["job_type"] == "check", limit=fields["limit"], **step.extra_vars)

    def works(self) -> dict[str, bool]:
        """Where Rewst still has a key that logs in."""
        return {host: active_keys(each, "Rewst") != [] for host, each in self.instances.items()}

    def written(self) -> list[tuple[str, str]]:
        return [write for each in self.instances.values() for write in writes(each)]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwxStandIn]:
    """An AWX with the offboarding of the kit."""
    with AwxStandIn({URL: AWX / "project"}) as running:
        setup = Setup(tmp_path_factory.mktemp("kit") / "user", running, str(optional_collections.folder()))
        templates, workflows = definition("job_templates"), definition("workflows")
        setup.only(
            [each for each in templates if each["name"] == OFFBOARD],
            [each for each in workflows if each["name"] == WORKFLOW],
        )
        setup.run().expect(0)
        yield running


@pytest.fixture
def fleet(awx: Awx, new_instance: NewInstance, kept: Path) -> Fleet:
    return Fleet(awx, kept, new_instance, "acme", "globex")


def looked(kit: AwxStandIn, fleet: Fleet, **launch: Any) -> tuple[WorkflowJob, Finished]:
    """The workflow after its first job and the approval, and that first job."""
    launched, _ignored = kit.launch(WORKFLOW, extra_vars=ANSWERS, **launch)
    look = fleet.run_step(launched.next()).expect()
    assert (fleet.written(), set(fleet.works().values())) == ([], {True})
    launched.end("successful", look.artifacts)
    consent = launched.next()
    assert consent and consent.approval
    launched.end("successful")
    return launched, look


def test_what_was_seen_is_taken_off(kit: AwxStandIn, fleet: Fleet) -> None:
    launched, look = looked(kit, fleet)
    assert look.artifacts["offboard_hosts"] == ["acme", "globex"]
    end = look.flat[: look.flat.rindex("PLAY RECAP")]
    assert "Rewst would be taken off 2 instances: acme, globex" in end[-500:]
    act = fleet.run_step(launched.next()).expect()
    assert act.hosts == {"acme", "globex"}
    assert fleet.works() == {"acme": False, "globex": False}


def test_what_nobody_saw_is_left(kit: AwxStandIn, fleet: Fleet, new_instance: NewInstance) -> None:
    """The inventory is read anew for each job: a host comes, or one that was seen goes."""
    launched, _look = looked(kit, fleet)
    step = launched.next()
    fleet.grow("newcomer", new_instance(edition="extended"))
    came = fleet.run_step(step).expect("failed")
    del fleet.hosts["globex"], fleet.hosts["newcomer"]
    went = fleet.run_step(step).expect("failed")
    assert [each.log for each in fleet.instances.values()] == [[]] * len(fleet.instances)
    for act, there in ((came, "acme, globex, newcomer"), (went, "matches acme.")):
        (said,) = set(act.failures())
        assert "acme, globex" in said and there in said


def test_a_limit_reaches_the_job_that_looks_and_the_one_that_acts(kit: AwxStandIn, fleet: Fleet) -> None:
    launched, look = looked(kit, fleet, limit="globex")
    assert look.artifacts["offboard_hosts"] == ["globex"]
    fleet.run_step(launched.next()).expect()
    assert fleet.works() == {"acme": True, "globex": False}


def test_without_a_look_the_hosts_have_to_be_named(fleet: Fleet) -> None:
    """Nobody can be asked in AWX, where a job seems to have a terminal."""
    act = fleet.use(OFFBOARD)
    for instance in fleet.instances.values():
        instance.clear_log()
    for hosts in ({}, {"offboard_hosts": ""}, {"offboard_hosts": "acme"}):
        done = act.launch(**ANSWERS, **hosts).expect("failed")
        assert (fleet.written(), fleet.works()) == ([], {"acme": True, "globex": True}), hosts
        assert any("offboard_hosts" in message and "acme, globex" in message for message in done.failures()), hosts


def test_a_key_that_is_handed_in_reaches_one_instance(awx: Awx, new_instance: NewInstance, kept: Path) -> None:
    """The template for it takes one host: a pattern is refused before any instance hears of the key."""
    template = Template(awx, kept, "ConnectWise hand in a key")
    instances = {host: new_instance(edition="extended", private_key=odd_secret()) for host in ("acme", "globex")}
    for host, instance in instances.items():
        template.add(host, instance)
    public, private = instances["acme"].make_key("backupvendor", "made by hand")
    done = template.launch(
        vendor="rewst", target="a*:g*", onboard_public_key=public, onboard_private_key=private, verbosity=4
    ).expect("failed")
    assert [instance.log for instance in instances.values()] == [[], []]
    assert "would reach 2 hosts (acme, globex)" in done.report
    assert public not in done.stdout
    assert [kind for kind, form in spellings(private).items() if form in done.stdout] == []
    found = Secrets()
    for instance in instances.values():
        found.add_instance(instance)
    assert not found.leaks(done, beside=(kept,))
