# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans how to get a working pair into the store. Neither reads nor writes. PRIVATE to this collection.

The plan is the smallest change that leads to a working pair. It only retires keys that are known to be our own.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._client.errors import CwError, KeyNotVisible, PairRefused, Refused
from .document import is_recent
from .ending import Ending, plan_ending
from .manual_steps import manual_key_steps
from .owners import check_owner, check_unidentified_owner, is_confirmed_only
from .pair import KeyInfo, KeyPair, KeyStatus, Proof
from .request import KeyRequest, KeyResult, Line
from .state import Guard, KeyState, Look
from .unknown_keys import UnknownKeys

MAX_REJECTED_KEYS = 3  # after so many keys in a row that never log in, another key won't help


class Action(enum.Enum):
    VERIFY = "the supplied pair works, and there is no store"
    TAKE = "store the supplied pair"
    KEEP = "the stored pair works"
    ROLL_BACK = "store the previous pair again, which works"
    CREATE = "create a key and store its pair"
    HAND_OVER = "the API creates no key here: manual steps are left"
    REFUSE = "nothing can be done"


@dataclass(frozen=True)
class Unmet:
    """Something that an earlier task must do: the refusal without it, and what check mode assumes instead."""

    refusal: str
    assumption: str


@dataclass(frozen=True)
class KeyPlan:
    """``result`` is what check mode returns; apply adds a new pair and its proof.

    ``first`` is the plan for a stored pair that still works and gets a successor. ``replaces`` is the stored pair that
    this plan is based on; ``pair`` is the one to store (of a new key, its keys aren't known yet). ``orphans`` are the
    keys of an interrupted run to retire; ``clears_line``: remove its line from the member's notes, and ``clears_note``:
    its recovery note. ``known_ids`` are the keys that exist before one is created. ``otherwise`` is the plan if the
    instance then refuses to create one. ``refusal`` is raised, in check mode too. ``confirms_owner``: only the user's
    confirmation says that the pair is the member's.
    """

    action: Action
    result: KeyResult = field(default_factory=KeyResult)
    first: KeyPlan | None = None
    replaces: KeyPair | None = None
    pair: KeyPair | None = None
    orphans: tuple[KeyInfo, ...] = ()
    clears_line: bool = False
    clears_note: bool = False
    ending: Ending | None = None
    known_ids: tuple[int, ...] = ()
    otherwise: KeyPlan | None = None
    warnings: tuple[str, ...] = ()
    unmet: Unmet | None = None
    refusal: CwError | None = None
    confirms_owner: bool = False


def plan(state: KeyState, request: KeyRequest, now: datetime) -> KeyPlan:
    """Plan from ``state``. Raises only Unread, for a fact about the store or the instance that isn't read yet."""
    planner = _Planner(state, request, now)
    try:
        made = planner.plan()
    except CwError as exc:
        made = KeyPlan(Action.REFUSE, refusal=exc)
    return replace(made, warnings=tuple(dict.fromkeys(planner.warnings)), unmet=planner.unmet)


def offered_pair(state: KeyState, request: KeyRequest) -> KeyPair | None:
    """The supplied or handed-in pair, unless it is the stored one."""
    pair = request.supplied or state.handed_in
    return None if pair is None or state.holds(pair) or state.holds(pair.swapped) else pair


