# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a key plan: the only part of the key workflow that writes. PRIVATE to this collection.

The order makes it safe: a recovery note is written before a key is created; the pair is stored before it is used,
together with the one that it replaces; and that one is retired last. The process may die at any point: the next run
finds either a working pair, or a key that it can retire.
"""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from .._client.errors import CwError, KeyRefused, Refused
from .._domain.attempt import Attempt
from .._resources.settling import settled
from .creation import Creation
from .ending import Ending
from .owners import check_owner
from .pair import KeyInfo, KeyPair, Proof
from .plan import Action, KeyPlan
from .ports import Keys, PairInbox, PairStore, RecoveryNote, StoreError
from .proving import login_of_new
from .record import Record
from .request import KeyRequest, KeyResult
from .retiring import retire_replaced
from .store import ensure_unchanged, keep_if_unchanged
from .unknown_keys import UnknownKeys


class NewKeyRejected(Refused):
    """The key that was just created doesn't log in; ``pair`` is what the store has now."""

    def __init__(self, pair: KeyPair, proof: Proof) -> None:
        super().__init__(f"The new key {pair.public_key} was created but doesn't log in.")
        self.pair, self.proof = pair, proof


@dataclass
class Applier:
    """``record`` is the one next to the pair, as last read."""

    keys: Keys
    store: PairStore
    inbox: PairInbox | None
    request: KeyRequest
    record: Record | None
    now: datetime
    warn: t.Callable[[str], None]

    def apply(self, plan: KeyPlan) -> KeyResult:
        """Carry the plan out and return its result, completed with the new pair and its proof.

        Raises KeyRefused if the instance doesn't create a key, NewKeyRejected, StoreError, AnswerLost, and any other
        CwError of the instance. What was done by then stays, and the next run continues from there.
        """
        if plan.result.changed:
            self.store.prepare()
        return self._apply(plan)

    def _apply(self, plan: KeyPlan) -> KeyResult:
        if plan.first:
            self._apply(plan.first)
        if plan.action is Action.CREATE:
            return self._create(plan)
        if plan.pair:
            self._store(plan, plan.pair)
        return plan.result

    def _store(self, plan: KeyPlan, pair: KeyPair) -> None:
        """Store a pair that exists already, unless it is stored, and end those that it replaced."""
        self._settle(plan)
        if plan.action is not Action.KEEP:
            keep_if_unchanged(self.store, plan.replaces, pair)
        elif plan.clears_note:
            self.store.clear_recovery_note()
        if plan.confirms_owner:
            self._write_record(replace(self.record or Record(), owner_confirmed=pair.public_key))
        if plan.result.proof.logs_in:
            self._note_proven(pair)
        self._clear_inbox(pair)
        self._end(plan.ending)

    def _create(self, plan: KeyPlan) -> KeyResult:
        self._settle(plan)
        if self.record is None:  # so that the next run knows that this pair was never seen to work
            self._write_record(Record())
        attempt = Attempt(uuid.uuid4().hex, self.now)
        self.store.write_recovery_note(plan.known_ids, attempt.attempt_id)
        try:
            ensure_unchanged(self.store, plan.replaces)
        except StoreError:
            self.store.clear_recovery_note()
            raise
        self.keys.announce(attempt)
        note = RecoveryNote(plan.known_ids, attempt.attempt_id)
        creation = Creation(self.keys, self.store, self.request, lambda: self._retire_lost(note, plan))
        created = creation.create()
        successor = t.cast(KeyPair, plan.pair)
        pair = replace(
            created, made=successor.made, previous=successor.previous, retire_after=successor.retire_after
        )
        proof = self._kept_and_proven(creation, pair)
        self._note_proven(pair)
        ending = t.cast(Ending, plan.ending).of(pair)
        self._end(ending)
        return replace(plan.result, undecided=False, pair=ending.after, key_id=pair.key_id, proof=proof)

    def _kept_and_proven(self, creation: Creation, pair: KeyPair) -> Proof:
        """Store, then verify, so that nothing is lost. If the store returns no private keys, verify first."""
        if self.store.readable:
            creation.keep(pair)
            return self._prove(pair)
        try:
            proof = self._prove(pair)
        except CwError as exc:
            creation.undo(pair, exc)
        creation.keep(pair)
        return proof

    def _prove(self, pair: KeyPair) -> Proof:
        proof = login_of_new(self.keys, pair, self.request.settle_timeout)
        if not proof.logs_in:
            if self.store.place:
                self._write_record(replace(self.record or Record(), awaited=pair.public_key))
            raise NewKeyRejected(pair, proof)
        check_owner(self.request, pair, proof, "The new key")
        return proof

    def _settle(self, plan: KeyPlan) -> None:
        """Retire the keys that our interrupted run left, then remove its line from the member's notes."""
        self._retire_orphans(plan.orphans)
        if plan.clears_line:
            self.keys.announce(None)

    def _retire_orphans(self, orphans: t.Sequence[KeyInfo]) -> None:
        for info in orphans:
            self.keys.retire(info.key_id)
            self.warn(lost_key("Retired", info))

    def _retire_lost(self, note: RecoveryNote, plan: KeyPlan) -> list[KeyInfo]:
        """Retire the key of a creation whose answer was lost."""
        known = [plan.replaces, *plan.replaces.previous] if plan.replaces else []
        attempt = self.keys.attempt()

        def lost() -> list[KeyInfo]:
            status = self.keys.status()
            if not status.offered:
                why = status.reason.rstrip(".")
                raise KeyRefused(
                    f"it is unknown whether a key was created: no usable answer came, and {self.request.instance} lists"
                    f" no keys ({why}). If the tab API Keys of API member {self.request.member!r} shows one,"
                    " delete it: its private key is lost"
                )
            return UnknownKeys(self.request).orphans(status, note, attempt, known)

        ours = attempt is not None and attempt.attempt_id == note.attempt_id
        orphans = settled(lost, self.request.settle_timeout if ours else 0, bool)[0] or []
        self._retire_orphans(orphans)
        return orphans

    def _end(self, ending: Ending | None) -> None:
        if ending:
            retire_replaced(self.keys, self.store, self.request, ending)

    def _note_proven(self, pair: KeyPair) -> None:
        if self.store.place and (self.record is None or self.record.proven != pair.public_key):
            self._write_record(replace(self.record or Record(), proven=pair.public_key, awaited=""))

    def _write_record(self, record: Record) -> None:
        self.record = record
        self.store.write_record(record)

    def _clear_inbox(self, pair: KeyPair) -> None:
        remark = self.inbox.clear(pair) if self.inbox and self.store.place else ""
        if remark:
            self.warn(remark)


def lost_key(done: str, info: KeyInfo) -> str:
    """``done``: Retired, or Would retire."""
    return f"{done} key {info.public_key}: an interrupted run created it and its private key is lost."
