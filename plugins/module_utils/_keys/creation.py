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
from .ports import Keys, Store, StoreError
from .wanted import Wanted


class Creation:
    """``retire_lost`` retires the keys that aren't among the known ids, whose private half nobody has.

    ``unseen``: whether a creation was given up whose key the instance hasn't shown. It may yet be carried out.
    """

    def __init__(
        self, keys: Keys, store: Store, wanted: Wanted, retire_lost: t.Callable[[t.Sequence[int]], list[KeyInfo]]
    ) -> None:
        self._keys, self._store, self._wanted, self._retire_lost = keys, store, wanted, retire_lost
        self.unseen = False

    def create(self, known_ids: t.Sequence[int]) -> KeyPair:
        """A new key. One whose private half was lost on the way is retired, and requested again once.

        Raises AnswerLost where the instance doesn't show the key of a lost answer: it may yet come, and nobody repeats
        the request before the next run has looked.
        """
        try:
            return self._try(known_ids)
        except AnswerLost:
            if self.unseen:
                raise
        try:
            return self._try(known_ids)
        except AnswerLost:
            self._forget_leftover()
            raise

    def _try(self, known_ids: t.Sequence[int]) -> KeyPair:
        try:
            return self._keys.create(self._wanted.description)
        except AnswerLost:
            # its private half is gone for ever, so the key is of no use to anyone
            self.unseen = not self._retire_lost(known_ids)
            raise
        except KeyNotShown as exc:
            self._retire_lost(known_ids)
            self._forget_leftover()
            raise KeyRefused(str(exc)) from None
        except CwError:
            self._forget_leftover()
            raise

    def keep(self, pair: KeyPair) -> None:
        """Raises StoreError; the key is retired then, or the next run does so."""
        try:
            self._store.keep(pair)
        except Exception as exc:  # whatever it is: a key that isn't kept must not stay
            if self._store.readable or not self._is_kept_after_all(pair, exc):
                self.undo(pair, exc)
        self._forget_leftover()

    def undo(self, pair: KeyPair, cause: Exception) -> t.NoReturn:
        """The pair can't be kept, so the key must not stay."""
        wanted = self._wanted
        name = f"key {pair.public_key} (id {pair.key_id}) of {wanted.member!r} on {wanted.instance}"
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
            self._forget_leftover()
        raise StoreError(f"The new {name} couldn't be kept, so it was retired again: {cause}") from None

    def _is_kept_after_all(self, pair: KeyPair, cause: Exception) -> bool:
        """Where the place took the pair all the same, the private half of the one before it is gone."""
        try:
            return pair.kept_as(self._store.load())
        except StoreError:
            raise StoreError(
                f"It isn't known whether the new key {pair.public_key} is kept in {self._store.place} ({cause})."
                " Run again: it looks, and retires what isn't kept."
            ) from None

    def _forget_leftover(self) -> None:
        """A creation whose key wasn't seen may yet be carried out: the note stays, and the next run retires it."""
        if self.unseen:
            return
        try:
            self._keys.announce(None)
        except CwError:
            return  # line and note stay together, and the next run removes both
        self._store.forget_leftover()
