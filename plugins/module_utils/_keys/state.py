# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the key workflow bases its plan on, and the reader that collects it. PRIVATE to this collection.

The store is read first. The instance is only asked for what the plan depends on: if the plan needs a fact that hasn't
been read, it raises Unread, and the caller plans again with the state extended by that fact.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field, replace

from .._client.errors import CwError
from .._domain.attempt import Attempt
from .pair import KeyPair, KeyStatus, Proof
from .ports import Keys, PairInbox, PairStore, RecoveryNote
from .proving import login_with_retry
from .record import Record
from .request import KeyRequest
from .store import ensure_unchanged


class Look(enum.Enum):
    """A fact that takes one reading."""

    PLACE = "whether the store can take a pair"
    LISTING = "the member and its keys"
    ATTEMPT = "the attempt that the member's notes name"
    UNCHANGED = "whether the store still has the pair that was loaded"


@dataclass(frozen=True)
class Login:
    """Whether a pair logs in. With ``retry``, three refusals in a row are needed to say that it doesn't."""

    pair: KeyPair
    retry: bool = True


@dataclass(frozen=True)
class Guard:
    """Whether the member may be changed; see KeyRequest.guard."""

    what: str
    is_ours: bool


Fact = t.Union[Look, Login, Guard]


class Unread(Exception):
    """The plan depends on ``fact``, which hasn't been read yet."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass(frozen=True)
class KeyState:
    """The stored pair, what is stored next to it, and the handed-in pair.

    ``place`` is the store's name in messages (empty: no store), ``inbox`` that of the inbox for handed-in pairs.
    ``facts`` are those read so far about the store and the instance: None for Look.PLACE and Look.UNCHANGED, KeyStatus
    for Look.LISTING, Attempt or None for Look.ATTEMPT, Proof for a Login, and for a Guard the CwError of a refusal or
    None.
    """

    place: str = ""
    inbox: str = ""
    stored: KeyPair | None = None
    recovery_note: RecoveryNote | None = None
    record: Record | None = None
    handed_in: KeyPair | None = None
    facts: t.Mapping[Fact, t.Any] = field(default_factory=dict)

    def look(self, fact: Fact) -> t.Any:
        """The value of the fact. Raises Unread."""
        if fact not in self.facts:
            raise Unread(fact)
        return self.facts[fact]

    @property
    def listing(self) -> KeyStatus:
        return t.cast(KeyStatus, self.look(Look.LISTING))

    @property
    def attempt(self) -> Attempt | None:
        return t.cast("Attempt | None", self.look(Look.ATTEMPT))

    def proof(self, pair: KeyPair, retry: bool = True) -> Proof:
        """What a login with the pair showed. Raises Unread."""
        other: Proof | None = self.facts.get(Login(pair, not retry))
        if other is not None and (other.logs_in or not retry):
            return other
        return t.cast(Proof, self.look(Login(pair, retry)))

    def holds(self, pair: KeyPair) -> bool:
        """Whether the store already has this pair."""
        if self.stored is None:
            return False
        if not self.stored.private_key:
            return self.stored.public_key == pair.public_key  # it logged in before it was stored
        return self.stored.fingerprint == pair.fingerprint

    @property
    def known(self) -> list[KeyPair]:
        """The stored pair and those that it replaced."""
        return [self.stored, *self.stored.previous] if self.stored else []

    @property
    def is_stopped(self) -> bool:
        """Whether our own rotation made the member inactive."""
        return bool(self.record and self.record.stopped)

    def extended(self, fact: Fact, value: t.Any) -> KeyState:
        return replace(self, facts={**self.facts, fact: value})


@dataclass(frozen=True)
class Reader:
    """Reads what a plan needs, and writes nothing."""

    keys: Keys
    store: PairStore
    request: KeyRequest

    def stored(self, inbox: PairInbox | None) -> KeyState:
        """Read the store: the state without the handed-in pair and the facts. Raises StoreError."""
        note = self.store.read_recovery_note()  # first: this locks out other runs that would store a pair
        place, there = self.store.place, inbox.place if inbox else ""
        return KeyState(place, there, self.store.load(), note, self.store.record())

    def with_inbox(self, state: KeyState, inbox: PairInbox | None) -> KeyState:
        """The state with the handed-in pair; a supplied one takes precedence. Raises StoreError."""
        return state if inbox is None or self.request.supplied else replace(state, handed_in=inbox.read())

    def extend(self, state: KeyState, fact: Fact) -> KeyState:
        """The state with this fact, read now. Raises CwError if it can't be read."""
        if isinstance(fact, Login):
            proof = login_with_retry(self.keys, fact.pair) if fact.retry else self.keys.login(fact.pair)
            return state.extended(fact, proof)
        if isinstance(fact, Guard):
            return state.extended(fact, self._refusal(fact))
        looks: dict[Look, t.Callable[[], t.Any]] = {
            Look.PLACE: self.store.check_writable,
            Look.LISTING: self.keys.status,
            Look.ATTEMPT: self.keys.attempt,
            Look.UNCHANGED: lambda: ensure_unchanged(self.store, state.stored),
        }
        return state.extended(fact, looks[fact]())

    def _refusal(self, guard: Guard) -> CwError | None:
        try:
            self.request.guard(guard.what, guard.is_ours)
        except CwError as exc:
            return exc
        return None
