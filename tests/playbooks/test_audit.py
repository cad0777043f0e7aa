# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit.yml reports and writes nothing to an instance; adopt.yml takes over an integration created by hand."""

from __future__ import annotations

import json
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from simulator.server import Handle

from .controller import REWST, Controller, Run, active_keys, cells, granted, matrix, writes

NewInstance = Callable[..., Handle]
AUDIT, ADOPT = "playbooks/audit.yml", "playbooks/adopt.yml"
FILES = {"audit.json", "audit.md", "audit.html", "audit.sarif", "audit.xml"}


@pytest.fixture
def report(controller: Controller) -> Path:
    """The folder of the report."""
    folder = controller.folder / "audit"
    controller.set(audit_output_dir=str(folder), audit_vendors=["rewst", "ninjaone", "deskdirector"])
    return folder


def document(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((report / "audit.json").read_text())
    return found


def findings(report: Path, instance: str) -> set[tuple[str, str | None]]:
    """(rule, member) of an instance, but for notes."""
    audited = next(item for item in document(report)["instances"] if item["name"] == instance)
    return {(item["rule"], item["member"]) for item in audited["findings"] if item["level"] != "note"}


@pytest.fixture
def onboarded(controller: Controller, new_instance: NewInstance) -> Handle:
    """An instance on which Rewst is as it should be, and the automation has a role of its own."""
    instance = new_instance(edition="extended", automation_role="Automation")
    controller.add("acme", instance)
    controller.run(REWST).expect(0)
    instance.clear_log()
    return instance


def test_one_report_of_two_instances_of_which_one_is_unreadable(
    controller: Controller, report: Path, onboarded: Handle, new_instance: NewInstance
) -> None:
    other = new_instance()
    controller.add("globex", other, cw_private_key="not-the-private-key")
    onboarded.set_levels("Rewst API", {"Finance / Agreements": {"inquire": "None", "delete": "All"}})
    run = controller.run(AUDIT).expect(0)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in report.iterdir()} == dict.fromkeys(FILES, 0o600)
    cells_found = {
        (cell["function"], cell["verb"], cell["kind"])
        for comparison in document(report)["instances"][0]["comparisons"]
        for cell in comparison["cells"]
    }
    assert cells_found == {("Agreements", "inquire", "missing"), ("Agreements", "delete", "excess")}
    assert {("missing", "Rewst"), ("excess", "Rewst")} <= findings(report, "acme")
    assert findings(report, "globex") == {("unreadable", None)}
    assert document(report)["summary"]["unreadable"] == 1
    assert "globex: not readable: The login was refused" in " ".join(run.text_of("Show the audit").split())
    assert writes(onboarded) == writes(other) == []
    # three lists and the own rights, three roles in use, and one login with the stored pair
    assert len(onboarded.log) == 4 + 3 + 1
    written = "".join(path.read_text() for path in report.iterdir())
    assert onboarded.connection["private_key"] not in run.printed + written


def test_what_was_onboarded_passes_every_gate(controller: Controller, report: Path, onboarded: Handle) -> None:
    controller.set(audit_generated="2026-11-22T04:00:00Z")
    run = controller.run(AUDIT, "-e", "audit_fail_on=excess,missing,admin").expect(0)
    assert run.changed("acme") == 1
    assert document(report)["summary"]["matched"] == 1 and "2026-11-22T04:00:00Z" in run.stdout + str(document(report))
    assert controller.run(AUDIT).expect(0).changed("acme") == 0


def test_the_gate_says_why(controller: Controller, report: Path, onboarded: Handle) -> None:
    onboarded.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    one = "1 finding fails this audit (audit_fail_on: excess): acme: Rewst has 1 level more than Rewst"
    controller.run(AUDIT, "-e", "audit_fail_on=nonsense").expect(2).says(
        "audit_fail_on must be error, excess, missing, admin or none, not 'nonsense'."
    )
    assert not report.exists()
    for gate, rc, said in (("none", 0, ""), ("missing", 0, ""), ("excess", 2, one)):
        controller.run(AUDIT, "-e", f"audit_fail_on={gate}").expect(rc).says(said)
        assert document(report)["summary"]["excess"] == 1
        (report / "audit.json").unlink()


def test_a_gate_fails_on_an_instance_that_it_knows_nothing_of(
    controller: Controller, report: Path, new_instance: NewInstance
) -> None:
    controller.add("acme", new_instance(), cw_private_key="not-the-private-key")
    controller.run(AUDIT, "-e", "audit_fail_on=admin").expect(2).says("acme: The login was refused")
    controller.run(AUDIT).expect(0)


