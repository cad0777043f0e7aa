# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several vendors of the catalogue in one run of onboard.yml."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from simulator.server import Handle

from .controller import ROOT, Controller, cells, granted, matrix

ONBOARD = "playbooks/onboard.yml"
NewInstance = Callable[..., Handle]


def test_two_vendors_in_one_run_and_again(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended)
    first = controller.run(ONBOARD, "-e", "vendor=hudu,Rewst").expect(0)
    for vendor, product in (("hudu", "Hudu"), ("rewst", "Rewst")):
        data = matrix(vendor)
        assert f"globex: {product}: converged (changed)" in first.summary
        assert granted(extended, data["role_name"]) == cells(data["permissions"])
        assert controller.stored("globex", vendor)
        assert extended.member(data["member_identifier"])["securityRole"]["name"] == data["role_name"]
    again = controller.run(ONBOARD, "-e", '{"vendor": ["hudu", "rewst"]}').expect(0)
    assert again.changed("globex") == 0
    alone = controller.run("playbooks/onboard_hudu.yml").expect(0)
    assert alone.changed("globex") == 0


def test_vendors_who_ask_for_no_level_or_have_a_list_of_tables_that_is_not_known(
    controller: Controller, extended: Handle
) -> None:
    controller.add("globex", extended)
    run = controller.run(ONBOARD, "-e", "vendor=cyrisma,timesanity").expect(0)
    assert "globex: CYRISMA: converged (changed)" in run.summary
    assert "globex: TimeSanity: converged (changed)" in run.summary
    assert "Table Setup: unverified" not in run.summary
    listed = '{"vendor": "cyrisma", "cyrisma_table_setup_entries": ["Service / Service Board"]}'
    asked = controller.run(ONBOARD, "-e", listed).expect(0)
    assert "Table Setup: unverified" in asked.summary
    assert "Service / Service Board" in controller.worksheet("globex", "cyrisma").read_text()


def test_a_vendor_that_fails_does_not_stop_the_next(controller: Controller, new_instance: NewInstance) -> None:
    instances = {host: new_instance(edition="extended") for host in ("acme", "globex")}
    controller.add("acme", instances["acme"], hudu_role_name="Admin")
    controller.add("globex", instances["globex"])
    run = controller.run(ONBOARD, "-e", "vendor=hudu,deskdirector,rewst").expect(2)
    assert "acme: Hudu: failed" in run.summary
    assert "globex: Hudu: converged (changed)" in run.summary
    assert run.summary.count("DeskDirector: failed") == 2
    run.says("deskdirector_profile")
    for host, instance in instances.items():
        assert f"{host}: Rewst: converged (changed)" in run.summary
        assert granted(instance, "Rewst API") == cells(matrix("rewst")["permissions"])


def test_a_typing_error_in_a_hosts_own_rows_takes_no_right_away(controller: Controller, extended: Handle) -> None:
    mistyped = [{"module": "Companies", "function": "Contacts", "add": "all", "inqiure": "all"}]
    controller.add("globex", extended, rewst_permissions_extra=mistyped)
    run = controller.run(ONBOARD, "-e", "vendor=hudu,rewst").expect(2)
    assert "globex: Rewst: failed" in run.summary and "globex: Hudu: converged (changed)" in run.summary
    run.says("inqiure")
    assert extended.member("Rewst") is None


@pytest.mark.parametrize("vendor", ["rewst", "deskdirector"])
def test_a_failure_tells_what_was_done_before_it(controller: Controller, extended: Handle, vendor: str) -> None:
    """Whether the vendor goes with others in one task or by a role of its own."""
    controller.add("globex", extended, deskdirector_profile="derived")
    extended.fault("status", method="POST", path="apiMembers", status=400, json={"code": "InvalidObject"})
    run = controller.run(ONBOARD, "-e", f"vendor={vendor}").expect(2)
    assert re.search(r"globex: \w+: failed \(changed\)", run.summary)


def test_an_unknown_vendor_ends_the_run_before_any_request(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended)
    unknown = controller.run(ONBOARD, "-e", "vendor=hudu,hoodoo,onboard").expect(2)
    unknown.says("Unknown vendor: hoodoo, onboard.", "avepoint_elements, axcient_x360recover", "watchguard.")
    controller.run(ONBOARD).expect(2).says("No vendor was named.", "-e vendor=rewst,hudu")
    controller.run(ONBOARD, "-e", "vendor=hudu, rewst").expect(2).says("A name is missing beside a comma")
    assert extended.log == []
    assert not controller.credentials.exists()


def test_a_new_vendors_role_works(controller: Controller, extended: Handle, tmp_path: Path) -> None:
    collection = tmp_path / "collections" / "ansible_collections" / "msp" / "connectwise"
    for name in ("plugins", "roles", "playbooks", "meta"):
        shutil.copytree(ROOT / name, collection / name, ignore=shutil.ignore_patterns("__pycache__"))
    data = {**matrix("hudu"), "product": "Acme Backup", "role_name": "Acme Backup", "member_identifier": "AcmeBackup"}
    (tmp_path / "acme.yml").write_text(yaml.safe_dump(data))
    tool = [sys.executable, str(ROOT / "tools" / "generate" / "vendor_roles.py"), "--root", str(collection)]
    subprocess.run([*tool, "--new", "acmebackup", "--from", str(tmp_path / "acme.yml")], check=True)
    controller.add("globex", extended)
    how = {"cwd": tmp_path, "env": {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}}
    own = controller.run("msp.connectwise.onboard_acmebackup", **how).expect(0)
    assert "globex: Acme Backup: converged (changed)" in own.summary
    assert granted(extended, "Acme Backup") == cells(data["permissions"])
    together = controller.run("msp.connectwise.onboard", "-e", "vendor=acmebackup,mspcfo", **how).expect(0)
    assert "globex: MSPCFO: converged (changed)" in together.summary
