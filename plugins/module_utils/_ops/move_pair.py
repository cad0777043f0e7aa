# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves a pair and its record from one store to another, without a new key. PRIVATE to this collection.

Record and pair are written to the new place and read back, then removed from the old one. At any moment, one of the two
places has the whole pair; after an interruption, running the move again finishes it.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._keys import document as documents
from .._keys.ports import PairBackend, StoreError
from .._keys.store import check_not_interrupted, check_owner
from .context import Result, line_diff

Document = t.Mapping[str, t.Any]


def move(source: PairBackend, target: PairBackend, owner: t.Mapping[str, str], check_mode: bool) -> Result:
    """Move the pair and return the result of cw_credentials. Raises StoreError; one place then has the whole pair.

    ``owner`` has ``member`` and maybe ``company``; the pair must be theirs.
    """
    if not source.readable:
        raise StoreError(
            f"{source.place} never returns its private key, so the pair can't be moved. Nothing was changed. Create a"
            " new key for this API member by hand, and hand it in with the new store."
        )
    if source.place == target.place:
        raise StoreError(
            f"Both stores are {source.place}, so the pair can't be moved. Nothing was changed. Set another path; to"
            " change how a file is encrypted, use ansible-vault."
        )
    found = _Both(source, target, owner)
    if not found.left:
        return {"changed": False, "stored_in": target.place, "public_key": found.public_key, "diff": found.diff()}
    target.check_writable()
    if found.old is not None:
        source.check_removable()
    if not check_mode:
        with _locked(source, target, found):
            found = _Both(source, target, owner)  # read again, now that no other run can change them
            found.carry_out()
    return {"changed": True, "stored_in": target.place, "public_key": found.public_key, "diff": found.diff()}


class _Both:
    """The contents of the two places. Raises StoreError if they conflict."""

    def __init__(self, source: PairBackend, target: PairBackend, owner: t.Mapping[str, str]) -> None:
        self.source, self.target = source, target
        self.old, self.new = _document(source, owner), _document(target, owner)
        self.record, self.new_record = source.record(), target.record()
        for place in (source, target):
            check_not_interrupted(place, place.read_recovery_note(), "the playbook onboard")
        if self.old and self.new and _comparable(self.old, target) != _comparable(self.new, target):
            raise StoreError(
                f"{source.place} and {target.place} hold different versions of the pair of {self.old['member']} (public"
                f" keys {self.old['public_key']} and {self.new['public_key']}). Nothing was changed. Remove the unused"
                " one."
            )
        if not (self.old or self.new) and self.record and self.new_record and self.record != self.new_record:
            raise StoreError(
                f"{source.place} and {target.place} have no pair, but different records. Nothing was changed. Remove"
                " the outdated record."
            )

    @property
    def left(self) -> bool:
        return self.old is not None or self.record is not None

    @property
    def public_key(self) -> str | None:
        document = self.old or self.new
        return str(document["public_key"]) if document else None

    def owner(self) -> dict[str, t.Any]:
        """The owner, for the recovery note of this run."""
        about: Document = self.old or self.record or {}
        return {name: about.get(name, "") for name in documents.OWNER}

    def carry_out(self) -> None:
        # if the new place has a pair and a record, that record is the later one
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
    """The part of a document that can be compared once ``target`` has it: without private keys that it can't return."""
    if target.readable:
        return document
    previous = [_public(pair) for pair in document.get("previous") or []]
    return {**_public(document), **({"previous": previous} if previous else {})}


def _public(pair: Document) -> dict[str, t.Any]:
    return {name: value for name, value in pair.items() if name != "private_key"}


@contextlib.contextmanager
def _locked(source: PairBackend, target: PairBackend, found: _Both) -> t.Iterator[None]:
    """Keep other runs from creating or moving this pair; if this run dies, its notes say that it created no key."""
    note = {**found.owner(), "known_ids": None, "attempt": ""}
    target.prepare()
    with contextlib.ExitStack() as notes:
        for place in (source, target):
            place.write_recovery_note(note)
            notes.callback(place.clear_recovery_note)
        yield
