# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first onboarding that breaks at any of its requests: the next run completes it, and nothing is left over."""

from __future__ import annotations

import shutil
import threading
import time
import types
from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle

from .controller import REWST, Controller, active_keys, cells, finish, granted, kill, matrix

NewInstance = Callable[..., Handle]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The simulator's delays end once this is set."""
    opened = threading.Event()
    waiting = types.SimpleNamespace(sleep=opened.wait)
    monkeypatch.setattr("simulator.app.time", waiting)
    return opened


@pytest.fixture
def onboarding(controller: Controller, new_instance: NewInstance) -> list[str]:
    """The methods and paths of a first onboarding, in order."""
    instance = new_instance(edition="extended")
    controller.set(cw_retries=0)
    controller.add("pattern", instance)
    controller.run(REWST, "--limit", "pattern").expect(0)
    return [f"{entry['method']} {entry['path']}" for entry in instance.log]


def key_steps(requests: list[str], writes_only: bool = False) -> list[int]:
    """All requests, and of the PATCHes, which are alike, the first, one in the middle, and the last."""
    patches = [number for number, request in enumerate(requests) if request.startswith("PATCH")]
    some = {patches[0], patches[len(patches) // 2], patches[-1]}
    method = ("POST",) if writes_only else ("POST", "GET")
    return [number for number, request in enumerate(requests) if number in some or request.startswith(method)]


def add_hosts(
    controller: Controller, new_instance: NewInstance, steps: list[int], kind: str, **fault: Any
) -> dict[str, Handle]:
    """A host for each step: its instance plays the fault at that request."""
    hosts = {}
    for step in steps:
        host = f"{kind}-{step:02}"
        hosts[host] = new_instance(edition="extended")
        hosts[host].fault(kind, after=step, **fault)
        controller.add(host, hosts[host])
    return hosts


def others(instance: Handle) -> list[Any]:
    """All of an instance that the onboarding has no business with."""
    state = instance.state
    return [
        [role for role in state["roles"] if role["name"] != "Rewst API"],
        [member for member in state["members"] if member["identifier"] != "Rewst"],
    ]


def assert_complete(controller: Controller, host: str, instance: Handle) -> None:
    state = instance.state
    assert [role["name"] for role in state["roles"]].count("Rewst API") == 1, host
    assert [member["identifier"] for member in state["members"]].count("Rewst") == 1, host
    assert granted(instance, "Rewst API") == cells(matrix("rewst")["permissions"]), host
    pair = controller.stored(host, "rewst")["cw_credentials"]
    assert active_keys(instance, "Rewst") == [pair["public_key"]], host
    private = [key.private for key in instance.instance.store.keys.values() if key.public == pair["public_key"]]
    assert private == [pair["private_key"]], host
    kept = sorted(path.name for path in controller.pair_file(host, "rewst").parent.iterdir())
    assert kept == ["rewst.yml", "rewst.yml.record"], host


def run_again(controller: Controller, hosts: dict[str, Handle], before: dict[str, list[Any]]) -> None:
    run = controller.run(REWST, "-f", "6", "--limit", ",".join(hosts)).expect(0)
    assert all(counts["failed"] == 0 for counts in run.recap.values())
    for host, instance in hosts.items():
        assert_complete(controller, host, instance)
        assert others(instance) == before[host], host


def test_outage_from_each_request_on(
    controller: Controller, new_instance: NewInstance, onboarding: list[str]
) -> None:
    hosts = add_hosts(controller, new_instance, key_steps(onboarding), "reset", times=None)
    before = {host: others(instance) for host, instance in hosts.items()}
    first = controller.run(REWST, "-f", "6", "--limit", ",".join(hosts)).expect(2)
    for host, instance in hosts.items():
        assert first.recap[host]["failed"] == 1, host
        assert len(active_keys(instance, "Rewst") if instance.member("Rewst") else []) <= 1
        instance.clear_faults()
    run_again(controller, hosts, before)


def test_answers_lost(controller: Controller, new_instance: NewInstance, onboarding: list[str]) -> None:
    """Requests that are carried out, and whose answers never arrive."""
    hosts = add_hosts(controller, new_instance, key_steps(onboarding, writes_only=True), "lost")
    before = {host: others(instance) for host, instance in hosts.items()}
    first = controller.run(REWST, "-f", "6", "--limit", ",".join(hosts))
    assert all(any(entry["fault"] == "lost" for entry in instance.log) for instance in hosts.values())
    assert first.rc in (0, 2)
    run_again(controller, hosts, before)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed(
    controller: Controller, new_instance: NewInstance, onboarding: list[str], gate: threading.Event, late: bool
) -> None:
    """kill -9 of everything while each host's request is under way: the instance carries it out all the same."""
    writing = key_steps(onboarding, writes_only=True)
    steps = writing if late else sorted({*writing, *key_steps(onboarding)[::3]})
    hosts = add_hosts(controller, new_instance, steps, "delay", seconds=200, late=late)
    before = {host: others(instance) for host, instance in hosts.items()}
    process = controller.start(
        REWST, "-f", str(len(hosts)), "--limit", ",".join(hosts), env={"ANSIBLE_STRATEGY": "free"}
    )
    try:
        wait_for(lambda: all(is_held(instance) for instance in hosts.values()))
    finally:
        kill(process)
        gate.set()
    wait_for(lambda: all(entry["status"] for instance in hosts.values() for entry in instance.log))
    run_again(controller, hosts, before)


def is_held(instance: Handle) -> bool:
    return any(entry["fault"] == "delay" for entry in instance.log)


def wait_for(done: Callable[[], bool], seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_place_that_vanishes_while_the_key_is_made(
    controller: Controller, extended: Handle, gate: threading.Event
) -> None:
    """The key can't be kept, so it doesn't stay."""
    controller.add("globex", extended)
    extended.fault("delay", method="POST", path="apiKeys$", seconds=200, late=True)
    process = controller.start(REWST)
    try:
        wait_for(lambda: is_held(extended))
        folder = controller.pair_file("globex", "rewst").parent
        shutil.rmtree(folder)
        folder.write_text("in the way")
    finally:
        gate.set()
    run = finish(process).expect(2)
    run.says("couldn't be stored, so it was retired")
    assert active_keys(extended, "Rewst") == []
    assert folder.read_text() == "in the way"

    folder.unlink()
    controller.run(REWST).expect(0)
    assert_complete(controller, "globex", extended)


def test_no_place_for_the_key_is_an_error_before_any_request(
    controller: Controller, new_instance: NewInstance
) -> None:
    controller.credentials.mkdir()
    (controller.credentials / "file").write_text("in the way")
    (controller.credentials / "plain").mkdir()
    (controller.credentials / "plain" / "rewst.yml").write_text("cw_credentials: {}\n")
    (controller.credentials / "folder" / "rewst.yml").mkdir(parents=True)
    instances = {host: new_instance(edition="extended") for host in ("file", "plain", "folder")}
    for host, instance in instances.items():
        controller.add(host, instance)
    run = controller.run(REWST).expect(2)
    summary = run.summary
    assert "Not a directory" in summary or "isn't a folder" in summary
    assert "rewst.yml isn't encrypted" in summary
    assert "Is a directory" in summary or "isn't an ordinary file" in summary

    instances["empty"] = new_instance(edition="extended")
    controller.add("empty", instances["empty"])
    without_password = controller.run(REWST, "--limit", "empty", vault=False).expect(2)
    assert "No vault password is configured" in without_password.summary
    assert not any(instance.log for instance in instances.values())
