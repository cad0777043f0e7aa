# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""offboard.yml: shown first, confirmed, done, and done again."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
from collections.abc import Callable

import pytest
from simulator.server import Handle

from .controller import REWST, ROOT, Controller, Run, active_keys, do_worksheet, paste_pair

NewInstance = Callable[..., Handle]
OFFBOARD = "playbooks/offboard.yml"
MEANT = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "offboard_hosts=acme")


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
    run.says("offboarded (changed)", public_key, "was seen to be refused", "role Rewst API: gone")
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
    check = offboard(controller, "-e", "vendor=rewst", "--check", "--diff").expect(0)
    check.says("would be offboarded", "would be inactive", "would be deleted, if the instance lets it go")
    assert extended.state == state and sorted(controller.credentials.rglob("*")) == files
    assert offboard(controller, *MEANT).expect(0).changed("acme") == check.changed("acme")


def test_nothing_without_a_yes(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    state = extended.state
    offboard(controller, "-e", "vendor=rewst").expect(2).says("wasn't yes", "-e offboard_confirm=false")
    offboard(controller, "-e", "offboard_confirm=false").expect(2).says("No vendor was named")
    assert extended.state == state


def test_one_answer_is_never_asked_for_other_vendors_on_another_instance(
    controller: Controller, new_instance: NewInstance
) -> None:
    """An inventory's own variable vendor differs from host to host, and the question would name those of one."""
    for host, vendors in (("acme", ["rewst"]), ("globex", ["ninjaone"])):
        controller.add(host, new_instance(edition="extended"), vendor=vendors)
    offboard(controller, "-e", "offboard_confirm=false").expect(2).says("the inventory names other vendors")


@pytest.mark.parametrize(("answer", "status"), [("yes", 0), ("no", 2)])
def test_asked_at_a_terminal(controller: Controller, extended: Handle, answer: str, status: int) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    command = controller.command(OFFBOARD, "-e", "vendor=rewst")
    found, text = at_a_terminal(command, controller.environment(), {"Type yes": answer})
    assert found == status, text
    assert "Rewst" in text and "acme" in text
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
    run.says("was seen to be refused", "stops all of its keys at once", "key pair archived in")
    assert instance_inactive(published)


def test_pair_removed_or_kept(controller: Controller, new_instance: NewInstance) -> None:
    for host in ("removed", "kept"):
        controller.add(host, new_instance(edition="extended"))
    controller.run(REWST).expect(0)
    offboard(controller, *MEANT, "--limit", "removed", "-e", "onboard_stored_pair=absent").expect(0)
    offboard(controller, *MEANT, "--limit", "kept", "-e", "onboard_stored_pair=kept").expect(0)
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
