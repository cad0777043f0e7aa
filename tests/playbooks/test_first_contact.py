# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/first_contact.yml: the report, the block at the end, and how an onboarding uses the profile."""

from __future__ import annotations

import json

from simulator.server import Handle

from .controller import REWST, Controller, writes
from .test_offboarding import at_a_terminal

CONTACT = "playbooks/first_contact.yml"
WRONG = "not-the-right-one"


def test_a_first_contact_reports_and_a_later_run_goes_by_what_was_seen(
    controller: Controller, published: Handle, extended: Handle
) -> None:
    controller.add("acme", published)
    controller.add("globex", extended, cw_private_key=WRONG)
    run = controller.run(CONTACT).expect(2)
    page = controller.output / "acme" / "first-contact.md"
    run.says(
        "acme: " + published.connection["company"] + " at 127.0.0.1",
        "seen otherwise: reports-levels:",
        f"report: {page}",
        "globex: failed: The login was refused",
        "-e target=acme -e first_contact_writes=true",
    )
    assert run.flat.count("first_contact_writes=true") == 1 and WRONG not in run.printed
    assert page.read_text().startswith("# First contact with")
    assert writes(published) == writes(extended) == []

    again = controller.run(CONTACT, "-e", "target=acme").expect(0)
    assert again.changed("acme") == 0

    odd = controller.run(CONTACT, "-e", "target=acme", "-e", f"first_contact_har={controller.inventory}").expect(2)
    odd.says("The recording isn't a HAR file.", f"report: {page}")

    profile = controller.output / "acme" / "profile.json"
    kept = json.loads(profile.read_text())
    assert kept["routes"]["missing"] == ["GET /system/apiMembers/{member}/apiKeys"]
    kept["routes"]["missing"].append("PATCH /system/securityRoles/{role}/settings/{setting}")
    profile.write_text(json.dumps(kept, indent=1))
    published.clear_log()
    check = controller.run(REWST, "--check", "-e", "target=acme")
    check.says("Rewst: would be handed over")
    assert not [entry for entry in published.log if "apiKeys" in entry["path"]]


def test_writes_need_one_instance_that_is_named(controller: Controller, published: Handle, extended: Handle) -> None:
    controller.add("acme", published)
    controller.add("globex", extended)
    run = controller.run(CONTACT, "-e", "first_contact_writes=true").expect(2)
    run.says("first_contact_writes and first_contact_member work on one instance", "The run has 2 hosts")
    assert published.log == extended.log == []


def test_a_person_is_asked_before_anything_is_created(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    before = published.state
    command = controller.command(CONTACT, "-e", "target=acme")
    status, text = at_a_terminal(command, controller.environment(), {"Type yes": "no"})
    assert status == 0 and published.state == before and text.count("Type yes") == 1, text
    status, text = at_a_terminal(command, controller.environment(), {"Type yes": "yes"})
    assert status == 0 and text.count("Type yes") == 2, text
    member = published.member("FirstContactAPI")
    assert member and member["inactiveFlag"]
    journal = (controller.output / "acme" / "journal.jsonl").read_text()
    assert "First contact, may be deleted" in journal and "FirstContactAPI" in journal
