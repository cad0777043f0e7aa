# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interfaces that the key workflow needs. PRIVATE to this collection.

A pair may be stored in a file, in another system, or nowhere. The workflow knows only these classes.
"""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .._client.errors import CwError
from .._domain.attempt import Attempt
from .pair import KeyPair, KeyStatus, Proof
from .record import Record


class StoreError(CwError):
    """The store for a pair can't be used; the message says why and what to do."""


class Keys(ABC):
    """The API keys of one member on one instance."""

    @abstractmethod
    def login(self, pair: KeyPair) -> Proof:
        """Log in with the pair and read its permissions.

        If ConnectWise refuses the login but answers the automation's own key, that is a Proof, not an error.
        """

    @abstractmethod
    def status(self) -> KeyStatus:
        """The member and its keys, as far as the instance shows them."""

    @abstractmethod
    def create(self, description: str) -> KeyPair:
        """Create a key.

        Raises KeyRefused if the instance doesn't create one, KeyNotShown if it returns none but may have created one,
        and AnswerLost if the key may exist but its private key is lost.
        """

    @abstractmethod
    def retire(self, key_id: int) -> None:
        """Delete a key, or make it inactive if it can't be deleted."""

    @abstractmethod
    def set_active(self, active: bool) -> None:
        """Make the member active, or inactive, which stops all of its keys. Verified; raises CwError."""

    @abstractmethod
    def attempt(self) -> Attempt | None:
        """The attempt to create a key that the member's notes name now."""

    @abstractmethod
    def announce(self, attempt: Attempt | None) -> None:
        """Write the line of this attempt into the member's notes, in place of any other; with None, remove it."""


@dataclass(frozen=True)
class RecoveryNote:
    """The recovery note of an interrupted run: the ids of the keys that existed before it, and the id of its attempt.

    One of our keys that isn't among them was created by that run, and its private key was lost with it, as long as the
    member's notes still name that attempt. ``known_ids`` is None if that run created no key.
    """

    known_ids: tuple[int, ...] | None = ()
    attempt_id: str = ""


class PairBackend(ABC):
    """Stores one document (for any owner) and a recovery note next to it. ``place`` is its name in results and
    messages.

    A document is a mapping of strings (``previous`` is a list of such mappings). A note holds no secret.
    ``readable`` is false if a private key can't be read again once it is written.
    """

    place = ""
    readable = True

    @abstractmethod
    def exists(self) -> bool:
        """Whether anything is stored."""

    @abstractmethod
    def document(self) -> dict[str, t.Any] | None:
        """The stored document; None if there is none. Raises StoreError."""

    @abstractmethod
    def write(self, document: t.Mapping[str, t.Any]) -> None:
        """Replace the document atomically. Raises StoreError, also if another run has written first."""

    @abstractmethod
    def remove(self) -> None:
        """Remove the document."""

    def others(self) -> t.Mapping[str, t.Mapping[str, t.Any]]:
        """{place: document} of what is stored next to this, for any owner. Raises StoreError if it can't be read."""
        return {}

    def check_removable(self, archives: bool = False) -> None:
        """Raise StoreError unless the document could be removed, or archived. Changes nothing."""
        return None

    @abstractmethod
    def archive(self, stamp: str, check_mode: bool) -> str:
        """Move the document to an archive and return its place. Raises StoreError if this store can't."""

    @abstractmethod
    def check_writable(self) -> None:
        """Raise StoreError unless a document could be stored here now. Changes nothing."""

    def prepare(self) -> None:
        """Create what the first document needs (a folder), and try to write there. Raises StoreError."""
        return None

    @abstractmethod
    def read_recovery_note(self) -> dict[str, t.Any] | None:
        """Take over and return the note that an earlier run left; {} for one that can't be read.

        Raises StoreError if a running run holds it.
        """

    @abstractmethod
    def write_recovery_note(self, note: t.Mapping[str, t.Any]) -> None:
        """Write the note, and lock out other runs. Raises StoreError."""

    @abstractmethod
    def clear_recovery_note(self) -> None:
        """Remove the note; it isn't needed any more."""

    @abstractmethod
    def record(self) -> dict[str, t.Any] | None:
        """The record next to the document; None if there is none. It holds no secret. Raises StoreError."""

    @abstractmethod
    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        """Replace the record. Raises StoreError."""

    @abstractmethod
    def remove_record(self) -> None:
        """Remove the record. Raises StoreError."""

    def close(self) -> None:
        """Close what was opened for this store; it isn't used again."""
        return None


class PairStore(ABC):
    """Stores the pair of one member. ``place`` is its name in results and messages; empty for no store."""

    place = ""
    readable = True

    @abstractmethod
    def check_writable(self) -> None:
        """Raise StoreError unless a pair could be stored here now. Changes nothing."""

    def prepare(self) -> None:
        """Prepare the store for the first write. Raises StoreError."""
        return None

    @abstractmethod
    def load(self) -> KeyPair | None:
        """The stored pair of this instance and member. Raises StoreError if it belongs to another."""

    @abstractmethod
    def read_recovery_note(self) -> RecoveryNote | None:
        """The note that an interrupted run left; None if there is none.

        Raises StoreError if a running run holds it.
        """

    @abstractmethod
    def write_recovery_note(self, known_ids: t.Sequence[int] | None, attempt_id: str = "") -> None:
        """Write the note before a key is created; with None, before any other change. Raises StoreError."""

    @abstractmethod
    def keep(self, pair: KeyPair) -> None:
        """Store the pair atomically, and verify it. Raises StoreError."""

    @abstractmethod
    def clear_recovery_note(self) -> None:
        """Remove the note; it isn't needed any more."""

    @abstractmethod
    def record(self) -> Record | None:
        """What this collection last created or set for this integration; None if there is no record."""

    @abstractmethod
    def write_record(self, record: Record) -> None:
        """Store the record if it differs from the stored one. Raises StoreError."""

    def sharing(self) -> dict[str, KeyPair]:
        """{place: pair} of other stored pairs of the same member. Raises StoreError if they can't be read."""
        return {}


class NoStore(PairStore):
    """No store: the playbook stores the pair itself, or only verifies one."""

    def check_writable(self) -> None:
        return None

    def load(self) -> KeyPair | None:
        return None

    def read_recovery_note(self) -> RecoveryNote | None:
        return None

    def write_recovery_note(self, known_ids: t.Sequence[int] | None, attempt_id: str = "") -> None:
        return None

    def keep(self, pair: KeyPair) -> None:
        return None

    def clear_recovery_note(self) -> None:
        return None

    def record(self) -> Record | None:
        return None

    def write_record(self, record: Record) -> None:
        return None


class PairInbox(ABC):
    """Where the user puts a pair created by hand. ``place`` is its name in messages."""

    place = ""

    @abstractmethod
    def read(self) -> KeyPair | None:
        """The pair, or None while there is none. Raises StoreError if it can't be read."""

    @abstractmethod
    def clear(self, pair: KeyPair) -> str:
        """Remove this pair from the inbox, as it is now in the store. Raises StoreError.

        Returns a remark for the user if something else is there, or it can't be removed safely; else empty.
        """
