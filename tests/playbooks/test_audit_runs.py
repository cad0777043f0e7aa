# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits of a part of the inventory, in batches, in the user's own play, and with blank survey answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Handle

from .controller import ROOT, Controller, Run, unused_port

NewInstance = Callable[..., Handle]
AUDIT, SITE = "playbooks/audit.yml", "playbooks/site.yml"
FILES = {"audit.json", "audit.md", "audit.html", "audit.sarif", "audit.xml"}
AGREEMENTS = "Finance / Agreements"


@pytest.fixture
def hosts(controller: Controller, new_instance: NewInstance) -> dict[str, Handle]:
    """Three instances, each with one member of a role of its own."""
    found = {}
    for host in ("host1", "host2", "host3"):
        role = {"name": "Rewst API", "levels": {AGREEMENTS: {"inquire": "All"}}}
        found[host] = new_instance(roles=[role], members=[{"identifier": "Rewst", "role": "Rewst API"}])
        controller.add(host, found[host])
    controller.set(audit_output_dir=str(controller.folder / "audit"), audit_check_credentials=False)
    return found


def covers(controller: Controller, *folder: str) -> tuple[list[str], list[str]]:
    document = json.loads(controller.folder.joinpath("audit", *folder, "audit.json").read_text())
    return [item["name"] for item in document["instances"]], document["left_out"]


def show(run: Run) -> str:
    return " ".join(run.tasks[-1][1].split()).replace("''", "'")


def own_play(controller: Controller, role: str, variables: dict[str, Any] | None = None, **play: Any) -> Path:
    """A playbook of the user's own with this role."""
    path = controller.folder / "own.yml"
    entry = {"role": f"msp.connectwise.{role}", **({"vars": variables} if variables else {})}
    own = {"name": "Own", "hosts": "connectwise", "connection": "local", "gather_facts": False, "roles": [entry]}
    path.write_text(yaml.safe_dump([{**own, **play}]))
    return path


def test_a_limited_run_keeps_the_report_of_all(controller: Controller, hosts: dict[str, Handle]) -> None:
    controller.run(AUDIT).expect(0)
    assert covers(controller) == (["host1", "host2", "host3"], [])
    before = {path.name: path.read_bytes() for path in (controller.folder / "audit").iterdir()}
    assert set(before) == FILES
    hosts["host2"].set_levels("Rewst API", {AGREEMENTS: {"inquire": "All", "delete": "All"}})

    part = controller.run(AUDIT, "--limit", "host1", "-e", "target=host1,host2").expect(0)
    folder = controller.folder / "audit"
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert {path.name for path in (folder / "partial").iterdir()} == FILES
    assert covers(controller, "partial") == (["host1"], ["host2", "host3"])
    said = show(part)
    assert f"This run left out host2, host3, so the report of all instances in {folder} wasn't replaced." in said
    assert said.endswith(
        f"- ansible-playbook playbooks/audit.yml -i {controller.inventory} --vault-password-file"
        f" {controller.password_file}"
    )

    whole = controller.run(AUDIT, "-e", f"audit_since={folder / 'audit.json'}").expect(0)
    assert "host2: Rewst: Finance / Agreements, delete: none -> all" in show(whole)
    assert "host1: " not in show(whole).partition("Since ")[2] and "wasn't replaced" not in show(whole)
    assert covers(controller) == (["host1", "host2", "host3"], [])
    again = controller.run(AUDIT, "--limit", "host3", "-e", f"audit_since={folder / 'audit.json'}").expect(0)
    assert "host1: isn't part of this run" in show(again) and "host2: isn't part of this run" in show(again)


def test_batches_make_one_report_after_the_last(controller: Controller, hosts: dict[str, Handle]) -> None:
    controller.run(AUDIT).expect(0)
    hosts["host3"].set_levels("Rewst API", {AGREEMENTS: {"inquire": "All", "delete": "All"}})
    since = str(controller.folder / "audit" / "audit.json")
    play = own_play(controller, "audit", {"audit_since": since, "audit_vendors": "rewst; hudu"}, serial=1)
    run = controller.run(play).expect(0)
    reports = [text for name, text in run.tasks if name.endswith("Show the audit")]
    assert ["yet to come" in text for text in reports] == [True, True, False]
    assert "2 hosts are yet to come; the report follows the last batch." in reports[0]
    assert "host1" not in reports[2].partition("Since ")[2] and "not readable: Not reached" not in run.flat
    assert "host3: Rewst: Finance / Agreements, delete: none -> all" in show(run)
    assert covers(controller) == (["host1", "host2", "host3"], [])
    document = json.loads(Path(since).read_text())
    assert {entry["vendor"] for entry in document["catalogue"]} == {"rewst", "hudu"}
    assert [counts["changed"] for counts in run.recap.values()] == [0, 0, 1]


