# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of every store for pairs, tested on each kind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import RecoveryNote, StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore, keep_if_unchanged
from ansible_collections.msp.connectwise.plugins.module_utils._ops import credentials, credentials_info

MADE = datetime(2026, 11, 22, 6, 0, tzinfo=timezone.utc)
OLD = KeyPair("public-old", "private-key-old", made=MADE - timedelta(days=90))
NEW = KeyPair("public-new", "private-key-new", made=MADE)
BOTH = replace(NEW, previous=(OLD,), retire_after=MADE + timedelta(days=2))


def store(backend, site="host", company="acme", member="Rewst", **options):
    return DocumentStore(backend.place(**options), site, company, member)


def shown(pair):
    """All of a pair that every place gives back."""
    return pair.public_key, pair.made, [(former.public_key, former.made) for former in pair.previous], pair.retire_after


def options(**given):
    return {"member": "Rewst", "company": None, "state": "absent", **given}


def test_an_empty_place_is_ready_and_holds_nothing(backend):
    for check in (store(backend).check_writable, store(backend).prepare):
        check()
        told = credentials_info.describe(backend.place())
        assert (told["exists"], told["ready"], told["credentials"]) == (False, True, None)
    assert store(backend).load() is None and store(backend).read_recovery_note() is None


@pytest.mark.parametrize("pair", [NEW, BOTH, KeyPair("0123", "1e5"), KeyPair("a: b #c", "{{ x }}")])
def test_what_is_kept_comes_back(backend, pair):
    mine = store(backend)
    mine.prepare()
    mine.keep(pair)
    back = store(backend).load()
    assert shown(back) == shown(pair)
    if backend.place().readable:
        assert back.private_key == pair.private_key
        assert [former.private_key for former in back.previous] == [former.private_key for former in pair.previous]
    else:
        assert back.private_key == ""


def test_a_pair_is_replaced_as_a_whole(backend):
    for pair in (OLD, BOTH, replace(BOTH, previous=(), retire_after=None)):
        mine = store(backend)
        mine.prepare()
        mine.load()
        mine.keep(pair)
        assert shown(store(backend).load()) == shown(pair)


@pytest.mark.parametrize("other", [{"site": "elsewhere"}, {"company": "globex"}, {"member": "Other"}])
def test_the_pair_of_another_is_refused(backend, other):
    mine = store(backend)
    mine.prepare()
    mine.keep(NEW)
    with pytest.raises(StoreError, match=f"another {next(iter(other))}") as caught:
        store(backend, **other).load()
    assert NEW.private_key not in str(caught.value)
    assert store(backend, company="ACME", member=" rewst").load() == store(backend).load()


def test_nothing_is_told_that_is_secret(backend):
    mine = store(backend)
    mine.prepare()
    mine.keep(BOTH)
    told = credentials_info.describe(backend.place(), "Rewst")
    assert told["ready"] and told["credentials"]["public_key"] == NEW.public_key
    assert told["credentials"]["previous"] == [{"public_key": "public-old", "made": "2026-08-24T06:00:00Z"}]
    assert "private-key" not in json.dumps(told)
    assert credentials_info.describe(backend.place(), "Other")["ready"] is False


# the recovery note


@pytest.mark.parametrize("known", [None, [], [3, 5]])
def test_the_next_run_finds_what_a_dead_one_left(backend, known):
    mine = store(backend)
    mine.prepare()
    mine.write_recovery_note(known)
    backend.died()
    after = store(backend)
    assert after.read_recovery_note() == RecoveryNote(None if known is None else tuple(known))
    after.clear_recovery_note()
    assert store(backend).read_recovery_note() is None and store(backend).load() is None


def test_the_note_stands_beside_a_pair_and_does_not_touch_it(backend):
    mine = store(backend)
    mine.prepare()
    mine.keep(BOTH)
    mine.write_recovery_note([1])
    mine.keep(replace(BOTH, previous=(), retire_after=None))
    backend.died()
    after = store(backend)
    assert after.read_recovery_note() == RecoveryNote((1,)) and shown(after.load()) == shown(NEW)
    after.clear_recovery_note()
    assert shown(store(backend).load()) == shown(NEW) and store(backend).read_recovery_note() is None


