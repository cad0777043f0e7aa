# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves a pair from each readable store to each other one; interrupted anywhere, it is complete in one of them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.record import Record
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops.credentials import converge
from ansible_collections.msp.connectwise.plugins.module_utils._ops.move_pair import move
from ansible_collections.msp.connectwise.plugins.plugin_utils._files import write_atomically

from .conftest import KINDS
from .test_workflow_in_stores import Death, Mortal

MADE = datetime(2026, 11, 22, 6, 0, tzinfo=timezone.utc)
OLD = KeyPair("public-old", "private-key-old", made=MADE - timedelta(days=90))
PAIR = replace(
    KeyPair("public-new", "private-key-new", made=MADE), previous=(OLD,), retire_after=MADE + timedelta(days=2)
)
RECORD = Record(role_id=72, member_id=512, granted=True, proven="public-new", functions=("Finance / Agreements",))
OWNER = {"member": "Rewst", "company": "acme"}
READABLE = [kind for kind in KINDS if kind != "awx_credential"]
WAYS = [(one, other) for one in READABLE for other in KINDS]


def store(backend):
    return DocumentStore(backend.place(), "host", "acme", "Rewst")


def filled(make_backend, kind, pair=PAIR, record=RECORD):
    backend = make_backend(kind)
    mine = store(backend)
    mine.prepare()
    if pair:
        mine.keep(pair)
    if record:
        mine.write_record(record)
    return backend


def seen(backend):
    """(public half, ages, private half where it can be read, record) of what is there; None where nothing is."""
    mine = store(backend)
    pair = mine.load()
    if pair is None:
        return None
    previous = [(former.public_key, former.made) for former in pair.previous]
    private = (pair.private_key, [former.private_key for former in pair.previous]) if mine.readable else None
    return pair.public_key, pair.made, pair.retire_after, previous, private, mine.record()


def moved(source, target, check_mode=False, **owner):
    result = move(source.place(), target.place(), {**OWNER, **owner}, check_mode)
    for each in (source, target):
        each.died()
    return result


@pytest.mark.parametrize(("kind", "other"), WAYS)
def test_from_each_store_to_each(make_backend, kind, other):
    source, target = filled(make_backend, kind), make_backend(other)
    whole = seen(source)
    foretold = moved(source, target, check_mode=True)
    assert foretold["changed"] and seen(source) == whole and seen(target) is None
    result = moved(source, target)
    assert result == foretold and "private" not in str(result)
    assert seen(source) is None and store(source).record() is None
    *told, private, record = seen(target)
    assert tuple(told) == whole[:4] and record == RECORD
    assert private == (whole[4] if store(target).readable else None)
    again = moved(source, target)
    assert (again["changed"], again["public_key"]) == (False, "public-new")
    for backend in (source, target):
        assert store(backend).read_recovery_note() is None


@pytest.mark.parametrize(("kind", "other"), [("vault_file", "hashi_vault"), ("hashi_vault", "plain_file"),
                                             ("plain_file", "awx_credential")])  # fmt: skip
def test_whoever_dies_loses_nothing_and_goes_on(make_backend, kind, other):
    """At each step that changes something, in either place, before it and after it."""
    deaths = 0
    for which in (0, 1):
        step, over = 0, False
        while not over:
            source, target = filled(make_backend, kind), make_backend(other)
            places = [source.place(), target.place()]
            places[which] = Mortal(places[which], step)
            try:
                move(*places, OWNER, False)
                over = True
            except Death:
                deaths += 1
            for each in (source, target):
                each.died()
            there = [each for each in map(seen, (source, target)) if each]
            assert there, f"lost at {places[which].steps[-1]}"
            assert {each[0] for each in there} == {"public-new"}
            assert moved(source, target)["public_key"] == "public-new"
            assert seen(source) is None and store(source).record() is None
            assert seen(target)[0] == "public-new" and store(target).record() == RECORD
            step += 1
    assert deaths > 20