def test_what_changed_since_the_report_that_is_overwritten(
    controller: Controller, report: Path, onboarded: Handle
) -> None:
    controller.run(AUDIT).expect(0)
    since = ("-e", f"audit_since={report / 'audit.json'}")
    controller.run(AUDIT, *since).expect(0).says("Nothing changed since")
    onboarded.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    onboarded.add_member("NewTool", "Technician")
    shown = " ".join(controller.run(AUDIT, *since).expect(0).text_of("Show the audit").split())
    for line in (
        "acme: member NewTool is new",
        "acme: Rewst: Finance / Agreements, delete: none -> all",
        "acme: new: Rewst has 1 level more",
    ):
        assert line in shown
    controller.run(AUDIT, "-e", "audit_since=nowhere.json").expect(2).says("nowhere.json can't be read")


def test_check_mode_writes_no_file(controller: Controller, report: Path, onboarded: Handle) -> None:
    run = controller.run(AUDIT, "--check", "--diff").expect(0)
    assert run.changed("acme") == 1 and not report.exists()
    assert "+# API access" in run.stdout


def test_a_stored_pair_that_no_longer_logs_in(controller: Controller, report: Path, onboarded: Handle) -> None:
    controller.run(AUDIT).expect(0)
    assert ("dead-credentials", "Rewst") not in findings(report, "acme")
    onboarded.retire_key(active_keys(onboarded, "Rewst")[0])
    stored = controller.stored("acme", "rewst")["cw_credentials"]
    kept = controller.pair_file("acme", "rewst").read_bytes()
    run = controller.run(AUDIT, "-vvv").expect(0)
    assert ("dead-credentials", "Rewst") in findings(report, "acme")
    assert controller.pair_file("acme", "rewst").read_bytes() == kept
    assert stored["private_key"] not in run.printed + "".join(path.read_text() for path in report.iterdir())
    assert all(method == "GET" for method, _path in writes(onboarded))
    controller.run(AUDIT, "-e", "audit_check_credentials=false", vault=False).expect(0)
    assert ("dead-credentials", "Rewst") not in findings(report, "acme")


def test_own_rows_and_own_lists_count(controller: Controller, report: Path, new_instance: NewInstance) -> None:
    instance = new_instance(edition="extended", automation_role="Automation")
    extra = [{"module": "Sales", "function": "Opportunity", "inquire": "all"}]
    controller.add("acme", instance, rewst_permissions_extra=extra, audit_map={"backupvendor": "backup"})
    controller.run(REWST).expect(0)
    own = controller.folder / "vendors"
    own.mkdir()
    (own / "backup.yml").write_text(
        "backup_matrix: {vendor: Us, product: Backup, status: own, role_name: Backup API, member_identifier: Backup,"
        " member_name: Backup, key_description: Backup API, permissions: ["
        "{module: Companies, function: Company Maintenance, inquire: all},"
        "{module: Service Desk, function: Service Tickets, add: my, edit: my, inquire: all}]}"
    )
    options = json.dumps({"cw_vendor_dir": str(own), "audit_vendors": ["rewst", "backup"]})
    controller.run(AUDIT, "-e", options).expect(0)
    (instance_,) = document(report)["instances"]
    matched = {
        member["identifier"]: (
            member["vendor"], member["matched_by"], instance_["comparisons"][member["comparison"]]["cells"]
        )
        for member in instance_["members"]
        if member["vendor"]
    }
    assert matched == {"Rewst": ("rewst", "member", []), "backupvendor": ("backup", "map", [])}


def handmade(new_instance: NewInstance, **options: Any) -> Handle:
    """An instance with an integration created by hand, and a key that the vendor uses."""
    levels = {"Finance / Agreements": {"delete": "All"}, "Companies / Contacts": {"inquire": "All"}}
    return new_instance(
        edition="extended",
        roles=[{"name": "Handmade", "levels": levels}],
        members=[{"identifier": "OldRewst", "role": "Handmade", "name": "Made by hand"}, *options.pop("members", [])],
        **options,
    )


def adopt(controller: Controller, *options: str, member: str = "OldRewst") -> Run:
    return controller.run(ADOPT, "-e", "vendor=rewst", "-e", f"adopt_member={member}", *options)


def test_a_member_is_taken_over_with_its_role_and_its_key(controller: Controller, new_instance: NewInstance) -> None:
    instance = handmade(new_instance)
    controller.add("acme", instance)
    public, private = instance.make_key("OldRewst", "by hand")
    hand_in = controller.hand_in("acme", "rewst")
    hand_in.parent.mkdir(parents=True)
    hand_in.write_text(f"public_key: '{public}'\nprivate_key: '{private}'\n")
    before = instance.state
    check = adopt(controller, "--check", "--diff", member="oldrewst").expect(0)
    assert instance.state == before and hand_in.exists() and not controller.pair_file("acme", "rewst").exists()
    check.says("OldRewst of acme keeps its name, and keeps security role Handmade")
    assert "-Finance / Agreements, delete: all" in check.stdout

    adopt(controller).expect(0)
    member = instance.member("OldRewst")
    assert member is not None and (member["name"], member["securityRole"]["name"]) == ("Made by hand", "Handmade")
    assert granted(instance, "Handmade") == cells(matrix("rewst")["permissions"])
    assert active_keys(instance, "OldRewst") == [public]
    assert controller.stored("acme", "rewst")["cw_credentials"]["private_key"] == private
    assert not hand_in.exists() and instance.member("Rewst") is None
    assert adopt(controller).expect(0).changed("acme") == 0


