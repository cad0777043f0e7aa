# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first contact reports nothing wrong about any instance, and names each habit that it can see.

The number of a case is its seed: ``draw_habits(17)`` gives the options of case 17. FUZZ=20 tries 20 times as many.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.statements import (
    NOT_TRIED,
    OTHERWISE,
    READING,
    SEEN,
    STATEMENTS,
)
from ansible_collections.msp.connectwise.plugins.module_utils._ops import first_contact
from hypothesis import given
from hypothesis import strategies as st
from reliability.habits import KEPT
from simulator import Simulator
from simulator.draw import EDITIONS, HABITS, draw_habits

from .test_malformed_responses import CHANGES, VALUES, altered
from .world import FACTOR, assert_clear, cases, perform, small_instance

SEEDS = range(int(20 * (FACTOR or 1)))
# each in one edition; the other one is the next habit's
ALONE = {
    f"{name}-{number}": {"edition": EDITIONS[(place + number) % 2], **options}
    for place, (name, found) in enumerate(HABITS.items())
    for number, options in enumerate(found)
}
NO_ROUTE = ("no_endpoint", "not_found", "method_not_allowed")
Outcomes = tuple[str, ...]


def truth(habits: dict[str, Any]) -> dict[str, Outcomes]:
    """What may be said of each statement about an instance with these habits. One outcome alone: it has to be said."""
    get = habits.get
    spared = get("my_security_of") == "vendors"
    mine = "rows" if spared else get("my_security", "rows")
    has_rows = mine in ("rows", "no_member")
    named = mine == "rows" and (spared or get("my_security_member", True))
    hidden = bool(set(get("flickering", ())) & {"Service Desk / Service Tickets"})
    flag = get("my_all_flag", "told") == "told"
    keys = get("keys_get", "") or ("" if get("edition") == "extended" else "no_endpoint")
    last = get("alias_dies_after")
    expected: dict[str, Outcomes] = {
        "levels-words": (OTHERWISE if get("odd_cells") else SEEN,),
        "levels-member": (OTHERWISE if get("missing_cells") else SEEN,),
        "levels-null-lacks": (OTHERWISE,) if get("nulls_as_none") else (SEEN, NOT_TRIED),
        "names-member": (OTHERWISE if get("names") in ("codes", "identifiers", "no_name") else SEEN,),
        "rows-named": (OTHERWISE if get("nameless") and get("names") != "identifiers" else SEEN,),
        "rows-twins": (OTHERWISE if get("twins") or get("rename_functions") else SEEN,),  # it is renamed as another
        "rows-all": (OTHERWISE if get("sparse") or get("flickering") else SEEN,),
        "setting-ids": (SEEN,),
        "my-all-flag": (SEEN if flag else OTHERWISE, *((NOT_TRIED,) if hidden else ())),
        "default-member": (OTHERWISE if get("member_default") or get("empty_default") else SEEN,),
        "members-inactive": (SEEN if get("inactive_members_listed", True) else OTHERWISE,),
        "roles-inactive": (NOT_TRIED,),
        "member-ids": (SEEN,),
        "members-api": (SEEN,),
        "keys-route": (OTHERWISE if not keys else SEEN if keys in NO_ROUTE else NOT_TRIED,),
        "path-alias": (SEEN,) if last is None else (OTHERWISE, SEEN) if last == 12 else (OTHERWISE,),
        "host-api": (OTHERWISE if get("cloud") else NOT_TRIED,),
        "codebase": (SEEN,),
        "version-unknown": (SEEN,),
        "error-missing": (SEEN,),
        "my-security": (SEEN if has_rows else OTHERWISE,),
        "my-security-member": ((SEEN if named else OTHERWISE) if has_rows else NOT_TRIED,),
        "page-cap": (OTHERWISE if capped(habits) else SEEN,),
        "conditions": (SEEN,),
        "customize-items": (SEEN,),
        "reports-levels": (OTHERWISE,),
        "lengths": (SEEN,),
        "levels-read": (SEEN,),
        "levels-null": (SEEN, NOT_TRIED),
        "names-twice": (SEEN, NOT_TRIED),
    }
    for name in ("right-members", "right-roles", "right-company", "right-tables", "boards-need-tables"):
        expected[name] = (NOT_TRIED,)  # its own key may do everything
    for name in ("keys-several", "keys-shape", "keys-end"):
        expected[name] = (NOT_TRIED,) if keys or name == "keys-several" else (SEEN,)
    return expected


def capped(habits: dict[str, Any]) -> bool:
    """Whether some list is longer than a page of it may be."""
    caps = habits.get("page_caps", {})
    members = 3 if habits.get("inactive_members_listed", True) else 2
    return any("apiMembers" not in path or members > cap for path, cap in caps.items())


