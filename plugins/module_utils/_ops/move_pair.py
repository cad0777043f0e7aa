# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair and its record go from one store to another, without a new key. PRIVATE to this collection.

Record and pair are written to the new place and read back, then removed from the old one. So at each moment one of the
two places has the pair whole, and the same again finishes what was interrupted.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._keys import document as documents
from .._keys.ports import PairBackend, StoreError
from .._keys.store import check_owner
from .context import Result, line_diff

Document = t.Mapping[str, t.Any]


def move(source: PairBackend, target: PairBackend, owner: t.Mapping[str, str], check_mode: bool) -> Result:
    """The result of cw_credentials. Raises StoreError, and then the pair is whole in one of the two places.

    ``owner`` has ``member`` and perhaps ``company``, whose pair it must be.
    """
    if not source.readable:
        raise StoreError(
            f"{source.place} never gives its private key back, so the pair can't be moved. Nothing was changed. Create"
            " a new key of this API member by hand, and hand it in with the new store."
        )
    if source.place == target.place:
        raise StoreError(
            f"Both stores are {source.place}, so there is nowhere to move the pair. Nothing was changed. Give another"
            " path, or, to change how a file is encrypted, use ansible-vault."
        )
    found = _Both(source, target, owner)
    if not found.left:
        return {"changed": False, "stored_in": target.place, "public_key": found.public_key, "diff": found.diff()}
    target.check_writable()
    if found.old is not None:
        source.check_removable()
    if not check_mode:
        with _locked(source, target, found):
            found = _Both(source, target, owner)  # as they are now that no other run changes them
            found.carry_out()
    return {"changed": True, "stored_in": target.place, "public_key": found.public_key, "diff": found.diff()}


class _Both:
    """What the two places hold. Raises StoreError where it can't be told what to keep."""

    def __init__(self, source: PairBackend, target: PairBackend, owner: t.Mapping[str, str]) -> None:
        self.source, self.target = source, target
        self.old, self.new = _document(source, owner), _document(target, owner)
        self.record, self.new_record = source.record(), target.record()
        for place in (source, target):
            _refuse_interrupted(place)
        if self.old and self.new and _comparable(self.old, target) != _comparable(self.new, target):
            raise StoreError(
                f"{source.place} and {target.place} hold different pairs of {self.old['member']}:"
                f" {self.old['public_key']} and {self.new['public_key']}, or of different ages. Nothing was changed."
                " Remove the one that isn't used."
            )
        if not (self.old or self.new) and self.record and self.new_record and self.record != self.new_record:
            raise StoreError(
                f"There is a record, but no pair, with both {source.place} and {target.place}, and they differ. Nothing"
                " was changed. Remove the one that is out of date."
            )

    @property
    def left(self) -> bool:
        return self.old is not None or self.record is not None

    @property
    def public_key(self) -> str | None:
        document = self.old or self.new
        return str(document["public_key"]) if document else None

    def owner(self) -> dict[str, t.Any]:
        """For the note of this run."""
        about: Document = self.old or self.record or {}
        return {name: about.get(name, "") for name in documents.OWNER}

    def carry_out(self) -> None:
        # a record of the new place, beside the pair there, is the later one
        if self.record is not None and not (self.new and self.new_record):
            self.target.write_record(self.record)
            if self.target.record() != self.record:
                raise _different(self.target)
        if self.old is not None:
            if not self.new:
                self.target.write(self.old)
            kept = self.target.document()
            if kept is None or _comparable(_normal(kept), self.target) != _comparable(self.old, self.target):
                raise _different(self.target)
            self.source.remove()
        self.source.remove_record()

    def diff(self) -> t.Any:
        what = f"pair {self.public_key}" if self.public_key else "record"
        lines = [("credentials", f"{what} in {self.source.place}", f"{what} in {self.target.place}")]
        return line_diff(self.target.place, lines if self.left else [])


def _different(place: PairBackend) -> StoreError:
    return StoreError(
        f"{place.place} reads back differently from what was written. Nothing was removed: the pair is still where it"
        " was."
    )


def _document(place: PairBackend, owner: t.Mapping[str, str]) -> dict[str, t.Any] | None:
    document = place.document()
    if document is None:
        return None
    check_owner(document, owner, place.place)
    return _normal(document)


def _normal(document: Document) -> dict[str, t.Any]:
    return {**documents.owner_of(document), **documents.to_document(documents.from_document(document))}


def _comparable(document: Document, target: PairBackend) -> Document:
    """What can be compared once it is in ``target``: a place that shows no private key shows the rest."""
    if target.readable:
        return document
    previous = [_public(pair) for pair in document.get("previous") or []]
    return {**_public(document), **({"previous": previous} if previous else {})}


def _public(pair: Document) -> dict[str, t.Any]:
    return {name: value for name, value in pair.items() if name != "private_key"}


def _refuse_interrupted(place: PairBackend) -> None:
    note = place.read_recovery_note()
    if note and note.get("known_ids") is not None:
        raise StoreError(
            f"A run that made a key died before it could tidy up beside {place.place}. Run the playbook onboard first,"
            " which retires that key. Nothing was changed."
        )


@contextlib.contextmanager
def _locked(source: PairBackend, target: PairBackend, found: _Both) -> t.Iterator[None]:
    """No other run makes or moves this pair meanwhile; a run that dies leaves notes that say it made no key."""
    note = {**found.owner(), "known_ids": None, "attempt": ""}
    target.prepare()
    with contextlib.ExitStack() as notes:
        for place in (source, target):
            place.write_recovery_note(note)
            notes.callback(place.clear_recovery_note)
        yield
