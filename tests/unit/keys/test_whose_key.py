# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pair and whose key it is, where the instance says little."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import KeyRefused, Refused
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair, Proof


@pytest.fixture
def keys_class(run):
    """The class of the fake keys, for a test that has one of its answers differ."""
    return type(run.keys())


def test_the_automations_own_pair_is_never_taken_for_the_vendors(world, run):
    world.told_member = False
    own = world.add("automation", member="automation")
    with pytest.raises(Refused, match="the automation's own"):
        run(supplied=own, own_public_key=own.public_key)
    assert world.kept is None


def test_an_unnamed_pair_that_is_not_among_the_members_keys_is_refused(world, run):
    world.told_member = False
    world.add()
    other = world.add("Backup", member="backup")
    with pytest.raises(Refused, match="isn't among the keys"):
        run(supplied=other)
    assert world.kept is None


def test_an_unnamed_pair_that_is_among_the_members_keys_is_taken(world, run):
    world.told_member = False
    assert run(supplied=world.add()).changed
    assert world.works(world.kept)


def test_an_unnamed_pair_that_can_do_too_much_is_refused(world, run, keys_class, monkeypatch):
    world.told_member = world.offered = False
    other = world.add("Backup", member="backup")
    login = keys_class.login
    too_much = {"matrix": "differs", "excess": ("Finance / Agreements, delete: all -> none",)}
    monkeypatch.setattr(keys_class, "login", lambda self, pair: dataclasses.replace(login(self, pair), **too_much))
    with pytest.raises(Refused, match="can do more than the matrix"):
        run(supplied=other)
    assert world.kept is None


def test_a_pair_that_is_only_tried_may_be_able_to_do_too_much(world, run, keys_class, monkeypatch):
    world.told_member = world.offered = False
    pair = world.add()
    login = keys_class.login
    too_much = {"matrix": "differs", "excess": ("Finance / Agreements, delete: all -> none",)}
    monkeypatch.setattr(keys_class, "login", lambda self, pair: dataclasses.replace(login(self, pair), **too_much))
    outcome = run(store=False, supplied=pair)
    assert not outcome.changed and outcome.proof.excess


def test_a_refused_creation_is_handed_over_and_leaves_nothing(world, run, keys_class, monkeypatch):
    def create(self, description):
        raise KeyRefused("405")

    monkeypatch.setattr(keys_class, "create", create)
    outcome = run(hand_in=True)
    assert outcome.pending and outcome.reason == "405" and not outcome.changed
    assert world.left is None and world.kept is None


def test_a_key_listed_without_its_public_half_is_not_taken_for_an_orphan(world, run, keys_class, monkeypatch):
    pair = world.add()
    world.kept = KeyPair(pair.public_key, pair.private_key)
    world.interrupt(())
    info = world.keys[pair.key_id][0]
    world.keys[pair.key_id][0] = dataclasses.replace(info, public_key="")
    monkeypatch.setattr(keys_class, "login", lambda self, pair: Proof(True, "Rewst"))
    assert not run().changed
    assert pair.key_id in world.keys


def test_an_orphan_that_is_retired_beside_a_working_pair_is_a_change(world, run):
    kept = world.add()
    world.kept = KeyPair(kept.public_key, kept.private_key)
    orphan = world.add()
    world.interrupt((kept.key_id,))
    outcome = run()
    assert outcome.changed and orphan.key_id not in world.keys and world.works(kept)
