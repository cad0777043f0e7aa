# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration from the first run until the integration is taken off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simulator.server import Handle

from .controller import PLAYS, Controller, active_keys

NewInstance = Callable[..., Handle]


def life(controller: Controller, instance: Handle, *options: str) -> dict[str, Any]:
    """What each step of the play said."""
    result_file = controller.folder / "results.json"
    controller.add("here", instance, result_file=str(result_file))
    controller.run(PLAYS / "integration.yml", *options).expect(0)
    results: dict[str, Any] = json.loads(result_file.read_text(encoding="utf-8"))
    return results


def test_from_nothing_to_nothing(controller: Controller, new_instance: NewInstance) -> None:
    instance = new_instance(edition="extended", inactive_holds_role=False)
    said = life(controller, instance)

    assert said["present"]["changed"] and said["present"]["finished"]
    assert said["present"]["key"]["proof"]["matrix"] == "exact"
    assert not said["present_again"]["changed"]

    assert said["absent"]["changed"] and said["absent"]["key"]["refused"]
    assert [key["description"] for key in said["absent"]["key"]["retired"]] == ["Whole key"]
    assert said["absent"]["role"]["kept"] is None
    assert not said["absent_again"]["changed"]

    assert active_keys(instance, "Whole") == []
    assert instance.member("Whole")["inactiveFlag"]
    assert "Whole API" not in [role.name for role in instance.instance.store.roles.values()]


def test_what_rest_cannot_do_is_left_to_a_person(controller: Controller, new_instance: NewInstance) -> None:
    said = life(controller, new_instance(edition="published"))
    assert not said["present"]["finished"] and not said["present"].get("failed")
    assert len(said["present"]["role"]["pending"]) == 4
    assert said["present"]["key"]["pending"]
    assert said["present"]["member"]["member"]["active"]
    # the keys can't be retired over REST, and stop with the member
    assert said["absent"]["key"]["left"] and not said["absent"]["member"]["member"]["active"]
    assert not said["absent_again"]["changed"]


def test_role_stays_where_the_instance_keeps_it(controller: Controller, extended: Handle) -> None:
    said = life(controller, extended)
    assert "assigned to members" in said["absent"]["role"]["kept"]
    assert said["absent"]["changed"] and not said["absent_again"]["changed"]


def test_input_is_checked_whole_before_anything_is_written(controller: Controller, extended: Handle) -> None:
    said = life(controller, extended)
    told = said["wrong"]["msg"]
    assert "the limit for a security role is 30" in told and "the limit is 30" in told
    assert said["wrong"]["requests"]["written"] == 0 and not said["wrong"]["changed"]
    # the levels would have been written before the member: its location is looked up first
    assert "'Nowhere' doesn't exist on this instance" in said["nowhere"]["msg"]
    assert said["nowhere"]["requests"]["written"] == 0


def test_check_mode_changes_nothing_and_says_the_same(controller: Controller, extended: Handle) -> None:
    before = extended.state
    said = life(controller, extended, "--check")
    assert extended.state == before
    assert said["present"]["changed"] and said["present"]["role"]["levels_undecided"] == 4
    assert said["present"]["outcome"]["state"] == "would be converged or handed over"
    assert not said["absent"]["changed"], "there is nothing to take off yet"


def test_failure_tells_what_was_done(controller: Controller, extended: Handle) -> None:
    extended.fault("status", method="POST", path="/system/apiMembers$", status=400)
    controller.add("here", extended, result_file=str(controller.folder / "none.json"))
    run = controller.run(PLAYS / "integration.yml").expect(2)
    assert run.statuses("here")["Onboard"] in ("fatal", "failed")
    run.says("The request was rejected", "levels_set: 0", "created: true")
