# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a leak, no earlier key works, or the run fails. And dates that a wrong clock wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import CwError, Refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MEMBER = "Rewst"
DAY = timedelta(days=1)
LEAKED = {"rotate": True, "at_once": True}


def have_pair(world, age=100):
    pair = world.add()
    world.kept = replace(pair, key_id=None, made=None if age is None else world.now - age * DAY)
    world.was_proven(pair)
    return pair


def in_grace(world, run):
    """A rotation by age: two keys work."""
    old = have_pair(world)
    run(rotate=True, max_age=0, keep_old_for=7)
    return old, world.kept


def all_active(world):
    return [info.public_key for info, _private, member in world.keys.values() if info.active and member == MEMBER]


def alone(world, *dead):
    """Only the stored pair works, and it is none of these."""
    assert world.member_active and world.works(world.kept)
    assert all_active(world) == [world.kept.public_key]
    assert world.kept.previous == () and world.kept.public_key not in [pair.public_key for pair in dead]


def test_a_key_that_leaks_in_the_grace_of_the_one_before_it_is_stopped_too(world, run):
    alone_before = in_grace(world, run)
    outcome = run(**LEAKED)
    alone(world, *alone_before)
    assert outcome.rotated and outcome.changed and not outcome.stopped


def test_two_emergencies_in_a_row(world, run):
    keys = [have_pair(world)]
    for _time in range(2):
        run(**LEAKED)
        alone(world, *keys)
        keys.append(world.kept)


@pytest.mark.parametrize("description", ["Rewst API", "by hand", ""])
def test_keys_that_nobody_stored_are_named_and_retired(world, run, description):
    old = have_pair(world)
    stray = world.add(description)
    check = run(check_mode=True, **LEAKED)
    assert any(f"Would retire key {stray.public_key}" in line for line in run.warnings)
    outcome = run(**LEAKED)
    alone(world, old, stray)
    assert any(f"Retired key {stray.public_key}" in line for line in run.warnings)
    gone = (f"Key {stray.public_key} of Rewst", "active", "retired")
    assert gone in outcome.lines and gone in check.lines


def test_another_members_keys_live(world, run):
    have_pair(world)
    theirs = world.add("theirs", "Hudu")
    run(**LEAKED)
    assert world.works(theirs)


def test_without_a_stored_pair_one_is_created_and_all_others_go(world, run):
    world.record = {"site": "host", "company": "acme", "member": MEMBER, "member_id": world.member_id}
    stray = world.add("by hand")
    run(**LEAKED)
    alone(world, stray)


def test_the_automations_own_key_is_no_key_to_stop(world, run):
    old, own = have_pair(world), world.add("automation")
    with pytest.raises(Refused, match="automation's own"):
        run(own_public_key=own.public_key, **LEAKED)
    assert world.works(old) and world.works(own)


def test_a_member_that_another_pair_needs_is_refused(world, run, monkeypatch):
    old = have_pair(world)
    store = run.store()
    monkeypatch.setattr(store, "sharing", lambda: {"hudu.yml": old})
    monkeypatch.setattr(run, "store", lambda: store)
    with pytest.raises(Refused, match=r"also used by the pair in hudu\.yml"):
        run(**LEAKED)
    assert world.works(old) and all_active(world) == [old.public_key]


# where REST retires or makes no key


def test_by_hand_the_member_is_inactive_until_the_old_key_is_gone(world, run):
    world.offered = False
    old = have_pair(world)
    check = run(hand_in=True, check_mode=True, **LEAKED)
    first = run(hand_in=True, **LEAKED)
    assert first.lines == check.lines == [("API member Rewst", "active", "inactive")] and first.changed
    assert first.stopped and not world.member_active and not world.works(old)
    assert "is inactive, so none of its keys works" in first.pending[0]
    assert f"Delete the key {old.public_key}" in first.pending[2]

    again = run(hand_in=True, **LEAKED)
    assert again.stopped and not again.changed and not world.member_active and again.pending == first.pending

    new = world.handed_in = world.add()
    second = run(hand_in=True, **LEAKED)
    assert second.stopped and not world.member_active and f"delete the key {old.public_key}" in " ".join(second.pending)
    assert world.kept.public_key == new.public_key

    world.deactivate(old)
    third = run(hand_in=True, **LEAKED)
    assert not third.stopped and not third.pending
    alone(world, old)
    assert "stopped" not in world.record


def test_a_pair_handed_in_that_does_not_work_leaves_it_inactive(world, run):
    world.offered = False
    have_pair(world)
    run(hand_in=True, **LEAKED)
    world.handed_in = replace(world.add(), private_key="wrong")
    with pytest.raises(Refused, match=r"is inactive, so none of its keys works.*doesn't log in"):
        run(hand_in=True, **LEAKED)
    assert not world.member_active


