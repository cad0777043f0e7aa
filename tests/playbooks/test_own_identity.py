# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The automation's own member, role and keys stay as they are, whatever the instance tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle

from .controller import REWST, Controller, active_keys, writes

NewInstance = Callable[..., Handle]
OWN = "automation"
FORBIDDEN = {"code": "Security", "message": "You do not have security permission to perform this action."}
NO_ENDPOINT = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}

SILENCES: dict[str, dict[str, Any]] = {
    "answers": {},
    "403": {"kind": "status", "status": 403, "json": FORBIDDEN},
    "404": {"kind": "status", "status": 404, "json": NO_ENDPOINT},
    "page": {"kind": "html", "status": 403},
    "page-200": {"kind": "html", "status": 200},
    "no member": {"option": "my_security_member"},
    "empty list": {"kind": "status", "status": 200, "json": []},
}


@pytest.fixture
def silent(controller: Controller, new_instance: NewInstance) -> Callable[..., Handle]:
    """An instance whose mySecurity is silent in one of these ways, known as acme."""

    def make(how: str, **variables: Any) -> Handle:
        silence = dict(SILENCES[how])
        named = silence.pop("option", None) is None
        instance = new_instance(edition="extended", automation_role="Automation", my_security_member=named)
        if silence:
            instance.fault(path="mySecurity", times=None, **silence)
        controller.add("acme", instance, **{"cw_retries": 0, **variables})
        return instance

    return make


OPERATIONS: dict[str, tuple[str, ...]] = {
    "its role for a vendor": (REWST, "-e", "rewst_role_name=Automation"),
    "its member for a vendor": (REWST, "-e", "rewst_member_identifier=automation"),
    "its member adopted": (
        "playbooks/adopt.yml", "-e", "target=acme", "-e", "vendor=rewst", "-e", f"adopt_member={OWN}",
    ),
    "its member offboarded": (
        "playbooks/offboard.yml", "-e", "target=acme", "-e", "vendor=rewst", "-e", "offboard_hosts=acme",
        "-e", "rewst_member_identifier=automation",
    ),
    "its key rotated": (
        "playbooks/rotate_keys.yml", "-e", "target=acme", "-e", "vendor=rewst", "-e", "rotate_max_age=0",
        "-e", "rewst_member_identifier=automation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("how", SILENCES)
def test_nothing_of_its_own_changes(
    controller: Controller, silent: Callable[..., Handle], how: str, operation: str
) -> None:
    instance = silent(how)
    playbook, *options = OPERATIONS[operation]
    before = instance.state
    run = controller.run(playbook, *options).expect(2)
    assert instance.state == before, run.printed
    assert writes(instance) == []
    if how in ("403", "404", "no member", "empty list"):
        run.says("set cw_own_member")
    elif how == "answers":
        run.says("the automation's own")


@pytest.mark.parametrize("how", ["403", "404", "no member", "empty list"])
def test_new_roles_members_and_keys_are_made_as_always(
    controller: Controller, silent: Callable[..., Handle], how: str
) -> None:
    instance = silent(how)
    controller.run(REWST).expect(0)
    assert len(active_keys(instance, "Rewst")) == 1
    instance.clear_log()
    assert controller.run(REWST).expect(0).changed("acme") == 0 and writes(instance) == []
    # what this collection created is changed as always
    contacts = {"module": "Companies", "function": "Contacts", "verb": "inquire", "level": "None"}
    instance.set_levels("Rewst API", [contacts])
    controller.run(REWST).expect(0)
    assert len(active_keys(instance, "Rewst")) == 1


@pytest.mark.parametrize("how", ["403", "no member"])
def test_the_inventory_can_name_it(controller: Controller, silent: Callable[..., Handle], how: str) -> None:
    instance = silent(how, cw_own_member=OWN)
    instance.add_member("Rewst", "Technician")
    adopted = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "adopt_member=Rewst")
    controller.run("playbooks/adopt.yml", *adopted).expect(0)
    assert instance.member("Rewst")["securityRole"]["name"] != "Technician"  # type: ignore[index]
    before = instance.state
    own = ("-e", "hudu_member_identifier=automation")
    controller.run("playbooks/onboard_hudu.yml", *own).expect(2).says("the automation's own")
    assert instance.state == before


def test_a_name_that_isnt_there_is_told(controller: Controller, silent: Callable[..., Handle]) -> None:
    instance = silent("403", cw_own_member="nobody")
    instance.add_member("Rewst", "Technician")
    controller.run(REWST, "-e", "rewst_member_name=Other").expect(2)
    assert writes(instance) == []


def test_the_instance_wins_over_the_inventory(controller: Controller, silent: Callable[..., Handle]) -> None:
    instance = silent("answers", cw_own_member="backupvendor")
    before = instance.state
    run = controller.run(REWST, "-e", "rewst_member_identifier=automation").expect(2)
    run.says("cw_own_member 'backupvendor' is ignored")
    assert instance.state == before


def test_a_page_stops_the_instance_and_nobody_is_sent_to_look_at_roles(
    controller: Controller, silent: Callable[..., Handle]
) -> None:
    silent("page")
    run = controller.run(REWST).expect(2)
    run.says("GET /system/mySecurity answered 403", 'a page titled "Service"', "nothing was concluded")
    assert "A right is missing" not in run.flat
