# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fakes for the key workflow, in which every step can fail or be the last."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import (
    AnswerLost,
    CwError,
    Rejected,
    ServerFailed,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.attempt import Attempt
from ansible_collections.msp.connectwise.plugins.module_utils._keys import document as documents
from ansible_collections.msp.connectwise.plugins.module_utils._keys import proving
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyInfo, KeyPair, KeyStatus, Proof
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import (
    Keys,
    NoStore,
    PairBackend,
    PairInbox,
    RecoveryNote,
    StoreError,
)
from ansible_collections.msp.connectwise.plugins.module_utils._keys.request import KeyRequest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._keys.workflow import ensure_present, preview

MEMBER, DESCRIPTION = "Rewst", "Rewst API"
OWNER = {"site": "host", "company": "acme", "member": MEMBER}
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=timezone.utc)


class Death(BaseException):
    """The process ends here: nothing in the code under test catches this."""


class World:
    """One member's keys on an instance, the store of its pair, and the hand-in file."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.keys = {}  # id -> [KeyInfo, private key, member]
        self.member_id = 512
        self.member_active = True
        self.offered = True
        self.keeps_keys = False  # whether the instance refuses to retire a key
        self.kept = None
        self.left = None
        self.handed_in = None
        self.steps = []
        self.fault = None  # (number of the step, what to raise)
        self.on_step = {}  # name of a step -> what happens there
        self.told_member = True
        self.readable = True  # whether the place gives back a private key
        self.now = NOW
        self.attempt = None  # the line in the member's notes
        self.record = None

    def step(self, name, failure):
        """Record a step by name; raises the error that was requested for it."""
        self.steps.append(name)
        self.on_step.get(name, lambda: None)()
        if self.fault and self.fault[0] == len(self.steps) - 1:
            raise failure() if self.fault[1] == "failure" else Death(name)

    def add(self, description=DESCRIPTION, member=MEMBER, active=True):
        """Create a key as somebody else; returns its pair."""
        number = next(self.numbers)
        info = KeyInfo(number, f"public{number}", description, active)
        self.keys[number] = [info, f"private{number}", member]
        return KeyPair(info.public_key, f"private{number}", number)

    def interrupt(self, known_ids):
        """As if an earlier run crashed after it had recorded the existing keys, with its line in the member's notes."""
        self.left = RecoveryNote(tuple(known_ids), "a" * 32)
        self.attempt = Attempt(self.left.attempt_id, self.now)

    def never_proven(self):
        """The integration is ours, but the stored pair was never seen to work."""
        self.record = dict(OWNER)

    def was_proven(self, pair):
        """The stored pair was seen to work."""
        self.record = {**OWNER, "proven": pair.public_key}

    def works(self, pair):
        return pair is not None and self.member_active and any(
            info.public_key == pair.public_key and private == pair.private_key and info.active
            for info, private, _member in self.keys.values()
        )

    def active(self, description=DESCRIPTION):
        listed = [info for info, _pair, _member in self.keys.values() if info.active]
        return [info.public_key for info in listed if info.description == description]

    def deactivate(self, pair):
        entry = self.keys[pair.key_id]
        entry[0] = KeyInfo(entry[0].key_id, entry[0].public_key, entry[0].description, False)

    def snapshot(self):
        kept = documents.to_document(self.kept) if self.kept else None
        return dict(self.keys.items()), kept, self.left, self.handed_in


def _server_failed():
    return ServerFailed("acme", "GET", "/x", 500)


class FakeKeys(Keys):
    def __init__(self, world):
        self.world = world

    def login(self, pair):
        self.world.step("login", _server_failed)
        for info, private, member in self.world.keys.values():
            stopped = member == MEMBER and not self.world.member_active
            if info.public_key == pair.public_key and private == pair.private_key and info.active and not stopped:
                return Proof(True, member if self.world.told_member else "")
        return Proof(False, reason="refused")

    def status(self):
        world = self.world
        world.step("status", _server_failed)
        if not world.offered:
            return KeyStatus(world.member_id, False, (), "no route", world.member_active)
        listed = tuple(info for info, _pair, member in world.keys.values() if member == MEMBER)
        return KeyStatus(world.member_id, True, listed, "", world.member_active)

    def create(self, description):
        self.world.step("create: not made", lambda: AnswerLost("acme", "POST", "/x"))
        pair = self.world.add(description)
        self.world.step("create: made and lost", lambda: AnswerLost("acme", "POST", "/x"))
        return pair

    def attempt(self):
        self.world.step("attempt", _server_failed)
        return self.world.attempt

    def announce(self, attempt):
        self.world.step("announce: not done", _server_failed)
        self.world.attempt = attempt
        self.world.step("announce: done", _server_failed)

    def set_active(self, active):
        self.world.step("set active: not done", _server_failed)
        self.world.member_active = active
        self.world.step("set active: done", _server_failed)

    def retire(self, key_id):
        self.world.step("retire: not done", _server_failed)
        if self.world.keeps_keys:
            raise Rejected("acme", "DELETE", "/x", 400)
        self.world.keys.pop(key_id, None)
        self.world.step("retire: done", _server_failed)