def test_an_old_key_that_was_deleted_first_is_no_obstacle(world, run):
    world.offered = False
    old = have_pair(world)
    run(hand_in=True, **LEAKED)
    world.deactivate(old)
    world.handed_in = world.add()
    assert not run(hand_in=True, **LEAKED).pending
    alone(world, old)


@pytest.mark.parametrize("strays", [0, 1])
def test_where_a_key_cannot_be_retired_the_member_is_made_inactive(world, run, strays):
    dead = [have_pair(world), *(world.add("by hand") for _number in range(strays))]
    world.keeps_keys = True
    with pytest.raises(Refused, match=r"is inactive, so none of its keys works\. The API can't retire key"):
        run(**LEAKED)
    assert not world.member_active
    new = world.kept.public_key
    assert run(**LEAKED).stopped and not world.member_active  # as long as it is there
    for pair in dead:
        world.deactivate(pair)
    run(**LEAKED)
    alone(world, *dead)
    assert world.kept.public_key == new and any("finished an earlier rotation" in line for line in run.warnings)


def test_where_nothing_can_be_stopped_the_run_says_so(world, run, monkeypatch):
    def forbidden(_keys, active):
        raise CwError(f"forbidden: active {active}")

    world.offered = False
    have_pair(world)
    monkeypatch.setattr(run.keys().__class__, "set_active", forbidden)
    with pytest.raises(Refused, match="still work: REST can't retire keys there, and the member couldn't be made"):
        run(hand_in=True, **LEAKED)


@pytest.mark.parametrize("how", ["failure", "death"])
@pytest.mark.parametrize("offered", [True, False])
def test_wherever_it_is_interrupted_the_next_run_ends_it(new_world, how, offered):
    """Every step is once the last; then no key from before works, and no key was lost for nothing."""
    for number in range(60):
        world, run, _options = new_world()
        world.offered = offered
        old = have_pair(world)
        stray = world.add("by hand") if offered else None
        if run.broken_at(number, how, hand_in=True, **LEAKED) is None:
            break
        result = run(hand_in=True, **LEAKED)
        if offered:
            alone(world, old, *([stray] if stray else []))
        else:
            assert result.stopped and not world.member_active, number
    else:
        raise AssertionError("it never ends")
    assert number > 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["by age", "leaked", "dies", "day", "stray"]), max_size=6))
def test_after_a_rotation_at_once_nothing_from_before_works(new_world, steps):
    world, run, _options = new_world()
    have_pair(world)
    for number, step in enumerate([*steps, "leaked"]):
        before = {info.public_key for info, _private, _member in world.keys.values()}
        if step == "by age":
            run(rotate=True, max_age=0, keep_old_for=3)
        elif step == "dies":
            run.broken_at(7 + number, "death", **LEAKED)
        elif step == "day":
            world.now += 2 * DAY
        elif step == "stray":
            world.add("by hand")
        else:
            run(**LEAKED)
            assert world.works(world.kept) and not before & set(all_active(world))


# dates


@pytest.mark.parametrize("years", [10, 1])
def test_a_date_in_the_future_does_not_count_and_is_said(world, run, years):
    old = have_pair(world, -365 * years)
    outcome = run(rotate=True, max_age=90, keep_old_for=7)
    assert outcome.rotated and any("is in the future" in line and old.public_key in line for line in run.warnings)
    assert world.kept.made == world.now and world.kept.retire_after == world.now + 7 * DAY


def test_the_end_that_such_a_clock_wrote_is_corrected(world, run):
    right = world.now
    old = have_pair(world)
    world.now = right + 3650 * DAY
    run(rotate=True, max_age=90, keep_old_for=7)
    world.now = right
    run(rotate=True, max_age=90, keep_old_for=7, keep_end=True)
    assert world.kept.retire_after == right + 7 * DAY and world.kept.made == right
    world.now += 8 * DAY
    run(rotate=True, max_age=90, keep_old_for=7, keep_end=True)
    alone(world, old)


def test_two_clocks_of_a_team_that_differ_by_minutes_are_no_matter(world, run):
    have_pair(world, 0)
    world.now -= timedelta(minutes=20)
    assert not run(rotate=True, max_age=1).rotated and not run.warnings


def test_age_0_that_replaces_nothing_says_why(world, run):
    old, new = in_grace(world, run)
    outcome = run(rotate=True, max_age=0, keep_old_for=7)
    assert not outcome.rotated
    (line,) = run.warnings
    assert f"Key {new.public_key}" in line and "wasn't replaced" in line and old.public_key in line
    assert run(rotate=True, max_age=1, keep_old_for=7).rotated is False and not run.warnings
