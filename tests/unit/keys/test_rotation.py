# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a new pair replaces an old one, and what remains when that fails or crashes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import CwError, Refused
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import Proof
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = timedelta(days=1)
NOW = {"rotate": True, "max_age": 0}


def have_pair(world, age=100):
    """A pair of this age is stored and works; None for an unknown age."""
    pair = world.add()
    world.kept = replace(pair, key_id=None, made=None if age is None else world.now - age * DAY)
    world.was_proven(pair)
    return pair


def one_working_key(world):
    assert world.works(world.kept)
    assert world.active() == [world.kept.public_key]
    assert world.kept.previous == () and world.kept.retire_after is None and world.left is None


def replaced(world):
    return [pair.public_key for pair in world.kept.previous]


# by age


def test_where_no_pair_is_kept_one_is_made(world, run):
    outcome = run(rotate=True, max_age=90)
    one_working_key(world)
    assert outcome.changed and not outcome.rotated and world.kept.made == world.now


def test_a_pair_that_is_young_enough_costs_a_login_and_no_more(world, run):
    have_pair(world, 1)
    run(rotate=True, max_age=90)
    assert [step for step in world.steps if step not in ("check writable", "load", "note: read")] == ["login"]


def test_the_order_is_made_kept_proven_retired_proven_forgotten(world, run):
    have_pair(world)
    run(**NOW)
    wanted = ["create: made and lost", "keep: written", "login", "retire: done", "login", "keep: written"]
    order = [step for step in world.steps if step in wanted]
    assert order == ["login", *wanted]


def test_every_step_is_told_in_the_diff(world, run):
    old = have_pair(world)
    assert run(**NOW).lines == [
        ("API key 'Rewst API' of Rewst", f"pair {old.public_key}", "created, stored and verified"),
        (f"Key {old.public_key} of Rewst", "active", "retired"),
    ]


# the old pair goes on for a while


def test_the_old_pair_works_until_its_grace_is_over(world, run):
    old = have_pair(world)
    outcome = run(keep_old_for=3, **NOW)
    assert outcome.rotated and world.works(old) and world.works(world.kept)
    assert replaced(world) == [old.public_key] and world.kept.retire_after == world.now + 3 * DAY
    before = world.snapshot()
    for options in ({}, {"rotate": True, "max_age": 90, "keep_old_for": 3}, {**NOW, "keep_old_for": 3}):
        assert run(**options).changed is False
        assert world.snapshot() == before
    world.now += 3 * DAY
    outcome = run()
    assert outcome.changed and not outcome.rotated
    one_working_key(world)


def test_a_plain_run_leaves_a_pair_that_nobody_asked_to_retire(world, run):
    old = have_pair(world)
    run(force=True)
    before = world.snapshot()
    assert replaced(world) == [old.public_key] and world.kept.retire_after is None
    world.now += 1000 * DAY
    assert run().changed is False and world.snapshot() == before and world.works(old)
    run(**NOW)
    one_working_key(world)


# where REST makes no key


def test_a_person_makes_the_new_key_and_later_deletes_the_old_one(world, run):
    world.offered = False
    old = have_pair(world)
    first = run(hand_in=True, **NOW)
    assert not first.changed and "Click +" in first.pending[1] and old.public_key in first.pending[-1]
    new = world.handed_in = world.add()
    second = run(hand_in=True, **NOW)
    assert second.changed and second.rotated and world.handed_in is None
    assert world.kept.public_key == new.public_key and replaced(world) == [old.public_key]
    assert len(second.pending) == 1 and f"delete the key {old.public_key}" in second.pending[0]
    for options in (NOW, {}):
        again = run(hand_in=True, **options)
        assert (again.changed, again.pending) == (False, second.pending)
    world.deactivate(old)
    last = run(hand_in=True)
    assert last.changed and last.pending == []
    assert last.lines == [(f"Key {old.public_key} of Rewst", "replaced", "gone")]
    one_working_key(world)


def refuse_once(world, at):
    """The login of that number is refused, though the key works."""
    seen = itertools.count()
    keys = world.keys

    def step():
        world.keys = {} if next(seen) == at else keys

    world.on_step["login"] = step


