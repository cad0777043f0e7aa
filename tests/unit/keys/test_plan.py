# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the key workflow decides, from a state only: examples, and properties of any state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import PairRefused, Refused
from ansible_collections.msp.connectwise.plugins.module_utils._domain.attempt import FRESH, Attempt
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyInfo, KeyPair, KeyStatus, Proof
from ansible_collections.msp.connectwise.plugins.module_utils._keys.plan import (
    MAX_REJECTED_KEYS,
    Action,
    offered_pair,
)
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import RecoveryNote
from ansible_collections.msp.connectwise.plugins.module_utils._keys.record import Record
from ansible_collections.msp.connectwise.plugins.module_utils._keys.request import KeyRequest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.state import Guard, KeyState, Login, Look
from ansible_collections.msp.connectwise.plugins.module_utils._keys.workflow import decide
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
MEMBER, DESCRIPTION, MEMBER_ID = "Rewst", "Rewst API", 512
OURS, THEIRS = "a" * 32, "b" * 32
PAIRS = tuple(KeyPair(f"public{number}", f"private{number}", number) for number in range(1, 6))
A, B, C, D, E = PAIRS


@dataclass
class World:
    """Answers what a plan asks for, and notes it in ``asked``. ``works`` are the pairs that log in."""

    works: tuple = ()
    owner: str = MEMBER
    excess: tuple = ()
    keys: tuple = ()
    offered: bool = True
    member_id: int | None = MEMBER_ID
    member_active: bool = True
    attempt: Attempt | None = None
    refusal: Refused | None = None
    asked: list = field(default_factory=list)

    def extend(self, state, fact):
        assert fact not in self.asked, "the same is asked twice"
        self.asked.append(fact)
        if isinstance(fact, Login):
            works = any(pair.fingerprint == fact.pair.fingerprint for pair in self.works)
            return state.extended(fact, Proof(True, self.owner, excess=self.excess) if works else Proof(False))
        answers = {
            Look.PLACE: None,
            Look.UNCHANGED: None,
            Look.ATTEMPT: self.attempt,
            Look.LISTING: KeyStatus(
                self.member_id, self.offered, self.keys if self.offered else (), "", self.member_active
            ),
        }
        return state.extended(fact, self.refusal if isinstance(fact, Guard) else answers[fact])


def listed(pair, description=DESCRIPTION, active=True):
    return KeyInfo(pair.key_id, pair.public_key, description, active)


def state(stored=None, **values):
    return KeyState("the file", "the person's file", stored, **values)


def planned(world, there, **asked):
    world.asked.clear()
    return decide(world, there, KeyRequest("acme", MEMBER, DESCRIPTION, **asked), NOW)


def refused(world, there, kind=Refused, **asked):
    made = planned(world, there, **asked)
    assert made.action is Action.REFUSE and isinstance(made.refusal, kind) and made.result.pair is None
    return str(made.refusal)


def never_proven(pair, **values):
    return state(pair, record=Record(), **values)


# the stored pair


def test_a_stored_pair_that_works_is_kept_after_one_login():
    world = World(works=(A,))
    made = planned(world, state(A))
    assert made.action is Action.KEEP and not made.result.changed and made.result.pair == A
    assert world.asked == [Login(A)]


@pytest.mark.parametrize(
    ("age", "max_age", "action"),
    [
        (100, 90, Action.CREATE),
        (90, 90, Action.CREATE),
        (89, 90, Action.KEEP),
        (None, 90, Action.CREATE),
        (0, 0, Action.CREATE),
    ],
)
def test_a_pair_is_replaced_from_its_age_on(age, max_age, action):
    stored = replace(A, made=None if age is None else NOW - age * DAY)
    made = planned(World(works=(A,), keys=(listed(A),)), state(stored), rotate=True, max_age=max_age)
    assert made.action is action and made.result.rotated is (action is Action.CREATE)


