# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The automation's own member, role and keys never change, whatever the instance reports about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle

from .controller import REWST, Controller, Run, active_keys, writes

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


def add_silent(controller: Controller, new_instance: NewInstance, how: str, host: str, **variables: Any) -> Handle:
    """An instance whose mySecurity is silent in one of these ways."""
    silence = dict(SILENCES[how])
    named = silence.pop("option", None) is None
    instance = new_instance(edition="extended", automation_role="Automation", my_security_member=named)
    if silence:
        instance.fault(path="mySecurity", times=None, **silence)
    controller.add(host, instance, **{"cw_retries": 0, **variables})
    return instance


@pytest.fixture
def silent(controller: Controller, new_instance: NewInstance) -> Callable[..., Handle]:
    """The same, known as acme."""
    return lambda how, **variables: add_silent(controller, new_instance, how, "acme", **variables)


HOSTS = {how.replace(" ", "-"): how for how in SILENCES}
OPERATIONS: dict[str, tuple[str, ...]] = {
    "its role for a vendor": (REWST, "-e", "rewst_role_name=Automation"),
    "its member for a vendor": (REWST, "-e", "rewst_member_identifier=automation"),
    "its member adopted": (
        "playbooks/adopt.yml", "-e", "target=connectwise", "-e", "vendor=rewst", "-e", f"adopt_member={OWN}",
    ),
    "its member offboarded": (
        "playbooks/offboard.yml", "-e", "target=connectwise", "-e", "vendor=rewst",
        "-e", f"offboard_hosts={','.join(HOSTS)}", "-e", "rewst_member_identifier=automation",
    ),
    "its key rotated": (
        "playbooks/rotate_keys.yml", "-e", "target=connectwise", "-e", "vendor=rewst", "-e", "rotate_max_age=0",
        "-e", "rewst_member_identifier=automation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_of_its_own_changes(controller: Controller, new_instance: NewInstance, operation: str) -> None:
    """A host for each way in which the instance is silent."""
    instances = {host: add_silent(controller, new_instance, how, host) for host, how in HOSTS.items()}
    playbook, *options = OPERATIONS[operation]
    before = {host: instance.state for host, instance in instances.items()}
    run = controller.run(playbook, *options).expect(2)
    for host, how in HOSTS.items():
        assert instances[host].state == before[host] and writes(instances[host]) == [], (how, run.printed)
        assert run.recap[host]["failed"] == 1, how
        said = said_of(run, host)
        if how in ("403", "404", "no member", "empty list"):
            assert "set cw_own_member" in said, how
        elif how == "answers":
            assert "the automation's own" in said, how


def said_of(run: Run, host: str) -> str:
    """What the report says of a host."""
    lines = " ".join(line.strip().removeprefix("- ") for line in run.text_of("Show each instance").splitlines())
    parts = re.split(rf"'?({'|'.join(map(re.escape, HOSTS))}): ", lines.replace("''", "'"))
    return " ".join(text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name == host)


def test_new_roles_members_and_keys_are_made_as_always(controller: Controller, new_instance: NewInstance) -> None:
    ways = {host: how for host, how in HOSTS.items() if how in ("403", "404", "no member", "empty list")}
    instances = {host: add_silent(controller, new_instance, how, host) for host, how in ways.items()}
    controller.run(REWST).expect(0)
    for host, instance in instances.items():
        assert len(active_keys(instance, "Rewst")) == 1, host
        instance.clear_log()
    again = controller.run(REWST).expect(0)
    for host, instance in instances.items():
        assert again.changed(host) == 0 and writes(instance) == [], host
        # what this collection created is changed as always
        contacts = {"module": "Companies", "function": "Contacts", "verb": "inquire", "level": "None"}
        instance.set_levels("Rewst API", [contacts])
    controller.run(REWST).expect(0)
    for host, instance in instances.items():
        assert len(active_keys(instance, "Rewst")) == 1, host
        assert instance.levels("Rewst API")[("Companies", "Contacts")]["inquire"] == "All", host


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
    run.says("GET /system/mySecurity returned 403", 'a page titled "Service"', "the answer was ignored")
    assert "Permission denied" not in run.flat
