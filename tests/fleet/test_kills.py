# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet run is killed ten times at random moments. The next run completes it, with one key for each vendor."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from playbooks.controller import Controller, active_keys, cells, granted, kill, matrix
from simulator import Simulator
from simulator.server import Handle

SITE = "playbooks/site.yml"
VENDORS = ["rewst", "ninjaone", "hudu"]
KILLS = 10
SEED = 20260401


@pytest.fixture
def hosts(simulator: Simulator, tmp_path: Path) -> dict[str, Handle]:
    return {
        name: simulator.add_instance(f"kill-{tmp_path.name}-{name}", edition="extended", latency=0.02)
        for name in ("acme", "globex", "initech", "umbrella")
    }


def requests(hosts: dict[str, Handle]) -> int:
    return sum(len(instance.log) for instance in hosts.values())


def key_count(instance: Handle, member: str) -> int:
    return len(active_keys(instance, member)) if instance.member(member) else 0


def assert_complete(controller: Controller, host: str, instance: Handle, vendor: str) -> None:
    """One role with the matrix, one member, and one active key, which is the stored one."""
    data = matrix(vendor)
    member = data["member_identifier"]
    state: dict[str, Any] = instance.state
    assert [role["name"] for role in state["roles"]].count(data["role_name"]) == 1
    assert [one["identifier"] for one in state["members"]].count(member) == 1
    assert granted(instance, data["role_name"]) == cells(data["permissions"])
    pair = controller.stored(host, vendor)["cw_credentials"]
    assert active_keys(instance, member) == [pair["public_key"]]
    private = [key.private for key in instance.instance.store.keys.values() if key.public == pair["public_key"]]
    assert private == [pair["private_key"]]


def test_ten_kills_at_random_moments(tmp_path: Path, hosts: dict[str, Handle]) -> None:
    """A moment is after so many more requests of all hosts together, and a little: both from one seed."""
    chance = random.Random(SEED)
    controller = Controller(tmp_path / "controller")
    controller.set(cw_vendors=VENDORS, cw_confirmed=VENDORS)
    for host, instance in hosts.items():
        controller.add(host, instance)
    others = {host: list(instance.state["roles"]) for host, instance in hosts.items()}

    killed = 0
    while killed < KILLS:
        wanted, pause = requests(hosts) + chance.randint(1, 60), chance.random() * 0.2
        process = controller.start(SITE, "-f", "4")
        deadline = time.monotonic() + 300
        while requests(hosts) < wanted and process.poll() is None:
            assert time.monotonic() < deadline, "the run neither went on nor ended"
            time.sleep(0.005)
        time.sleep(pause)
        if process.poll() is not None:
            # it was quicker, so everything is in place: take the members' keys away, so that there is work again
            process.communicate()
            for instance in hosts.values():
                for vendor in VENDORS:
                    for public in active_keys(instance, matrix(vendor)["member_identifier"]):
                        instance.retire_key(public)
            continue
        kill(process)
        killed += 1
        for host, instance in hosts.items():
            for vendor in VENDORS:
                member = matrix(vendor)["member_identifier"]
                assert key_count(instance, member) <= 2, f"{host}: {vendor}: a pair that is kept, and one in the making"

    controller.run(SITE, "-f", "4", timeout=600).expect(0)
    for host, instance in hosts.items():
        for vendor in VENDORS:
            assert_complete(controller, host, instance, vendor)
        kept = sorted(path.name for path in controller.pair_file(host, "rewst").parent.iterdir())
        assert kept == sorted(f"{vendor}.yml{ending}" for vendor in VENDORS for ending in ("", ".record")), host
        assert instance.state["roles"][: len(others[host])] == others[host]

    again = controller.run(SITE, "-f", "4", timeout=600).expect(0)
    assert all(counts["changed"] == 0 for counts in again.recap.values())
