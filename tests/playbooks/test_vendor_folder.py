# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own list, from the vendor's table to the working key, until it is offboarded."""

from __future__ import annotations

import shutil

from simulator.server import Handle

from .controller import ROOT, Controller, Run, cells, granted

TABLE = """\
| Module | Function | Inquire | Add |
|---|---|---|---|
| Companies | Contacts | All | Limited |
| Service Desk | Service Tickets | All | My |
"""


def test_from_a_table_to_an_integration_and_back(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    (controller.folder / "rights.md").write_text(TABLE)
    vendors = controller.folder / "vendors"
    where = ("-e", "cw_vendor_dir=vendors")
    ours = (*where, "-e", "vendor=ourtool")
    ask = ("-e", "import_from=rights.md", "-e", "import_product='Our Tool'")

    def run(name: str, *options: str, rc: int = 0) -> Run:
        env = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        return controller.run(ROOT / "playbooks" / f"{name}.yml", *options, cwd=controller.folder, env=env).expect(rc)

    vendors.mkdir()
    imported = run("import_vendor", *ours, *ask)
    imported.says("ourtool.yml: 2 functions, 1 question", "ASK: line 3: Add: 'Limited' isn't All, My or None.")
    assert run("import_vendor", *ours, *ask).changed("localhost") == 0
    refused = run("onboard", *ours, rc=2)
    refused.says("The list of Our Tool is known only in part, so nothing is created from it")
    file = vendors / "ourtool.yml"
    text = file.read_text().replace("unknown: [add]", "add: all").replace("status: partial", "status: own")
    file.write_text("".join(line for line in text.splitlines(True) if "# ASK" not in line and "missing:" not in line))
    run("import_vendor", *ours, *ask, rc=2).says("ourtool.yml exists and isn't the list of ourtool")

    run("onboard", *ours, "-e", "ourtool_rolename=X", rc=2).says("did you mean ourtool_role_name?")
    first = run("onboard", *ours, "-e", "ourtool_role_name=Ours")
    assert "acme: Our Tool: converged (changed)" in first.summary
    rows = [
        {"module": "Companies", "function": "Contacts", "inquire": "all", "add": "all"},
        {"module": "Service Desk", "function": "Service Tickets", "inquire": "all", "add": "my"},
    ]
    assert granted(extended, "Ours") == cells(rows)
    controller.set(cw_vendors=["ourtool"], cw_vendor_dir="vendors", ourtool_role_name="Ours")
    assert run("site").changed("acme") == 0
    run("rotate_keys", "-e", "vendor=ourtol", rc=2).says("Unknown vendor: ourtol. Did you mean ourtool?")
    (controller.folder / "vendors" / "rewst.yml").write_text(file.read_text().replace("ourtool_matrix", "rewst_matrix"))
    ended = run("offboard", "-e", "target=acme", "-e", "vendor=ourtool", "-e", "offboard_hosts=acme")
    assert "acme: Our Tool: offboarded (changed)" in ended.summary
    replaces = "replaces the collection's list of rewst"
    assert ended.flat.count(replaces) == 1
    file.write_text(file.read_text().replace("add: my", "add: most"))
    broken = run("site", rc=2)
    broken.says(
        "Nothing was changed. cw_vendor_dir can't be used: the files in", "permissions[1].add: 'most' is not one of"
    )


def test_each_host_has_the_lists_of_its_own_folder(controller: Controller, extended: Handle, published: Handle) -> None:
    text = (
        "ourtool_matrix: {vendor: Us, product: Our Tool, status: own, role_name: Tool of acme, member_identifier: Tool,"
        " member_name: Tool, key_description: Tool,"
        " permissions: [{module: Companies, function: Contacts, inquire: all}]}"
    )
    for host, instance in (("acme", extended), ("globex", published)):
        folder = controller.folder / host
        folder.mkdir()
        (folder / "ourtool.yml").write_text(text.replace("acme", host))
        controller.add(host, instance, cw_vendor_dir=str(folder), cw_vendors=["ourtool"])
    run = controller.run("playbooks/site.yml", "-e", "fleet_only=ourtool", "--check").expect(0)
    run.says("2 instances")
    shutil.rmtree(controller.folder / "globex")
    controller.run("playbooks/site.yml").expect(2).says("Nothing was changed. cw_vendor_dir can't be used: ")
    controller.run("playbooks/onboard.yml", "-e", "vendor=ourtool", "--limit", "acme").expect(0)
    assert granted(extended, "Tool of acme") == {("Companies", "Contacts", "inquire"): "all"}
    assert published.role("Tool of globex") is None
