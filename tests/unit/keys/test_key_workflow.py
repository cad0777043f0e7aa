# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a key pair is created, stored and verified, and what remains when a run fails or crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import (
    AnswerLost,
    CwError,
    Forbidden,
    KeyRefused,
    Refused,
)
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair, Proof
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError

WRONG = KeyPair("nobody", "knows")


def one_working_key(world):
    assert world.works(world.kept)
    assert world.active() == [world.kept.public_key]


# the ways to a working pair


def test_a_new_key_is_made_kept_and_proven_in_this_order(world, run):
    outcome = run()
    one_working_key(world)
    assert outcome.changed and outcome.proof.logs_in and outcome.key_id == outcome.pair.key_id
    assert outcome.lines == [("API key 'Rewst API' of Rewst", "absent", "created, stored and verified")]
    order = ["check writable", "note: written", "create: made and lost", "keep: written", "note: cleared", "login"]
    assert [step for step in world.steps if step in order] == order
    assert world.left is None


def test_a_second_run_changes_nothing_and_makes_no_request_but_the_login(world, run):
    run()
    before = world.snapshot()
    outcome = run()
    assert (outcome.changed, outcome.pair, world.snapshot()) == (False, world.kept, before)
    assert [step for step in world.steps if step not in ("check writable", "load", "note: read")] == ["login"]


def test_a_stored_pair_that_never_logged_in_is_replaced_and_taken_off(world, run):
    dead = world.add()
    world.kept = KeyPair(dead.public_key, dead.private_key)
    world.never_proven()
    world.deactivate(dead)
    outcome = run()
    one_working_key(world)
    assert outcome.changed and dead.key_id not in world.keys
    assert dead.public_key in outcome.lines[0][1]
    assert "no longer logs in" in run.warnings[0]


def test_force_makes_another_and_retires_nothing(world, run):
    first = run().pair
    second = run(force=True).pair
    assert world.kept.public_key == second.public_key != first.public_key
    assert world.works(first) and world.works(second)


def test_a_login_with_a_new_key_is_repeated_until_it_must_be_visible(world, run, login_pauses, during):
    during("create: made and lost", lambda: world.deactivate(KeyPair("", "", max(world.keys))))
    with pytest.raises(Refused, match=r"doesn't log in. It is stored in the file. It was written, "):
        run(settle_timeout=10)
    assert sum(login_pauses) == 10 and len(login_pauses) > 4
    run()
    one_working_key(world)


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_active_key_of_the_description_that_no_store_knows_is_refused(world, run, check_mode):
    twin = world.add("REWST api ")
    world.add("Somebody's")
    before = world.snapshot()
    with pytest.raises(Refused, match=f"another active key .*{twin.public_key}.*Nothing was changed"):
        run(check_mode=check_mode)
    assert world.snapshot() == before


def test_a_key_that_is_made_for_another_member_is_refused(world, run, during):
    def taken():
        world.keys[max(world.keys)][2] = "Other"

    during("create: made and lost", taken)
    with pytest.raises(Refused, match="belongs to API member 'Other'"):
        run()


# a pair that a person made


def test_a_supplied_pair_is_verified_and_kept(world, run):
    pair = world.add("by hand")
    outcome = run(supplied=pair)
    assert outcome.changed and world.kept.fingerprint == pair.fingerprint
    assert "status" not in world.steps and len(world.keys) == 1


def test_the_same_pair_supplied_again_changes_nothing(world, run):
    pair = world.add("by hand")
    run(supplied=pair)
    outcome = run(supplied=pair)
    assert (outcome.changed, outcome.pair.public_key) == (False, pair.public_key)
    assert world.steps.count("login") == 1 and "keep: written" not in world.steps


def test_another_supplied_pair_replaces_the_stored_one_and_says_so(world, run):
    old, new = world.add("by hand"), world.add("by hand")
    run(supplied=old)
    outcome = run(supplied=new)
    assert world.kept.public_key == new.public_key and old.public_key in outcome.lines[0][1]
    assert world.works(old)


