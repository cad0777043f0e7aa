# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml: each instance gets the vendors that the inventory lists, and the results report each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from simulator.server import Handle

from .controller import ROOT, Controller, Run, do_worksheet, paste_pair, unused_port, writes

NewInstance = Callable[..., Handle]
SITE = "playbooks/site.yml"
VENDORS = ["rewst", "ninjaone", "hudu"]
SCHEMA = json.loads((ROOT / "plugins" / "plugin_utils" / "_report" / "results.schema.json").read_text())
# what a run makes for one instance and vendor that it finds in place; see docs/architecture.md
REQUESTS = 5
HOSTILE = "R</script><b onclick=x>|"


@pytest.fixture
def fleet(controller: Controller) -> Controller:
    controller.set(cw_vendors=VENDORS, cw_confirmed=VENDORS)
    return controller


def results(controller: Controller, name: str = "results.json") -> dict[str, Any]:
    """The results, which fit their schema."""
    document: dict[str, Any] = json.loads((controller.output / name).read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def by_host(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {instance["instance"]: instance for instance in document["instances"]}


def states(instance: dict[str, Any]) -> dict[str, str]:
    return {one["vendor"]: one["state"] for one in instance["integrations"]}


def failed_hosts(run: Run) -> set[str]:
    return {host for host, counts in run.recap.items() if counts["failed"]}


def test_mixed_fleet_to_its_end(fleet: Controller, new_instance: NewInstance) -> None:
    """Vendors by host and by group; a person does the worksheets; then nothing is left and nothing changes."""
    instances = {
        "full": new_instance(edition="extended"),
        "two": new_instance(edition="extended"),
        "paper": new_instance(edition="published"),
        "empty": new_instance(edition="extended"),
    }
    own = {"two": {"cw_vendors": "rewst; hudu"}, "paper": {"cw_vendors": ["rewst"]}, "empty": {"cw_vendors": []}}
    own["paper"]["rewst_role_name"] = HOSTILE
    for host, instance in instances.items():
        fleet.add(host, instance, **own.get(host, {}))

    first = fleet.run(SITE, env={"ANSIBLE_SHOW_CUSTOM_STATS": "true"}).expect(2)
    assert failed_hosts(first) == {"paper"}
    document = results(fleet)
    assert document["counts"] == {
        "instances": 4, "instances_failed": 0, "integrations": 6, "converged": 5, "handed_over": 1, "failed": 0,
        "changed": 6,
    }  # fmt: skip
    found = by_host(document)
    assert states(found["full"]) == dict.fromkeys(VENDORS, "converged")
    assert states(found["two"]) == {"rewst": "converged", "hudu": "converged"}
    assert (found["empty"]["state"], instances["empty"].log) == ("nothing to do", [])
    [paper] = found["paper"]["integrations"]
    assert Path(paper["worksheet"]) == fleet.worksheet("paper", "rewst", "html")
    assert paper["levels_pending"] == 53
    assert "needs manual steps" in paper["reason"]
    assert "4 instances, 6 integrations: 5 converged, 1 handed over, 0 failed; 6 changed" in first.summary
    assert "paper: Rewst: handed over: 53 levels to set and 1 key to create by hand" in first.summary
    assert "full" not in first.summary
    assert '"handed_over": ["paper"]' in " ".join(first.stdout.split()) or "handed_over" in first.stdout
    assert (fleet.output / "handed_over.hosts").read_text() == "paper\n"
    assert not (fleet.output / "failed.hosts").exists()
    assert (fleet.output / "results.json").stat().st_mode & 0o777 == 0o600
    sheets = json.loads((fleet.output / "worksheets.json").read_text())
    assert [(sheet["id"], sheet["state"]) for sheet in sheets["sheets"]] == [("paper/rewst", "open")]
    page = (fleet.output / "worksheets.html").read_text()
    assert 'href="paper/rewst/worksheet.html"' in page
    assert HOSTILE not in page
    assert not re.search(r"(?:src|action)=|@import|url\(|fetch\(", page), "nothing is loaded from anywhere"
    assert "| [ ] | Company Maintenance |" in (fleet.output / "worksheets.md").read_text()

    do_worksheet(instances["paper"], json.loads(fleet.worksheet("paper", "rewst").read_text()))
    paste_pair(fleet.hand_in("paper", "rewst"), *instances["paper"].make_key("Rewst", "Rewst API"))
    fleet.run(SITE, "--limit", f"@{fleet.output}/handed_over.hosts").expect(0)
    assert states(by_host(results(fleet))["paper"]) == {"rewst": "converged"}
    sheets = json.loads((fleet.output / "worksheets.json").read_text())
    assert [(sheet["id"], sheet["state"]) for sheet in sheets["sheets"]] == [("paper/rewst", "done")]
    assert not (fleet.output / "handed_over.hosts").exists()

    for instance in instances.values():
        instance.clear_log()
    again = fleet.run(SITE).expect(0)
    assert all(counts["changed"] == 0 for counts in again.recap.values())
    assert results(fleet)["counts"]["changed"] == 0
    assert {host: len(instance.log) for host, instance in instances.items()} == {
        "full": 3 * REQUESTS, "two": 2 * REQUESTS, "paper": REQUESTS, "empty": 0
    }  # fmt: skip


def test_check_mode_tells_and_leaves_the_last_results(fleet: Controller, new_instance: NewInstance) -> None:
    instances = {"full": new_instance(edition="extended"), "paper": new_instance(edition="published")}
    for host, instance in instances.items():
        fleet.add(host, instance)
    fleet.add("wrong", new_instance(), cw_private_key="not-the-key")
    run = fleet.run(SITE, "--check").expect(2)
    assert failed_hosts(run) == {"wrong"}
    document = results(fleet, "results.check.json")
    found = by_host(document)
    assert document["run"]["check_mode"] is True
    assert states(found["full"]) == dict.fromkeys(VENDORS, "would be converged or handed over")
    assert states(found["paper"]) == dict.fromkeys(VENDORS, "would be handed over")
    assert states(found["wrong"]) == dict.fromkeys(VENDORS, "failed")
    assert (document["counts"]["changed"], document["counts"]["undecided"]) == (6, 3)
    assert (fleet.output / "failed.check.hosts").read_text() == "wrong\n"
    assert not (fleet.output / "results.json").exists()
    assert not (fleet.output / "worksheets.html").exists()
    assert all(counts["changed"] == 0 or host != "wrong" for host, counts in run.recap.items())
    assert not any(writes(instance) for instance in instances.values())


def test_problems_of_the_inventory_come_first_and_all_at_once(fleet: Controller, new_instance: NewInstance) -> None:
    instances = {
        name: new_instance(edition="extended") for name in ("good", "typo", "twin", "nothing", "shape", "unset")
    }
    own: dict[str, dict[str, Any]] = {
        "typo": {"cw_vendors": ["rewst", "rewts", "hoodoo"]},
        "nothing": {"cw_site": "", "cw_public_key": "", "cw_private_key": "{{ nowhere }}"},
        "shape": {"cw_vendors": {"rewst": True}},
        "unset": {"cw_vendors": None, "cw_client_id": ""},
    }
    for host, instance in instances.items():
        fleet.add(host, instance, **own.get(host, {}))
    twin = instances["twin"].connection
    other = {"cw_site": twin["site"].replace("http://", "HTTP://") + "/", "cw_company": twin["company"].upper()}
    fleet.add("again", instances["twin"], **other)

    run = fleet.run(SITE).expect(2)
    said = " ".join(run.text_of("Show what is wrong with the inventory").split()).replace("''", "'")
    problems = {host: instance["problem"] for host, instance in by_host(results(fleet)).items()}
    assert failed_hosts(run) == set(problems) - {"good"}
    assert "unknown vendor: rewts, hoodoo" in problems["typo"]
    assert "it is the same instance as again" in problems["twin"]
    assert "it is the same instance as twin" in problems["again"]
    missing = ("cw_site", "cw_public_key", "cw_private_key")
    assert all(f"{name} is missing or empty" in problems["nothing"] for name in missing)
    assert "cw_vendors must be a list of vendors" in problems["shape"]
    assert "cw_client_id is missing or empty; cw_vendors is missing" in problems["unset"]
    assert all(host + ": " in said for host in set(problems) - {"good"})
    assert states(by_host(results(fleet))["good"]) == dict.fromkeys(VENDORS, "converged")
    assert set(states(by_host(results(fleet))["twin"]).values()) == {"failed"}
    assert not any(instances[host].log for host in instances if host != "good")
    order = [name.rpartition(" : ")[2] for name, _text in run.tasks]
    work = order.index("Bring each vendor on this instance to the wanted state")
    assert order.index("Show what is wrong with the inventory") < work

    fleet.run(SITE, "-e", "fleet_only=rewts", "--limit", "good").expect(2).says("Unknown vendor: rewts (fleet_only)")


def test_only_some_vendors(fleet: Controller, new_instance: NewInstance) -> None:
    fleet.add("both", new_instance(edition="extended"))
    fleet.add("one", new_instance(edition="extended"), cw_vendors=["ninjaone"])
    fleet.run(SITE, "-e", "fleet_only=rewst,hudu").expect(0)
    found = by_host(results(fleet))
    assert states(found["both"]) == {"rewst": "converged", "hudu": "converged"}
    assert states(found["one"]) == {}
    assert results(fleet)["run"]["only"] == ["rewst", "hudu"]


@pytest.mark.parametrize("serial", ["100%", "2"])
def test_ten_faulty_ones_among_good_ones(fleet: Controller, new_instance: NewInstance, serial: str) -> None:
    """Each is reported with its own reason; the good ones converge; then the failed ones alone are run again."""
    hosts = (
        "good", "fine", "wrong_key", "refused", "no_name", "slow", "html", "fault", "reader", "taken", "odd", "company"
    )  # fmt: skip
    instances = {host: new_instance(edition="extended") for host in hosts if host != "reader"}
    instances["reader"] = new_instance(edition="extended", automation_role="Automation Reader")
    instances["taken"] = new_instance(edition="extended", automation_role="Automation")
    own: dict[str, dict[str, Any]] = {
        "wrong_key": {"cw_private_key": "not-the-private-key"},
        "refused": {"cw_site": f"http://127.0.0.1:{unused_port()}"},
        "no_name": {"cw_site": "no-such-instance.invalid"},
        "company": {"cw_company": "nobody"},
        "slow": {"cw_timeout": 1},
        "taken": {"rewst_role_name": "Automation"},
    }
    instances["slow"].fault("delay", seconds=4, times=None)
    instances["html"].fault("html", status=200, times=None)
    instances["fault"].fault("status", status=500, times=None)
    instances["odd"].fault("status", status=200, json={"odd": True}, method="GET", path="securityroles$", times=None)
    fleet.set(cw_retries=0, cw_timeout=20)
    for host, instance in instances.items():
        fleet.add(host, instance, **own.get(host, {}))

    run = fleet.run(SITE, "-f", "6", "-e", f"fleet_serial={serial}").expect(2)
    document = results(fleet)
    found = by_host(document)
    assert {host for host in hosts if found[host]["complete"]} == {"good", "fine"}
    assert failed_hosts(run) == set(hosts) - {"good", "fine"}
    reasons = {
        "wrong_key": "The login was refused",
        "refused": "The instance can't be reached",
        "no_name": "The instance can't be reached",
        "slow": "The instance didn't answer in time",
        "html": "The answer isn't from ConnectWise",
        "fault": "The instance returned a server error",
        "reader": "Permission denied",
        "odd": "The answer has an unexpected format",
        "company": "The login was refused|No ConnectWise API answered",  # the cloud's answer differs
        "taken": "belongs to the automation's own member",
    }
    for host, reason in reasons.items():
        first = found[host]["integrations"][0]
        assert re.search(reason, first["reason"]), (host, first)
        assert host + ": " in run.summary
    for host in ("wrong_key", "refused", "no_name", "slow", "html", "fault", "company"):
        later = [one["reason"] for one in found[host]["integrations"][1:]]
        assert all(reason.startswith("Not tried: every vendor of this instance") for reason in later), (host, later)
    for host in ("slow", "html", "fault"):
        assert len(instances[host].log) == 1, "one vendor asked once, the others not at all"
    assert set((fleet.output / "failed.hosts").read_text().split()) == set(hosts) - {"good", "fine"}

    for host in ("slow", "html", "fault", "odd"):
        instances[host].clear_faults()
    for instance in instances.values():
        instance.clear_log()
    (fleet.output / "failed.hosts").write_text("slow\nhtml\nfault\nodd\n")
    fleet.run(SITE, "--limit", f"@{fleet.output}/failed.hosts").expect(0)
    assert set(by_host(results(fleet))) == {"slow", "html", "fault", "odd"}
    assert instances["good"].log == []
    assert not (fleet.output / "failed.hosts").exists()


def test_a_vendor_that_fails_alone_stops_no_other(fleet: Controller, new_instance: NewInstance) -> None:
    fleet.add("acme", new_instance(edition="extended"), rewst_role_name="Admin")
    fleet.run(SITE).expect(2)
    found = by_host(results(fleet))["acme"]
    assert states(found) == {"rewst": "failed", "ninjaone": "converged", "hudu": "converged"}
    assert "built-in Admin role" in found["integrations"][0]["reason"]


def test_results_that_cannot_be_written(fleet: Controller, new_instance: NewInstance) -> None:
    """The summary is shown all the same, and the run fails."""
    fleet.add("acme", new_instance(edition="extended"))
    fleet.output.mkdir()
    (fleet.output / "results.json").mkdir()
    (fleet.output / "results.json" / "in the way").write_text("")
    run = fleet.run(SITE).expect(2)
    assert "1 instance, 3 integrations: 3 converged" in run.summary