def test_a_pair_that_has_just_been_replaced_ends_before_the_next_is_created():
    stored = replace(B, made=NOW - 100 * DAY, previous=(A,), retire_after=NOW)
    made = planned(World(works=(A, B), keys=(listed(A), listed(B))), state(stored), rotate=True, max_age=0)
    assert made.action is Action.KEEP and made.ending.retire == ((A, (1,)),) and made.result.pair.previous == ()


@pytest.mark.parametrize("asked", [{}, {"rotate": True, "max_age": 0}, {"force": True}])
@pytest.mark.parametrize("record", [None, Record(proven=A.public_key)], ids=["no record", "proven"])
def test_a_pair_that_was_proven_is_not_replaced_by_itself(record, asked):
    message = refused(World(), state(A, record=record), PairRefused, how_to_replace="say so", **asked)
    assert "gone or blocked" in message and message.endswith("To replace it, say so.")


@pytest.mark.parametrize("asked", [{"replace_dead": True, **more} for more in ({}, {"force": True}, {"rotate": True})])
def test_whoever_asks_for_it_gets_another(asked):
    made = planned(World(keys=(listed(A, active=False),)), state(A), **asked)
    assert made.action is Action.CREATE and made.pair.previous == (A,) and made.pair.retire_after == NOW
    assert not made.result.rotated


def test_a_pair_that_never_logged_in_is_replaced_and_retired():
    made = planned(World(keys=(listed(A, active=False),)), never_proven(A))
    assert made.action is Action.CREATE and made.ending.retire == ((A, (1,)),)
    assert made.result.lines == [
        ("API key 'Rewst API' of Rewst", "pair public1", "created, stored and verified"),
        ("Key public1 of Rewst", "inactive", "retired"),
    ]
    assert "public1 no longer logs in" in made.warnings[0]


def test_all_that_never_logged_in_stay_known_until_they_are_retired():
    made = planned(World(keys=(listed(A), listed(B))), never_proven(replace(B, previous=(A,))))
    assert made.pair.previous == (B, A) and made.ending.retire == ((B, (2,)), (A, (1,)))


def test_the_pair_before_a_new_one_that_never_worked_is_stored_again():
    made = planned(World(works=(A,), keys=(listed(A), listed(B))), never_proven(replace(B, previous=(A,))))
    assert made.action is Action.ROLL_BACK and made.pair == A and made.ending.retire == ((B, (2,)),)
    assert "is restored" in made.warnings[0]


@pytest.mark.parametrize(("number", "action"), [(0, Action.CREATE), (MAX_REJECTED_KEYS - 1, Action.REFUSE)])
def test_keys_that_never_log_in_are_not_created_for_ever(number, action):
    made = planned(World(), never_proven(replace(D, previous=PAIRS[:number])))
    assert made.action is action
    assert made.refusal is None or f"The last {MAX_REJECTED_KEYS} keys" in str(made.refusal)


def test_a_stored_pair_of_another_member_is_refused():
    assert "The pair in the file" in refused(World(works=(A,), owner="Other"), state(A))


@pytest.mark.parametrize(
    ("world", "seen"),
    [
        (World(keys=(listed(A),)), "lists it as active"),
        (World(keys=(replace(listed(A), public_key=""),)), "doesn't list keys"),
        (World(offered=False), "doesn't list keys"),
    ],
)
def test_where_the_private_half_cannot_be_read_the_list_of_keys_decides(world, seen):
    stored = replace(A, private_key="")
    made = planned(world, state(stored))
    assert made.action is Action.KEEP and made.result.unverified.endswith(seen) and world.asked == [Look.LISTING]


def test_there_a_key_that_is_listed_no_longer_is_gone():
    stored = replace(A, private_key="")
    assert "gone or blocked" in refused(World(keys=(listed(B, "Other"),)), state(stored), PairRefused)


# the pairs that were replaced


