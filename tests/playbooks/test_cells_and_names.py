# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unusual cells and names of an instance: a run, the worksheet, a second run, an audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle

from .controller import Controller, do_worksheet, granted, matrix, paste_pair, writes

NewInstance = Callable[..., Handle]
ATTACHMENTS, API_REPORTS = "Companies / Manage Attachments", "System / API Reports"
TICKETS = "Service Desk / Service Tickets"
UNOFFERED = {
    "my": ("rewst", {"without_my": [ATTACHMENTS]}, f"{ATTACHMENTS}, add: none -> my"),
    # where a row has other levels to be set, its My is tried along with them
    "flag": ("rewst", {"my_all_flag": "false"}, "System / My Account, add: none -> my"),
    "null": ("hudu", {"null_cells": [f"{API_REPORTS} / add"]}, f"{API_REPORTS}, add: none -> all"),
    "no member": ("watchguard", {"missing_cells": [f"{API_REPORTS} / add"]}, f"{API_REPORTS}, add: none -> all"),
    "odd text": ("rewst", {"odd_cells": ["Companies / Tracks / delete"]}, "Companies / Tracks, delete: some -> none"),
}
EDITIONS = ("published", "extended")


def playbook(vendor: str) -> str:
    return f"playbooks/onboard_{vendor}.yml"


def person(controller: Controller, instance: Handle, vendor: str) -> None:
    """Do what the worksheet asks for."""
    data = matrix(vendor)
    sheet = json.loads(controller.worksheet("acme", vendor).read_text())
    do_worksheet(instance, sheet)
    if sheet["key_steps"]:
        pair = instance.make_key(data["member_identifier"], data["key_description"])
        paste_pair(controller.hand_in("acme", vendor), *pair)


def results(controller: Controller, vendor: str) -> dict[str, Any]:
    """What results.json of a run of site has of a vendor, with as little left as there is."""
    controller.set(cw_vendors=[vendor], fleet_output_dir=str(controller.folder / "fleet"))
    controller.run("playbooks/site.yml", "-e", "onboard_confirmed=true").expect(0)
    document = json.loads((controller.folder / "fleet" / "results.json").read_text())
    found: dict[str, Any] = document["instances"][0]["integrations"][0]
    return found


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", UNOFFERED)
def test_a_cell_that_is_not_offered_stops_nothing(
    controller: Controller, new_instance: NewInstance, name: str, edition: str
) -> None:
    vendor, habits, cell = UNOFFERED[name]
    instance = new_instance(edition=edition, **habits)
    controller.add("acme", instance)
    first = controller.run(playbook(vendor), "-e", "onboard_confirmed=true")
    first.expect(0 if edition == "extended" else 2)
    first.says(cell)
    if edition == "published":
        sheet = json.loads(controller.worksheet("acme", vendor).read_text())
        apart = [f"{row['module']} / {row['function']}, {row['verb']}: {row['is']} -> {row['should_be']}"
                 for row in sheet["not_offered"]]  # fmt: skip
        assert cell in apart
        function, verb = cell.partition(":")[0].rsplit(", ", 1)
        assert not [row for row in sheet["levels"] if f"{row['module']} / {row['function']}" == function
                    and row["verb"] == verb]  # fmt: skip
        for kind in ("md", "html"):
            assert "Never choose a higher level instead" in controller.worksheet("acme", vendor, kind).read_text()
        person(controller, instance, vendor)
    instance.clear_log()
    second = controller.run(playbook(vendor), "-e", "onboard_confirmed=true").expect(0)
    second.says(cell, "matrix limited")
    assert [path for method, path in writes(instance) if "/settings/" in path] == []
    role = matrix(vendor)["role_name"]
    assert all(level != "all" or wanted == "all" for level, wanted in both(granted(instance, role), vendor))
    found = results(controller, vendor)
    assert found["matrix"] == "limited" and cell in found["not_offered"] and found["state"] == "converged"
    controller.set(audit_output_dir=str(controller.folder / "audit"))
    controller.run("playbooks/audit.yml", "-e", "audit_fail_on=excess,missing").expect(0)
    audit = json.loads((controller.folder / "audit" / "audit.json").read_text())
    member = next(each for each in audit["instances"][0]["members"] if each["vendor"] == vendor)
    kinds = {f"{row['module']} / {row['function']}, {row['verb']}: {row['is']} -> {row['should_be']}": row["kind"]
             for row in audit["instances"][0]["comparisons"][member["comparison"]]["cells"]}  # fmt: skip
    assert kinds[cell] == "absent" and set(kinds.values()) == {"absent"}


def both(now: dict[tuple[str, str, str], str], vendor: str) -> list[tuple[str, str]]:
    wanted = {
        (row["module"], row["function"], verb): row.get(verb, "none")
        for row in matrix(vendor)["permissions"]
        for verb in ("add", "edit", "delete", "inquire")
    }
    return [(level, wanted.get(cell, "none")) for cell, level in now.items()]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("habits", "said"),
    [
        ({"names": "codes"}, "moduleFunctionDescription"),
        ({"names": "identifiers"}, "moduleFunctionIdentifier"),
        ({"names": "no_name"}, "moduleFunctionDescription"),
        ({"sparse": True}, ""),
        ({"flickering": [TICKETS]}, ""),
    ],
    ids=["codes", "identifiers", "no name", "sparse", "flickering"],
)
def test_names_and_rows_as_an_instance_may_show_them(
    controller: Controller, new_instance: NewInstance, habits: dict[str, Any], said: str, edition: str
) -> None:
    instance = new_instance(edition=edition, **habits)
    controller.add("acme", instance)
    for _round in range(3):  # rows that come and go are a worksheet of the rest
        run = controller.run(playbook("rewst"))
        assert run.rc in (0, 2) and ": failed" not in run.stdout, run.printed
        assert said in run.flat
        if run.rc == 0:
            break
        person(controller, instance, "rewst")
    run.expect(0).says("matrix exact")
    wanted = {(row["module"], row["function"], verb): row[verb]
              for row in matrix("rewst")["permissions"]
              for verb in ("add", "edit", "delete", "inquire") if row.get(verb, "none") != "none"}  # fmt: skip
    assert granted(instance, "Rewst API") == wanted
