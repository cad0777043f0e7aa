# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a vendor requires of the API member and its role besides levels."""

from __future__ import annotations

from simulator.server import Handle

from .controller import Controller

ONBOARD = "playbooks/onboard.yml"
VENDORS = ("-e", "vendor=guardz,syncsmart,deskdirector,cyberfox_autoelevate", "-e", "deskdirector_profile=derived")
TOO_LONG = "hubspot+[COMPANY NAME]@syncsmart.io"


def test_what_only_the_user_can_say_is_told_until_the_instance_has_it(
    controller: Controller, extended: Handle
) -> None:
    controller.add("globex", extended)
    first = controller.run(ONBOARD, *VENDORS).expect(0)
    assert "globex: Guardz: converged (changed)" in first.summary
    assert "list them in guardz_excluded_boards" in first.summary
    assert "member DeskDirector has no email address" in first.summary and TOO_LONG in first.summary
    assert "AutoElevate: converged, Configurations, Resource Scheduling and Table Setup unconfirmed" in first.summary
    guardz = controller.worksheet("globex", "guardz", "md").read_text()
    assert "## API member Guardz" in guardz and "guardz_excluded_boards" in guardz and "## Security role" not in guardz
    lists = controller.worksheet("globex", "cyberfox_autoelevate", "md").read_text()
    for function, entry in (("Configurations", "Managed Server"), ("Table Setup", "Service / Service Board")):
        assert f"## {function} of AutoElevate API" in lists and f"- [ ] {entry}" in lists

    # a person excludes a board, the inventory names an address, and the lists are confirmed
    extended.instance.find_member("Guardz").excluded_boards = [3]
    told = ("-e", "cw_email=alerts@example.com", "-e", "onboard_confirmed=true")
    second = controller.run(ONBOARD, *VENDORS, *told).expect(0)
    for product in ("Guardz", "SyncSmart", "DeskDirector", "CyberFOX AutoElevate"):
        assert f"globex: {product}: converged (changed)" in second.summary
    assert "guardz_excluded_boards" not in second.summary
    assert extended.member("DeskDirector")["emailAddress"] == "alerts@example.com"
    for vendor in ("guardz", "syncsmart", "deskdirector", "cyberfox_autoelevate"):
        assert controller.worksheets("globex", vendor) == []
    third = controller.run(ONBOARD, *VENDORS, *told[:2]).expect(0)
    assert third.changed("globex") == 0 and TOO_LONG not in third.summary


def test_the_boards_of_the_inventory_are_excluded(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended, guardz_excluded_boards=["Alerts & Backups"])
    run = controller.run("playbooks/onboard_guardz.yml").expect(0)
    assert "guardz_excluded_boards" not in run.summary and controller.worksheets("globex", "guardz") == []
    assert len(extended.member("Guardz")["excludedServiceBoardIds"]) == 1
