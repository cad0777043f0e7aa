# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write-only stores, such as an AWX credential; and keys that stop working again and again."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import CwError, Refused
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.plan import MAX_REJECTED_KEYS
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError


@pytest.fixture
def silent(world):
    world.readable = False
    return world


def refuse(world):
    def refused():
        raise StoreError("the place is away")

    return refused


def spoil(world):
    """The key of the pair that is kept doesn't log in any more; its id."""
    number, entry = next(item for item in world.keys.items() if item[1][0].public_key == world.kept.public_key)
    entry[1] = "another private half"
    return number


def test_a_new_pair_is_proven_before_it_is_kept(silent, run):
    outcome = run()
    assert outcome.changed and outcome.proof.logs_in
    assert silent.steps.index("login") < silent.steps.index("keep: written")
    again = run()
    assert not again.changed and "doesn't return private keys" in again.unverified
    assert "login" not in silent.steps, "there is nothing to log in with"


@pytest.mark.parametrize("fault", ["server", "refused"])
def test_a_new_pair_that_cannot_be_proven_is_retired_and_not_kept(silent, run, fault):
    if fault == "server":
        silent.on_step["login"] = Mock(side_effect=CwError("no answer"))
    else:
        silent.on_step["login"] = lambda: [silent.deactivate(KeyPair(info.public_key, "", number))
                                           for number, (info, _private, _member) in silent.keys.items()]  # fmt: skip
    with pytest.raises(StoreError, match="couldn't be stored, so it was retired"):
        run()
    assert silent.active() == [] and silent.kept is None and silent.left is None


def test_a_pair_that_was_kept_although_the_place_said_no_stays(silent, run):
    """The answer was lost on the way: what is there now is the new pair, and the one before it is gone."""
    silent.on_step["keep: written"] = refuse(silent)
    outcome = run()
    assert outcome.changed and silent.kept.public_key == outcome.pair.public_key and silent.left is None


def test_where_nobody_knows_what_was_kept_nothing_is_retired_and_the_next_run_looks(silent, run, during):
    def away():
        silent.on_step["load"] = refuse(silent)
        raise StoreError("the place is away")

    during("keep: written", away)
    with pytest.raises(StoreError, match="It is unknown whether the new key"):
        run()
    assert len(silent.active()) == 1 and silent.left is not None
    silent.on_step.clear()
    run()
    assert len(silent.active()) == 1 and silent.works(silent.kept) and silent.left is None


def test_a_key_that_is_listed_no_longer_is_replaced_where_that_is_asked_for(silent, run):
    first = run().pair
    silent.keys.pop(first.key_id)
    with pytest.raises(Refused, match="gone or blocked"):
        run()
    assert silent.keys == {}
    outcome = run(replace_dead=True)
    assert outcome.changed and outcome.pair.public_key != first.public_key and silent.works(silent.kept)
    assert any(f"The stored pair {first.public_key} no longer logs in" in line for line in run.warnings)


def test_the_pair_that_is_kept_is_no_new_one_when_a_person_hands_it_in_again(silent, run):
    pair = run().pair
    silent.handed_in = pair
    outcome = run(hand_in=True)
    assert not outcome.changed and silent.handed_in is None and "keep: written" not in silent.steps


def test_a_key_whose_id_the_instance_does_not_tell_is_left_to_the_next_run(world, run, monkeypatch):
    create = type(run.keys()).create
    monkeypatch.setattr(
        type(run.keys()), "create", lambda keys, text: KeyPair(*list(create(keys, text).__dict__.values())[:2])
    )
    world.on_step["keep: not written"] = refuse(world)
    with pytest.raises(StoreError, match=r"nor retired \(the instance didn't return its id\)"):
        run()
    assert len(world.active()) == 1 and world.left is not None
    world.on_step.clear()
    run()
    assert len(world.active()) == 1 and world.works(world.kept)


def test_keys_that_never_log_in_are_not_made_for_ever(world, run):
    def lock():
        for entry in world.keys.values():
            entry[1] = "refused"

    world.on_step["create: made and lost"] = lock
    for _round in range(MAX_REJECTED_KEYS):
        with pytest.raises(Refused, match=r"was created but doesn't log in"):
            run()
        world.now += timedelta(minutes=2)
    keys = set(world.keys)
    with pytest.raises(Refused, match=rf"The last {MAX_REJECTED_KEYS} keys of API member") as caught:
        run()
    assert "is it locked" in str(caught.value) and set(world.keys) == keys


def test_going_back_to_the_pair_before_retires_what_an_interrupted_run_left(world, run):
    old = run().pair
    run(rotate=True, max_age=0, keep_old_for=3)
    assert world.works(old) and world.works(world.kept)
    new = spoil(world)
    world.never_proven()
    lost = world.add()
    world.interrupt((old.key_id, new))
    outcome = run()
    assert outcome.changed and world.kept.public_key == old.public_key and world.left is None
    assert lost.key_id not in world.keys and new not in world.keys
