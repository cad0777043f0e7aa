# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation after which no earlier key of the member works, for when one has leaked. PRIVATE to this collection.

Wraps the usual rotation, which replaces the stored pair. Keys that the store doesn't name are retired too. If the API
can't retire a key, the member is made inactive, which stops all of its keys, until a pair is handed in and the old ones
are gone.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import datetime

from .._client.errors import CwError, Refused
from .document import time_text
from .ending import delete_step
from .pair import KeyInfo, KeyPair, KeyStatus
from .plan import offered_pair
from .ports import PairInbox
from .record import Record
from .request import KeyRequest, KeyResult
from .retiring import NotRetired, retire
from .state import KeyState, Reader


@dataclass
class AtOnce:
    """``rotate`` is the usual rotation of this state."""

    reader: Reader
    state: KeyState
    inbox: PairInbox | None
    rotate: t.Callable[[], KeyResult]
    warn: t.Callable[[str], None]
    now: datetime

    def preview(self) -> KeyResult:
        """What ``run`` would do; only reads. Raises the same CwError."""
        status = self._checked()
        if self._waits_for_a_person(status):
            return self._stopped(self._left(status), status.member_active)
        if self.state.is_stopped and not status.member_active:
            line = f"API member {self._request.member}", "inactive", "active once the old keys are gone"
            why = "check mode doesn't reactivate the API member, so no login was tried"
            return KeyResult(True, self.state.stored, lines=[line], unverified=why)
        result = self.rotate()
        if self._is_open(result):
            return self._stopped(result, True)
        others = [info for info in status.keys if info.active and not self._is_known(info)]
        for info in others:
            self.warn(self._of_before("Would retire", info))
        return replace(result, lines=[*result.lines, *map(self._line, others)])

    def run(self) -> KeyResult:
        """Raises CwError; then earlier keys may still work, or the member is inactive, as the message says."""
        status = self._checked()
        if self._waits_for_a_person(status):
            if status.member_active:
                self._make_inactive()
            return self._stopped(self._left(status), status.member_active)
        if self.state.is_stopped and not status.member_active:
            self.reader.keys.set_active(True)
        try:
            result = self.rotate()
            if self._is_open(result):
                self._make_inactive()
                return self._stopped(result, not self.state.is_stopped)
            others = self._retire_others(t.cast(KeyPair, result.pair), result.key_id)
        except CwError as exc:
            if not self.state.is_stopped and not isinstance(exc, NotRetired):
                raise
            self._make_inactive()
            member = self._request.member
            raise Refused(f"API member {member!r} is inactive, so none of its keys works. {exc}") from None
        self._note(stopped="")
        if self._is_unfinished:
            self.warn(
                f"This finished an earlier rotation, whose key {t.cast(KeyPair, result.pair).public_key} stays. To"
                " replace that one too, run again."
            )
        return replace(result, changed=result.changed or bool(others), lines=[*result.lines, *map(self._line, others)])

    @property
    def _request(self) -> KeyRequest:
        return self.reader.request

    @property
    def _is_unfinished(self) -> bool:
        """Whether an earlier run of this rotation needed manual steps, and its new pair is already stored."""
        return bool(self.state.is_stopped and self.state.stored and self.state.stored.previous)

    def _checked(self) -> KeyStatus:
        """The member's keys, before any change. Raises Refused if they aren't only this integration's."""
        request, store = self._request, self.reader.store
        sharing = store.sharing()
        if sharing:
            raise Refused(
                f"API member {request.member!r} on {request.instance} is also used by the pair in"
                f" {', '.join(sharing)}, which would stop working. Nothing was changed. Rotate with a grace period"
                " (leave out rotate_now), and give each integration its own API member."
            )
        status = self.reader.keys.status()
        record = self.state.record
        is_ours = self.state.stored is not None or bool(record and record.member_id == status.member_id is not None)
        request.guard("all of its keys would be stopped", is_ours)
        own = [info for info in status.keys if info.public_key and info.public_key == request.own_public_key]
        if own:
            raise Refused(
                f"Key {own[0].public_key} of API member {request.member!r} on {request.instance} is the automation's"
                " own: stopping it would lock the automation out. Nothing was changed."
            )
        return status

    def _waits_for_a_person(self, status: KeyStatus) -> bool:
        """Whether the member is inactive and must stay so: a new pair is missing, or an old key still exists."""
        if not self.state.is_stopped:
            return False
        if offered_pair(self.reader.with_inbox(self.state, self.inbox), self._request):
            return False
        former = self.state.stored.previous if self.state.stored else ()
        return not former or any(info.active for pair in former for info in status.listed(pair))

    def _left(self, status: KeyStatus) -> KeyResult:
        """The manual steps while the member is inactive."""
        stored = self.state.stored
        if stored is None or not stored.previous:
            return self.rotate()
        there = [pair for pair in stored.previous if any(info.active for info in status.listed(pair))]
        return KeyResult(pair=stored, pending=[delete_step(self._request, pair) for pair in there])

    def _is_open(self, result: KeyResult) -> bool:
        """Whether there is no new pair, or an old one still works."""
        return result.handed_over or bool(result.pair and result.pair.previous)

    def _is_known(self, info: KeyInfo) -> bool:
        offered = offered_pair(self.reader.with_inbox(self.state, self.inbox), self._request)
        known = [*self.state.known, *([offered] if offered else [])]
        return any(info.public_key == pair.public_key for pair in known)

    def _retire_others(self, pair: KeyPair, key_id: int | None) -> list[KeyInfo]:
        """Retire every key but the stored one. Raises NotRetired."""
        status = self.reader.keys.status()
        active = [info for info in status.keys if info.active]
        if key_id is None and len(active) > 1 and any(not info.public_key for info in active):
            raise NotRetired(
                f"API member {self._request.member!r} on {self._request.instance} has {len(active)} active keys, and"
                f" the instance doesn't show which is {pair.public_key}. Delete the others in System > Members > API"
                " Members, tab API Keys, and run again."
            )
        others = [info for info in active if info.key_id != key_id and info.public_key != pair.public_key]
        if len(others) == len(active) == 1 and not active[0].public_key:
            return []
        for info in others:
            retire(self.reader.keys, self._request, info.key_id, info.public_key or f"of id {info.key_id}")
            self.warn(self._of_before("Retired", info))
        return others

    def _of_before(self, done: str, info: KeyInfo) -> str:
        name = info.public_key or f"of id {info.key_id}"
        return (
            f"{done} key {name} ({info.description or 'without a description'}) of API member"
            f" {self._request.member!r}: it isn't the stored one, and this rotation ends all earlier keys."
        )

    def _line(self, info: KeyInfo) -> tuple[str, str, str]:
        return f"Key {info.public_key or info.key_id} of {self._request.member}", "active", "retired"

    def _stopped(self, result: KeyResult, changed: bool) -> KeyResult:
        member = self._request.member
        step = f"API member {member} is inactive, so none of its keys works. The run that verifies the new pair"
        pending = [f"{step} reactivates it.", *result.pending]
        lines = [*result.lines, *([(f"API member {member}", "active", "inactive")] if changed else [])]
        return replace(result, stopped=True, changed=result.changed or changed, pending=pending, lines=lines)

    def _make_inactive(self) -> None:
        self._note(stopped=time_text(self.now) or "")
        try:
            self.reader.keys.set_active(False)
        except CwError as exc:
            raise Refused(
                f"Old keys of API member {self._request.member!r} on {self._request.instance} still work: REST can't"
                f" retire keys there, and the member couldn't be made inactive either ({exc}). Make it inactive in"
                " System > Members > API Members now."
            ) from None

    def _note(self, stopped: str) -> None:
        record = self.reader.store.record() or Record()
        if record.stopped != stopped:
            self.reader.store.write_record(replace(record, stopped=stopped))
