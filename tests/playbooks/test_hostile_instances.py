# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that never finishes doesn't delay the others of a fleet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import hostile
import pytest
from proxies import HttpProxy
from simulator.server import Handle

from .controller import REWST, Controller, writes


@pytest.fixture
def servers() -> Iterator[dict[str, hostile.Hostile]]:
    ways = {"slow": hostile.trickling_to_the_end, "bomb": hostile.bomb, "wordy": hostile.error(500, "x" * 5_000_000)}
    with ExitStack() as stack:
        yield {host: stack.enter_context(hostile.Hostile(way)) for host, way in ways.items()}


@pytest.mark.main
def test_a_fleet_goes_on_without_them(
    controller: Controller, extended: Handle, servers: dict[str, hostile.Hostile]
) -> None:
    controller.set(cw_timeout=2, cw_retries=0, cw_vendors=["rewst"])
    controller.add("good", extended, cw_timeout=30)
    for host, server in servers.items():
        controller.add(host, extended, cw_site=server.site, **({} if host == "slow" else {"cw_timeout": 20}))
    run = controller.run("playbooks/site.yml").expect(2)
    assert controller.pair_file("good", "rewst").exists()
    assert "1 converged, 0 handed over, 3 failed" in run.flat
    run.says(
        "The instance didn't answer in time on",
        "the complete answer didn't arrive within 4 seconds, twice the timeout",
        "The answer is too large on",
        "the answer is larger than 20 MB",
    )
    assert {host for host, counts in run.recap.items() if counts["failed"]} == set(servers)
    assert "x" * 301 not in run.printed and len(run.printed) < 50_000
    results = json.loads((controller.output / "results.json").read_text())
    assert {each["instance"]: each["state"] for each in results["instances"]} == {
        "good": "converged", **dict.fromkeys(servers, "failed")
    }  # fmt: skip
    assert "x" * 301 not in json.dumps(results)


def test_the_time_of_one_instance_ends_and_the_next_run_goes_on(
    controller: Controller, extended: Handle, new_instance: Callable[..., Handle]
) -> None:
    other = new_instance(edition="extended")
    extended.fault("delay", seconds=0.4, times=None)
    controller.add("slow", extended, fleet_instance_timeout=1)
    controller.add("good", other)
    run = controller.run(REWST).expect(2)
    run.says(
        "The time limit was reached on",
        "not sent, because fleet_instance_timeout allows 1 seconds. Run again: it continues where it stopped.",
        "good: Rewst: converged (changed)",
    )
    extended.clear_faults()
    controller.run(REWST, "-e", "fleet_instance_timeout=600").expect(0)
    assert len([path for method, path in writes(extended) if method == "POST" and path.endswith("/apiKeys")]) == 1


@pytest.mark.parametrize("value", ["0", "-1", "nan", "soon"])
def test_a_time_that_is_none_is_refused(controller: Controller, extended: Handle, value: str) -> None:
    controller.add("acme", extended)
    run = controller.run(REWST, "-e", f"fleet_instance_timeout={value}").expect(2)
    run.says("fleet_instance_timeout must be")
    assert extended.log == []


def test_no_proxy_of_the_environment_sees_a_key(controller: Controller, extended: Handle) -> None:
    with HttpProxy({}) as proxy:
        controller.add("acme", extended)
        environment = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), proxy.url())
        controller.run("playbooks/check.yml", env=environment).expect(0)
        assert (proxy.seen, proxy.asked) == (b"", [])