@pytest.mark.parametrize(
    ("retire_after", "asked", "left", "until"),
    [
        (NOW + DAY, {}, (A,), NOW + DAY),
        (NOW, {}, (), None),
        (None, {}, (A,), None),
        (NOW + 9 * DAY, {"rotate": True, "keep_old_for": 6}, (A,), NOW + DAY),  # 6 days from 5 days ago
        (NOW + DAY, {"rotate": True, "keep_old_for": 9}, (A,), NOW + 4 * DAY),
        (NOW + DAY, {"rotate": True, "keep_old_for": 9, "keep_end": True}, (A,), NOW + DAY),
        (NOW + DAY, {"rotate": True, "keep_end": True}, (A,), NOW + DAY),
        (None, {"rotate": True, "keep_old_for": 6, "keep_end": True}, (A,), NOW + DAY),
        (NOW + 9 * DAY, {"rotate": True}, (), None),
    ],
    ids=[
        "in grace", "over", "nobody asked", "a shorter grace", "a longer grace", "as written", "as written, not now",
        "never written", "now",
    ],
)
def test_a_replaced_pair_ends_when_its_grace_is_over(retire_after, asked, left, until):
    stored = replace(B, made=NOW - 5 * DAY, previous=(A,), retire_after=retire_after)
    made = planned(World(works=(A, B), keys=(listed(A), listed(B))), state(stored), max_age=90, **asked)
    assert (made.result.pair.previous, made.result.pair.retire_after) == (left, until)
    assert made.ending.retire == (() if left else ((A, (1,)),))
    assert made.result.changed is ((left, until) != ((A,), retire_after))


@pytest.mark.parametrize(
    ("private", "works", "left", "pending"),
    [("private1", (A, B), (A,), True), ("private1", (B,), (), False), ("", (B,), (), True)],
    ids=["it works", "it is gone", "nobody can tell"],
)
def test_where_keys_are_not_listed_a_person_deletes_the_old_one(private, works, left, pending):
    old = replace(A, private_key=private)
    stored = replace(B, previous=(old,), retire_after=NOW)
    made = planned(World(works=works, offered=False), state(stored))
    assert made.action is Action.KEEP and made.result.pair.previous == left and made.ending.retire == ()
    assert bool(made.result.pending) is pending
    assert not pending or "delete the key public1" in made.result.pending[0]


# a pair that a person made


def test_a_supplied_pair_is_taken_without_a_look_at_the_keys():
    world = World(works=(A,))
    made = planned(world, state(), supplied=A)
    assert made.action is Action.TAKE and made.pair.made == NOW and made.result.key_id == 1
    assert Look.LISTING not in world.asked


def test_a_handed_in_pair_is_followed_by_the_one_it_replaces():
    made = planned(World(works=(A, B)), state(A, handed_in=B))
    assert made.action is Action.TAKE and made.pair.previous == (A,) and made.pair.retire_after is None
    assert not made.result.rotated
    rotated = planned(World(works=(A, B)), state(A, handed_in=B), rotate=True, keep_old_for=3)
    assert rotated.pair.retire_after == NOW + 3 * DAY and rotated.result.rotated


def test_a_handed_in_pair_replaces_one_that_is_dead_and_forgets_it():
    made = planned(World(works=(B,)), state(A, handed_in=B, record=Record(proven=A.public_key)))
    assert made.action is Action.TAKE and made.pair.previous == ()


@pytest.mark.parametrize("stored", [A, replace(A, private_key="")])
def test_the_stored_pair_offered_again_is_no_new_one(stored):
    there = state(stored, handed_in=A)
    assert offered_pair(there, KeyRequest("acme", MEMBER, DESCRIPTION)) is None
    assert planned(World(works=(A,), keys=(listed(A),)), there).action is Action.KEEP


