# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever habits an instance has, onboarding ends well: converged, handed over, or a refusal that says why.

The number of a case is its seed: ``draw_habits(17)`` gives the options of case 17. FUZZ=20 tries 20 times as many.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import PairInbox
from reliability.onboarding import KEY, MEMBER, ROLE, Onboarding, Outcome
from simulator import Simulator
from simulator.draw import EDITIONS, HABITS, draw_habits
from simulator.server import Handle
from simulator.state import level_problem, set_level

from .world import FACTOR, assert_clear, small_instance

SEEDS = range(int(200 * (FACTOR or 1)))
ALONE = {
    f"{name}-{number}-{edition}": {"edition": edition, **options}
    for name, found in HABITS.items()
    for number, options in enumerate(found)
    for edition in EDITIONS
}
KEPT = (
    "Security Roles", "Member Maintenance", "My Company", "Table Setup", "Company Maintenance", "Contacts",
    "Service Tickets", "Time Entry", "API Reports", "Reports", "Audit Trail",
)  # fmt: skip
PERMISSIONS = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "all", "edit": "all", "inquire": "all"},
    {"module": "Time & Expense", "function": "Time Entry", "add": "my", "edit": "my", "inquire": "all"},
    {"module": "System", "function": "API Reports", "add": "all", "inquire": "all"},
]
WANTED = {(row["module"], row["function"], verb): level for row in PERMISSIONS for verb, level in list(row.items())[2:]}
RUNS = 3
EITHER = "would be converged or handed over"


class Hand(PairInbox):
    """A hand-in file, with the pair that a person made."""

    place = "the hand-in file"

    def __init__(self, pair: KeyPair) -> None:
        self.pair: KeyPair | None = pair

    def read(self) -> KeyPair | None:
        return self.pair

    def clear(self, pair: KeyPair) -> str:
        self.pair = None
        return ""