def _store_error():
    return StoreError("the disk is full")


class FakePlace(PairBackend):
    """The world's backend for its pair; the store on top of it is the real one."""

    place = "the file"

    def __init__(self, world):
        self.world = world
        self.readable = world.readable

    def check_writable(self):
        self.world.step("check writable", _store_error)

    def prepare(self):
        self.world.step("prepare", _store_error)

    def exists(self):
        return self.world.kept is not None

    def document(self):
        self.world.step("load", _store_error)
        if self.world.kept is None:
            return None
        document = {**OWNER, **documents.to_document(self.world.kept)}
        if not self.readable:
            document = {**document, "private_key": ""}
            document["previous"] = [{**item, "private_key": ""} for item in document.get("previous", [])]
        return documents.check(document, self.place, self.readable)

    def write(self, document):
        self.world.step("keep: not written", _store_error)
        before, now = self.world.kept, documents.from_document(documents.check(document, self.place, self.readable))
        if not self.readable and not now.private_key:
            assert before and before.public_key == now.public_key, "a private key would be lost"
            now = replace(now, private_key=before.private_key)
        self.world.kept = now
        self.world.step("keep: written", _store_error)

    def remove(self):
        self.world.step("remove: not done", _store_error)
        self.world.kept = None
        self.world.step("remove: done", _store_error)

    def archive(self, stamp, check_mode):
        if not check_mode:
            self.remove()
        return f"the archive of {stamp}"

    def read_recovery_note(self):
        self.world.step("note: read", _store_error)
        left = self.world.left
        return None if left is None else {"known_ids": left.known_ids, "attempt": left.attempt_id}

    def write_recovery_note(self, note):
        self.world.step("note: not written", _store_error)
        known = note["known_ids"]
        self.world.left = RecoveryNote(None if known is None else tuple(known), note["attempt"])
        self.world.step("note: written", _store_error)

    def record(self):
        return self.world.record

    def write_record(self, record):
        self.world.step("record: not written", _store_error)
        self.world.record = dict(record)
        self.world.step("record: written", _store_error)

    def remove_record(self):
        self.world.record = None

    def clear_recovery_note(self):
        self.world.step("note: not cleared", _store_error)
        self.world.left = None
        self.world.step("note: cleared", _store_error)


class FakeInbox(PairInbox):
    place = "the person's file"

    def __init__(self, world):
        self.world = world

    def read(self):
        self.world.step("hand in: read", _store_error)
        return self.world.handed_in

    def clear(self, pair):
        self.world.step("hand in: not cleared", _store_error)
        self.world.handed_in = None
        self.world.step("hand in: cleared", _store_error)
        return ""


class Run:
    """Runs of the workflow in one world; ``warnings`` are those of the last run."""

    def __init__(self, world):
        self.world = world
        self.warnings = []
        self.waits = []
        self.polls = 3

    def __call__(self, store=True, hand_in=False, check_mode=False, **asked):
        self.warnings.clear()
        self.world.steps.clear()
        request = KeyRequest("acme", MEMBER, DESCRIPTION, **asked)
        inbox = FakeInbox(self.world) if hand_in else None
        store = self.store() if store else NoStore()
        if check_mode:
            return preview(self.keys(), store, request, inbox, self.warnings.append, self.world.now)
        return ensure_present(
            self.keys(), store, request, inbox, self.warnings.append, self._wait, now=self.world.now
        )

    def keys(self):
        return FakeKeys(self.world)

    def store(self):
        return DocumentStore(FakePlace(self.world), OWNER["site"], OWNER["company"], MEMBER)

    def _wait(self, done, line):
        self.waits.append(line)
        return any(done() for _poll in range(self.polls))

    def broken_at(self, number, how, **options):
        """A run that fails or crashes at a step; returns the exception, if any."""
        self.world.fault = number, how
        try:
            self(**options)
        except (CwError, Death) as exc:
            return exc
        finally:
            self.world.fault = None
        return None


@pytest.fixture
def world():
    return World()


@pytest.fixture
def run(world):
    return Run(world)


@pytest.fixture
def new_world():
    """Creates worlds and their runs, for tests that need many."""

    def make(prepare=None):
        made = World()
        options = (prepare(made) if prepare else None) or {}
        return made, Run(made), options

    return make


@pytest.fixture(autouse=True)
def login_pauses(monkeypatch):
    """No pause before a login is repeated; the pauses are listed."""
    pauses = []
    monkeypatch.setattr(proving.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def during(world):
    """``during(step, action)``: something happens in the world at a step, once."""

    def at(name, action):
        def once():
            world.on_step.pop(name)
            action()

        world.on_step[name] = once

    return at


@pytest.fixture
def closing():
    """Closes what a test gives it."""
    with contextlib.ExitStack() as stack:
        yield stack