def test_without_a_store_a_supplied_pair_is_only_verified_whatever_it_can_do():
    made = planned(World(works=(A,), owner="", excess=("too much",), offered=False), KeyState(), supplied=A)
    assert made.action is Action.VERIFY and not made.result.changed and made.result.proof.excess


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (World(), "doesn't log in"),
        (World(works=(A,), owner="Other"), "belongs to API member 'Other'"),
        (World(works=(A,), owner="", keys=(listed(B),)), "isn't among the keys"),
        (World(works=(A,), owner="", excess=("Finance: all -> none",), offered=False), "more permissions than"),
        (World(works=(A,), owner="", offered=False), "doesn't say which member it belongs to"),
        (World(works=(A,), owner=""), "doesn't say which member it belongs to"),
        (World(works=(A,), refusal=Refused("not this member")), "not this member"),
    ],
)
def test_a_supplied_pair_that_is_not_the_members_is_refused(world, message):
    assert message in refused(world, state(B), supplied=A)


@pytest.mark.parametrize("owner", [MEMBER, ""])
def test_the_automations_own_pair_is_never_taken(owner):
    message = refused(World(works=(A,), owner=owner), state(), supplied=A, own_public_key=A.public_key)
    assert "the automation's own" in message


def test_where_the_login_says_not_whose_it_is_a_pair_among_the_members_keys_is_taken():
    made = planned(World(works=(A,), owner="", keys=(listed(A),)), state(), supplied=A)
    assert made.action is Action.TAKE and not made.confirms_owner


@pytest.mark.parametrize("offered", [True, False])
def test_a_pair_whose_owner_nobody_tells_is_taken_once_a_person_confirms_it(offered):
    made = planned(World(works=(A,), owner="", offered=offered), state(), supplied=A, owner_confirmed=True)
    assert made.action is Action.TAKE and made.confirms_owner


def test_a_confirmation_counts_for_that_pair_alone():
    world = World(works=(A, B), owner="", offered=False)
    known = replace(state(), record=Record(owner_confirmed=A.public_key))
    assert planned(world, known, supplied=A).action is Action.TAKE
    assert "doesn't say which member it belongs to" in refused(world, known, supplied=B)


def test_a_confirmation_takes_no_pair_that_is_seen_to_be_another_members():
    other = World(works=(A,), owner="Other")
    assert "belongs to API member" in refused(other, state(), supplied=A, owner_confirmed=True)
    listed_without = World(works=(A,), owner="", keys=(listed(B),))
    assert "isn't among the keys" in refused(listed_without, state(B), supplied=A, owner_confirmed=True)


# a new key


def test_a_key_is_created_where_nothing_is_stored():
    made = planned(World(), state())
    assert made.action is Action.CREATE and made.known_ids == () and made.result.pair is None
    assert made.result.lines == [("API key 'Rewst API' of Rewst", "absent", "created, stored and verified")]


def test_force_creates_another_and_retires_nothing():
    stored = replace(B, previous=(A,))
    made = planned(World(works=(B,), keys=(listed(A), listed(B))), state(stored), force=True)
    assert made.action is Action.CREATE and made.first.action is Action.KEEP and made.ending.retire == ()
    assert made.pair.previous == (B, A) and made.pair.retire_after is None


@pytest.mark.parametrize(
    ("world", "refusal"), [(World(member_id=None), "doesn't exist"), (World(member_active=False), "is inactive")]
)
@pytest.mark.parametrize(("offered", "action"), [(True, Action.CREATE), (False, Action.HAND_OVER)])
def test_a_member_that_cannot_use_a_key_is_for_an_earlier_task(world, refusal, offered, action):
    made = planned(replace(world, offered=offered), state())
    assert made.action is action and refusal in made.unmet.refusal and "earlier task" in made.unmet.assumption


def test_an_active_key_of_the_description_that_no_store_names_is_refused():
    world = World(keys=(listed(A, "REWST api "), listed(B, "Somebody's")))
    message = refused(world, state())
    assert "another active key" in message and "public1" in message and "public2" not in message
    assert world.asked[-1] is Look.UNCHANGED, "it may be the one that another run has just stored"


