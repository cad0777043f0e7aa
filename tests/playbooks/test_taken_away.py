# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of another controller, and what somebody stopped on purpose, stay as they are: with playbooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, Controller, active_keys, granted, writes

NewInstance = Callable[..., Handle]
ROLE, MEMBER = "Rewst API", "Rewst"
SITE, ROTATE = "playbooks/site.yml", "playbooks/rotate_keys.yml"


def kept_key(controller: Controller, host: str = "acme") -> str:
    key: str = controller.stored(host, "rewst")["cw_credentials"]["public_key"]
    return key


@pytest.fixture
def onboarded(controller: Controller, extended: Handle) -> Handle:
    """Rewst works on acme; the inventory names it, so that site.yml and rotate_keys.yml are about it."""
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    extended.clear_log()
    return extended


def onboard(controller: Controller, new_instance: NewInstance, names: Iterable[str]) -> dict[str, Handle]:
    """Rewst works on each of these hosts."""
    hosts = {name: new_instance(edition="extended") for name in names}
    for name, instance in hosts.items():
        controller.add(name, instance, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    for instance in hosts.values():
        instance.clear_log()
    return hosts


# a key of another controller


def age_the_line(instance: Handle) -> None:
    """As if the run that wrote into the member's notes had begun long ago."""
    member = instance.instance.find_member(MEMBER)
    assert member is not None and "creating an API key" in member.notes
    member.notes = re.sub(r"since \S+\]", "since 2020-01-01T00:00:00Z]", member.notes)


def test_another_controllers_key_lives(controller: Controller, tmp_path: Path, extended: Handle) -> None:
    """A's request hangs until it gives up, B onboards, and A runs again."""
    other = Controller(tmp_path / "other")
    for one in (controller, other):
        one.add("acme", extended, cw_retries=0)
    extended.fault("reset", method="POST", path="apiKeys$")
    controller.run(REWST).expect(2).says("cw_probe_undocumented: false")
    assert active_keys(extended, MEMBER) == []

    other.run(REWST).expect(2).says("Another run, started")
    assert active_keys(extended, MEMBER) == []
    age_the_line(extended)
    other.run(REWST).expect(0)
    (theirs,) = active_keys(extended, MEMBER)
    assert kept_key(other) == theirs

    again = controller.run(REWST).expect(2)
    again.says("has another active key", theirs)
    assert active_keys(extended, MEMBER) == [theirs] and not controller.pair_file("acme", "rewst").exists()
    other.run(REWST).expect(0).says("the key logs in as Rewst")
    member = extended.instance.find_member(MEMBER)
    assert member is not None and member.notes == ""


def test_the_next_run_retires_what_its_own_interrupted_run_left(controller: Controller, extended: Handle) -> None:
    """The answer was lost and the key shown too late; nobody else was at work in between."""
    controller.add("acme", extended, cw_retries=0)
    extended.fault("reset", method="POST", path="apiKeys$")
    controller.run(REWST).expect(2)
    extended.make_key(MEMBER, "Rewst API")  # the instance carries the request out after all
    controller.run(REWST).expect(0).says("an interrupted run created it and its private key is lost")
    assert active_keys(extended, MEMBER) == [kept_key(controller)]


def test_notes_of_the_user_survive(controller: Controller, onboarded: Handle) -> None:
    member = onboarded.instance.find_member(MEMBER)
    assert member is not None
    member.notes = "Call Ann before you change this.\nKept by the service desk."
    controller.run(ROTATE, "-e", "rotate_max_age=0", "-e", "rotate_keep_old_for=3").expect(0)
    assert member.notes == "Call Ann before you change this.\nKept by the service desk."
    patched = [entry["body"][0]["value"] for entry in onboarded.log if entry["method"] == "PATCH"]
    assert any("Call Ann" in notes and "creating an API key" in notes for notes in patched)


# a brief fault


BRIEF: dict[str, dict[str, Any]] = {
    "two-401": {"kind": "status", "status": 401, "json": {"code": "Unauthorized", "message": "no"}, "times": 4},
    "page-401": {"kind": "html", "status": 401, "times": None},
    "cannot-502": {"kind": "html", "status": 502, "text": "Cannot connect to the upstream server", "times": None},
    "cannot-503": {"kind": "html", "status": 503, "text": "Cannot GET /", "times": None},
    "gateway-403": {"kind": "status", "status": 403, "json": {"fault": {"faultstring": "stopped"}}, "times": None},
}


def test_a_brief_fault_costs_no_key(controller: Controller, new_instance: NewInstance) -> None:
    """Only what the vendor's key asks fails, on each host otherwise; the automation's own requests are answered."""
    hosts = onboard(controller, new_instance, BRIEF)
    controller.set(cw_retries=0)
    before = {host: kept_key(controller, host) for host in hosts}
    for playbook in (REWST, SITE, ROTATE):
        for host, instance in hosts.items():
            after = 0 if playbook == ROTATE else 1
            instance.fault(**{"path": "/system/(mySecurity|info)$", "after": after, **BRIEF[host]})
        run = controller.run(playbook)
        # after two refusals, another request still shows that the key logs in
        failed = {host for host, counts in run.recap.items() if counts["failed"]}
        assert playbook == ROTATE or failed >= set(hosts) - {"two-401"}, run.printed
        for instance in hosts.values():
            instance.clear_faults()
        for expected in (None, 0):
            if expected is not None:
                controller.run(playbook).expect(expected)
            for host, instance in hosts.items():
                assert active_keys(instance, MEMBER) == [before[host]], (host, playbook)
                assert kept_key(controller, host) == before[host] and writes(instance) == [], (host, playbook)


# what somebody stopped on purpose


def stop(instance: Handle, how: str) -> None:
    if how == "member inactive":
        instance.set_member(MEMBER, inactive=True)
    elif how == "another role":
        instance.add_role("Quarantine")
        instance.set_member(MEMBER, role="Quarantine")
    elif how == "levels none":
        instance.set_levels(ROLE, [
            {"module": module, "function": function, "verb": verb, "level": "None"}
            for module, function, verb in granted(instance, ROLE)
        ])  # fmt: skip
    elif how == "key deleted":
        instance.retire_key(active_keys(instance, MEMBER)[0], delete=True)
    else:
        instance.retire_key(active_keys(instance, MEMBER)[0])


STOPS = ["member inactive", "another role", "levels none", "key deleted", "key inactive"]


def stopped(controller: Controller, new_instance: NewInstance, ways: list[str]) -> dict[str, Handle]:
    """A host for each way."""
    hosts = onboard(controller, new_instance, [how.replace(" ", "-") for how in ways])
    for how, instance in zip(ways, hosts.values(), strict=True):
        stop(instance, how)
    return hosts


def test_what_was_stopped_stays_stopped(controller: Controller, new_instance: NewInstance) -> None:
    hosts = stopped(controller, new_instance, STOPS)
    before = {host: instance.state for host, instance in hosts.items()}
    for playbook in (REWST, SITE):
        run = controller.run(playbook).expect(2)
        run.says("onboard_restore=true")
        assert {host: counts["failed"] for host, counts in run.recap.items()} == dict.fromkeys(hosts, 1)
        assert {host: instance.state for host, instance in hosts.items()} == before
        assert [writes(instance) for instance in hosts.values()] == [[]] * len(hosts)
    check = controller.run(SITE, "--check").expect(2)
    assert {host: counts["failed"] for host, counts in check.recap.items()} == dict.fromkeys(hosts, 1)
    restored = ("-e", "onboard_restore=true", "-e", "target=connectwise", "-e", "vendor=rewst")
    controller.run("playbooks/onboard.yml", *restored).expect(0)
    for host, instance in hosts.items():
        member = instance.member(MEMBER)
        assert member is not None and not member["inactiveFlag"] and member["securityRole"]["name"] == ROLE, host
        assert active_keys(instance, MEMBER) == [kept_key(controller, host)] and granted(instance, ROLE), host
        instance.clear_log()
    again = controller.run(SITE).expect(0)
    assert {host: again.changed(host) for host in hosts} == dict.fromkeys(hosts, 0)
    assert [writes(instance) for instance in hosts.values()] == [[]] * len(hosts)


def test_a_rotation_by_age_undoes_nothing(controller: Controller, new_instance: NewInstance) -> None:
    hosts = stopped(controller, new_instance, [how for how in STOPS if how != "levels none"])
    before = {host: instance.state for host, instance in hosts.items()}
    run = controller.run(ROTATE, "-e", "rotate_max_age=0").expect(2)
    assert {host: counts["failed"] for host, counts in run.recap.items()} == dict.fromkeys(hosts, 1)
    assert {host: instance.state for host, instance in hosts.items()} == before
    assert [writes(instance) for instance in hosts.values()] == [[]] * len(hosts)


def test_a_single_changed_level_is_set_back(controller: Controller, onboarded: Handle) -> None:
    (module, function, verb), _level = next(iter(granted(onboarded, ROLE).items()))
    onboarded.set_levels(ROLE, [{"module": module, "function": function, "verb": verb, "level": "None"}])
    controller.run(SITE).expect(0)
    assert (module, function, verb) in granted(onboarded, ROLE)


def test_an_inventory_cannot_restore(controller: Controller, onboarded: Handle) -> None:
    controller.set(onboard_restore=True)
    stop(onboarded, "member inactive")
    controller.run(SITE).expect(2)
    assert onboarded.member(MEMBER)["inactiveFlag"]  # type: ignore[index]


def test_what_was_offboarded_stays_off(controller: Controller, onboarded: Handle) -> None:
    asked = ("-e", "target=acme", "-e", "vendor=rewst")
    controller.run("playbooks/offboard.yml", *asked, "-e", "offboard_hosts=acme").expect(0)
    before = onboarded.state
    controller.run(SITE).expect(0).says("taken off on")
    assert onboarded.state == before
    controller.run("playbooks/onboard.yml", *asked).expect(0)
    assert not onboarded.member(MEMBER)["inactiveFlag"]  # type: ignore[index]
    onboarded.clear_log()
    assert controller.run(SITE).expect(0).changed("acme") == 0


# what was there before


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_a_members_rights_stay_where_a_person_made_it(
    controller: Controller, new_instance: NewInstance, edition: str
) -> None:
    """An integration at work keeps its rights: it is named, and left alone."""
    instance = new_instance(edition=edition)
    instance.add_role("Old Rewst", levels={"Companies / Contacts": {"inquire": "All", "edit": "All"}})
    instance.add_member("REWST", "Old Rewst")
    public, _private = instance.make_key("REWST", "by hand")
    controller.add("acme", instance)
    for mode in (["--check"], []):
        run = controller.run(REWST, *mode).expect(2)
        run.says("no record of creating it", "adopt_member=REWST", "_member_identifier")
    assert writes(instance) == [] and active_keys(instance, "REWST") == [public]
    assert instance.member("REWST")["securityRole"]["name"] == "Old Rewst"  # type: ignore[index]


def test_a_role_that_others_have_is_left_alone(controller: Controller, extended: Handle) -> None:
    extended.add_role(ROLE.upper(), levels={"Companies / Contacts": {"edit": "All"}})
    extended.add_member("technician1", ROLE.upper(), license_class="F")
    controller.add("acme", extended)
    controller.run(REWST).expect(2).says("used by technician1", "no record of creating it")
    assert writes(extended) == []


def test_a_role_that_nobody_has_is_taken_up(controller: Controller, extended: Handle) -> None:
    extended.add_role(ROLE)
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    assert len([role for role in extended.instance.store.roles.values() if role.name == ROLE]) == 1


def test_adopting_gives_before_it_takes(controller: Controller, published: Handle) -> None:
    """On the published API the member keeps its Admin role until a person has set the levels of the new one."""
    published.add_member("OldRewst", "Admin")
    controller.add("acme", published)
    asked = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "adopt_member=OldRewst")
    run = controller.run("playbooks/adopt.yml", *asked).expect(2)
    run.says("keeps security role 'Admin' until these levels are set")
    assert published.member("OldRewst")["securityRole"]["name"] == "Admin"  # type: ignore[index]


def test_another_profile_comes_once_its_levels_are_there(controller: Controller, published: Handle) -> None:
    """DeskDirector from Admin to the derived list: the key that works goes on working all the way."""
    playbook = "playbooks/onboard_deskdirector.yml"
    controller.add("acme", published)
    controller.run(playbook, "-e", "deskdirector_profile=admin").expect(2)
    identifier = yaml.safe_load(Path("roles/deskdirector/vars/main.yml").read_text())["deskdirector_matrix"][
        "member_identifier"
    ]
    before = published.member(identifier)
    assert before is not None and before["securityRole"]["name"] == "Admin"
    controller.run(playbook, "-e", "deskdirector_profile=derived").expect(2).says("keeps security role 'Admin'")
    after = published.member(identifier)
    assert after is not None and after["securityRole"]["name"] == "Admin"