def test_one_refused_login_proves_no_key_dead(world, run):
    """What is refused once may be a fault that passes: a key that works on must not be forgotten."""
    world.offered = False
    old = have_pair(world)
    world.handed_in = world.add()
    refuse_once(world, 1)  # of the new pair, then of the old
    outcome = run(hand_in=True, **NOW)
    assert replaced(world) == [old.public_key] and old.public_key in outcome.pending[0]
    for number in range(3):
        refuse_once(world, number)
        assert old.public_key in run(hand_in=True).pending[0], number


# the new key doesn't work


def break_new(world):
    newest = max(world.keys)
    world.keys[newest][1] = "something else"


def test_a_new_key_that_does_not_log_in_is_retired_and_the_old_pair_kept(world, run, during):
    old = have_pair(world)
    during("create: made and lost", lambda: break_new(world))
    with pytest.raises(Refused, match="It was retired, and the previous pair was restored"):
        run(**NOW)
    one_working_key(world)
    assert world.kept.public_key == old.public_key


@pytest.mark.parametrize("options", [{}, NOW])
def test_a_later_run_goes_back_too(world, run, during, options):
    old = have_pair(world)
    during("create: made and lost", lambda: break_new(world))
    first_login = 0

    def die():
        nonlocal first_login
        first_login += 1
        if first_login == 2:
            raise StoreError("gone")

    world.on_step["login"] = die
    with pytest.raises(CwError):
        run(**NOW)
    world.on_step.clear()
    assert world.kept.public_key != old.public_key
    outcome = run(**options)
    one_working_key(world)
    assert world.kept.public_key == old.public_key and outcome.changed and not outcome.rotated
    assert "is restored" in run.warnings[0]


def test_a_key_that_is_retired_and_still_logs_in_is_told_and_not_forgotten(world, run, monkeypatch):
    old = have_pair(world)
    keys = type(run.keys())
    login = keys.login

    def taken(self, pair):
        return Proof(True, "Rewst") if pair.public_key == old.public_key else login(self, pair)

    monkeypatch.setattr(keys, "login", taken)
    with pytest.raises(Refused, match=f"{old.public_key}.*still logs in"):
        run(**NOW)
    assert replaced(world) == [old.public_key]


def test_a_rotation_is_not_started_where_the_place_is_not_proven(world, run, during):
    have_pair(world)
    before = world.snapshot()

    def fail():
        raise StoreError("no place")

    for step in ("check writable", "note: not written"):
        during(step, fail)
        with pytest.raises(StoreError):
            run(**NOW)
        assert world.snapshot() == before


# interruptions

STARTS = {
    "old": lambda world: have_pair(world) and None,
    "unknown age": lambda world: have_pair(world, None) and None,
    "grace over": lambda world: have_grace(world, -1),
    "handed in": lambda world: have_handed_in(world, offered=True),
    "by hand": lambda world: have_handed_in(world, offered=False),
}


def have_grace(world, days):
    old = have_pair(world)
    new = world.add()
    made = world.now - 5 * DAY
    world.kept = replace(new, key_id=None, made=made, previous=(old,), retire_after=world.now + days * DAY)


def have_handed_in(world, offered=True):
    have_pair(world)
    world.offered = offered
    world.handed_in = world.add()
    return {"hand_in": True}


def settle(world, run, options, finish):
    """Run until nothing is left to do, with the manual steps done meanwhile."""
    for _round in range(3):
        outcome = run(**{**options, **finish})
        if not world.offered and outcome.pending and world.kept.previous:
            for pair in world.kept.previous:
                world.keys.pop(next(key for key, entry in world.keys.items() if entry[0].public_key == pair.public_key))
        if not outcome.changed and not outcome.pending:
            return
    raise AssertionError("it doesn't come to an end")


FINISHES = {"present": {}, "rotated": {"rotate": True, "max_age": 90}}