@pytest.mark.parametrize("asked", [{"force": True}, {"rotate": True}])
def test_where_another_is_asked_for_it_is_named(asked):
    world = World(works=(C,), keys=(listed(A), listed(B, "Somebody's"), listed(C)))
    made = planned(world, state(C), **asked)
    (warning,) = made.warnings
    assert made.action is Action.CREATE and "public1" in warning and made.orphans == ()


@pytest.mark.parametrize(
    ("age", "action"),
    [
        (timedelta(0), Action.REFUSE),
        (FRESH - timedelta(minutes=1), Action.REFUSE),
        (FRESH, Action.CREATE),
        (3 * DAY, Action.CREATE),
        (timedelta(minutes=-1), Action.CREATE),
    ],
)
def test_while_another_run_is_at_work_no_key_is_created(age, action):
    made = planned(World(attempt=Attempt(THEIRS, NOW - age)), state())
    assert made.action is action
    assert made.refusal is None or "Another run, started" in str(made.refusal)


def test_a_hand_in_need_not_wait_for_it():
    world = World(works=(A,), attempt=Attempt(THEIRS, NOW))
    assert planned(world, state(handed_in=A)).action is Action.TAKE and Look.ATTEMPT not in world.asked


@pytest.mark.parametrize(
    ("member_id", "stored", "is_ours"), [(MEMBER_ID, None, True), (7, None, False), (None, None, False), (7, A, True)]
)
def test_the_guard_is_told_whether_the_member_is_ours(member_id, stored, is_ours):
    world = World(works=(A,), keys=(listed(A),), refusal=Refused("not this member"))
    assert refused(world, state(stored, record=Record(member_id=member_id)), force=True) == "not this member"
    assert [fact.is_ours for fact in world.asked if isinstance(fact, Guard)] == [is_ours]


# what an interrupted run left

NOTE = RecoveryNote((1, 5), OURS)


@pytest.mark.parametrize(
    ("note", "attempt", "retired"),
    [
        (NOTE, OURS, True),
        (NOTE, THEIRS, False),
        (NOTE, None, False),
        (RecoveryNote(None, ""), OURS, False),
        (None, OURS, False),
    ],
    ids=["our line", "another's line", "no line", "no key was created", "no note"],
)
@pytest.mark.parametrize("asked", [{}, {"force": True}])
def test_only_a_key_of_our_own_attempt_is_an_orphan(note, attempt, retired, asked):
    gone = replace(listed(D), key_id=6, public_key="public6", active=False)
    keys = listed(A), listed(B, "Somebody's"), listed(C, "rewst api"), listed(D), listed(E), gone
    world = World(works=(A,), keys=keys, attempt=attempt and Attempt(attempt, NOW - 3 * DAY))
    made = planned(world, state(A, recovery_note=note), **asked)
    settled = made.first or made
    assert [info.key_id for info in settled.orphans] == ([3, 4] if retired else [])
    assert settled.clears_line is retired and settled.clears_note is (note is not None)
    assert ("Key public3 of Rewst", "active", "retired") in made.result.lines or not retired
    assert made.orphans == () or made is settled
    assert made.result.changed is (retired or bool(asked))


def test_the_key_of_an_interrupted_run_is_retired_before_another_is_created():
    world = World(keys=(listed(A), listed(B)), attempt=Attempt(OURS, NOW))
    made = planned(replace(world, keys=(listed(B),)), state(recovery_note=NOTE))
    assert made.action is Action.CREATE and [info.key_id for info in made.orphans] == [2] and made.clears_line
    assert "public1" in refused(world, state(recovery_note=NOTE)), "this one was there before"


def test_neither_a_pair_that_is_offered_nor_one_that_the_store_names_is_an_orphan():
    world = World(works=(B, C), keys=(listed(A), listed(B), listed(C)), attempt=Attempt(OURS, NOW))
    made = planned(world, state(replace(B, previous=(A,)), handed_in=C, recovery_note=RecoveryNote((), OURS)))
    assert made.action is Action.TAKE and made.orphans == () and made.clears_line and made.warnings == ()