def test_a_supplied_pair_that_does_not_work_is_refused_and_the_stored_one_stays(world, run):
    good = run().pair
    with pytest.raises(CwError, match=r"private key swapped. refused") as caught:
        run(supplied=WRONG)
    assert world.kept.public_key == good.public_key
    assert WRONG.public_key not in str(caught.value) and WRONG.private_key not in str(caught.value)


@pytest.mark.parametrize("way", ["supplied", "handed in"])
def test_halves_in_each_others_place_are_used_the_other_way_round(world, run, way):
    """Once: what is kept is the pair as it works, and the next run has nothing to do."""
    pair = world.add()

    def again():
        if way == "supplied":
            return run(supplied=pair.swapped)
        world.handed_in = pair.swapped
        return run(hand_in=True)

    outcome = again()
    assert outcome.changed
    for kept in (outcome.pair, world.kept):
        assert (kept.public_key, kept.private_key) == (pair.public_key, pair.private_key)
    assert any("were swapped" in line for line in run.warnings)
    assert again().changed is False
    assert not world.kept.previous


def test_a_supplied_pair_without_a_store_is_only_verified(world, run):
    pair = world.add()
    outcome = run(store=False, supplied=pair)
    assert (outcome.changed, outcome.pair, world.kept) == (False, pair, None)


def test_a_handed_in_pair_is_kept_and_then_removed_from_there(world, run):
    world.handed_in = pair = world.add()
    assert run(hand_in=True).changed
    assert world.kept.public_key == pair.public_key and world.handed_in is None


def test_a_handed_in_pair_that_is_kept_already_is_removed(world, run):
    pair = world.add()
    world.kept = world.handed_in = pair
    assert run(hand_in=True).changed is False
    assert world.handed_in is None


def test_a_handed_in_pair_without_a_store_stays_where_it_is(world, run):
    world.handed_in = pair = world.add()
    assert run(store=False, hand_in=True).pair == pair
    assert world.handed_in == pair


# REST makes no keys


def test_a_person_who_hands_in_a_pair_while_it_is_waited_for_is_taken_up(world, run, during):
    world.offered = False

    def person():
        world.handed_in = world.add()

    during("status", person)
    outcome = run(hand_in=True, wait_timeout=60)
    assert outcome.changed and world.handed_in is None
    one_working_key(world)
    assert "waiting for the key pair of 'Rewst' in the person's file" in run.waits[0]


def test_a_wrong_pair_while_waiting_is_told_once_and_waited_on(world, run, during):
    world.offered = False
    during("status", lambda: setattr(world, "handed_in", WRONG))
    outcome = run(hand_in=True, wait_timeout=60)
    (told,) = run.warnings
    assert outcome.pending and "doesn't log in" in told


def test_a_wrong_pair_that_is_there_before_the_wait_does_not_end_it(world, run):
    world.offered, world.handed_in = False, WRONG
    outcome = run(hand_in=True, wait_timeout=60)
    (told,) = run.warnings
    assert outcome.pending and "doesn't log in" in told


@pytest.mark.parametrize(
    "options",
    [
        {"wait_timeout": 0, "hand_in": True},
        {"wait_timeout": 9},
        {"wait_timeout": 9, "hand_in": True, "check_mode": True},
    ],
)
def test_nobody_is_waited_for_where_that_is_not_asked_for_or_of_no_use(world, run, options):
    world.offered = False
    assert run(**options).pending
    assert run.waits == []


# check mode


def stored_and_orphan(world):
    world.interrupt(())
    world.kept = world.add()
    world.add()


def rejected_and_orphan(world):
    before, refused = world.add(), world.add()
    world.kept = replace(refused, private_key="refused", previous=(before,))
    world.never_proven()
    world.interrupt((before.key_id, refused.key_id))
    world.add()


