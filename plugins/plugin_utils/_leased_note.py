# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery note of a store that other machines use too. PRIVATE to this collection.

A file lock ends with its process; a note in another system doesn't. So a note younger than the lease may belong to a
running run, which is waited for; an older one is a leftover.
"""

from __future__ import annotations

import time
import typing as t
import uuid
from abc import abstractmethod

from ..module_utils._keys.document import parse_time, time_text, utc_now
from ..module_utils._keys.ports import PairBackend, StoreError

PAUSE = 1.0
Note = t.Dict[str, t.Any]


class LeasedNotePlace(PairBackend):
    """Set ``lease`` (seconds), and how a note is read, written and removed."""

    lease = 0.0

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex
        self._mine = False  # whether this run wrote the current note

    @abstractmethod
    def _load_note(self) -> Note | None:
        """The note that is there now."""

    @abstractmethod
    def _save_note(self, note: Note) -> None:
        """Raises StoreError if another run has written one since it was loaded."""

    @abstractmethod
    def _remove_note(self) -> None:
        """Remove the note, whichever run wrote it."""

    def read_recovery_note(self) -> Note | None:
        deadline = time.monotonic() + self.lease
        while True:
            note = self._load_note()
            if note is None or self._mine or self._is_over(note):
                break
            if time.monotonic() > deadline:
                raise self._busy()
            time.sleep(min(PAUSE, self.lease))
        return note

    def write_recovery_note(self, note: t.Mapping[str, t.Any]) -> None:
        if not self._mine:
            there = self._load_note()
            if there is not None and not self._is_over(there):
                raise self._busy()
        written = {**note, "run": self._run, "since": time_text(utc_now())}
        self._save_note(written)
        self._mine = True
        there = self._load_note()
        if there is None or there.get("run") != self._run:
            self._mine = False
            raise StoreError(f"The recovery note with {self.place} doesn't read back as written. No key was created.")

    def clear_recovery_note(self) -> None:
        self._remove_note()
        self._mine = False

    def _busy(self) -> StoreError:
        return StoreError(f"Another run is creating this key right now (its note is stored with {self.place}).")

    def _is_over(self, note: Note) -> bool:
        since = parse_time(note.get("since"))
        return since is None or abs((utc_now() - since).total_seconds()) >= self.lease
