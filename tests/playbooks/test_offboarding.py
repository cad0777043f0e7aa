# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""offboard.yml: checked, confirmed, run, and run again."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from simulator.server import Handle

from .controller import DESKDIRECTOR, REWST, ROOT, Controller, Run, active_keys, do_worksheet, matrix, paste_pair

NewInstance = Callable[..., Handle]
OFFBOARD = "playbooks/offboard.yml"


def meant(host: str) -> tuple[str, ...]:
    return ("-e", f"target={host}", "-e", "vendor=rewst", "-e", f"offboard_hosts={host}")


MEANT = meant("acme")


def offboard(controller: Controller, *options: str) -> Run:
    return controller.run(OFFBOARD, *options)


def roles(instance: Handle) -> list[str]:
    return [role.name for role in instance.instance.store.roles.values()]


def test_all_of_it_and_again(controller: Controller, new_instance: NewInstance) -> None:
    instance = new_instance(edition="extended", inactive_holds_role=False)
    controller.add("acme", instance)
    controller.run(REWST).expect(0)
    public_key = controller.stored("acme", "rewst")["cw_credentials"]["public_key"]

    run = offboard(controller, *MEANT).expect(0)
    run.says("offboarded (changed)", public_key, "the instance refuses it", "role Rewst API: gone")
    assert active_keys(instance, "Rewst") == []
    assert instance.member("Rewst")["inactiveFlag"]
    assert "Rewst API" not in roles(instance)
    archive = list((controller.credentials / "acme" / "archive").iterdir())
    assert len(archive) == 1 and archive[0].read_bytes().startswith(b"$ANSIBLE_VAULT")
    assert not controller.pair_file("acme", "rewst").exists()

    again = offboard(controller, *MEANT).expect(0)
    assert again.changed("acme") == 0
    controller.run(REWST, "--check").expect(0).says("would be converged")
    assert controller.run(REWST).expect(0).changed("acme") == 1, "it can be onboarded anew"


