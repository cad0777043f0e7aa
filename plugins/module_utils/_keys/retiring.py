# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a pair that was replaced comes to its end. PRIVATE to this collection.

The store names it until it is proven dead: its key isn't listed as active any more, and its login is
refused. Only then is it forgotten, so that a run that ends anywhere can be finished by the next one.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._client.errors import Refused
from .pair import KeyPair, KeyStatus
from .ports import Keys, Store, StoreError
from .proving import login_with_retry

Line = t.Tuple[str, t.Any, t.Any]


@dataclass
class Finished:
    """The pair as it is kept now, or would be in check mode, and what was done about those before it."""

    pair: KeyPair
    changed: bool = False
    pending: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Retirer:
    """``grace`` is how long a replaced pair goes on; None where this run wasn't asked to rotate."""

    keys: Keys
    store: Store
    member: str
    instance: str
    now: datetime
    grace: timedelta | None
    check_mode: bool
    warn: t.Callable[[str], None]

    def finish(self, pair: KeyPair, status: t.Callable[[], KeyStatus]) -> Finished:
        """Retire what ``pair`` replaced, as far as it is time."""
        due = self._due(pair)
        if not pair.previous or due is None:
            return Finished(pair)
        done = Finished(pair)
        if due != pair.retire_after:
            # first of all, so that any later run goes on with it
            done.pair = self._keep(pair, replace(pair, retire_after=due))
            done.changed = True
        if due > self.now:
            after = f"to be retired after {due:%Y-%m-%d}"
            done.lines = [self._line(former, "replaced", after) for former in pair.previous if done.changed]
            return done
        self._retire_all(done, status())
        return done

    def _due(self, pair: KeyPair) -> datetime | None:
        if self.grace is None:
            return pair.retire_after
        asked = (pair.made or self.now) + self.grace
        return min(asked, pair.retire_after) if pair.retire_after else asked

    def _retire_all(self, done: Finished, status: KeyStatus) -> None:
        left = [former for former in done.pair.previous if not self._retire(former, status, done)]
        if len(left) == len(done.pair.previous):
            return
        retire_after = done.pair.retire_after if left else None
        done.pair = self._keep(done.pair, replace(done.pair, previous=tuple(left), retire_after=retire_after))
        done.changed = True

    def _retire(self, former: KeyPair, status: KeyStatus, done: Finished) -> bool:
        """Whether the pair is dead."""
        listed = status.listed(former)
        if listed:
            self._retire_listed(former, [info.key_id for info in listed])
            done.lines.append(self._line(former, "active" if listed[0].active else "inactive", "retired"))
            return True
        if former.private_key and login_with_retry(self.keys, former).logs_in:
            done.pending.append(self._step(former))
            if done.changed:
                done.lines.append(self._line(former, "replaced", "to be deleted by a person"))
            return False
        unnamed = any(not info.public_key for info in status.keys)
        if not former.private_key and (not status.offered or unnamed):
            done.pending.append(self._step(former))
            self.warn(
                f"Nothing can tell when key {former.public_key} is deleted: {self.instance} doesn't list keys by name,"
                f" and {self.store.place} doesn't give back private keys. It is told this once."
            )
            done.lines.append(self._line(former, "replaced", "to be deleted by a person"))
            return True
        done.lines.append(self._line(former, "replaced", "gone"))
        return True

    def _retire_listed(self, former: KeyPair, key_ids: list[int]) -> None:
        if self.check_mode:
            return
        for key_id in key_ids:
            self.keys.retire(key_id)
        if former.private_key and self.keys.login(former).logs_in:
            raise Refused(
                f"Key {former.public_key} of API member {self.member!r} on {self.instance} was retired and still logs"
                " in. Delete it in System > Members > API Members, tab API Keys, and run again."
            )

    def _step(self, former: KeyPair) -> str:
        return (
            f"Open System > Members > API Members > {self.member}, tab API Keys, and delete the key"
            f" {former.public_key}: it was replaced. Then run again: it verifies that this key no longer logs in."
        )

    def _line(self, former: KeyPair, before: str, after: str) -> Line:
        return f"Key {former.public_key} of {self.member}", before, after

    def _keep(self, now: KeyPair, then: KeyPair) -> KeyPair:
        if not self.check_mode:
            keep_alone(self.store, now, then)
        return then


def keep_alone(store: Store, now: KeyPair | None, then: KeyPair) -> None:
    """Keep a pair where no other run has kept one since ``now`` was loaded."""
    store.begin(None)
    try:
        check_alone(store, now)
        store.keep(then)
    finally:
        store.forget_leftover()


def check_alone(store: Store, expected: KeyPair | None) -> None:
    """No run has kept a pair between our look at the store and our lock on it."""
    there = store.load()
    if (there is None and expected is None) or (there is not None and there.kept_as(expected)):
        return
    raise StoreError(f"Another run has just kept a pair in {store.place}. Run again: it takes it up.")