def test_a_run_at_work_is_not_disturbed(backend):
    lease = {} if backend.kind in ("vault_file", "plain_file") else {"lease": 2.0}
    first, second = store(backend, **lease), store(backend, **lease)
    first.prepare()
    first.write_recovery_note([1])
    with pytest.raises(StoreError, match="Another run is creating this key right now"):
        second.write_recovery_note([])
    first.keep(NEW)
    first.clear_recovery_note()
    assert second.read_recovery_note() is None and shown(second.load()) == shown(NEW)


def test_of_two_runs_that_change_it_one_wins_and_the_other_is_told(backend):
    first, second = store(backend), store(backend)
    first.prepare()
    assert first.load() is second.load() is None
    keep_if_unchanged(first, None, OLD)
    with pytest.raises(StoreError, match="Another run has just"):
        keep_if_unchanged(second, None, NEW)
    assert shown(store(backend).load()) == shown(OLD)
    assert store(backend).read_recovery_note() is None


# the end of a pair


def test_a_pair_is_removed(backend):
    mine = store(backend)
    mine.prepare()
    mine.keep(NEW)
    checked = credentials.converge(backend.place(), options(), True, MADE)
    assert shown(store(backend).load()) == shown(NEW)
    done = credentials.converge(backend.place(), options(), False, MADE)
    assert checked == done and done["changed"] and done["public_key"] == NEW.public_key
    assert done["diff"]["after"] == "credentials: absent\n" and "private-key" not in json.dumps(done)
    assert store(backend).load() is None
    again = credentials.converge(backend.place(), options(), False, MADE)
    assert (again["changed"], again["public_key"], again["diff"]["after"]) == (False, None, "")
    after = store(backend)
    after.prepare()
    after.load()
    after.keep(OLD)
    assert shown(store(backend).load()) == shown(OLD)


def test_a_pair_is_archived(backend):
    mine = store(backend)
    mine.prepare()
    mine.keep(BOTH)
    wanted = options(state="archived")
    if backend.kind == "plain_file":
        with pytest.raises(StoreError, match="plain text, but archives are encrypted"):
            credentials.converge(backend.place(), wanted, False, MADE)
        return
    checked = credentials.converge(backend.place(), wanted, True, MADE)
    assert shown(store(backend).load()) == shown(BOTH)
    done = credentials.converge(backend.place(), wanted, False, MADE)
    assert checked == done and "20261122T060000Z" in done["archived_in"]
    assert store(backend).load() is None
    assert credentials.converge(backend.place(), wanted, False, MADE)["changed"] is False
    archive = dict(backend.options)
    what = "name" if backend.kind == "awx_credential" else "path"
    archive[what] = done["archived_in"].removeprefix("secret/").removeprefix("AWX credential ")
    backend.options = archive
    assert shown(store(backend).load()) == shown(BOTH)


@pytest.mark.parametrize("state", ["absent", "archived"])
@pytest.mark.parametrize("other", [{"member": "Other"}, {"company": "globex"}])
def test_the_pair_of_another_is_neither_removed_nor_archived(backend, state, other):
    mine = store(backend)
    mine.prepare()
    mine.keep(NEW)
    with pytest.raises(StoreError, match="holds the key of another"):
        credentials.converge(backend.place(), options(state=state, **other), False, MADE)
    assert shown(store(backend).load()) == shown(NEW)


def test_a_pair_beside_which_a_run_died_is_not_removed_before_that_is_settled(backend):
    mine = store(backend)
    mine.prepare()
    mine.keep(NEW)
    mine.write_recovery_note([1])
    backend.died()
    with pytest.raises(StoreError, match="Run cw_api_key first"):
        credentials.converge(backend.place(), options(), False, MADE)
    assert shown(store(backend).load()) == shown(NEW)
