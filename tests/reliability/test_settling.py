# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboarding on an instance that shows a write only some seconds later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator
from simulator.draw import EDITIONS

from .habits import World
from .onboarding import MEMBER, PERMISSIONS, ROLE, Onboarding, Outcome

MOST_RUNS = 5


@pytest.fixture(name="world")
def _world() -> Iterator[World]:
    world = World()
    with world.in_place_of_time():
        yield world


class Late:
    """An instance that shows each write so many seconds later, with one vendor's onboarding."""

    def __init__(self, simulator: Simulator, world: World, folder: Path, lag: float, **options: Any) -> None:
        options = {"edition": "extended", **options}
        self.instance = simulator.add_instance("late", visible_after=lag, clock_stands=True, **options)
        self.world, world.instance = world, self.instance
        self.onboarding = Onboarding(self.instance, folder, retries=1)

    def run(self) -> Outcome:
        return self.onboarding.run()

    def created(self, what: str) -> int:
        """How many objects of this kind were created, over all runs."""
        posts = [entry for entry in self.instance.log if (entry["method"], entry["status"]) == ("POST", 201)]
        return sum(entry["path"].casefold().endswith(f"/{what}") for entry in posts)

    @property
    def all_created(self) -> list[int]:
        return [self.created(what) for what in ("securityroles", "apimembers", "apikeys")]

    def wait(self, seconds: float) -> None:
        self.world.sleep(seconds)

    def live_keys(self) -> list[str]:
        return [key["publicKey"] for key in self.instance.keys(MEMBER) if not key["inactiveFlag"]]


@pytest.fixture(name="late")
def _late(simulator: Simulator, world: World, tmp_path: Path) -> Any:
    def make(lag: float, **options: Any) -> Late:
        return Late(simulator, world, tmp_path, lag, **options)

    return make


@pytest.mark.parametrize("lag", [0.5, 2, 5, 8, 9])
@pytest.mark.parametrize("edition", EDITIONS)
def test_what_shows_in_time_needs_one_run(late: Any, edition: str, lag: float) -> None:
    made = late(lag, edition=edition)
    first = made.run()
    assert first.state == ("converged" if edition == "extended" else "handed over"), first.failure
    if edition == "extended":
        assert made.all_created == [1, 1, 1]
        assert first.result["role"]["pending"] == [] and first.result["key"]["proof"]["matrix"] == "exact"
    made.wait(60)
    before = made.world.passed
    again = made.run()
    assert (again.state == first.state and not again.changed and again.result["requests"]["written"] == 0) or (
        edition == "published" and not again.changed
    )
    assert made.world.passed == before, "a run that writes nothing waits for nothing"


@pytest.mark.parametrize("between", [0, 3, 60], ids=lambda seconds: f"{seconds} s between the runs")
@pytest.mark.parametrize("lag", [12, 20])
@pytest.mark.parametrize("edition", EDITIONS)
def test_what_shows_later_is_said_and_never_written_twice(late: Any, edition: str, lag: float, between: float) -> None:
    made = late(lag, edition=edition)
    end = "converged" if edition == "extended" else "handed over"
    runs: list[Outcome] = []
    while not runs or runs[-1].state != end or "not visible" in str(runs[-1].result):
        runs.append(made.run())
        made.wait(between)
        assert len(runs) <= MOST_RUNS, [run.failure for run in runs]
    assert len(runs) > 1
    for late_run in runs[:-1]:
        said = late_run.failure or late_run.result["reason"]
        assert "not visible after 10 s" in said or "isn't visible yet" in said, said
        assert "run again" in said.lower()
    assert made.all_created == ([1, 1, 1] if edition == "extended" else [1, 1, 0])
    written = [entry["path"] for entry in made.instance.log if entry["method"] == "PATCH"]
    rows = [path for path in written if "/settings/" in path]
    assert edition == "published" or len(rows) == len(set(rows)), "levels were written twice"


def test_a_levels_delay_is_no_work_for_a_person(late: Any) -> None:
    made = late(8)
    assert made.run().result["outcome"]["levels_pending"] == 0


def test_the_time_is_an_option(late: Any) -> None:
    made = late(30)
    made.onboarding.options["settle_timeout"] = 40
    assert made.run().state == "converged"
    assert made.all_created == [1, 1, 1]