def test_check_mode_shows_it_first(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    state, files = extended.state, sorted(controller.credentials.rglob("*"))
    check = offboard(controller, "-e", "target=acme", "-e", "vendor=rewst", "--check", "--diff").expect(0)
    check.says("would be offboarded", "would be inactive", "would be deleted, if the instance allows it")
    assert extended.state == state and sorted(controller.credentials.rglob("*")) == files
    assert offboard(controller, *MEANT).expect(0).changed("acme") == check.changed("acme")


@pytest.mark.parametrize(("missing", "given"), [("target", None), ("target", ","), ("vendor", ""), ("vendor", [])])
def test_target_and_vendor_are_needed(controller: Controller, extended: Handle, missing: str, given: object) -> None:
    """What the inventory says of them doesn't count, nor does check mode make a difference."""
    controller.add("acme", extended, vendor="rewst", target="acme")
    words = {"target": "acme", "vendor": "rewst", "offboard_hosts": "acme", missing: given}
    run = offboard(controller, "-e", json.dumps(words)).expect(2)
    run.says("needs both target and vendor as extra variables", f"but {missing} is missing")
    del words[missing]
    offboard(controller, "-e", json.dumps(words), "--check").expect(2).says(f"but {missing} is missing")
    assert extended.log == []


def test_without_a_terminal_the_hosts_have_to_be_named(controller: Controller, new_instance: NewInstance) -> None:
    instances = {host: new_instance(edition="extended") for host in ("acme", "globex", "initech")}
    for host, instance in instances.items():
        # what an inventory says isn't what a person meant
        controller.add(host, instance, offboard_hosts=["acme", "globex"])
    controller.run(REWST).expect(0)
    before = {host: instance.state for host, instance in instances.items()}
    asked = ("-e", "target=acme,globex", "-e", "vendor=rewst")

    run = offboard(controller, *asked).expect(2)
    run.says("will stop working on 2 instances: acme, globex", "There is no terminal", "-e offboard_hosts=acme,globex")
    offboard(controller, *asked, "-e", "offboard_confirm=false").expect(2).says("Unknown extra variable")
    for wrong in ("acme", "acme,globex,initech", "acme;globx", "ACME globex"):
        refused = offboard(controller, *asked, "-e", f"offboard_hosts='{wrong}'").expect(2)
        refused.says("offboard_hosts names", "target matches acme, globex", "Nothing was changed.")
    limited = offboard(controller, *asked, "-e", "offboard_hosts=acme,globex", "--limit", "acme").expect(2)
    limited.says("offboard_hosts names acme, globex, but target matches acme.")
    assert {host: instance.state for host, instance in instances.items()} == before

    offboard(controller, *asked, "-e", '{"offboard_hosts": ["globex", "acme"]}').expect(0)
    assert [instance_inactive(instance) for instance in instances.values()] == [True, True, False]


@pytest.mark.parametrize("listed", ["globex; acme", "globex acme"])
def test_hosts_are_named_in_any_order_with_any_separator(
    controller: Controller, new_instance: NewInstance, listed: str
) -> None:
    for host in ("acme", "globex"):
        controller.add(host, new_instance(edition="extended"))
    meant = {"target": "connectwise", "vendor": "rewst", "offboard_hosts": listed}
    run = offboard(controller, "-e", json.dumps(meant)).expect(0)
    assert set(run.recap) == {"acme", "globex"}


def test_a_playbook_that_imports_it_confirms_nothing(controller: Controller, extended: Handle, tmp_path: Path) -> None:
    controller.add("acme", extended)
    own = tmp_path / "own.yml"
    meant = {"target": "acme", "vendor": "rewst", "offboard_hosts": "acme"}
    own.write_text(json.dumps([{"import_playbook": "msp.connectwise.offboard", "vars": meant}]))
    controller.run(own).expect(2).says("but target and vendor are missing")
    assert extended.log == []
    controller.run(own, "-e", json.dumps(meant)).expect(0)


def test_a_vendor_with_a_choice_of_its_own_is_taken_off(controller: Controller, extended: Handle) -> None:
    """Its own role is included, and passes on what the run is for."""
    controller.add("acme", extended, deskdirector_profile="derived")
    controller.run(DESKDIRECTOR).expect(0)
    member = matrix("deskdirector")["member_identifier"]
    assert len(active_keys(extended, member)) == 1
    offboard(controller, "-e", "target=acme", "-e", "vendor=deskdirector", "-e", "offboard_hosts=acme").expect(0)
    assert active_keys(extended, member) == [] and extended.member(member)["inactiveFlag"]


STATES = {
    "site": ("cw_state", "absent"),
    "onboard": ("onboard_state", "absent"),
    "onboard_rewst": ("cw_state", "rotated"),
    "onboard_deskdirector": ("onboard_state", "absent"),
    "adopt": ("cw_state", "absent"),
    "rotate_keys": ("onboard_state", "rotated"),
}


def test_no_variable_ends_anything(controller: Controller, new_instance: NewInstance) -> None:
    """As an extra variable for all, or in the inventory for one of two."""
    instances = {host: new_instance(edition="extended") for host in ("acme", "globex")}
    common = {"cw_vendors": ["rewst"], "deskdirector_profile": "derived"}
    for host, instance in instances.items():
        controller.add(host, instance, **common)
    controller.run("playbooks/onboard.yml", "-e", "vendor=rewst,deskdirector").expect(0)
    before = {host: (instance.state, len(instance.log)) for host, instance in instances.items()}
    for playbook, (name, value) in STATES.items():
        asked = ("-e", "vendor=rewst", "-e", "adopt_member=Rewst") if playbook not in ("site", "rotate_keys") else ()
        controller.add("globex", instances["globex"], **common)
        extra = controller.run(f"playbooks/{playbook}.yml", *asked, "-e", f"{name}={value}").expect(2)
        extra.says(f"The variable {name} is set for all hosts", "run: ansible-playbook msp.connectwise.offboard")
        controller.add("globex", instances["globex"], **common, **{name: value})
        inventory = controller.run(f"playbooks/{playbook}.yml", *asked).expect(2)
        inventory.says(f"The variable {name} is set for globex,", "run: ansible-playbook msp.connectwise.offboard")
        assert inventory.stdout.count("fatal: [") == 1, playbook
        now = {host: (instance.state, len(instance.log)) for host, instance in instances.items()}
        assert now == before, playbook


def test_a_blank_state_is_no_state(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_state=None, onboard_state="")
    controller.run(REWST).expect(0)
    assert len(active_keys(extended, "Rewst")) == 1


def test_what_the_role_keeps_for_itself_ends_nothing(controller: Controller, extended: Handle, tmp_path: Path) -> None:
    """In the inventory it has no effect; as an extra variable it is refused, in a playbook of one's own as well."""
    own = tmp_path / "own.yml"
    states = {"onboard_state": "absent", "cw_state": "absent"}
    role = {"name": "Rewst", "import_role": {"name": "msp.connectwise.rewst"}, "vars": states}
    own.write_text(json.dumps([{"hosts": "connectwise", "gather_facts": False, "vars": states, "tasks": [role]}]))
    controller.add("acme", extended, onboard__state="absent")
    controller.run(REWST).expect(0)
    controller.run(own).expect(0)
    before, asked = extended.state, len(extended.log)
    assert len(active_keys(extended, "Rewst")) == 1
    for playbook in (REWST, "playbooks/site.yml", own):
        run = controller.run(playbook, "-e", "onboard__state=absent").expect(2)
        run.says("onboard__state can't be given as an extra variable")
    assert extended.state == before and len(extended.log) == asked


@pytest.mark.parametrize(("answer", "status"), [("yes", 0), ("no", 2)])
def test_asked_at_a_terminal(controller: Controller, extended: Handle, answer: str, status: int) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    command = controller.command(OFFBOARD, "-e", "target=acme", "-e", "vendor=rewst")
    found, text = at_a_terminal(command, controller.environment(), {"Type yes": answer})
    assert found == status, text
    assert "Rewst will stop working on 1 instance: acme." in text and text.count("Type yes") == 1
    assert instance_inactive(extended) == (answer == "yes")


def at_a_terminal(command: list[str], environment: dict[str, str], answers: dict[str, str]) -> tuple[int, str]:
    """Exit status and all that was printed; an answer is typed once its question is seen and nothing more comes."""
    pid, terminal = pty.fork()  # the child's own terminal, as a shell gives it
    if pid == 0:
        os.chdir(ROOT)
        os.execve(command[0], command, environment)
    printed = b""
    quiet = 0
    while quiet < 60:
        if not select.select([terminal], [], [], 1.0)[0]:
            quiet += 1
            # it waits for an answer; one that came before it listened is lost, so it is given again
            for question, answer in answers.items():
                if question.encode() in printed:
                    os.write(terminal, answer.encode() + b"\r")
            continue
        part = read(terminal)
        if not part:
            break
        printed += part
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if quiet == 60 else 0)
    _pid, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), printed.decode(errors="replace")


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