@pytest.mark.parametrize("finish", FINISHES)
@pytest.mark.parametrize("how", ["failure", "death"])
@pytest.mark.parametrize("start", STARTS)
def test_wherever_a_rotation_fails_or_dies_the_next_run_finishes_it(new_world, start, how, finish):
    world, run, options = new_world(STARTS[start])
    run(**{**options, **NOW})
    steps = list(world.steps)
    assert len(steps) > 8
    for number, step in enumerate(steps):
        world, run, options = new_world(STARTS[start])
        foreign = world.add("Somebody's")
        raised = run.broken_at(number, how, **{**options, **NOW})
        assert raised is not None or "lost" in step or "announce" in step, step
        assert world.works(world.kept) or any(world.works(pair) for pair in world.kept.previous), step
        begun = bool(world.kept.previous) and "couldn't be stored, so it was retired" not in str(raised)
        settle(world, run, options, FINISHES[finish])
        assert not begun or world.kept.public_key != "public1", step
        if finish == "present" and options and world.kept.previous:
            # the pair was handed in to a plain run after all: the old one stays, and stays known
            assert world.active() == ["public1", "public2"] and replaced(world) == ["public1"], step
            settle(world, run, options, FINISHES["rotated"])
        one_working_key(world)
        assert world.works(foreign), step


def test_a_second_now_finishes_an_interrupted_rotation_and_starts_no_other(new_world):
    world, run, _options = new_world(STARTS["old"])
    run(**NOW)
    steps = list(world.steps)
    stored = steps.index("keep: written")
    forgotten = len(steps) - 1 - steps[::-1].index("keep: written")
    for number in range(stored, forgotten):
        world, run, _options = new_world(STARTS["old"])
        run.broken_at(number, "death", **NOW)
        new = world.kept.public_key
        assert run(**NOW).rotated is False, steps[number]
        assert world.kept.public_key == new, steps[number]
        one_working_key(world)


SITUATIONS = {
    **STARTS,
    "young": lambda world: have_pair(world, 1) and None,
    "in grace": lambda world: have_grace(world, 2),
    "nothing": lambda world: None,
    "dead": lambda world: world.deactivate(have_pair(world)) or world.never_proven(),
    "refused": lambda world: have_grace(world, 2) or break_new(world),
    "forced": lambda world: have_grace(world, 2) or setattr(world, "kept", replace(world.kept, retire_after=None)),
    "no route": lambda world: have_pair(world) and setattr(world, "offered", False),
}


@pytest.mark.parametrize("keep_old_for", [0, 2])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_check_mode_changes_nothing_and_predicts_what_a_rotation_does(new_world, situation, keep_old_for):
    world, run, options = new_world(SITUATIONS[situation])
    options = {"rotate": True, "max_age": 90, "keep_old_for": keep_old_for, **options}
    before = world.snapshot()
    checked = run(check_mode=True, **options)
    assert world.snapshot() == before
    done = run(**options)
    assert (checked.changed, checked.lines, checked.pending, checked.rotated) == (
        done.changed,
        done.lines,
        done.pending,
        done.rotated,
    )


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deaths=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["failure", "death"])), max_size=4),
    runs=st.lists(
        st.sampled_from(["present", "rotated", "now", "now in grace", "later"]), min_size=1, max_size=6
    ),
    age=st.one_of(st.none(), st.integers(0, 200)),
    readable=st.booleans(),
)
def test_whatever_happens_in_whatever_order_nothing_is_lost_and_nothing_orphaned(
    new_world, deaths, runs, age, readable
):
    world, run, _options = new_world(lambda made: have_pair(made, age) and None)
    world.readable = readable
    foreign = world.add("Somebody's")
    kinds = {
        "present": {},
        "rotated": {"rotate": True, "max_age": 90},
        "now": NOW,
        "now in grace": {**NOW, "keep_old_for": 2},
    }
    for number, kind in enumerate(runs):
        if kind == "later":
            world.now += DAY
            continue
        if number < len(deaths):
            run.broken_at(*deaths[number], **kinds[kind])
        else:
            run(**kinds[kind])
        pairs = [world.kept, *world.kept.previous]
        assert any(world.works(pair) for pair in pairs)
    world.now += 3 * DAY
    run()
    run()
    one_working_key(world)
    assert world.works(foreign)