def test_a_key_listed_without_its_public_half_may_be_the_stored_one():
    keys = (replace(listed(A), public_key=""),)
    world = World(works=(A,), keys=keys, attempt=Attempt(OURS, NOW))
    assert planned(world, state(A, recovery_note=RecoveryNote((), OURS))).orphans == ()


# where the API creates no key


def test_manual_steps_are_left_where_the_api_creates_no_key():
    made = planned(World(offered=False), state())
    assert made.action is Action.HAND_OVER and not made.result.changed and len(made.result.pending) == 3
    assert 'description "Rewst API"' in made.result.pending[1] and "into the person's file" in made.result.pending[2]


def test_they_name_the_key_that_is_dead():
    made = planned(World(offered=False), never_proven(A))
    assert "Delete the key public1" in made.result.pending[1]


def test_they_name_the_pair_that_is_rotated_and_still_works():
    made = planned(World(works=(A,), offered=False), state(A), rotate=True)
    assert made.first.action is Action.KEEP and made.result.pair == A and "public1" in made.result.pending[-1]


def test_an_old_key_that_a_person_has_to_delete_stays_among_them():
    stored = replace(B, previous=(A,), retire_after=NOW)
    made = planned(World(works=(A, B), offered=False), state(stored), force=True)
    assert len(made.result.pending) == 4 and "delete the key public1" in made.result.pending[-1]


def test_the_same_is_left_where_the_instance_refuses_to_create_one():
    made = planned(World(works=(A,), keys=(listed(A),)), state(A), rotate=True)
    assert made.otherwise.action is Action.HAND_OVER and made.otherwise.first is made.first
    assert "Click +" in made.otherwise.result.pending[1]


# any state

infos = st.builds(
    KeyInfo,
    st.integers(1, 9),
    st.sampled_from([*(pair.public_key for pair in PAIRS), "public8", "public9", ""]),
    st.sampled_from([DESCRIPTION, "REWST api", "Somebody's"]),
    st.booleans(),
)
moments = st.one_of(st.none(), st.integers(-5, 5).map(lambda days: NOW + days * DAY))
pairs = st.builds(
    lambda pair, readable, made: replace(pair, private_key=pair.private_key if readable else "", made=made),
    st.sampled_from(PAIRS[:4]),
    st.booleans(),
    moments,
)
stored_pairs = st.builds(
    lambda chosen, until: replace(chosen[0], previous=tuple(chosen[1:]), retire_after=until),
    st.lists(pairs, min_size=1, max_size=4, unique_by=lambda pair: pair.public_key),
    moments,
)
states = st.builds(
    state,
    st.one_of(st.none(), stored_pairs),
    recovery_note=st.one_of(
        st.none(),
        st.builds(
            RecoveryNote, st.one_of(st.none(), st.lists(st.integers(1, 9)).map(tuple)), st.sampled_from([OURS, ""])
        ),
    ),
    record=st.one_of(
        st.none(), st.builds(Record, proven=st.sampled_from(["", *(pair.public_key for pair in PAIRS)]))
    ),
    handed_in=st.one_of(st.none(), st.sampled_from(PAIRS)),
)
worlds = st.builds(
    World,
    works=st.lists(st.sampled_from(PAIRS)).map(tuple),
    owner=st.sampled_from([MEMBER, MEMBER, "", "Other"]),
    keys=st.lists(infos, max_size=6, unique_by=lambda info: info.key_id).map(tuple),
    offered=st.booleans(),
    attempt=st.one_of(
        st.none(), st.builds(Attempt, st.sampled_from([OURS, THEIRS]), st.sampled_from([NOW, NOW - DAY, NOW + DAY]))
    ),
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "force": st.booleans(),
        "replace_dead": st.booleans(),
        "rotate": st.booleans(),
        "max_age": st.integers(0, 4),
        "keep_old_for": st.integers(0, 4),
        "supplied": st.sampled_from(PAIRS),
    },
)


