# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An integration from onboarding to offboarding on instances with habits, and its table in docs/reliability.md."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import PairInbox
from ansible_collections.msp.connectwise.plugins.module_utils._ops import audit_info
from property.world import assert_clear, perform, small_instance
from simulator import Simulator
from simulator.draw import EDITIONS, HABITS
from simulator.server import Handle
from simulator.state import level_problem, set_level

from .onboarding import KEY, MEMBER, ROLE, Onboarding, Outcome

KEPT = (
    "Security Roles", "Member Maintenance", "My Company", "Table Setup", "Company Maintenance", "Contacts",
    "Service Tickets", "Time Entry", "API Reports", "System Reports", "Audit Trail",
)  # fmt: skip
PERMISSIONS = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "all", "edit": "all", "inquire": "all"},
    {"module": "Time & Expense", "function": "Time Entry", "add": "my", "edit": "my", "inquire": "all"},
    {"module": "System", "function": "API Reports", "add": "all", "inquire": "all"},
]
WANTED = {(row["module"], row["function"], verb): level for row in PERMISSIONS for verb, level in list(row.items())[2:]}


class Hand(PairInbox):
    """A hand-in file, with the pair that a person created."""

    place = "the hand-in file"

    def __init__(self, pair: KeyPair) -> None:
        self.pair: KeyPair | None = pair

    def read(self) -> KeyPair | None:
        return self.pair

    def clear(self, pair: KeyPair) -> str:
        self.pair = None
        return ""


class World:
    """Time that passes at once, both for the collection and the instance."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.instance: Handle | None = None

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        if self.instance:
            self.instance.advance(seconds)

    @contextlib.contextmanager
    def in_place_of_time(self) -> Iterator[None]:
        """Sleeping only advances the time."""
        real = time.monotonic
        with (
            mock.patch.object(time, "sleep", self.sleep),
            mock.patch.object(time, "monotonic", lambda: real() + self.passed),
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
        """Run, and check what must hold after each run."""
        outcome = self.onboarding.run(check_mode)
        assert_clear(outcome.result)
        assert self._others() == self.others, "something that isn't the vendor's was changed"
        assert len(self.live_keys()) <= 1, f"live keys of the vendor: {self.live_keys()}"
        assert self.keys_made() <= 1, f"{self.keys_made()} keys were made for the vendor"
        if not check_mode and outcome.state.startswith("converged"):
            assert self.lacking() == []
        return outcome

    def person(self) -> None:
        """Follow the worksheet, as far as the instance allows."""
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
        """Everything on the instance except the vendor's role and member."""
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
        """The number of keys created over all runs, including retired ones."""
        posts = [entry for entry in self.instance.log if (entry["method"], entry["status"]) == ("POST", 201)]
        return sum(entry["path"].lower().endswith("/apikeys") for entry in posts)

    def lacking(self) -> list[str]:
        """What a run that reports convergence left undone."""
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

    def audit(self) -> str:
        """The result of an audit of the vendor, in a word."""
        entry = {"vendor": "rewst", "product": "Rewst", "role_name": ROLE, "member_identifier": MEMBER}
        options = {**self.instance.connection, "retries": 1, "catalogue": [{**entry, "permissions": PERMISSIONS}]}
        result = perform(audit_info, options)
        assert_clear(result)
        if result.get("failed"):
            return f"refused ({result['error']['kind']})"
        members = [each for each in result["audit"]["members"] if self._is_the_vendors(each["identifier"])]
        return "read" if members else "not found"


def table(simulator: Simulator, folder: Path) -> str:
    """A line for each habit, edition and outcome of three runs, an audit and an offboarding."""
    lines: dict[tuple[str, ...], list[str]] = {}
    for name, found in HABITS.items():
        for edition in EDITIONS:
            for number, options in enumerate(found):
                came = _life(simulator, folder / f"{name}-{number}-{edition}", {"edition": edition, **options})
                lines.setdefault((name, edition, *came), []).append(_shown(options))
    head = ("Habit", "Edition", "First run", "Second run", "Third run", "Audit", "Offboarding", "Keys created")
    rows = [(name, "; ".join(options), *rest) for (name, *rest), options in lines.items()]
    titles = (head[0], "As", *head[1:])
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ["---"] * len(titles), *rows))


def _shown(options: dict[str, Any]) -> str:
    return ", ".join(f"`{name}: {json.dumps(value)}`" for name, value in options.items() if name != "clock_stands")


def _life(simulator: Simulator, folder: Path, options: dict[str, Any]) -> tuple[str, ...]:
    world = World()
    with world.in_place_of_time():
        case = Case(simulator, world, folder, options)
        runs = []
        for _number in range(3):
            runs.append(_word(case.run()))
            world.sleep(60)
            if runs[-1].startswith("handed over"):
                case.person()
        audit = case.audit()
        case.onboarding.options["state"] = "absent"
        offboarding = _word(case.onboarding.run())
    return (*runs, audit, offboarding, str(case.keys_made()))


def _word(outcome: Outcome) -> str:
    assert_clear(outcome.result)
    if outcome.failure:
        return f"refused ({outcome.error})"
    proof = outcome.result["outcome"].get("proof") or {}
    matrix = proof.get("matrix") or "exact"
    return outcome.state if matrix == "exact" else f"{outcome.state}, {matrix}"
