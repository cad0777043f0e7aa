# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both editions, all vendors: the first run converges, the second changes and writes nothing."""

from __future__ import annotations

import json

import pytest
from simulator.server import Handle

from .controller import (
    DESKDIRECTOR,
    NINJAONE,
    REWST,
    Controller,
    Run,
    active_keys,
    cells,
    do_worksheet,
    granted,
    matrix,
    paste_pair,
    writes,
)


def converged(controller: Controller, instance: Handle, host: str, playbook: str, *options: str, requests: int) -> Run:
    """Run again; nothing changes, nothing is written, and only so many requests are made."""
    instance.clear_log()
    before = instance.state
    run = controller.run(playbook, *options).expect(0)
    assert run.changed(host) == 0, run.printed
    assert f"{host}: " in run.stdout
    assert ": converged" in run.stdout
    assert "(changed)" not in run.stdout
    assert writes(instance) == []
    assert len(instance.log) == requests <= 8, [(entry["method"], entry["path"]) for entry in instance.log]
    assert instance.state == before
    return run


def role_requests(instance: Handle) -> list[str]:
    return [entry["path"] for entry in instance.log if "securityrole" in entry["path"].lower()]


def assert_onboarded(controller: Controller, instance: Handle, host: str, vendor: str, role: str) -> None:
    """Member, role, key and the kept pair are as the vendor's data says."""
    data = matrix(vendor)
    member = instance.member(data["member_identifier"])
    assert member is not None
    assert member["name"] == data["member_name"]
    assert member["securityRole"]["name"] == role
    assert not member["inactiveFlag"]
    assert [key["description"] for key in member["keys"]] == [data["key_description"]]
    stored = controller.stored(host, vendor)
    assert list(stored) == ["cw_credentials"]
    pair = stored["cw_credentials"]
    assert active_keys(instance, data["member_identifier"]) == [pair["public_key"]]
    assert pair["member"] == data["member_identifier"]
    assert pair["company"] == instance.connection["company"]
    assert controller.pair_file(host, vendor).stat().st_mode & 0o777 == 0o600
    assert controller.pair_file(host, vendor).parent.stat().st_mode & 0o777 == 0o700
    beside = sorted(path.name for path in controller.pair_file(host, vendor).parent.glob(f"*{vendor}*"))
    assert beside == [f"{vendor}.yml", f"{vendor}.yml.record"]


@pytest.mark.main
def test_extended_rewst(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended)
    first = controller.run(REWST).expect(0)
    assert first.changed("globex") == 1
    first.says("verified: the key logs in as Rewst, matrix exact")
    assert_onboarded(controller, extended, "globex", "rewst", "Rewst API")
    assert granted(extended, "Rewst API") == cells(matrix("rewst")["permissions"])
    assert not controller.worksheet("globex", "rewst").exists()

    kept = controller.pair_file("globex", "rewst").read_bytes()
    converged(controller, extended, "globex", REWST, requests=5)
    assert len(role_requests(extended)) == 2
    assert extended.log[-1]["public_key"] == controller.stored("globex", "rewst")["cw_credentials"]["public_key"]
    assert controller.pair_file("globex", "rewst").read_bytes() == kept


def test_extended_ninjaone_has_a_list_that_only_a_person_can_set(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended)
    first = controller.run(NINJAONE).expect(0)
    data = matrix("ninjaone")
    assert granted(extended, data["role_name"]) == cells(data["permissions"])
    assert_onboarded(controller, extended, "globex", "ninjaone", data["role_name"])
    first.says("Table Setup: unverified")
    sheet = controller.worksheet("globex", "ninjaone", "md").read_text()
    assert "## Table Setup of " in sheet
    assert all(f"- [ ] {entry}" in sheet for entry in data["customize"][0]["entries"])
    assert "## Security role" not in sheet
    assert "## API key" not in sheet
    assert not controller.hand_in("globex", "ninjaone").exists()

    converged(controller, extended, "globex", NINJAONE, requests=5)
    assert len(role_requests(extended)) == 2

    confirmed = controller.run(NINJAONE, "-e", "onboard_confirmed=true").expect(0)
    assert "unverified" not in confirmed.flat
    assert controller.worksheets("globex", "ninjaone") == []
    converged(controller, extended, "globex", NINJAONE, "-e", "onboard_confirmed=true", requests=5)