BLANK = {
    "null": {"audit_vendors": None, "audit_formats": None, "audit_fail_on": None, "audit_check_credentials": None,
             "audit_map": None, "audit_output_dir": None, "audit_generated": None, "audit_since": None,
             "cw_vendor_dir": None, "audit_catalogue": None, "audit_credentials_dir": None},
    "empty": {"audit_vendors": "", "audit_formats": "", "audit_fail_on": "", "audit_check_credentials": "",
              "audit_map": "", "audit_output_dir": "", "audit_generated": "", "audit_since": "",
              "cw_vendor_dir": " ", "audit_catalogue": ",", "audit_credentials_dir": " "},
}  # fmt: skip


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize("given", ["survey", "role"])
def test_what_is_left_blank_is_the_default(
    controller: Controller, hosts: dict[str, Handle], blank: str, given: str
) -> None:
    env = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    how: dict[str, Any] = {"cwd": controller.folder, "env": env}
    if given == "survey":
        run = controller.run(ROOT / AUDIT, "-e", json.dumps(BLANK[blank]), **how)
    else:
        run = controller.run(own_play(controller, "audit", BLANK[blank]), **how)
    run.expect(0)
    assert {path.name for path in (controller.folder / "audit").iterdir()} == FILES
    assert "3 instances, 0 of them not readable" in show(run)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"audit_vendors": "rewts;hudu"}, "Unknown vendor: rewts (audit_vendors). Did you mean rewst?"),
        ({"audit_formats": "json\npdf"}, "audit_formats must be json, md, html, sarif or xml, not 'pdf'."),
        ({"audit_map": {"svc": "hudoo"}}, "Unknown vendor: hudoo (audit_map). Did you mean hudu?"),
    ],
    ids=["a vendor", "a format", "a vendor of a member"],
)
def test_what_cannot_be_meant_is_refused_before_any_request(
    controller: Controller, hosts: dict[str, Handle], variables: dict[str, Any], said: str
) -> None:
    controller.run(own_play(controller, "audit", variables)).expect(2).says(f"Nothing was changed. {said}")
    assert all(instance.log == [] for instance in hosts.values())


def test_the_gate_fails_before_the_report_that_ends_the_screen(
    controller: Controller, hosts: dict[str, Handle]
) -> None:
    hosts["host2"].set_levels("Rewst API", {AGREEMENTS: {"inquire": "All", "delete": "All"}})
    run = controller.run(own_play(controller, "audit", {"audit_fail_on": "excess"}, serial=2)).expect(2)
    run.says("1 finding fails this audit (audit_fail_on: excess): host2: Rewst has 1 level more than Rewst")
    assert run.tasks[-1][0].endswith("Show the audit") and "report: " in show(run)
    assert not (controller.folder / "audit" / "partial").exists()


def test_a_limited_fleet_run_keeps_who_is_to_be_run_again(controller: Controller, new_instance: NewInstance) -> None:
    controller.set(cw_vendors=["rewst"])
    controller.add("acme", new_instance(edition="extended"))
    controller.add("broken", new_instance(), cw_private_key="not-the-private-key")
    controller.add("paper", new_instance(edition="published"))
    controller.run(SITE).expect(2)
    lists = [controller.output / f"{name}.hosts" for name in ("failed", "handed_over")]
    assert [path.read_text() for path in lists] == ["broken\n", "paper\n"]
    controller.run(SITE, "--limit", "acme").expect(0)
    assert [path.read_text() for path in lists] == ["broken\n", "paper\n"]
    controller.run(SITE, "--limit", "paper").expect(2)
    assert [path.read_text() for path in lists] == ["broken\n", "paper\n"]
    worksheets = json.loads((controller.output / "worksheets.json").read_text())
    assert [sheet["id"] for sheet in worksheets["sheets"]] == ["paper/rewst"]
    run = json.loads((controller.output / "results.json").read_text())["run"]
    assert (run["limit"], run["left_out"]) == ("paper", ["acme", "broken"])


def test_a_fleet_in_batches_calls_no_host_failed_that_is_yet_to_come(
    controller: Controller, new_instance: NewInstance
) -> None:
    controller.set(cw_vendors=["rewst"], cw_site=f"http://127.0.0.1:{unused_port()}", cw_retries=0)
    for host in ("acme", "globex", "initech"):
        controller.add(host, new_instance(edition="extended"))
    run = controller.run(own_play(controller, "fleet", serial=1)).expect(0)
    reports = [" ".join(text.split()) for name, text in run.tasks if name.endswith("Show each instance")]
    assert ["2 more hosts of this play to come" in reports[0], "1 more host of this play" in reports[1]] == [True, True]
    assert "to come" not in reports[2] and "3 instances, 3 integrations: 3 converged" in reports[2]
    assert all("0 failed" in text for text in reports) and not (controller.output / "failed.hosts").exists()