SITUATIONS = {
    "rolled back and orphan": rejected_and_orphan,
    "nothing": lambda world: {},
    "stored": lambda world: setattr(world, "kept", world.add()),
    "force": lambda world: setattr(world, "kept", world.add()) or {"force": True},
    "dead": lambda world: setattr(world, "kept", WRONG) or world.never_proven(),
    "supplied": lambda world: {"supplied": world.add()},
    "handed in": lambda world: setattr(world, "handed_in", world.add()) or {"hand_in": True},
    "by hand": lambda world: setattr(world, "offered", False),
    "leftover": lambda world: world.add() and world.interrupt(()),
    "stored and orphan": stored_and_orphan,
    "force and orphan": lambda world: stored_and_orphan(world) or {"force": True},
    "stored and leftover": lambda world: setattr(world, "kept", world.add()) or world.interrupt(()),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_check_mode_changes_nothing_and_predicts_what_a_run_does(new_world, situation):
    world, run, options = new_world(SITUATIONS[situation])
    before = world.snapshot()
    checked = run(check_mode=True, **options)
    assert world.snapshot() == before
    done = run(**options)
    assert (checked.changed, checked.lines, checked.pending) == (done.changed, done.lines, done.pending)


def test_check_mode_takes_it_that_an_earlier_task_makes_the_member(world, run):
    world.member_id = None
    assert run(check_mode=True).changed and "earlier task" in run.warnings[0]
    world.offered = False
    assert run(check_mode=True).pending


# failures and deaths


def interrupted(world):
    """An earlier run crashed after it had created a key and before it stored it."""
    known = [world.add("Somebody's").key_id]
    world.add()
    world.interrupt(tuple(known))


def dead_pair(world):
    world.add("Somebody's")
    dead = world.add()
    world.kept = KeyPair(dead.public_key, dead.private_key)
    world.never_proven()
    world.deactivate(dead)


def dead_and_interrupted(world):
    dead_pair(world)
    world.interrupt(tuple(world.keys))
    world.add()


def kept_and_interrupted(world):
    world.interrupt((world.add("Somebody's").key_id,))
    world.kept = world.add()


def supplied(world):
    return {"supplied": world.add()}


def handed_in(world):
    world.handed_in = world.add()
    return {"hand_in": True}


def supplied_and_interrupted(world):
    interrupted(world)
    return supplied(world)


STARTS = [
    lambda world: world.add("Somebody's") and None,
    interrupted,
    dead_pair,
    dead_and_interrupted,
    kept_and_interrupted,
    supplied,
    handed_in,
    supplied_and_interrupted,
]
NAMES = [
    "nothing",
    "interrupted",
    "dead",
    "dead and interrupted",
    "kept and interrupted",
    "supplied",
    "handed in",
    "supplied and interrupted",
]


@pytest.mark.parametrize("how", ["failure", "death"])
@pytest.mark.parametrize("start", STARTS, ids=NAMES)
def test_wherever_a_run_fails_or_dies_the_next_one_leaves_one_working_key(new_world, start, how):
    world, run, options = new_world(start)
    run(**options)
    one_working_key(world)
    steps = list(world.steps)
    assert len(steps) > 5
    for number, step in enumerate(steps):
        world, run, options = new_world(start)
        foreign = {key for key, entry in world.keys.items() if entry[0].description != "Rewst API"}
        assert run.broken_at(number, how, **options) is not None or "lost" in step or "announce" in step, step
        run(**options)
        one_working_key(world)
        assert world.left is None, step
        assert foreign <= set(world.keys), step


@pytest.mark.parametrize("start", STARTS[:4], ids=NAMES[:4])
def test_two_deaths_in_a_row_are_survived_too(new_world, start):
    world, run, options = new_world(start)
    run(**options)
    for first in range(len(world.steps)):
        for second in range(0, len(world.steps), 2):
            another, again, options = new_world(start)
            again.broken_at(first, "death", **options)
            again.broken_at(second, "death", **options)
            again(**options)
            one_working_key(another)
            assert any(entry[0].description == "Somebody's" for entry in another.keys.values())


def lose():
    raise AnswerLost("acme", "POST", "/x")


def test_a_key_whose_answer_was_lost_is_retired_and_requested_again(world, run, during):
    during("create: made and lost", lose)
    foreign = world.add("Somebody's")
    assert run().changed
    one_working_key(world)
    assert world.works(foreign)


def test_a_request_whose_key_isnt_seen_is_not_repeated_before_the_next_run_has_looked(world, run, during):
    during("create: not made", lose)
    with pytest.raises(AnswerLost):
        run()
    assert world.steps.count("create: not made") == 1
    late = world.add()  # the instance carries the request out all the same
    assert world.left is not None and world.attempt is not None
    run()
    one_working_key(world)
    assert not world.works(late)


def test_an_answer_that_is_lost_again_leaves_no_key_behind(world, run):
    def lose():
        raise AnswerLost("acme", "POST", "/x")

    world.on_step["create: made and lost"] = lose
    foreign = world.add("Somebody's")
    with pytest.raises(AnswerLost):
        run()
    assert world.active() == [] and world.works(foreign) and world.left is None


def test_a_refused_creation_leaves_nothing_behind(world, run, during):
    def refuse():
        raise Forbidden("acme", "POST", "/x", 403)

    during("create: not made", refuse)
    with pytest.raises(Forbidden):
        run()
    assert (world.keys, world.left) == ({}, None)


@pytest.mark.parametrize("step", ["keep: not written", "keep: written"])
@pytest.mark.parametrize("failure", [StoreError("full"), OSError(28, "No space left")])
def test_a_pair_that_cannot_be_kept_is_retired(world, run, during, step, failure):
    def fail():
        raise failure

    during(step, fail)
    with pytest.raises(StoreError, match="couldn't be stored, so it was retired"):
        run()
    assert world.active() == [] and world.left is None


def test_a_key_that_can_neither_be_kept_nor_retired_is_named_and_the_next_run_retires_it(world, run, during):
    def fail():
        raise StoreError("full")

    during("keep: not written", fail)
    during("retire: not done", fail)
    with pytest.raises(StoreError, match=r"public1 \(id 1\).*could be neither stored .* nor retired") as caught:
        run()
    assert "private1" not in str(caught.value)
    assert world.active() == ["public1"] and world.left is not None
    run()
    one_working_key(world)


def test_no_key_is_made_where_the_place_is_not_proven(world, run, during):
    def fail():
        raise StoreError("no folder")

    for step in ("check writable", "load", "note: read", "note: not written"):
        during(step, fail)
        with pytest.raises(StoreError):
            run()
        assert world.keys == {}


def test_only_keys_of_our_description_made_since_are_orphans(world, run):
    known, foreign = world.add(), world.add("Somebody's")
    orphan = world.add("rewst api")
    world.interrupt((known.key_id,))
    run(force=True)
    assert world.works(known) and world.works(foreign) and not world.works(orphan)
    assert any(orphan.public_key in line and "private key is lost" in line for line in run.warnings)


def test_a_pair_that_another_run_has_just_kept_is_not_overwritten(world, run, during):
    def another_run():
        pair = world.add()
        world.kept = KeyPair(pair.public_key, pair.private_key)

    during("status", another_run)
    with pytest.raises(StoreError, match="Another run has just stored a pair"):
        run()
    one_working_key(world)
    assert world.left is None and run().changed is False


def test_a_creation_that_is_refused_is_handed_over_and_leaves_nothing(world, run, monkeypatch):
    def create(self, description):
        raise KeyRefused("405")

    monkeypatch.setattr(type(run.keys()), "create", create)
    outcome = run(hand_in=True)
    assert outcome.pending and outcome.reason == "405" and not outcome.changed
    assert world.left is None and world.kept is None


def test_an_orphan_that_is_retired_beside_a_working_pair_is_a_change(world, run):
    kept = world.add()
    world.kept = KeyPair(kept.public_key, kept.private_key)
    orphan = world.add()
    world.interrupt((kept.key_id,))
    outcome = run()
    assert outcome.changed and orphan.key_id not in world.keys and world.works(kept)


# what is shown


def test_pairs_are_told_apart_without_being_told():
    one, other = KeyPair("public", "private-one"), KeyPair("public", "private-two")
    assert one.fingerprint != other.fingerprint and len(one.fingerprint) == 16
    assert one.fingerprint == KeyPair("public", "private-one", 5).fingerprint
    assert "private" not in repr(one)
    assert Proof(True).as_result() == {
        "logs_in": True,
        "member": None,
        "matrix": "unverified",
        "missing": [],
        "excess": [],
        "not_offered": [],
    }