def look(simulator: Simulator, habits: dict[str, Any]) -> None:
    print(f"habits: {habits}")
    instance = small_instance(simulator, kept=KEPT, **habits)
    before = instance.state
    result = perform(first_contact, {**instance.connection, "retries": 0})
    assert_clear(result)
    assert not result.get("failed") and instance.state == before
    told = {each["id"]: (each["outcome"], each["detail"]) for each in result["report"]["statements"]}
    expected = truth(habits)
    assert set(expected) == {each.id for each in STATEMENTS.values() if each.by == READING}
    wrong = {name: (told[name], may) for name, may in expected.items() if told[name][0] not in may}
    assert not wrong
    missing = result["profile"]["routes"]["missing"]
    assert bool(missing) == (told["keys-route"][0] == SEEN)


@pytest.mark.parametrize("seed", SEEDS)
def test_habits_in_combination(simulator: Simulator, seed: int) -> None:
    look(simulator, draw_habits(seed))


@pytest.mark.parametrize("name", ALONE)
def test_a_habit_alone(simulator: Simulator, name: str) -> None:
    look(simulator, ALONE[name])


def written(habits: dict[str, Any]) -> dict[str, Outcomes]:
    """What may be said of statements that only writes show, on an instance with these habits."""
    get = habits.get
    published = get("edition") == "published"
    patch = get("settings_patch", "") or ("no_endpoint" if published else "")
    post = get("keys_post", "") or ("no_endpoint" if published else "")
    none = (NOT_TRIED,) if get("sparse") or get("nulls_as_none") or get("visible_after", 0) > 10 else ()
    levels = OTHERWISE if not patch else SEEN if patch in NO_ROUTE else NOT_TRIED
    role = (SEEN if get("posted_role", "asked") == "asked" else OTHERWISE,)
    return {
        "role-create": (SEEN,),
        "name-twice": (SEEN,),
        "error-unknown": (SEEN,),
        "levels-write": none or (levels,),
        "settling": (OTHERWISE if get("visible_after") else SEEN,),
        "keys-create": (OTHERWISE if not post else SEEN if post in NO_ROUTE else NOT_TRIED,),
        "member-role": role,
        "identifier-case": (OTHERWISE if get("upper_case") else SEEN,),
    }


@pytest.mark.parametrize("seed", range(int(10 * (FACTOR or 1))))
def test_habits_of_writes(simulator: Simulator, no_pauses: Any, seed: int) -> None:
    habits = draw_habits(seed)
    print(f"habits: {habits}")
    instance = small_instance(simulator, kept=KEPT, inactive_holds_role=False, **habits)
    no_pauses.instances.append(instance)
    before = instance.state
    result = perform(first_contact, {**instance.connection, "retries": 0, "writes": True, "member": True})
    assert_clear(result)
    told = {each["id"]: (each["outcome"], each["detail"]) for each in result["report"]["statements"]}
    optional = ("keys-create", "member-role", "identifier-case")  # of a member, if one came about and showed in time
    wrong = {
        name: (told[name], may)
        for name, may in written(habits).items()
        if told[name][0] not in (*may, *((NOT_TRIED,) if name in optional else ()))
    }
    assert not wrong
    after = instance.state
    assert after["roles"] == before["roles"]
    ours = [each for each in after["members"] if each not in before["members"]]
    assert all(each["inactiveFlag"] for each in ours) and len(ours) <= 1


def play(simulator: Simulator, number: int, alter: Any) -> None:
    """One answer is altered. Whatever it is, there is a report, or a login that failed."""
    instance = small_instance(simulator)
    before = [role["name"] for role in instance.state["roles"]]
    instance.fault("altered", after=number, alter=alter)
    options = {**instance.connection, "retries": 0, "settle_timeout": 0}
    result = perform(first_contact, {**options, "writes": True, "member": number % 2 == 0})
    assert_clear(result)
    assert result.get("failed") or len(result["report"]["statements"]) == len(STATEMENTS)
    assert [role["name"] for role in instance.state["roles"]][: len(before)] == before


@cases(15)
@given(number=st.integers(0, 90), changes=CHANGES)
def test_an_answer_with_other_members(simulator: Simulator, number: int, changes: Any) -> None:
    def alter(text: str) -> str:
        return json.dumps(altered(json.loads(text), changes)) if text else text

    play(simulator, number, alter)


@cases(15)
@given(number=st.integers(0, 90), body=st.one_of(VALUES.map(json.dumps), st.binary(max_size=60)))
def test_any_answer(simulator: Simulator, number: int, body: str | bytes) -> None:
    play(simulator, number, lambda _text: body)