def test_extended_deskdirector_derived(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended, deskdirector_profile="derived")
    run = controller.run(DESKDIRECTOR).expect(0)
    assert "member DeskDirector has no email address, and DeskDirector requires one" in run.summary
    assert "DeskDirector asks for a working email" in controller.worksheet("globex", "deskdirector", "md").read_text()
    data = matrix("deskdirector")
    assert granted(extended, data["role_name"]) == cells(data["permissions"])
    assert_onboarded(controller, extended, "globex", "deskdirector", data["role_name"])
    converged(controller, extended, "globex", DESKDIRECTOR, requests=5)
    assert len(role_requests(extended)) == 2


def test_extended_deskdirector_admin_leaves_the_admin_role_alone(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended, deskdirector_profile="admin")
    before = extended.state["roles"]
    controller.run(DESKDIRECTOR).expect(0)
    assert extended.state["roles"] == before
    assert not [path for method, path in writes(extended) if "securityrole" in path.lower()]
    assert_onboarded(controller, extended, "globex", "deskdirector", "Admin")
    converged(controller, extended, "globex", DESKDIRECTOR, requests=3)


def test_deskdirector_without_a_profile_is_refused_before_any_request(
    controller: Controller, published: Handle, extended: Handle
) -> None:
    controller.add("acme", published)
    controller.add("globex", extended)
    run = controller.run(DESKDIRECTOR).expect(2)
    run.says("deskdirector_profile is missing: choose admin or derived")
    assert "acme: DeskDirector: failed" in run.stdout
    assert "globex: DeskDirector: failed" in run.stdout
    assert published.log == extended.log == []
    assert not controller.credentials.exists()


def test_vendors_on_one_instance_leave_each_other_alone(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended, deskdirector_profile="derived")
    seen: dict[str, object] = {}
    for vendor, playbook in (("rewst", REWST), ("ninjaone", NINJAONE), ("deskdirector", DESKDIRECTOR)):
        controller.run(playbook, "-e", "onboard_confirmed=true").expect(0)
        data = matrix(vendor)
        seen[vendor] = (extended.levels(data["role_name"]), extended.member(data["member_identifier"]))
    for vendor, was in seen.items():
        data = matrix(vendor)
        assert (extended.levels(data["role_name"]), extended.member(data["member_identifier"])) == was
    assert {path.name for path in (controller.credentials / "globex").iterdir()} == {
        f"{vendor}.yml{ending}" for vendor in ("rewst", "ninjaone", "deskdirector") for ending in ("", ".record")
    }


@pytest.mark.parametrize(
    ("vendor", "playbook", "options"),
    [
        pytest.param("rewst", REWST, (), marks=pytest.mark.main),
        ("ninjaone", NINJAONE, ("-e", "onboard_confirmed=true")),
        ("deskdirector", DESKDIRECTOR, ("-e", "deskdirector_profile=derived", "-e", "cw_email=psa@acme.example")),
    ],
)
def test_published_needs_a_person_once(
    controller: Controller, published: Handle, vendor: str, playbook: str, options: tuple[str, ...]
) -> None:
    data = matrix(vendor)
    controller.add("acme", published)
    controller.run(playbook, *options).expect(2)
    member = published.member(data["member_identifier"])
    assert member is not None
    assert member["securityRole"]["name"] == data["role_name"]
    assert granted(published, data["role_name"]) == {}

    sheet_path = controller.worksheet("acme", vendor)
    do_worksheet(published, json.loads(sheet_path.read_text()))
    pair = published.make_key(data["member_identifier"], data["key_description"])
    paste_pair(controller.hand_in("acme", vendor), *pair)
    done = controller.run(playbook, *options).expect(0)
    done.says(f"the key logs in as {data['member_identifier']}, matrix exact")
    assert controller.worksheets("acme", vendor) == []
    assert_onboarded(controller, published, "acme", vendor, data["role_name"])
    assert granted(published, data["role_name"]) == cells(data["permissions"])
    converged(controller, published, "acme", playbook, *options, requests=5)


def test_published_deskdirector_admin_asks_for_the_key_only(controller: Controller, published: Handle) -> None:
    controller.add("acme", published, deskdirector_profile="admin")
    before = published.state["roles"]
    run = controller.run(DESKDIRECTOR).expect(2)
    run.says("DeskDirector on acme needs manual steps: create a key for API member DeskDirector.")
    sheet = controller.worksheet("acme", "deskdirector", "md").read_text()
    assert "## API key" in sheet
    assert "## Security role" not in sheet
    paste_pair(controller.hand_in("acme", "deskdirector"), *published.make_key("DeskDirector", "API-Key"))
    controller.run(DESKDIRECTOR).expect(0)
    assert published.state["roles"] == before
    assert_onboarded(controller, published, "acme", "deskdirector", "Admin")
    converged(controller, published, "acme", DESKDIRECTOR, requests=3)
