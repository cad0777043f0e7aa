# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored pair of one member of one instance. PRIVATE to this collection.

Checks the owner of a document, and what an interrupted run left, in the same way for every kind of store.
"""

from __future__ import annotations

import typing as t

from .._domain.names import same_name
from . import document as documents
from . import record as records
from .pair import KeyPair
from .ports import PairBackend, PairStore, RecoveryNote, StoreError
from .record import Record


class DocumentStore(PairStore):
    """The pair of this ``site``, ``company`` and ``member`` in the store ``at``."""

    def __init__(self, at: PairBackend, site: str, company: str, member: str) -> None:
        self.at = at
        self.place = at.place
        self.readable = at.readable
        self._owner = {"site": site, "company": company, "member": member}

    def check_writable(self) -> None:
        self.at.check_writable()

    def prepare(self) -> None:
        self.at.prepare()

    def load(self) -> KeyPair | None:
        document = self.at.document()
        if document is None:
            return None
        check_owner(document, self._owner, self.place)
        return documents.from_document(document)

    def read_recovery_note(self) -> RecoveryNote | None:
        note = self.at.read_recovery_note()
        if note is None:
            return None
        try:
            known = note["known_ids"]
            attempt_id = str(note.get("attempt") or "")
            return RecoveryNote(None if known is None else tuple(int(key_id) for key_id in known), attempt_id)
        except (ValueError, KeyError, TypeError):
            # the run died while writing it, before it created a key: nothing to clean up
            return None

    def write_recovery_note(self, known_ids: t.Sequence[int] | None, attempt_id: str = "") -> None:
        ids = None if known_ids is None else list(known_ids)
        self.at.write_recovery_note({**self._owner, "known_ids": ids, "attempt": attempt_id})

    def keep(self, pair: KeyPair) -> None:
        self.at.write({**self._owner, **documents.to_document(pair)})
        kept = self.load()
        if kept is None or not kept.same_record(pair) or (self.readable and kept.fingerprint != pair.fingerprint):
            raise StoreError(f"{self.place} reads back differently from what was written")

    def clear_recovery_note(self) -> None:
        self.at.clear_recovery_note()

    def record(self) -> Record | None:
        document = self.at.record()
        if document is None:
            return None
        # a record of another instance or member doesn't apply
        if not all(same_name(str(document.get(name) or ""), mine) for name, mine in self._owner.items()):
            return None
        return records.from_document(document)

    def write_record(self, record: Record) -> None:
        if record != self.record():
            self.at.write_record({**self._owner, **record.as_document()})

    def sharing(self) -> dict[str, KeyPair]:
        return {
            place: documents.from_document(document)
            for place, document in self.at.others().items()
            if all(same_name(document[name], mine) for name, mine in self._owner.items())
        }


def check_owner(document: t.Mapping[str, t.Any], owner: t.Mapping[str, str], place: str) -> None:
    """Raises StoreError if the document belongs to another site, company or member."""
    for name, mine in owner.items():
        if not same_name(document[name], mine):
            raise StoreError(
                f"{place} holds the key of another {name}: {document[name]!r}, not {mine!r}. Choose another place."
            )


def check_not_interrupted(place: PairBackend, note: t.Mapping[str, t.Any] | None, first: str) -> None:
    """Raises StoreError if an interrupted run may have left a key, which ``first`` retires."""
    if note and note.get("known_ids") is not None:
        raise StoreError(
            f"A run that created a key for {place.place} was interrupted. Run {first} first, which retires that key."
            " Nothing was changed."
        )


def keep_if_unchanged(store: PairStore, now: KeyPair | None, then: KeyPair) -> None:
    """Store a pair unless another run has stored one since ``now`` was loaded. Raises StoreError."""
    store.write_recovery_note(None)
    try:
        ensure_unchanged(store, now)
        store.keep(then)
    finally:
        store.clear_recovery_note()


def ensure_unchanged(store: PairStore, expected: KeyPair | None) -> None:
    """Raises StoreError if another run has stored a pair since this run read the store."""
    there = store.load()
    if (there is None and expected is None) or (there is not None and there.same_record(expected)):
        return
    raise StoreError(f"Another run has just stored a pair in {store.place}. Run again to use it.")