def test_an_awx_credential_cannot_be_moved_away(make_backend):
    source, target = filled(make_backend, "awx_credential"), make_backend("vault_file")
    with pytest.raises(StoreError, match="never returns its private key"):
        moved(source, target)
    assert seen(source) and seen(target) is None


@pytest.mark.parametrize("other", ["plain_file", "hashi_vault"])
def test_what_differs_is_never_overwritten(make_backend, other):
    source = filled(make_backend, "vault_file")
    target = filled(make_backend, other, KeyPair("public-else", "private-else", made=MADE))
    before = seen(source), seen(target)
    with pytest.raises(StoreError, match="hold different versions of the pair of Rewst"):
        moved(source, target)
    assert (seen(source), seen(target)) == before
    for owner in ({"member": "Other"}, {"company": "globex"}):
        with pytest.raises(StoreError, match="of another"):
            moved(source, make_backend(other), **owner)
    assert seen(source) == before[0]


def test_a_place_that_does_not_show_what_was_written_keeps_the_old_one(make_backend):
    source, target = filled(make_backend, "vault_file"), make_backend("hashi_vault")

    class Forgetful(Mortal):
        def document(self):
            found = super().document()
            return found and {**found, "private_key": "another"}

    with pytest.raises(StoreError, match="reads back differently from what was written"):
        move(source.place(), Forgetful(target.place(), None), OWNER, False)
    assert seen(source)[4] == ("private-key-new", ["private-key-old"])


@pytest.mark.parametrize("kind", ["plain_file", "hashi_vault"])
def test_a_record_without_a_pair_moves_too(make_backend, kind):
    """Of an integration that was taken off, and stays off."""
    off = Record(offboarded="2026-11-22T06:00:00Z", role_id=72)
    source, target = filled(make_backend, kind, pair=None, record=off), make_backend("vault_file")
    assert moved(source, target)["changed"] and store(target).record() == off and store(source).record() is None
    assert not moved(source, target)["changed"]
    other = filled(make_backend, kind, pair=None, record=RECORD)
    with pytest.raises(StoreError, match="have no pair, but different records"):
        moved(other, target)
    assert store(other).record() == RECORD and store(target).record() == off


def test_another_run_at_work_is_waited_out_or_told(make_backend):
    source, target = filled(make_backend, "vault_file"), make_backend("plain_file")
    other = source.place()
    other.write_recovery_note({"known_ids": [1], "attempt": ""})
    with pytest.raises(StoreError, match="Another run is creating this key right now"):
        moved(source, target)
    other.close()
    with pytest.raises(StoreError, match="was interrupted"):
        moved(source, target)
    assert seen(source) and seen(target) is None


def test_nothing_there_and_one_place(make_backend):
    source, target = make_backend("vault_file"), make_backend("plain_file")
    assert moved(source, target)["changed"] is False
    source = filled(make_backend, "vault_file")
    with pytest.raises(StoreError, match="so the pair can't be moved"):
        moved(source, source)
    assert os.path.exists(source.options["path"])


@pytest.mark.parametrize("own", ["rewst_org_id: 4f2b", "a: 1\nb: {c: d}", "other: [1, 2]"])
def test_a_file_with_variables_of_ones_own_is_neither_moved_nor_removed(make_backend, own):
    source, target = filled(make_backend, "vault_file"), make_backend("plain_file")
    place = source.place()
    text = place.decode(content_of(place)) + own + "\n"
    write_atomically(place.place, place.encode(text))
    before = content_of(place)
    for check_mode in (True, False):
        with pytest.raises(StoreError, match=r"also holds variables of your own .*Nothing was changed"):
            move(place, target.place(), OWNER, check_mode)
        with pytest.raises(StoreError, match="variables of your own"):
            converge(place, {**OWNER, "state": "absent"}, check_mode, MADE)
    assert content_of(place) == before and target.place().document() is None
    archived = converge(place, {**OWNER, "state": "archived"}, False, MADE)["archived_in"]
    with open(archived, "rb") as file:
        assert file.read() == before


def content_of(place):
    with open(place.place, "rb") as file:
        return file.read()
