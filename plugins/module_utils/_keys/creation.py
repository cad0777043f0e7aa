# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and stores one key, or retires it if it can't be stored. PRIVATE to this collection.

The store's recovery note and the line in the member's notes stay until the outcome for the key is certain.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._client.errors import AnswerLost, CwError, KeyNotShown, KeyRefused
from .pair import KeyInfo, KeyPair
from .ports import Keys, PairStore, StoreError
from .request import KeyRequest


class Creation:
    """``retire_lost`` retires the keys of this attempt whose private key is lost, and returns them. It raises
    KeyRefused if the instance lists no keys.

    ``unseen``: a creation whose answer was lost, and whose key the instance hasn't shown; it may still appear.
    """

    def __init__(
        self, keys: Keys, store: PairStore, request: KeyRequest, retire_lost: t.Callable[[], list[KeyInfo]]
    ) -> None:
        self._keys, self._store, self._request, self._retire_lost = keys, store, request, retire_lost
        self.unseen = False

    def create(self) -> KeyPair:
        """Create a key. If its private key is lost on the way, the key is retired and another requested, once.

        Raises KeyRefused if the instance doesn't create one, any other CwError of the instance, and AnswerLost if the
        instance doesn't show the key of a lost answer: the key may still appear, so the request isn't repeated before
        the next run has looked for it.
        """
        try:
            return self._try()
        except AnswerLost:
            if self.unseen:
                raise
        try:
            return self._try()
        except AnswerLost:
            self._clear_recovery_note()
            raise

    def _try(self) -> KeyPair:
        try:
            return self._keys.create(self._request.description)
        except AnswerLost:
            # the private key is lost, so nobody can use the key
            self.unseen = True
            self.unseen = not self._retire_lost()
            raise
        except KeyNotShown as exc:
            self._retire_lost()
            self._clear_recovery_note()
            raise KeyRefused(str(exc)) from None
        except CwError:
            self._clear_recovery_note()
            raise

    def keep(self, pair: KeyPair) -> None:
        """Store the pair. Raises StoreError; the key is then retired, by this run or the next."""
        try:
            self._store.keep(pair)
        except Exception as exc:  # whatever it is: a key that isn't stored must not stay
            if self._store.readable or not self._is_kept_after_all(pair, exc):
                self.undo(pair, exc)
        self._clear_recovery_note()

    def undo(self, pair: KeyPair, cause: Exception) -> t.NoReturn:
        """Retire the key of a pair that can't be stored. Raises StoreError."""
        request = self._request
        name = f"key {pair.public_key} (id {pair.key_id}) of {request.member!r} on {request.instance}"
        try:
            if pair.key_id is None:
                raise StoreError("the instance didn't return its id")
            self._keys.retire(pair.key_id)
        except CwError as exc:
            raise StoreError(
                f"The new {name} could be neither stored ({cause}) nor retired ({exc})."
                " Run again, which retires it, or delete it in System > Members > API Members, tab API Keys."
            ) from None
        with contextlib.suppress(CwError):  # the store is broken; a note left there names no key of ours
            self._clear_recovery_note()
        raise StoreError(f"The new {name} couldn't be stored, so it was retired: {cause}") from None

    def _is_kept_after_all(self, pair: KeyPair, cause: Exception) -> bool:
        """Whether the store has the pair despite the error; if so, the previous private key is gone."""
        try:
            return pair.same_record(self._store.load())
        except StoreError:
            raise StoreError(
                f"It is unknown whether the new key {pair.public_key} was stored in {self._store.place} ({cause})."
                " Run again: the run checks, and retires the key if it wasn't stored."
            ) from None

    def _clear_recovery_note(self) -> None:
        """Clear the note, unless a key may still appear: the note then lets the next run retire it."""
        if self.unseen:
            return
        try:
            self._keys.announce(None)
        except CwError:
            return  # line and note stay together, and the next run removes both
        self._store.clear_recovery_note()
