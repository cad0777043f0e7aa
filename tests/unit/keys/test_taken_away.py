# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key that somebody removed stays removed, and a key of another controller stays active."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import AnswerLost, PairRefused, Refused
from ansible_collections.msp.connectwise.plugins.module_utils._domain.attempt import (
    FRESH,
    Attempt,
    attempt_in,
    with_attempt,
    without_attempt,
)
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from hypothesis import given
from hypothesis import strategies as st

OTHER = "b" * 32


def take_away(world, how):
    pair = KeyPair(world.kept.public_key, world.kept.private_key, 1)
    if how == "inactive":
        world.deactivate(pair)
    else:
        world.keys.pop(1)


@pytest.mark.parametrize(("how", "check_mode"), [("inactive", False), ("deleted", True)])
def test_a_pair_that_was_proven_is_not_replaced_by_itself(world, run, how, check_mode):
    run()
    take_away(world, how)
    before = world.snapshot()
    with pytest.raises(PairRefused, match=r"gone or blocked.*To replace it"):
        run(check_mode=check_mode)
    assert world.snapshot() == before


def test_whoever_asks_for_it_gets_another(world, run):
    run()
    take_away(world, "inactive")
    outcome = run(replace_dead=True)
    assert outcome.changed and world.works(world.kept) and world.active() == [world.kept.public_key]


def test_a_pair_that_is_handed_in_replaces_it(world, run):
    run()
    take_away(world, "deleted")
    world.handed_in = world.add()
    outcome = run(hand_in=True)
    assert outcome.changed and world.works(world.kept) and world.kept.previous == ()


def test_a_passing_refusal_replaces_nothing(world, run):
    first = run().pair
    world.keys[first.key_id][1] = "another"
    tries = []

    def second_try():
        tries.append(1)
        if len(tries) == 3:
            world.keys[first.key_id][1] = first.private_key

    world.on_step["login"] = second_try
    outcome = run()
    assert (outcome.changed, len(tries), len(world.keys)) == (False, 3, 1)


def test_the_one_before_isnt_taken_up_for_a_proven_pair(world, run):
    old = run().pair
    run(rotate=True, max_age=0, keep_old_for=3)
    world.keys.pop(2)
    with pytest.raises(PairRefused):
        run()
    assert world.works(old) and len(world.keys) == 1


# other controllers


def test_the_line_stands_from_before_the_request_until_the_pair_is_stored(world, run):
    seen = {}
    for step in ("note: written", "create: made and lost", "keep: written", "note: not cleared", "login"):
        world.on_step[step] = lambda step=step: seen.setdefault(step, world.attempt)
    run()
    assert seen["note: written"] is None and seen["create: made and lost"] == seen["keep: written"] is not None
    assert seen["login"] is None and world.attempt is None
    assert seen["create: made and lost"].attempt_id != ""


@pytest.mark.parametrize("check_mode", [False, True])
def test_while_another_run_is_at_work_no_key_is_created(world, run, check_mode):
    world.attempt = Attempt(OTHER, world.now - timedelta(minutes=14))
    with pytest.raises(Refused, match="Another run, started"):
        run(check_mode=check_mode)
    assert world.keys == {} and world.attempt.attempt_id == OTHER and world.left is None


def test_what_is_refused_then_changes_nothing_at_all(world, run):
    old = run().pair
    run(rotate=True, max_age=0, keep_old_for=3)
    world.now += timedelta(days=3)
    world.attempt = Attempt(OTHER, world.now)
    before = world.snapshot()
    with pytest.raises(Refused, match=r"Another run, started .*Nothing was changed"):
        run(force=True)
    assert world.snapshot() == before and world.works(old)


def test_a_line_that_says_nothing_any_more_is_replaced(world, run):
    world.attempt = Attempt(OTHER, world.now - FRESH)
    assert run().changed and world.attempt is None and world.works(world.kept)


def test_the_key_of_a_run_that_came_in_between_is_named_and_lives(world, run):
    """This run died before it requested its key; another controller then created one and stored it elsewhere."""
    world.interrupt(())
    theirs = world.add()
    world.attempt = None
    with pytest.raises(Refused, match=f"another active key .*{theirs.public_key}"):
        run()
    assert world.works(theirs) and len(world.keys) == 1


def test_a_lost_answer_retires_nothing_once_the_line_is_another_runs(world, run, during):
    theirs = []

    def another():
        theirs.append(world.add())
        world.attempt = Attempt(OTHER, world.now)
        raise AnswerLost("acme", "POST", "/x")

    during("create: not made", another)
    with pytest.raises(AnswerLost):
        run()
    assert world.works(theirs[0]) and world.kept is None


# the line in the notes


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_the_users_notes_survive(notes):
    attempt = Attempt("d" * 32, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    marked = with_attempt(notes, attempt)
    assert attempt_in(marked) == attempt
    assert without_attempt(marked) == with_attempt(marked, None) == without_attempt(notes) == notes


@pytest.mark.parametrize(
    "line",
    [
        "[msp.connectwise: creating an API key, attempt short, since 2026-01-02T03:04:05Z]",
        "creating an API key, attempt " + OTHER,
        "> [msp.connectwise: creating an API key, attempt " + OTHER + ", since 2026-01-02T03:04:05Z]",
    ],
)
def test_a_users_line_that_looks_alike_isnt_ours(line):
    assert attempt_in(line) is None and without_attempt(line) == line


def test_a_time_that_cant_be_read_is_as_old_as_can_be():
    line = f"[msp.connectwise: creating an API key, attempt {OTHER}, since yesterday]"
    found = attempt_in(f"call Bob\n{line}\nor Ann")
    assert found.attempt_id == OTHER and not found.is_at_work(datetime.now(timezone.utc))
    assert without_attempt(f"call Bob\n{line}\nor Ann") == "call Bob\nor Ann"