def instance_inactive(instance: Handle) -> bool:
    return bool(instance.member("Rewst")["inactiveFlag"])


def test_where_rest_reaches_no_key(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, json.loads(controller.worksheet("acme", "rewst").read_text()))
    paste_pair(controller.hand_in("acme", "rewst"), *published.make_key("Rewst", "Rewst API"))
    controller.run(REWST).expect(0)
    run = offboard(controller, *MEANT).expect(0)
    run.says("the instance refuses it", "stops all of its keys at once", "key pair archived in")
    assert instance_inactive(published)


def test_pair_removed_or_kept(controller: Controller, new_instance: NewInstance) -> None:
    for host in ("removed", "kept"):
        controller.add(host, new_instance(edition="extended"))
    controller.run(REWST).expect(0)
    offboard(controller, *meant("removed"), "-e", "onboard_stored_pair=absent").expect(0)
    offboard(controller, *meant("kept"), "-e", "onboard_stored_pair=kept").expect(0)
    assert not controller.pair_file("removed", "rewst").exists()
    assert not (controller.credentials / "removed" / "archive").exists()
    assert controller.pair_file("kept", "rewst").exists()


def test_others_are_left_alone(controller: Controller, extended: Handle) -> None:
    """A member that shares the role keeps it, and other vendors' objects stay as they are."""
    controller.add("acme", extended)
    controller.run("playbooks/onboard.yml", "-e", "vendor=rewst,ninjaone", "-e", "onboard_handover=report").expect(0)
    extended.add_member("colleague", "Rewst API")
    others = [member for member in extended.state["members"] if member["identifier"] != "Rewst"]
    run = offboard(controller, *MEANT).expect(0)
    run.says("is used by colleague")
    assert "Rewst API" in roles(extended)
    assert [member for member in extended.state["members"] if member["identifier"] != "Rewst"] == others
    assert len(active_keys(extended, "NinjaOne")) == 1


