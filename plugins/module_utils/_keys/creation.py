# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one key is created and stored, or retired again where it can't be. PRIVATE to this collection.

The store's recovery note and the line in the member's notes stand while this is done. They are removed once nothing of
the key is in doubt.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._client.errors import AnswerLost, CwError, KeyNotShown, KeyRefused
from .pair import KeyInfo, KeyPair
from .ports import Keys, PairStore, StoreError
from .request import KeyRequest


class Creation:
    """``retire_lost`` retires the keys of this attempt, whose private half nobody has, and returns them. It raises
    KeyRefused where the instance lists no keys.

    ``unseen``: whether a creation was given up whose key the instance hasn't shown. It may yet be carried out.
    """

    def __init__(
        self, keys: Keys, store: PairStore, request: KeyRequest, retire_lost: t.Callable[[], list[KeyInfo]]
    ) -> None:
        self._keys, self._store, self._request, self._retire_lost = keys, store, request, retire_lost
        self.unseen = False

    def create(self) -> KeyPair:
        """A new key. One whose private half was lost on the way is retired, and requested again once.

        Raises KeyRefused where the instance creates none, any other CwError of the instance, and AnswerLost where it
        doesn't show the key of a lost answer: it may yet come, and nobody repeats the request before the next run has
        looked.
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
            # its private half is gone for ever, so the key is of no use to anyone
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
        """Raises StoreError; the key is retired then, or the next run does so."""
        try:
            self._store.keep(pair)
        except Exception as exc:  # whatever it is: a key that isn't kept must not stay
            if self._store.readable or not self._is_kept_after_all(pair, exc):
                self.undo(pair, exc)
        self._clear_recovery_note()

    def undo(self, pair: KeyPair, cause: Exception) -> t.NoReturn:
        """The pair can't be kept, so the key must not stay."""
        request = self._request
        name = f"key {pair.public_key} (id {pair.key_id}) of {request.member!r} on {request.instance}"
        try:
            if pair.key_id is None:
                raise StoreError("the instance didn't tell its id")
            self._keys.retire(pair.key_id)
        except CwError as exc:
            raise StoreError(
                f"The new {name} couldn't be kept ({cause}), and couldn't be retired either ({exc})."
                " Run again, which retires it, or delete it in System > Members > API Members, tab API Keys."
            ) from None
        with contextlib.suppress(CwError):  # the place is broken; what is left there names no key of ours
            self._clear_recovery_note()
        raise StoreError(f"The new {name} couldn't be kept, so it was retired again: {cause}") from None

    def _is_kept_after_all(self, pair: KeyPair, cause: Exception) -> bool:
        """Where the place took the pair all the same, the private half of the one before it is gone."""
        try:
            return pair.same_record(self._store.load())
        except StoreError:
            raise StoreError(
                f"It isn't known whether the new key {pair.public_key} is kept in {self._store.place} ({cause})."
                " Run again: it looks, and retires what isn't kept."
            ) from None

    def _clear_recovery_note(self) -> None:
        """A creation whose key wasn't seen may yet be carried out: the note stays, and the next run retires it."""
        if self.unseen:
            return
        try:
            self._keys.announce(None)
        except CwError:
            return  # line and note stay together, and the next run removes both
        self._store.clear_recovery_note()
