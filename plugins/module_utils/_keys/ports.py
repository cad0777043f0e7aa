# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the key workflow needs of the world around it. PRIVATE to this collection.

The instance is reached in-process or through a module on another machine; the place to keep a pair may
be a vault file or none at all. The workflow knows only these classes.
"""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .._client.errors import CwError
from .pair import KeyPair, KeyStatus, Proof


class StoreError(CwError):
    """The place to keep a pair can't be used; the text says why and what to do."""


class Keys(ABC):
    """The API keys of one member on one instance."""

    @abstractmethod
    def login(self, pair: KeyPair) -> Proof:
        """Log in with the pair and look what it can do. A refused login is a Proof, not an error."""

    @abstractmethod
    def status(self) -> KeyStatus:
        """The member and its keys, as far as the instance tells."""

    @abstractmethod
    def create(self, description: str) -> KeyPair:
        """Make a key.

        Raises KeyRefused where the instance makes none, and AnswerLost where it may exist without anyone
        knowing its private half.
        """

    @abstractmethod
    def retire(self, key_id: int) -> None:
        """Delete a key, or make it inactive where it can't be deleted."""


@dataclass(frozen=True)
class Leftover:
    """What a run wrote down before it made a key, and didn't get to take away: the ids of the keys there were.

    A key of ours that isn't among them was made by that run, and its private half died with it.
    """

    known_ids: tuple[int, ...] = ()


class Store(ABC):
    """Where the pair is kept. ``place`` is what results and messages call it; empty for nowhere."""

    place = ""

    @abstractmethod
    def prove(self, check_mode: bool) -> None:
        """Raise StoreError unless a pair could be kept here now. Makes nothing in check mode."""

    @abstractmethod
    def load(self) -> KeyPair | None:
        """The pair kept here for this instance and member. Raises StoreError if it is somebody else's."""

    @abstractmethod
    def leftover(self) -> Leftover | None:
        """What an interrupted run left behind."""

    @abstractmethod
    def begin(self, known_ids: t.Sequence[int]) -> None:
        """Open the recovery file, before a key is made."""

    @abstractmethod
    def keep(self, pair: KeyPair) -> None:
        """Keep the pair: atomically, and read back. Raises StoreError."""

    @abstractmethod
    def forget_leftover(self) -> None:
        """Remove the recovery file; nothing of it is needed any more."""


class Credentials(ABC):
    """A credentials file as such, whoever's pair it holds. ``place`` is its path."""

    place = ""

    @abstractmethod
    def exists(self) -> bool:
        """Whether the file is there."""

    @abstractmethod
    def describe(self) -> dict[str, str] | None:
        """What it holds, without the private key; None where it isn't there. Raises StoreError."""

    @abstractmethod
    def prove(self, check_mode: bool) -> None:
        """As Store.prove."""


class NoStore(Store):
    """The playbook keeps the pair itself, or only wants one verified."""

    def prove(self, check_mode: bool) -> None:
        return None

    def load(self) -> KeyPair | None:
        return None

    def leftover(self) -> Leftover | None:
        return None

    def begin(self, known_ids: t.Sequence[int]) -> None:
        return None

    def keep(self, pair: KeyPair) -> None:
        return None

    def forget_leftover(self) -> None:
        return None


class HandIn(ABC):
    """Where a person leaves the pair that they made by hand. ``place`` is its name in messages."""

    place = ""

    @abstractmethod
    def read(self) -> KeyPair | None:
        """The pair, or None while there is none. Raises StoreError for one that can't be read."""

    @abstractmethod
    def clear(self) -> None:
        """Remove the pair from there: it is kept in the store now."""
