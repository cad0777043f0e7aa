# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults as a user meets them: whole ansible-playbook processes, a host for each fault, and kill -9."""

from __future__ import annotations

import random
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playbooks.controller import REWST, Controller, Run, kill
from playbooks.test_interruptions import assert_complete, is_held, others, wait_for
from playbooks.test_secrets import LOUD, Canaries
from simulator import Simulator
from simulator.server import Handle

from .fault_kinds import KINDS, MODES, ONCE, Kind, Point, play
from .plan import distinct, is_thorough

SEED = 20261122
BY_INSTANCE = [kind for kind in KINDS if kind.fault]


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    made = Controller(tmp_path / "controller")
    made.set(cw_retries=1, cw_timeout=60)
    return made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The simulator's delays end once this is set."""
    opened = threading.Event()
    monkeypatch.setattr("simulator.app.time", types.SimpleNamespace(sleep=opened.wait))
    yield opened
    opened.set()


@pytest.fixture
def onboarding(controller: Controller, make_instance: Callable[..., Handle]) -> list[Point]:
    """The requests of a first onboarding by the playbook."""
    instance = make_instance(edition="extended")
    controller.add("pattern", instance)
    controller.run(REWST, "--limit", "pattern").expect(0)
    found: list[Point] = []
    for number, entry in enumerate(instance.log):
        method, path = entry["method"], entry["path"]
        earlier = sum((point.method, point.path) == (method, path) for point in found)
        found.append(Point(number, method, path, earlier, f"{method} {path}"))
    return found


def sample(points: list[Point]) -> list[tuple[Kind, str, Point]]:
    """Each fault of an instance at a creation, and a few more; with RELIABILITY=all in each mode at some requests."""
    chance = random.Random(SEED)
    if is_thorough():
        ways = [(kind, mode) for kind in BY_INSTANCE for mode in MODES]
        return [(kind, mode, point) for kind, mode in ways for point in chance.sample(distinct(points), 4)]
    creations = [point for point in points if point.method == "POST"]
    chosen = [(kind, ONCE, creations[number % len(creations)]) for number, kind in enumerate(BY_INSTANCE)]
    more = chance.sample(BY_INSTANCE, 4)
    return chosen + [(kind, chance.choice(list(MODES)), chance.choice(points)) for kind in more]


def add_hosts(
    controller: Controller, make_instance: Callable[..., Handle], trials: list[tuple[Kind, str, Point]]
) -> dict[str, Handle]:
    hosts: dict[str, Handle] = {}
    for number, (kind, mode, point) in enumerate(trials):
        host = f"host{number:03}-{kind.name}-{mode}-{point.number:02}"
        instance = hosts[host] = make_instance(edition="extended")
        if "headers" in kind.options:
            kind = replace(kind, options={**kind.options, "headers": {"Retry-After": "1"}})
        play(kind, mode, point, instance, "http://127.0.0.1:9/v4_6_release/apis/3.0/system/info")
        controller.add(host, instance, **({"cw_timeout": 3} if kind.slow else {}))
    return hosts


def assert_says_why(run: Run, hosts: dict[str, Handle]) -> None:
    assert run.rc in (0, 2), run.printed
    for host in hosts:
        counts = run.recap[host]
        assert counts["unreachable"] == 0
        assert counts["failed"] in (0, 1), host
    for text in ("Traceback (most recent call last)", "Internal error in msp.connectwise", "Unexpected failure"):
        assert text not in run.printed


def assert_next_run_completes(controller: Controller, hosts: dict[str, Handle], before: dict[str, Any]) -> None:
    run = controller.run(REWST, "-f", "6", "--limit", ",".join(hosts), timeout=3000).expect(0)
    assert all(counts["failed"] == 0 for counts in run.recap.values())
    for host, instance in hosts.items():
        assert_complete(controller, host, instance)
        assert others(instance) == before[host], host


def test_playbooks(
    controller: Controller, make_instance: Callable[..., Handle], onboarding: list[Point], gate: threading.Event
) -> None:
    hosts = add_hosts(controller, make_instance, sample(onboarding))
    before = {host: others(instance) for host, instance in hosts.items()}
    canaries = Canaries(controller)
    written = {"ANSIBLE_LOG_PATH": str(controller.folder / "ansible.log")}
    run = controller.run(REWST, "-f", "6", *LOUD, "--limit", ",".join(hosts), env=written, timeout=3000)
    assert_says_why(run, hosts)
    gate.set()
    for host, instance in hosts.items():
        assert any(entry["fault"] for entry in instance.log), host
        instance.clear_faults()
        canaries.add_instance(host, instance)
    canaries.assert_hidden(run.stdout, run.stderr)
    wait_for(lambda: all(entry["status"] or entry["fault"] == "reset" for one in hosts.values() for entry in one.log))
    assert_next_run_completes(controller, hosts, before)


def test_no_name_and_no_trust(
    controller: Controller, make_instance: Callable[..., Handle], tls_simulator: Simulator
) -> None:
    """A name that can't be resolved, and a certificate of an authority that isn't known: nothing is sent."""
    trusted = make_instance(edition="extended", on=tls_simulator)
    controller.add("nowhere", trusted, cw_site="https://connectwise.invalid")
    controller.add("stranger", trusted)
    run = controller.run(REWST).expect(2)
    assert_says_why(run, {"nowhere": trusted, "stranger": trusted})
    run.says("The instance can't be reached", "Check the site, DNS", "The TLS connection failed", "ca_path")
    assert trusted.log == []
    controller.add("stranger", trusted, cw_ca_path=str(tls_simulator.ca_path))
    controller.run(REWST, "--limit", "stranger").expect(0)
    assert_complete(controller, "stranger", trusted)


@pytest.mark.skipif(not is_thorough(), reason="tests/playbooks/test_interruptions.py kills at some requests")
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed_at_every_request(
    controller: Controller,
    make_instance: Callable[..., Handle],
    onboarding: list[Point],
    gate: threading.Event,
    late: bool,
) -> None:
    """kill -9 of everything while each host's request is under way: the instance carries it out all the same."""
    hosts = {}
    for point in onboarding:
        host = f"kill-{point.number:02}"
        hosts[host] = make_instance(edition="extended")
        hosts[host].fault("delay", after=point.number, seconds=3000, late=late)
        controller.add(host, hosts[host], cw_timeout=3000)
    before = {host: others(instance) for host, instance in hosts.items()}
    process = controller.start(
        REWST, "-f", str(len(hosts)), "--limit", ",".join(hosts), env={"ANSIBLE_STRATEGY": "free"}
    )
    try:
        wait_for(lambda: all(is_held(instance) for instance in hosts.values()), 900)
    finally:
        kill(process)
        gate.set()
    wait_for(lambda: all(entry["status"] for instance in hosts.values() for entry in instance.log))
    assert_next_run_completes(controller, hosts, before)