def test_without_a_time_nothing_is_waited_for(late: Any) -> None:
    made = late(3)
    made.onboarding.options["settle_timeout"] = 0
    first = made.run()
    assert "not visible after 0 s; run again" in first.failure and made.world.passed == 0


def test_a_role_whose_answer_is_lost_is_looked_for_until_it_shows(late: Any) -> None:
    made = late(8)
    made.instance.fault("lost", method="POST", path="/securityroles$")
    assert made.run().state == "converged"
    assert made.all_created == [1, 1, 1]


def test_a_member_whose_answer_is_lost_is_looked_for_until_it_shows(late: Any) -> None:
    made = late(4)
    made.instance.fault("lost", method="POST", path="/apiMembers$")
    assert made.run().state == "converged"
    assert made.all_created == [1, 1, 1]


def test_levels_set_back_by_somebody_are_written_once_and_waited_for(late: Any) -> None:
    made = late(8)
    assert made.run().state == "converged"
    row = PERMISSIONS[0]
    made.instance.set_levels(ROLE, {f"{row['module']} / {row['function']}": {"inquire": "None"}})
    made.wait(60)
    again = made.run()
    assert again.state == "converged" and again.result["role"]["levels_set"] == 1


def rotated(made: Late, **options: Any) -> Outcome:
    made.onboarding.options.update({"state": "rotated", "max_age": 0, "keep_old_for": 0, **options})
    return made.run()


@pytest.mark.parametrize("lag", [2, 8])
def test_a_rotation_waits_for_the_new_key_and_for_the_end_of_the_old_one(late: Any, lag: float) -> None:
    made = late(lag)
    assert made.run().state == "converged"
    old = made.live_keys()
    made.wait(60)
    run = rotated(made)
    assert run.state == "converged" and run.result["key"]["rotated"], run.failure
    assert len(made.live_keys()) == 1 and made.live_keys() != old
    made.wait(60)
    pair = made.onboarding.stored()
    assert pair and pair["public_key"] in made.live_keys()


@pytest.mark.parametrize("lag", [2, 8])
def test_a_rotation_at_once_ends_all_others_in_one_run(late: Any, lag: float) -> None:
    made = late(lag)
    assert made.run().state == "converged"
    unknown = made.instance.make_key(MEMBER, "of somebody")
    made.wait(60)
    made.onboarding.options.update({"at_once": True, "state": "rotated"})
    run = made.run()
    assert run.state == "converged", run.failure
    assert unknown[0] not in made.live_keys() and len(made.live_keys()) == 1


@pytest.mark.parametrize("lag", [2, 8])
@pytest.mark.parametrize("edition", EDITIONS)
def test_taking_off_waits_until_all_is_gone(late: Any, edition: str, lag: float) -> None:
    made = late(lag, edition=edition, inactive_holds_role=False)
    made.run()
    made.wait(60)
    made.onboarding.options["state"] = "absent"
    run = made.run()
    assert run.state == "offboarded", run.failure
    assert made.instance.member(MEMBER)["inactiveFlag"] is True
    assert made.instance.role(ROLE) is None and run.result["role"]["kept"] is None
    assert [key for key in made.instance.keys(MEMBER) if not key["inactiveFlag"]] == []
    made.wait(60)
    passed, writes = made.world.passed, made.instance.log
    again = made.run()
    assert not again.changed and made.world.passed == passed
    assert [entry for entry in made.instance.log[len(writes):] if entry["method"] != "GET"] == []


@pytest.mark.parametrize("lag", [2, 8])
def test_what_was_taken_off_comes_back_in_one_run(late: Any, lag: float) -> None:
    made = late(lag, inactive_holds_role=False)
    assert made.run().state == "converged"
    made.onboarding.options["state"] = "absent"
    made.wait(60)
    assert made.run().state == "offboarded"
    made.wait(60)
    made.onboarding.options["state"] = "present"
    run = made.run()
    assert run.state == "converged", run.failure
    assert len(made.live_keys()) == 1


def test_a_dead_key_of_an_earlier_run_needs_three_refusals_and_no_more(late: Any) -> None:
    made = late(0)
    assert made.run().state == "converged"
    made.instance.retire_key(made.live_keys()[0])
    before = made.world.passed
    run = made.run()
    assert "is gone or blocked" in run.failure
    assert made.world.passed - before == 6 and made.all_created == [1, 1, 1]
