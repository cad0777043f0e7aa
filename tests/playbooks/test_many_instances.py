# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances in one run: a failure on one doesn't stop the others, and the summary gives its reason."""

from __future__ import annotations

from collections.abc import Callable

from simulator.server import Handle

from .controller import REWST, Controller, unused_port

NewInstance = Callable[..., Handle]


def test_failing_hosts_do_not_stop_the_others(controller: Controller, new_instance: NewInstance) -> None:
    hosts = ("good", "fine", "nowhere", "wrong_key", "reader", "down", "admin")
    instances = {host: new_instance(edition="extended") for host in hosts if host != "reader"}
    instances["reader"] = new_instance(edition="extended", automation_role="Automation Reader")
    instances["down"].fault("html", status=503, times=None)
    variables = {
        "nowhere": {"cw_site": f"http://127.0.0.1:{unused_port()}"},
        "wrong_key": {"cw_private_key": "not-the-private-key"},
        "admin": {"rewst_role_name": "Admin"},
    }
    controller.set(cw_retries=1, cw_timeout=5)
    for host in hosts:
        controller.add(host, instances[host], **variables.get(host, {}))
    run = controller.run(REWST, "-f", "6").expect(2)
    failed = {host for host, counts in run.recap.items() if counts["failed"]}
    assert failed == set(hosts) - {"good", "fine"}
    assert all(counts["unreachable"] == 0 for counts in run.recap.values())
    for host in ("good", "fine"):
        assert f"{host}: Rewst: converged (changed)" in run.summary
        assert controller.pair_file(host, "rewst").exists()
    reasons = {
        "nowhere": "The instance can't be reached",
        "wrong_key": "The login was refused",
        "reader": "Permission denied",
        "down": "The instance returned a server error",
        "admin": "'Admin' is a built-in Admin role",
    }
    parts = run.summary.split(": Rewst: ")
    for host, reason in reasons.items():
        part = next(parts[number + 1] for number, text in enumerate(parts[:-1]) if text.endswith(host))
        assert part.startswith("failed"), host
        assert reason in part, host
    assert not any(entry["method"] != "GET" for host in ("wrong_key", "down", "admin") for entry in instances[host].log)
    before = [instances["reader"].state["roles"], instances["admin"].role("Admin")]
    assert all("Rewst" not in role["name"] for role in before[0])  # type: ignore[union-attr]


def test_target_and_limit(controller: Controller, new_instance: NewInstance) -> None:
    instances = {host: new_instance(edition="extended") for host in ("one", "two", "three")}
    for host, instance in instances.items():
        controller.add(host, instance)
    targeted = controller.run(REWST, "-e", "target=one").expect(0)
    limited = controller.run(REWST, "--limit", "two").expect(0)
    assert (set(targeted.recap), set(limited.recap)) == ({"one"}, {"two"})
    assert instances["three"].log == []
    assert "three" not in targeted.stdout + limited.stdout
    everyone = controller.run(REWST).expect(0)
    assert {host: counts["changed"] for host, counts in everyone.recap.items()} == {"one": 0, "two": 0, "three": 1}
