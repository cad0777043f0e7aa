# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A working pair of a member is stored: read, plan, apply. PRIVATE to this collection.

Planning only reads. ``preview`` returns the plan's result; ``ensure_present`` carries the plan out.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import datetime

from .._client.errors import InputError, KeyNotVisible, KeyRefused, Refused
from .._resources.settling import unseen
from .apply import Applier, NewKeyRejected, lost_key
from .at_once import AtOnce
from .document import utc_now
from .plan import Action, KeyPlan, offered_pair, plan
from .ports import Keys, PairInbox, PairStore, StoreError
from .record import Record
from .request import KeyRequest, KeyResult
from .state import KeyState, Login, Reader, Unread

Wait = t.Callable[[t.Callable[[], bool], str], bool]


def preview(
    keys: Keys,
    store: PairStore,
    request: KeyRequest,
    inbox: PairInbox | None,
    warn: t.Callable[[str], None],
    now: datetime | None = None,
) -> KeyResult:
    """What ensure_present would do; only reads, and doesn't wait for manual steps. Raises the same CwError."""
    reader, now = Reader(keys, store, request), now or utc_now()
    state = reader.with_inbox(reader.stored(inbox), inbox)

    def rotate() -> KeyResult:
        return _previewed(reader, state, request, warn, now)

    return AtOnce(reader, state, inbox, rotate, warn, now).preview() if request.at_once else rotate()


def _previewed(
    reader: Reader, state: KeyState, request: KeyRequest, warn: t.Callable[[str], None], now: datetime
) -> KeyResult:
    made = decide(reader, state, request, now)
    for line in made.warnings:
        warn(line)
    if made.unmet:
        warn(made.unmet.assumption)
    if made.refusal:
        raise made.refusal
    for each in (made, *([made.first] if made.first else [])):
        for info in each.orphans:
            warn(lost_key("Would retire", info))
    return made.result


def ensure_present(
    keys: Keys,
    store: PairStore,
    request: KeyRequest,
    inbox: PairInbox | None,
    warn: t.Callable[[str], None],
    wait: Wait,
    tell: t.Callable[[str], None] | None = None,
    now: datetime | None = None,
) -> KeyResult:
    """Ensure that the store has a working pair of the member. Raises CwError; then nothing is left behind.

    If the key must be created by hand, ``wait`` is called with a function that checks for it and a line to show.
    ``tell`` shows the user a line at once (default: as a warning).
    """
    reader = Reader(keys, store, request)
    state, now = reader.stored(inbox), now or utc_now()
    run = _Run(reader, state, inbox, warn, wait, tell or warn, now)
    return AtOnce(reader, state, inbox, run.run, warn, now).run() if request.at_once else run.run()


def decide(reader: Reader, state: KeyState, request: KeyRequest, now: datetime) -> KeyPlan:
    """The plan, after reading all that it depends on. Raises CwError if that can't be read."""
    while True:
        try:
            return plan(state, request, now)
        except Unread as exc:
            state = reader.extend(state, exc.fact)


@dataclass
class _Run:
    reader: Reader
    state: KeyState
    inbox: PairInbox | None
    warn: t.Callable[[str], None]
    wait: Wait
    tell: t.Callable[[str], None]
    now: datetime
    last_message: str = ""

    def run(self) -> KeyResult:
        return self._take_offered() or self._carry_out(self.state)

    def _take_offered(self) -> KeyResult | None:
        """Store the supplied or handed-in pair. None if there is none, or a wrong one that may still be corrected."""
        request = self.reader.request
        try:
            state = self.reader.with_inbox(self.state, self.inbox)
            return self._carry_out(state) if offered_pair(state, request) else None
        except (Refused, StoreError, InputError) as exc:
            if request.supplied or not self._waits:
                raise
            if str(exc) != self.last_message:
                self.tell(str(exc))
            self.last_message = str(exc)
            return None

    @property
    def _waits(self) -> bool:
        """Whether this run waits for manual steps; a pair handed in meanwhile may still be corrected."""
        return self.reader.request.wait_timeout > 0 and self.inbox is not None

    def _carry_out(self, state: KeyState) -> KeyResult:
        made = self._plan(state, self.reader.request)
        try:
            result = self._apply(made)
        except KeyRefused as exc:
            made = t.cast(KeyPlan, made.otherwise)
            result = replace(made.result, reason=str(exc))
        except NewKeyRejected as exc:
            raise self._undone(exc) from None
        return self._handed_over(made, result) if made.action is Action.HAND_OVER else result

    def _plan(self, state: KeyState, request: KeyRequest) -> KeyPlan:
        made = decide(self.reader, state, request, self.now)
        for line in made.warnings:
            self.warn(line)
        if made.unmet:
            raise Refused(made.unmet.refusal)
        if made.refusal:
            raise made.refusal
        return made

    def _apply(self, made: KeyPlan) -> KeyResult:
        reader, record = self.reader, self.state.record
        return Applier(reader.keys, reader.store, self.inbox, reader.request, record, self.now, self.warn).apply(made)

    def _undone(self, exc: NewKeyRejected) -> Refused:
        """Restore the previous pair if it works. Returns the error to raise; raises CwError if restoring fails."""
        keys, request, store = self.reader.keys, self.reader.request, self.reader.store
        for former in exc.pair.previous:
            proof = keys.login(former)
            if proof.logs_in:
                break
        else:
            where = f" It is stored in {store.place}." if store.place else ""
            late = f" It was {unseen(request.settle_timeout)}, and the next run tries it again."
            return KeyNotVisible(f"{exc}{where}{late} {exc.proof.reason}")
        record = self.state.record or Record()
        state = replace(self.state, stored=exc.pair, recovery_note=None, record=record, handed_in=None, facts={})
        state = state.extended(Login(exc.pair), exc.proof).extended(Login(former, retry=False), proof)
        self._apply(self._plan(state, replace(request, supplied=None, force=False, rotate=False, at_once=False)))
        return Refused(f"{exc} It was retired, and the previous pair was restored. {exc.proof.reason}")

    def _handed_over(self, made: KeyPlan, result: KeyResult) -> KeyResult:
        """Wait for a pair created by hand if asked to; else return the manual steps."""
        if made.first:  # it was carried out
            self.state = replace(self.state, stored=made.first.result.pair, recovery_note=None)
        if not self._waits:
            return result
        found: list[KeyResult] = []

        def done() -> bool:
            taken = self._take_offered()
            found.extend([taken] if taken else [])
            return bool(found)

        request = self.reader.request
        line = f"{request.instance}: waiting for the key pair of {request.member!r} in {self.state.inbox}"
        return found[0] if self.wait(done, line) else result