ADOPTED = ("-e", "target=acme", "-e", "vendor=hudu", "-e", "adopt_member=Rewst")


def together(controller: Controller, instance: Handle, **variables: object) -> None:
    """Rewst and Hudu with one member and one role between them."""
    shared = {"hudu_member_identifier": "rewst", "hudu_member_name": "Rewst", "hudu_role_name": "Rewst API"}
    controller.add("acme", instance, **shared, **variables)
    controller.run(REWST).expect(0)
    controller.run("playbooks/adopt.yml", *ADOPTED).expect(0)


def test_a_member_that_another_vendor_uses_stays_active(controller: Controller, extended: Handle) -> None:
    together(controller, extended)
    keys = {vendor: controller.stored("acme", vendor)["cw_credentials"]["public_key"] for vendor in ("rewst", "hudu")}
    stray = extended.make_key("Rewst", "Rewst API")[0]
    state = extended.state
    check = offboard(controller, *MEANT, "--check").expect(0)
    used = f"it is used by the pair stored in {controller.pair_file('acme', 'hudu')}"
    check.says(f"member Rewst stays active: {used}")
    assert extended.state == state

    run = offboard(controller, *MEANT).expect(0)
    run.says(f"keys retired: {keys['rewst']}; member Rewst stays active", "the instance refuses it")
    run.says("role Rewst API: kept")
    assert set(active_keys(extended, "Rewst")) == {keys["hudu"], stray}, "only what the kept pair names is retired"
    assert not instance_inactive(extended) and "Rewst API" in roles(extended)
    assert not controller.pair_file("acme", "rewst").exists() and controller.pair_file("acme", "hudu").exists()

    last = ("-e", "target=acme", "-e", "vendor=hudu", "-e", "offboard_hosts=acme")
    offboard(controller, *last).expect(0).says("member rewst is inactive")
    assert instance_inactive(extended)


def test_a_pair_of_another_vendor_that_cannot_be_read_stops_it(controller: Controller, extended: Handle) -> None:
    """Nobody knows whose member it names. A file that is no pair is nobody's."""
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    (controller.credentials / "acme" / "notes.yml").write_text("to do: ask Hudu\n")
    other = controller.credentials / "acme" / "hudu.yml"
    password = VaultSecret(b"another")
    other.write_bytes(VaultLib([("another", password)]).encrypt("cw_credentials: {}\n", password))
    state = extended.state
    offboard(controller, *MEANT).expect(2).says("hudu.yml can't be decrypted with the vault passwords")
    assert extended.state == state
    other.unlink()
    offboard(controller, *MEANT).expect(0)
    assert instance_inactive(extended)


def test_a_key_of_a_shared_member_that_rest_cannot_retire_is_left_to_a_person(
    controller: Controller, published: Handle
) -> None:
    shared = {"hudu_member_identifier": "Rewst", "hudu_member_name": "Rewst", "hudu_role_name": "Rewst API"}
    controller.add("acme", published, **shared)
    for vendor, first in (("rewst", (REWST,)), ("hudu", ("playbooks/adopt.yml", *ADOPTED))):
        playbook = f"playbooks/onboard_{vendor}.yml"
        controller.run(*first).expect(2)
        do_worksheet(published, json.loads(controller.worksheet("acme", vendor).read_text()))
        paste_pair(controller.hand_in("acme", vendor), *published.make_key("Rewst", vendor))
        controller.run(playbook).expect(0)
    public_key = controller.stored("acme", "rewst")["cw_credentials"]["public_key"]
    run = offboard(controller, *MEANT).expect(2)
    run.says(f"Key {public_key} of API member 'Rewst'", "still logs in and the member stays active", "Delete it in")
    assert controller.pair_file("acme", "rewst").exists() and not instance_inactive(published)
    published.retire_key(public_key, delete=True)
    offboard(controller, *MEANT).expect(0).says("the instance refuses it")
    assert not controller.pair_file("acme", "rewst").exists() and not instance_inactive(published)
