# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as a playbook uses them: results, sessions, and the ways to set the connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from simulator.server import Handle, _Handler

from .controller import PLAYS, Controller, active_keys

NewInstance = Callable[..., Handle]


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_results(controller: Controller, new_instance: NewInstance, edition: str) -> None:
    instance = new_instance(edition=edition)
    result_file = controller.folder / "results.json"
    controller.add("here", instance, result_file=str(result_file))
    controller.run(PLAYS / "scenario.yml").expect(0)
    results = json.loads(result_file.read_text())
    assert [results[step]["changed"] for step in ("role", "role_again", "member", "member_again")] == [
        True, False, True, False
    ]  # fmt: skip
    assert results["place_before"]["exists"] is False
    assert results["member_absent"]["changed"] is True
    if edition == "extended":
        assert results["key_kept"]["proof"]["matrix"] == "exact"
        assert results["place_after"]["credentials"]["member"] == "Scenario"
        assert "private_key" not in results["key_kept"]
        assert results["key_returned"]["private_key"]
        assert [item["description"] for item in results["key_absent"]["retired"]] == ["Scenario key to return"]
        assert active_keys(instance, "Scenario") == []
    else:
        assert results["key_kept"]["pending"] and results["role"]["pending"]


@pytest.mark.parametrize("how", ["ssh", "become"])
def test_connection_and_become_do_not_matter(controller: Controller, extended: Handle, how: str) -> None:
    """It all runs on the controller; nobody listens on the other machine, and there is no way to become anybody."""
    away = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_ssh_retries": 0}
    become = {"ansible_become": True, "ansible_become_method": "ansible.builtin.sudo", "ansible_become_exe": "/nowhere"}
    controller.add("acme", extended, **(away if how == "ssh" else become))
    controller.run(PLAYS / "loop.yml").expect(0)
    assert extended.member("Loop0")


def test_another_machine_is_refused_with_a_sentence(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.add("jump", extended, ansible_connection="ssh", ansible_host="192.0.2.1")
    play = controller.folder / "play.yml"
    task = {"msp.connectwise.cw_instance_info": {}, "delegate_to": "jump"}
    play.write_text(yaml.safe_dump([{"hosts": "acme", "gather_facts": False, "tasks": [task]}]))
    controller.run(play).expect(2).says("can't be delegated to jump", "set cw_proxy for its host, or use an SSH tunnel")
    assert extended.log == []


def test_loop_uses_one_connection(
    controller: Controller, extended: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[Any] = []
    setup = _Handler.setup

    def counted(handler: _Handler) -> None:
        connections.append(handler.client_address)
        setup(handler)

    monkeypatch.setattr(_Handler, "setup", counted)
    controller.add("globex", extended)
    controller.run(PLAYS / "loop.yml").expect(0)
    assert all(extended.member(f"Loop{number}") for number in range(5))
    assert len(connections) == 1
    assert controller.run(PLAYS / "loop.yml").expect(0).changed("globex") == 0


def test_ways_to_give_the_connection(controller: Controller, extended: Handle) -> None:
    """By the environment of a task, a file with the private key, module_defaults, and the inventory."""
    key_file = controller.folder / "own.key"
    key_file.write_text(extended.connection["private_key"] + "\n")
    own = {f"own_{option}": value for option, value in extended.connection.items()}
    none = dict.fromkeys(f"cw_{option}" for option in extended.connection)
    controller.add("here", extended, key_file=str(key_file), **own, **none)
    run = controller.run(PLAYS / "connections.yml").expect(0)
    assert run.recap["here"]["failed"] == 0
    assert {entry["public_key"] for entry in extended.log} == {extended.connection["public_key"]}
    assert all(entry["status"] == 200 for entry in extended.log)
    assert len(extended.log) >= 4


def test_a_private_key_that_is_asked_for_is_whole_and_never_in_the_background(
    controller: Controller, extended: Handle
) -> None:
    pair = extended.make_key("backupvendor", "by hand")
    controller.add("acme", extended, own_pair=list(pair))
    before = extended.state
    run = controller.run(PLAYS / "async_key.yml", "-v").expect(0)
    assert extended.state == before, "no key was made"
    assert pair[1] not in run.printed.replace(f"own_pair: {list(pair)}", "")
    assert not list((controller.home / "async").glob("*"))
