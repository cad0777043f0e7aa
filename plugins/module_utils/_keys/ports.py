# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the key workflow needs of the world around it. PRIVATE to this collection.

The place to keep a pair may be a file, another system, or none at all. The workflow knows only these classes.
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
    """The place to keep a pair can't be used; the text says why and what to do."""


class Keys(ABC):
    """The API keys of one member on one instance."""

    @abstractmethod
    def login(self, pair: KeyPair) -> Proof:
        """Log in with the pair and look what it can do.

        A login that ConnectWise's own words refuse, while the automation's own key is answered, is a Proof and no
        error.
        """

    @abstractmethod
    def status(self) -> KeyStatus:
        """The member and its keys, as far as the instance tells."""

    @abstractmethod
    def create(self, description: str) -> KeyPair:
        """Make a key.

        Raises KeyRefused where the instance makes none, KeyNotShown where it shows none and may have made one, and
        AnswerLost where it may exist without anyone knowing its private half.
        """

    @abstractmethod
    def retire(self, key_id: int) -> None:
        """Delete a key, or make it inactive where it can't be deleted."""

    @abstractmethod
    def set_active(self, active: bool) -> None:
        """Make the member active or inactive, which stops all of its keys. Read back; raises CwError."""

    @abstractmethod
    def attempt(self) -> Attempt | None:
        """The attempt to create a key that the member's notes name now."""

    @abstractmethod
    def announce(self, attempt: Attempt | None) -> None:
        """Write the line of this attempt into the member's notes, in place of any other; with None, remove it."""


@dataclass(frozen=True)
class RecoveryNote:
    """The recovery note of an interrupted run: the ids of the keys that there were, and the id of its attempt.

    A key of ours that isn't among them was created by that run, and its private half died with it, as long as the
    member's notes still name that attempt. ``known_ids`` is None where that run created no key.
    """

    known_ids: tuple[int, ...] | None = ()
    attempt_id: str = ""


class PairBackend(ABC):
    """Keeps one document, whosever it is, and a note beside it. ``place`` is its name in results and messages.

    A document is a mapping of texts (``previous`` is a list of such mappings). A note holds no secret.
    ``readable`` is false where a private key that was written can't be read again.
    """

    place = ""
    readable = True

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is anything."""

    @abstractmethod
    def document(self) -> dict[str, t.Any] | None:
        """What is kept; None where there is nothing. Raises StoreError."""

    @abstractmethod
    def write(self, document: t.Mapping[str, t.Any]) -> None:
        """Keep this instead: all of it or nothing. Raises StoreError, also where another run was quicker."""

    @abstractmethod
    def remove(self) -> None:
        """Keep nothing any more."""

    def others(self) -> t.Mapping[str, t.Mapping[str, t.Any]]:
        """{place: document} of what is kept beside this, whosever it is. Raises StoreError where it can't be read."""
        return {}

    def check_removable(self, archives: bool = False) -> None:
        """Raise StoreError unless the document could be removed, or archived. Changes nothing."""
        return None

    @abstractmethod
    def archive(self, stamp: str, check_mode: bool) -> str:
        """Move the document out of the way; where to. Raises StoreError where this place can't."""

    @abstractmethod
    def check_writable(self) -> None:
        """Raise StoreError unless a document could be stored here now. Changes nothing."""

    def prepare(self) -> None:
        """Create what the first document needs (a folder), and try to write there. Raises StoreError."""
        return None

    @abstractmethod
    def read_recovery_note(self) -> dict[str, t.Any] | None:
        """The note that an earlier run left, which is this run's from now on; {} for one that can't be read.

        Raises StoreError where a run that is at work has it.
        """

    @abstractmethod
    def write_recovery_note(self, note: t.Mapping[str, t.Any]) -> None:
        """Write the note, and keep others from doing so. Raises StoreError."""

    @abstractmethod
    def clear_recovery_note(self) -> None:
        """Remove the note; nothing of it is needed any more."""

    @abstractmethod
    def record(self) -> dict[str, t.Any] | None:
        """The record beside the document, None where there is none. It holds no secret. Raises StoreError."""

    @abstractmethod
    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        """Keep this record instead. Raises StoreError."""

    @abstractmethod
    def remove_record(self) -> None:
        """Keep no record any more. Raises StoreError."""

    def close(self) -> None:
        """Nothing more is wanted of this place; whatever was opened for it may be closed."""
        return None


class PairStore(ABC):
    """Where the pair of one member is kept. ``place`` is its name in results and messages; empty for nowhere."""

    place = ""
    readable = True

    @abstractmethod
    def check_writable(self) -> None:
        """Raise StoreError unless a pair could be stored here now. Changes nothing."""

    def prepare(self) -> None:
        """Make the place ready for the first write. Raises StoreError."""
        return None

    @abstractmethod
    def load(self) -> KeyPair | None:
        """The pair kept here for this instance and member. Raises StoreError if it is somebody else's."""

    @abstractmethod
    def read_recovery_note(self) -> RecoveryNote | None:
        """The note that an interrupted run left, None where there is none.

        Raises StoreError where a run that is at work has it.
        """

    @abstractmethod
    def write_recovery_note(self, known_ids: t.Sequence[int] | None, attempt_id: str = "") -> None:
        """Write the note before a key is created; with None, before anything else is changed. Raises StoreError."""

    @abstractmethod
    def keep(self, pair: KeyPair) -> None:
        """Keep the pair: atomically, and read back. Raises StoreError."""

    @abstractmethod
    def clear_recovery_note(self) -> None:
        """Remove the note; nothing of it is needed any more."""

    @abstractmethod
    def record(self) -> Record | None:
        """What this collection created or set last for this integration; None where nobody wrote it down."""

    @abstractmethod
    def write_record(self, record: Record) -> None:
        """Store the record where it differs from the one that is there. Raises StoreError."""

    def sharing(self) -> dict[str, KeyPair]:
        """{place: pair} of what else is kept for the same member. Raises StoreError where that can't be read."""
        return {}


class NoStore(PairStore):
    """The playbook keeps the pair itself, or only wants one verified."""

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
    """Where a person leaves the pair that they made by hand. ``place`` is its name in messages."""

    place = ""

    @abstractmethod
    def read(self) -> KeyPair | None:
        """The pair, or None while there is none. Raises StoreError for one that can't be read."""

    @abstractmethod
    def clear(self, pair: KeyPair) -> str:
        """Remove this pair from there: it is kept in the store now.

        What to tell where something else is there, or it can't be removed safely; else empty. Raises StoreError.
        """
