# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One implementation, two ways in: within Ansible itself, and as modules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle, _Handler

from .controller import PLAYS, Controller, active_keys

NewInstance = Callable[..., Handle]

# what differs between two instances, or is of Ansible's making
_OF_ANSIBLE = {
    "exception", "invocation", "warnings", "deprecations", "failed_when_result", "failed_when_suppressed_exception",
    "ansible_facts", "requests",
}  # fmt: skip
_OF_THE_RUN = {"id", "key_id", "member_id", "security_role_id", "public_key", "private_key", "fingerprint", "made"}


def comparable(value: Any, instance: Handle) -> Any:
    """A result without ids, keys and hosts."""
    if isinstance(value, dict):
        return {
            name: "(own)" if name in _OF_THE_RUN and item is not None else comparable(item, instance)
            for name, item in value.items()
            if name not in _OF_ANSIBLE and not name.startswith("_ansible")
        }
    if isinstance(value, list):
        return [comparable(item, instance) for item in value]
    if isinstance(value, str):
        for own in instance.instance.store.keys.values():
            value = value.replace(own.public, "(key)")
        value = value.replace(instance.connection["company"], "(company)")
        return re.sub(r"/credentials/\w+/", "/credentials/(host)/", value)
    return value


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_same_results(controller: Controller, new_instance: NewInstance, edition: str) -> None:
    instances = {host: new_instance(edition=edition) for host in ("here", "module")}
    for host, instance in instances.items():
        result_file = str(controller.folder / f"{host}.json")
        controller.add(host, instance, cw_in_process=host == "here", result_file=result_file)
    controller.run(PLAYS / "scenario.yml").expect(0)
    results = {host: json.loads((controller.folder / f"{host}.json").read_text()) for host in instances}
    plain = {host: comparable(results[host], instance) for host, instance in instances.items()}
    for step in plain["here"]:
        assert {step: plain["here"][step]} == {step: plain["module"][step]}
        warned = [sorted(results[host][step].get("warnings") or []) for host in instances]
        assert len(warned[0]) == len(warned[1]), (step, warned)

    here = results["here"]
    assert [here[step]["changed"] for step in ("role", "role_again", "member", "member_again")] == [
        True, False, True, False
    ]  # fmt: skip
    assert here["place_before"]["exists"] is False
    assert here["member_absent"]["changed"] is True
    if edition == "extended":
        assert here["key_kept"]["proof"]["matrix"] == "exact"
        assert here["place_after"]["credentials"]["member"] == "Scenario"
        assert "private_key" not in here["key_kept"]
        assert here["key_returned"]["private_key"]
        assert [item["description"] for item in here["key_absent"]["retired"]] == ["Scenario key to return"]
        assert active_keys(instances["here"], "Scenario") == active_keys(instances["module"], "Scenario") == []
    else:
        assert here["key_kept"]["pending"] and here["role"]["pending"]
    for step in ("instance", "role", "member", "role_info", "member_info"):
        assert results["here"][step].get("requests") == results["module"][step].get("requests"), step


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


def test_ways_to_give_the_connection(controller: Controller, new_instance: NewInstance) -> None:
    """By the environment of a task, a file with the private key, module_defaults, the inventory, in async tasks."""
    instances = {host: new_instance(edition="extended") for host in ("here", "module")}
    for host, instance in instances.items():
        key_file = controller.folder / f"{host}.key"
        key_file.write_text(instance.connection["private_key"] + "\n")
        own = {f"own_{option}": value for option, value in instance.connection.items()}
        none = dict.fromkeys(f"cw_{option}" for option in instance.connection)
        controller.add(host, instance, cw_in_process=host == "here", key_file=str(key_file), **own, **none)
    run = controller.run(PLAYS / "connections.yml").expect(0)
    for host, instance in instances.items():
        assert run.recap[host]["failed"] == 0
        assert {entry["public_key"] for entry in instance.log} == {instance.connection["public_key"]}
        assert all(entry["status"] == 200 for entry in instance.log)
        assert len(instance.log) >= 5


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