class World:
    """Time that passes at once, for the collection and for the instance."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.instance: Handle | None = None

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        if self.instance:
            self.instance.advance(seconds)


@pytest.fixture(name="world")
def _world() -> World:
    return World()


@pytest.fixture(autouse=True)
def _no_pauses(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In place of the other properties' fixture, which takes the pauses away: here they are part of what is tested."""
    for name in ("CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    real = time.monotonic
    with (
        mock.patch.object(time, "sleep", world.sleep),
        mock.patch.object(time, "monotonic", lambda: real() + world.passed),
    ):
        yield


class Case:
    """An instance with habits, and what was onboarded on it."""

    def __init__(self, simulator: Simulator, world: World, folder: Path, habits: dict[str, Any]) -> None:
        self.instance = small_instance(simulator, kept=KEPT, **habits)
        self.instance.add_member("sleeper", "Technician", inactive=True)
        world.instance = self.instance
        self.onboarding = Onboarding(self.instance, folder, permissions=PERMISSIONS, retries=1)
        self.others = self._others()

    def run(self, check_mode: bool = False) -> Outcome:
        """A run, and what holds after each."""
        outcome = self.onboarding.run(check_mode)
        assert_clear(outcome.result)
        assert self._others() == self.others, "something that isn't the vendor's was changed"
        assert len(self.live_keys()) <= 1, f"live keys of the vendor: {self.live_keys()}"
        assert self.keys_made() <= 1, f"{self.keys_made()} keys were made for the vendor"
        if not check_mode and outcome.state.startswith("converged"):
            assert self.lacking() == []
        return outcome

    def person(self) -> None:
        """Do what the worksheet says, as far as the instance offers it."""
        role = self.instance.instance.find_role(ROLE)
        assert role, "there is no role"
        for row in role.settings:
            module, function = self.instance.instance.display(row.function)
            for verb in row.levels:
                level = WANTED.get((module, function, verb), "none").capitalize()
                if not level_problem(row.function, verb, level):
                    set_level(row, verb, level)
        if self.instance.member(MEMBER) and not self.live_keys():
            self.onboarding.inbox = Hand(KeyPair(*self.instance.make_key(MEMBER, KEY)))
            self.onboarding.options["owner_confirmed"] = True

    def _others(self) -> list[Any]:
        """All of the instance but the vendor's role and member."""
        state = self.instance.state
        roles = [role for role in state["roles"] if role["name"] != ROLE]
        return [roles, [member for member in state["members"] if not self._is_the_vendors(member["identifier"])]]

    @staticmethod
    def _is_the_vendors(identifier: str) -> bool:
        return identifier.casefold() == MEMBER.casefold()

    def live_keys(self) -> list[str]:
        member = self.instance.member(MEMBER)
        return [key["publicKey"] for key in member["keys"] if not key["inactiveFlag"]] if member else []

    def keys_made(self) -> int:
        """Over all runs, those that were retired again included."""
        posts = [entry for entry in self.instance.log if (entry["method"], entry["status"]) == ("POST", 201)]
        return sum(entry["path"].lower().endswith("/apikeys") for entry in posts)

    def lacking(self) -> list[str]:
        """What isn't so, though the run says that it converged."""
        lacking = []
        role = self.instance.instance.find_role(ROLE)
        assert role, "there is no role"
        for row in role.settings:
            for verb, level in row.levels.items():
                wanted = WANTED.get((*self.instance.instance.display(row.function), verb), "none")
                offered = not level_problem(row.function, verb, wanted.capitalize())
                if (level or "None").lower() != (wanted if offered else "none"):
                    lacking.append(f"{row.function.key}, {verb}: {level}, not {wanted}")
        member, pair = self.instance.member(MEMBER), self.onboarding.stored()
        if not member or (member["securityRole"] or {}).get("name") != ROLE:
            lacking.append("the member doesn't have the role")
        if not pair or pair["public_key"] not in self.live_keys():
            lacking.append("the stored pair isn't the vendor's live key")
        return lacking


def assert_kept(promised: Outcome, run: Outcome) -> None:
    """What check mode said would be done by this run wasn't left to a person instead."""
    if promised.failure or run.failure:
        return  # neither of them said that anything is left to a person
    said, came = promised.result["outcome"], run.result["outcome"]
    if said["state"].startswith("would be converged") and said["state"] != EITHER:
        assert came["state"].startswith("converged"), f"check mode said {said['state']!r}, the run is {came['state']!r}"
    told = said["levels_pending"] + said["levels_undecided"]
    levels = f"check mode left {told} levels open or to a person, the run left {came['levels_pending']} to one"
    assert came["levels_pending"] <= told, levels
    assert not said["levels_undecided"] or said["state"] in (EITHER, "would be handed over")


def onboard(simulator: Simulator, world: World, folder: Path, habits: dict[str, Any]) -> list[Outcome]:
    """In check mode, then three times, with what holds after each. A person does what is handed over."""
    print(f"habits: {habits}")
    case = Case(simulator, world, folder, habits)
    before = case.instance.state
    promised = case.run(check_mode=True)
    assert case.instance.state == before, "check mode changed something"
    runs = []
    for _number in range(RUNS):
        runs.append(case.run())
        world.sleep(60)
        if runs[-1].state == "handed over":
            case.person()
    assert_kept(promised, runs[0])
    for outcome in runs:
        assert outcome.failure or outcome.state.startswith("converged") or outcome.result["reason"]
    return [promised, *runs]


@pytest.mark.parametrize("seed", SEEDS)
def test_habits_in_combination(simulator: Simulator, world: World, tmp_path: Path, seed: int) -> None:
    onboard(simulator, world, tmp_path, draw_habits(seed))


@pytest.mark.parametrize("name", ALONE)
def test_a_habit_alone(simulator: Simulator, world: World, tmp_path: Path, name: str) -> None:
    onboard(simulator, world, tmp_path, ALONE[name])


def test_a_seed_always_draws_the_same() -> None:
    assert [draw_habits(seed) for seed in SEEDS] == [draw_habits(seed) for seed in SEEDS]
    drawn = {name for seed in SEEDS for name in draw_habits(seed)}
    assert drawn >= {name for found in HABITS.values() for options in found for name in options}