class _Planner:
    def __init__(self, state: KeyState, request: KeyRequest, now: datetime) -> None:
        self._state, self._request, self._now = state, request, now
        self._unknown_keys = UnknownKeys(request)
        self._rejected: tuple[KeyPair, ...] = ()  # our pairs that no longer log in
        self.warnings: list[str] = []
        self.unmet: Unmet | None = None
        self._rotates = self._is_old()

    def plan(self) -> KeyPlan:
        state, request, stored = self._state, self._request, self._state.stored
        rewrites = stored is None or stored.previous or state.recovery_note or self._rotates
        if rewrites or request.force or request.supplied:
            state.look(Look.PLACE)  # else a working pair is stored, and nothing will be written
        pair = offered_pair(state, request)
        if pair is not None:
            return self._take(pair)
        if state.is_stopped and request.at_once and not self._finishes:
            return self._hand_over(None, state.listing)
        current = self._use_stored()
        return current if current and not (request.force or self._rotates) else self._create(current)

    def _is_old(self) -> bool:
        """Whether to replace the stored pair. A pair that it replaced must be retired first."""
        stored, request = self._state.stored, self._request
        if not request.rotate or stored is None:
            return False
        if stored.is_of_the_future(self._now):
            self.warnings.append(
                f"The date of the stored pair {stored.public_key} is in the future ({stored.made:%Y-%m-%d}), so its age"
                " is unknown."
            )
        if request.at_once:
            return not self._finishes
        age = stored.age(self._now)
        return not stored.previous and (age is None or age >= timedelta(days=request.max_age))

    @property
    def _finishes(self) -> bool:
        """Whether this finishes an earlier rotation at once that needed manual steps, instead of starting another."""
        stored = self._state.stored
        is_begun = stored is not None and bool(stored.previous) and (stored.retire_after or self._now) <= self._now
        return is_begun and (self._state.is_stopped or not self._state.listing.offered)

    def _not_replaced(self, stored: KeyPair) -> str:
        end = f" on {stored.retire_after:%Y-%m-%d}" if stored.retire_after and stored.retire_after > self._now else ""
        return (
            f"Key {stored.public_key} of API member {self._request.member!r} wasn't replaced: an earlier rotation isn't"
            f" finished, and {stored.previous[0].public_key}, which it replaced, is retired first{end}. To replace it"
            " and stop both now, rotate with rotate_now (at_once in a task)."
        )

    def _guard(self, what: str, is_ours: bool) -> None:
        refusal: CwError | None = self._state.look(Guard(what, is_ours))
        if refusal:
            raise refusal

    # a pair created by hand

    def _take(self, offered: KeyPair) -> KeyPlan:
        state, request = self._state, self._request
        state.look(Look.PLACE)
        pair, proof = self._proven(offered)
        check_owner(request, pair, proof, "The supplied pair")
        check_unidentified_owner(state, request, pair, proof)
        if not state.place:
            return KeyPlan(Action.VERIFY, KeyResult(False, pair, pair.key_id, proof))
        self._guard("one of its keys would be stored for an integration", True)
        stored = self._replacement(pair)
        orphans, clears_line = self._settle(pair)
        ending = self._ending(stored)
        confirmed = is_confirmed_only(state, proof, pair)
        rotated = request.rotate and bool(stored.previous)
        lines = [self._line("created by hand, stored and verified"), *self._retired(orphans), *ending.lines]
        return KeyPlan(
            Action.TAKE,
            KeyResult(True, ending.after, pair.key_id, proof, ending.pending, self._why(ending), lines, rotated),
            replaces=state.stored,
            pair=stored,
            orphans=orphans,
            clears_line=clears_line,
            ending=ending,
            confirms_owner=confirmed,
        )

    def _proven(self, pair: KeyPair) -> tuple[KeyPair, Proof]:
        """The pair as it logs in, maybe with public and private key swapped. Raises PairRefused.

        Until it has logged in, it isn't certain which key is the public one, so no message shows either.
        """
        proof = self._state.proof(pair, retry=False)
        if proof.logs_in:
            return pair, proof
        swapped = self._state.proof(pair.swapped, retry=False)
        if not swapped.logs_in:
            raise PairRefused(
                f"The supplied pair doesn't log in, not even with public and private key swapped. {proof.reason}"
            )
        self.warnings.append(
            "The public and private key of the supplied pair were swapped; this run uses them the right way round."
        )
        return pair.swapped, swapped

    def _replacement(self, pair: KeyPair) -> KeyPair:
        """The pair together with the stored one that it replaces, if that still works."""
        pair, stored = replace(pair, made=self._now), self._state.stored
        if stored is None:
            return pair
        if stored.private_key and not self._state.proof(stored).logs_in:
            return replace(pair, previous=stored.previous, retire_after=stored.retire_after)
        return self._followed_by(stored, pair, self._request.rotate)

    def _followed_by(self, stored: KeyPair, pair: KeyPair, rotates: bool) -> KeyPair:
        end = self._now + timedelta(days=self._request.keep_old_for) if rotates else None
        return replace(pair, previous=(stored.without_history, *stored.previous), retire_after=end)

    # the stored pair

    def _use_stored(self) -> KeyPlan | None:
        """None if no stored pair works."""
        state, stored = self._state, self._state.stored
        if stored is None:
            return None
        if not stored.private_key:
            return self._use_unread(stored)
        proof = state.proof(stored)
        if proof.logs_in:
            return self._finish_stored(Action.KEEP, stored, proof)
        self._stop_if_proven(stored, proof)
        former = next((pair for pair in stored.previous if self._works(pair)), None)
        if former is None:
            self._mark_rejected(stored, proof)
            return None
        return self._roll_back(stored, former)

    def _works(self, pair: KeyPair) -> bool:
        return bool(pair.private_key) and self._state.proof(pair, retry=False).logs_in

    def _use_unread(self, pair: KeyPair) -> KeyPlan | None:
        """For a store that doesn't return private keys: only the instance's list shows whether the key exists."""
        listing = self._state.listing
        named = listing.offered and all(info.public_key for info in listing.keys)
        if named and not any(info.active for info in listing.listed(pair)):
            unlisted = Proof(False, reason="The instance doesn't list it among the active keys.")
            self._stop_if_proven(pair, unlisted)
            self._mark_rejected(pair, unlisted)
            return None
        seen = "lists it as active" if named else "doesn't list keys"
        why = f"{self._state.place} doesn't return private keys; {self._request.instance} {seen}"
        return self._finish_stored(Action.KEEP, pair, Proof(False), unverified=why)

    def _stop_if_proven(self, pair: KeyPair, proof: Proof) -> None:
        """Someone took away a key that worked and is now refused: a run doesn't undo that unless asked."""
        record, request = self._state.record, self._request
        if request.replace_dead or (record is not None and record.proven != pair.public_key):
            return
        raise PairRefused(
            f"Key{self._name(pair)} of API member {request.member!r} on {request.instance} is gone or"
            f" blocked: the pair in {self._state.place} worked before and is now refused. {proof.reason} Nothing was"
            f" changed. To replace it, {request.how_to_replace}."
        )

    def _name(self, pair: KeyPair) -> str:
        """Its public key, if it is known to be one: someone may have swapped public and private key."""
        status: KeyStatus | None = self._state.facts.get(Look.LISTING)
        was_proven = self._state.record is not None and self._state.record.proven == pair.public_key
        return f" {pair.public_key}" if was_proven or (status and status.listed(pair)) else ""

    def _mark_rejected(self, pair: KeyPair, proof: Proof) -> None:
        self._wait_for_new(pair, proof)
        self._state.look(Look.PLACE)
        self._rejected = (pair.without_history, *pair.previous)
        self._rotates = False
        self.warnings.append(
            f"The stored pair{self._name(pair)} no longer logs in on {self._request.instance}, so a new one is needed."
            f" {proof.reason}"
        )

    def _wait_for_new(self, pair: KeyPair, proof: Proof) -> None:
        """Raises KeyNotVisible for a key that was created a moment ago and hasn't been seen yet.

        Creating another would be one too many. A key that the instance lists as inactive is visible, but blocked.
        """
        state, request = self._state, self._request
        is_awaited = state.record is not None and state.record.awaited == pair.public_key
        if not is_awaited or not is_recent(pair.made, self._now) or request.force or request.replace_dead:
            return
        listed = [info for info in state.listing.keys if info.public_key == pair.public_key]
        if listed and not any(info.active for info in listed):
            return
        raise KeyNotVisible(
            f"Key {pair.public_key} of API member {request.member!r} on {request.instance} was created less than a"
            f" minute ago and isn't visible yet: its login is refused. {proof.reason} It is stored in {state.place}."
            " Run again in a minute."
        )

    def _roll_back(self, refused: KeyPair, former: KeyPair) -> KeyPlan:
        """The new pair doesn't log in but the previous one does: store that again, and retire the new one."""
        others = tuple(pair for pair in refused.previous if pair != former)
        back = replace(former, previous=(refused.without_history, *others), retire_after=self._now)
        self.warnings.append(
            f"The stored pair{self._name(refused)} doesn't log in on {self._request.instance}, but the previous one,"
            f" {former.public_key}, does, so that is restored."
        )
        line = self._line("the previous pair")
        return self._finish_stored(Action.ROLL_BACK, back, self._state.proof(former, retry=False), line)

    def _finish_stored(
        self, action: Action, pair: KeyPair, proof: Proof, line: Line | None = None, unverified: str = ""
    ) -> KeyPlan:
        """This pair is stored: finish what an earlier run started."""
        check_owner(self._request, pair, proof, f"The pair in {self._state.place}")
        orphans, clears_line = self._settle()
        ending = self._ending(pair)
        request = self._request
        if action is Action.KEEP and pair.previous and request.rotate and not request.max_age and not request.at_once:
            self.warnings.append(self._not_replaced(pair))
        return KeyPlan(
            action,
            KeyResult(
                changed=action is Action.ROLL_BACK or bool(orphans) or ending.changed,
                pair=ending.after,
                proof=proof,
                pending=ending.pending,
                reason=self._why(ending),
                lines=[*([line] if line else []), *self._retired(orphans), *ending.lines],
                unverified=unverified,
            ),
            replaces=self._state.stored,
            pair=pair,
            orphans=orphans,
            clears_line=clears_line,
            clears_note=self._state.recovery_note is not None,
            ending=ending,
        )

    # a new key

    def _create(self, current: KeyPlan | None) -> KeyPlan:
        listing, request = self._state.listing, self._request
        hand_over = self._hand_over(current, listing)
        if not listing.offered:
            return hand_over
        orphans: tuple[KeyInfo, ...] = ()
        clears_line = False
        if listing.member_id is not None:
            self._stop_if_keys_are_rejected()
            self._stop_while_another_is_at_work()
            orphans, clears_line = self._look_for_unknown_keys(refuses=not (request.force or self._rotates))
        if current:
            orphans, clears_line = (), False  # the plan ``current`` has them
        successor = self._successor(current)
        ending = self._ending(successor)
        lines = [*(current.result.lines if current else []), self._line("created, stored and verified", current)]
        lines += [*self._retired(orphans), *ending.lines]
        return KeyPlan(
            Action.CREATE,
            KeyResult(
                True,
                pending=ending.pending,
                reason=self._why(ending),
                lines=lines,
                rotated=self._rotates,
                undecided=True,
            ),
            first=current,
            replaces=current.result.pair if current else self._state.stored,
            pair=successor,
            orphans=orphans,
            clears_line=clears_line,
            ending=ending,
            known_ids=tuple(info.key_id for info in listing.keys),
            otherwise=hand_over,
        )

    def _hand_over(self, current: KeyPlan | None, listing: KeyStatus) -> KeyPlan:
        """Leave the key to manual steps. The member must exist and be ours in any case, so it is checked here."""
        request = self._request
        self._check_member(listing)
        if listing.member_id is not None:
            self._guard("a key would be created for it", self._is_ours(listing))
        result = current.result if current else KeyResult()
        replaced = result.pair if self._rotates and not request.at_once else None
        ended = tuple(self._state.known) if request.at_once else self._rejected
        steps = manual_key_steps(request, ended, self._state.inbox, replaced)
        result = replace(result, pending=steps + result.pending, reason=listing.reason, handed_over=True)
        return KeyPlan(Action.HAND_OVER, result, first=current)

    def _check_member(self, listing: KeyStatus) -> None:
        request = self._request
        if listing.member_id is None:
            self.unmet = Unmet(
                f"API member {request.member!r} doesn't exist on {request.instance}. Create it first (cw_api_member).",
                f"API member {request.member!r} doesn't exist on {request.instance} yet;"
                " check mode assumes an earlier task creates it.",
            )
        elif not listing.member_active and not (request.at_once and self._state.is_stopped):
            self.unmet = Unmet(
                f"API member {request.member!r} on {request.instance} is inactive: its keys can't log in."
                " Reactivate it first (cw_api_member, state present).",
                f"API member {request.member!r} on {request.instance} is inactive;"
                " check mode assumes an earlier task reactivates it.",
            )

    def _is_ours(self, listing: KeyStatus) -> bool:
        """Whether this collection created the member, or has one of its pairs."""
        record = self._state.record
        recorded = record.member_id if record else None
        return self._state.stored is not None or (recorded is not None and recorded == listing.member_id)

    def _stop_if_keys_are_rejected(self) -> None:
        if len(self._rejected) < MAX_REJECTED_KEYS:
            return
        raise Refused(
            f"The last {len(self._rejected)} keys of API member {self._request.member!r} on {self._request.instance}"
            " don't log in, so no other is created. Check the member in System > Members > API Members (is it locked?"
            " does its licence cover the API?), delete these keys on its tab API Keys, remove the pair"
            f" ({self._state.place}), and run again."
        )

    def _stop_while_another_is_at_work(self) -> None:
        """Another controller may be creating a key for this member right now."""
        attempt, note = self._state.attempt, self._state.recovery_note
        ours = note.attempt_id if note else ""
        if attempt is None or attempt.attempt_id == ours or not attempt.is_at_work(self._now):
            return
        raise Refused(
            f"Another run, started {attempt.since:%Y-%m-%d %H:%M} UTC, is creating a key for API member"
            f" {self._request.member!r} on {self._request.instance} (see the member's notes). Nothing was changed. Run"
            " again when it has ended, or 15 minutes after its start; or hand in a pair, which doesn't have to wait."
        )

    def _successor(self, current: KeyPlan | None) -> KeyPair:
        """The new pair, its keys not known yet, with those that it replaces and the date on which they end."""
        pair = KeyPair("(new)", "", made=self._now)
        if self._rejected:
            return replace(pair, previous=self._rejected, retire_after=self._now)
        stored = current.result.pair if current else None
        return self._followed_by(stored, pair, self._rotates) if stored else pair

    # shared

    def _settle(self, supplied: KeyPair | None = None) -> tuple[tuple[KeyInfo, ...], bool]:
        """As below, if our own run was interrupted while it created a key."""
        note = self._state.recovery_note
        return ((), False) if note is None or note.known_ids is None else self._look_for_unknown_keys(supplied)

    def _look_for_unknown_keys(
        self, supplied: KeyPair | None = None, refuses: bool = False
    ) -> tuple[tuple[KeyInfo, ...], bool]:
        """The keys that our interrupted run left, and whether the member's notes still name that run.

        Warns of another active key with this description, or raises Refused for it.
        """
        state, note, attempt = self._state, self._state.recovery_note, self._state.attempt
        known = state.known + ([supplied] if supplied else [])
        orphans = self._unknown_keys.orphans(state.listing, note, attempt, known)
        # a rotation at once retires all others, and reports them itself
        others = [] if self._request.at_once else self._unknown_keys.duplicates(state.listing, orphans, known)
        for duplicate in others:
            if refuses:
                state.look(Look.UNCHANGED)  # another run may just have created and stored it
                raise Refused(self._unknown_keys.refusal_message(duplicate, state.place))
            self.warnings.append(f"{self._unknown_keys.describe(duplicate)} Retire it once nobody uses it.")
        return tuple(orphans), bool(attempt and note and attempt.attempt_id == note.attempt_id)

    def _ending(self, pair: KeyPair) -> Ending:
        ending = plan_ending(pair, self._state, self._request, self._now)
        self.warnings += ending.warnings
        return ending

    def _why(self, ending: Ending) -> str:
        return self._state.listing.reason if ending.pending else ""

    def _line(self, after: str, current: KeyPlan | None = None) -> Line:
        stored = current.result.pair if current else self._state.stored
        before = "absent" if stored is None else f"pair {stored.public_key}"
        return f"API key {self._request.description!r} of {self._request.member}", before, after

    def _retired(self, orphans: t.Sequence[KeyInfo]) -> list[Line]:
        return [(f"Key {info.public_key} of {self._request.member}", "active", "retired") for info in orphans]
