# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation after which no key of the member from before it works, since one has leaked. PRIVATE to this collection.

Around the usual rotation, which replaces the stored pair. Keys that the store doesn't name are retired as well. Where
REST can't retire a key, the member is made inactive, which stops all of its keys, until a pair is handed in and the old
ones are gone.
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
        """By reading alone. Raises CwError as ``run`` would."""
        status = self._checked()
        if self._waits_for_a_person(status):
            return self._stopped(self._left(status), status.member_active)
        if self.state.is_stopped and not status.member_active:
            line = f"API member {self._request.member}", "inactive", "active once the old keys are seen to be gone"
            why = "check mode doesn't make the API member active, so nothing logs in"
            return KeyResult(True, self.state.stored, lines=[line], unverified=why)
        result = self.rotate()
        if self._is_open(result):
            return self._stopped(result, True)
        others = [info for info in status.keys if info.active and not self._is_known(info)]
        for info in others:
            self.warn(self._of_before("Would retire", info))
        return replace(result, lines=[*result.lines, *map(self._line, others)])

    def run(self) -> KeyResult:
        """Raises CwError; then keys from before may work, or the member is inactive, and the text says which."""
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
            raise Refused(f"API member {member!r} is inactive, so that no key of it works. {exc}") from None
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
        """Whether a person had a part in an earlier run of this rotation, whose new pair is stored already."""
        return bool(self.state.is_stopped and self.state.stored and self.state.stored.previous)

    def _checked(self) -> KeyStatus:
        """The member's keys before anything is done. Raises Refused where they are somebody else's too."""
        request, store = self._request, self.reader.store
        sharing = store.sharing()
        if sharing:
            raise Refused(
                f"API member {request.member!r} on {request.instance} is used by the pair in {', '.join(sharing)} as"
                " well, which would stop working. Nothing was changed. Rotate with days of grace (leave rotate_now"
                " out), and give each integration an API member of its own."
            )
        status = self.reader.keys.status()
        record = self.state.record
        is_ours = self.state.stored is not None or bool(record and record.member_id == status.member_id is not None)
        request.guard("all of its keys would be stopped", is_ours)
        own = [info for info in status.keys if info.public_key and info.public_key == request.own_public_key]
        if own:
            raise Refused(
                f"Key {own[0].public_key} of API member {request.member!r} on {request.instance} is the automation's"
                " own: to stop it would lock the automation out. Nothing was changed."
            )
        return status

    def _waits_for_a_person(self, status: KeyStatus) -> bool:
        """Whether the member is inactive and has to stay so: a new pair is missing, or an old key is still there."""
        if not self.state.is_stopped:
            return False
        if offered_pair(self.reader.with_inbox(self.state, self.inbox), self._request):
            return False
        former = self.state.stored.previous if self.state.stored else ()
        return not former or any(info.active for pair in former for info in status.listed(pair))

    def _left(self, status: KeyStatus) -> KeyResult:
        """What the person has to do while the member is inactive."""
        stored = self.state.stored
        if stored is None or not stored.previous:
            return self.rotate()
        there = [pair for pair in stored.previous if any(info.active for info in status.listed(pair))]
        return KeyResult(pair=stored, pending=[delete_step(self._request, pair) for pair in there])

    def _is_open(self, result: KeyResult) -> bool:
        """Whether no new pair is there, or an old one is seen to work all the same."""
        return result.handed_over or bool(result.pair and result.pair.previous)

    def _is_known(self, info: KeyInfo) -> bool:
        offered = offered_pair(self.reader.with_inbox(self.state, self.inbox), self._request)
        known = [*self.state.known, *([offered] if offered else [])]
        return any(info.public_key == pair.public_key for pair in known)

    def _retire_others(self, pair: KeyPair, key_id: int | None) -> list[KeyInfo]:
        """Every key but the one that is stored now. Raises NotRetired."""
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
            f" {self._request.member!r}: it isn't the stored one, and no key from before this rotation may work."
        )

    def _line(self, info: KeyInfo) -> tuple[str, str, str]:
        return f"Key {info.public_key or info.key_id} of {self._request.member}", "active", "retired"

    def _stopped(self, result: KeyResult, changed: bool) -> KeyResult:
        member = self._request.member
        step = f"API member {member} is inactive, so that no key of it works. A run that proves the new pair makes it"
        pending = [f"{step} active again.", *result.pending]
        lines = [*result.lines, *([(f"API member {member}", "active", "inactive")] if changed else [])]
        return replace(result, stopped=True, changed=result.changed or changed, pending=pending, lines=lines)

    def _make_inactive(self) -> None:
        self._note(stopped=time_text(self.now) or "")
        try:
            self.reader.keys.set_active(False)
        except CwError as exc:
            raise Refused(
                f"Old keys of API member {self._request.member!r} on {self._request.instance} still work: REST retires"
                f" no keys there, and the member couldn't be made inactive either ({exc}). Make it inactive in"
                " System > Members > API Members now."
            ) from None

    def _note(self, stopped: str) -> None:
        record = self.reader.store.record() or Record()
        if record.stopped != stopped:
            self.reader.store.write_record(replace(record, stopped=stopped))