def steps(made):
    return [each for each in (made.first, made) if each]


@given(states, worlds, requests)
def test_it_reads_little_and_decides_the_same_again(there, world, asked):
    made = planned(world, there, **asked)
    again = planned(world, there, **asked)
    if made.refusal is None:
        assert made == again
    else:
        assert str(made.refusal) == str(again.refusal)
    logins = [fact.pair.fingerprint for fact in world.asked if isinstance(fact, Login)]
    assert all(logins.count(each) <= 2 for each in logins)
    assert sum(isinstance(fact, Look) for fact in world.asked) <= len(Look)


@given(states, worlds, requests)
def test_no_key_is_retired_that_is_not_known_to_be_ours(there, world, asked):
    named = {pair.public_key for pair in there.known}
    note, attempt = there.recovery_note, world.attempt
    for each in steps(planned(world, there, **asked)):
        for info in each.orphans:
            assert note and attempt and note.attempt_id == attempt.attempt_id and info.key_id not in note.known_ids
            assert info.active and info.public_key not in named and info.description != "Somebody's"
        for old, key_ids in each.ending.retire if each.ending else ():
            assert old.public_key in named and old.public_key != (each.result.pair or each.pair).public_key
            assert {info.key_id for info in world.keys if info.public_key == old.public_key} == set(key_ids)


@given(states, worlds, requests)
def test_no_pair_is_forgotten_that_may_still_work(there, world, asked):
    """Each that the store names is named by it afterwards, or retired, or was seen not to work."""
    made = planned(world, there, **asked)
    if made.action in (Action.REFUSE, Action.VERIFY):
        return
    after = made.result.pair or (made.ending.after if made.ending else None)
    kept = {pair.public_key for pair in (after, *after.previous)} if after else set()
    retired = {old.public_key for each in steps(made) if each.ending for old, _ids in each.ending.retire}
    refused_thrice = {
        fact.pair.public_key for fact in world.asked if isinstance(fact, Login) and fact.retry
    } - {pair.public_key for pair in world.works}
    names = {info.public_key for info in world.keys if world.offered}
    unseen = {pair.public_key for pair in there.known if not pair.private_key} - names
    assert {pair.public_key for pair in there.known} <= kept | retired | refused_thrice | unseen


@given(states, worlds, requests)
def test_a_key_is_only_created_where_it_is_needed_and_safe(there, world, asked):
    made = planned(world, there, **asked)
    request = KeyRequest("acme", MEMBER, DESCRIPTION, **asked)
    if made.action is not Action.CREATE:
        return
    assert world.offered and offered_pair(there, request) is None and Look.PLACE in world.asked
    assert any(isinstance(fact, Guard) for fact in world.asked)
    if made.first:
        assert request.force or request.rotate
    elif there.stored is not None:
        proven = there.record is None or there.record.proven == there.stored.public_key
        assert request.replace_dead or not proven
    attempt, note = world.attempt, there.recovery_note
    assert attempt is None or not attempt.is_at_work(NOW) or (note and note.attempt_id == attempt.attempt_id)


@given(states, worlds)
def test_a_run_on_what_a_kept_pair_became_changes_nothing(there, world):
    made = planned(world, replace(there, handed_in=None))
    if made.action is not Action.KEEP:
        return
    retired = {key_id for _old, key_ids in made.ending.retire for key_id in key_ids}
    retired |= {info.key_id for info in made.orphans}
    later = replace(world, keys=tuple(info for info in world.keys if info.key_id not in retired), attempt=None)
    after = replace(there, stored=made.result.pair, recovery_note=None, handed_in=None)
    again = planned(later, after)
    assert again.action is Action.KEEP and not again.result.changed