@pytest.mark.parametrize(
    ("member", "others", "why"),
    [
        ("Mighty", [{"identifier": "Mighty", "role": "Admin"}], "Admin is a built-in Admin role"),
        ("OldRewst", [{"identifier": "Guest", "role": "Handmade"}], "Handmade is shared with Guest"),
    ],
)
def test_a_role_that_is_not_the_members_own_is_left_alone(
    controller: Controller, new_instance: NewInstance, member: str, others: list[dict[str, str]], why: str
) -> None:
    instance = handmade(new_instance, members=others)
    controller.add("acme", instance)
    levels = granted(instance, "Handmade")
    run = adopt(controller, member=member).expect(0)
    run.says(f"gets security role Rewst API, since {why}")
    found = instance.member(member)
    assert found is not None and found["securityRole"]["name"] == "Rewst API"
    assert granted(instance, "Handmade") == levels
    assert granted(instance, "Rewst API") == cells(matrix("rewst")["permissions"])


def test_the_command_of_a_finding_repairs_it(
    controller: Controller, report: Path, new_instance: NewInstance
) -> None:
    logins = [{"username": "oldsync", "companyApiFlag": True}]
    members = [{"identifier": "ninja_one", "role": "Technician"}]
    instance = handmade(new_instance, members=members, automation_role="Automation", integrator_logins=logins)
    controller.add("acme", instance, audit_map={"OldRewst": "rewst"})
    run = controller.run(AUDIT).expect(0)
    (audited,) = document(report)["instances"]
    found = {(item["rule"], item["member"] or item["login"]): item["repair"] for item in audited["findings"]}
    command = found["excess", "OldRewst"]
    assert command == found["missing", "OldRewst"] and " ".join(command.split()) in run.flat
    kept = f"-i {controller.inventory} --vault-password-file {controller.password_file}"
    assert command == (
        f"ansible-playbook playbooks/adopt.yml {kept} -e target=acme -e vendor=rewst -e adopt_member=OldRewst"
    )
    assert found["unknown-member", "ninja_one"] == (
        "If that is right, add to audit_map of acme: ninja_one: ninjaone"
    )
    assert found["integrator-login", "oldsync"] == ""
    assert (audited["own"]["member"], audited["not_looked_at"]) == ("automation", [])
    assert "own-missing" not in {rule for rule, _who in found}

    playbook, *extra = shlex.split(command.replace(f"{kept} ", ""))[1:]
    controller.run(playbook, *extra).expect(0)
    controller.run(AUDIT).expect(0)
    assert not {("excess", "OldRewst"), ("missing", "OldRewst")} & findings(report, "acme")


def test_what_cannot_be_taken_over_is_said(controller: Controller, new_instance: NewInstance) -> None:
    instance = handmade(new_instance)
    controller.add("acme", instance)
    adopt(controller, member="Nobody").expect(2).says("acme has no API member Nobody. It has", "OldRewst")
    assert writes(instance) == []
    asked = len(instance.log)
    nothing = controller.run(ADOPT).expect(2)
    nothing.says("No vendor or member was named.", "-e vendor=rewst -e adopt_member=OldRewst")
    unknown = controller.run(ADOPT, "-e", "vendor=hoodoo", "-e", "adopt_member=OldRewst").expect(2)
    unknown.says("Unknown vendor: hoodoo.", "Known vendors: avepoint_elements, axcient_x360recover")
    assert len(instance.log) == asked


def test_names_that_look_like_templates_or_markup_are_only_names(
    controller: Controller, report: Path, new_instance: NewInstance
) -> None:
    names = {"{{ 7 * 7 }}", "{% raw %}", "<script>", "a|b&'\""}
    roles = [{"name": f"role {name}", "levels": {"Finance / Invoicing": {"delete": "All"}}} for name in names]
    members = [{"identifier": name, "role": f"role {name}", "name": name} for name in names]
    roles.append({"name": "\u202eabc", "levels": {}})
    members.append({"identifier": "\u202eabc", "role": "\u202eabc"})
    controller.add("acme", new_instance(roles=roles, members=members))
    run = controller.run(AUDIT, "-e", "audit_fail_on=excess,missing").expect(0)
    (instance,) = document(report)["instances"]
    found = {member["identifier"]: member for member in instance["members"]}
    assert names | {r"\u202eabc"} <= set(found)
    assert all(found[name]["role"] == f"role {name}" and found[name]["name"] == name for name in names)
    assert "No vendor's matrix covers what {{ 7 * 7 }} can do" in run.flat
    again = controller.run(AUDIT, "-e", f"audit_since={report / 'audit.json'}").expect(0)
    again.says("Nothing changed since")
