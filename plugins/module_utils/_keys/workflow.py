# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a key pair comes to be, is kept, and is proven. PRIVATE to this collection.

The order is what makes it safe: the place is proven before a key is made; a recovery note is written while
it is made; it is kept before it is used, together with the pair that it replaces; and no key is retired
that isn't known to be our own. At any point the process may die: the next run finds either a working pair,
or a key that it can retire.
"""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .._client.errors import CwError, InputError, KeyRefused, PairRefused, Refused
from .._domain.attempt import Attempt
from .by_hand import steps_of_a_person
from .creation import Creation
from .owners import Owners
from .pair import KeyInfo, KeyPair, KeyStatus, Proof
from .ports import HandIn, Keys, Leftover, Store, StoreError
from .proving import login_with_retry
from .record import Record
from .retiring import Retirer, check_alone, keep_alone
from .unknown_keys import UnknownKeys
from .wanted import Outcome, Wanted

MOST_DEAD = 3  # keys in a row that never log in, from which on it isn't the key's fault


def ensure_present(
    keys: Keys,
    store: Store,
    wanted: Wanted,
    hand_in: HandIn | None,
    warn: t.Callable[[str], None],
    wait: t.Callable[[t.Callable[[], bool], str], bool],
    tell: t.Callable[[str], None] | None = None,
) -> Outcome:
    """A working pair of the member is kept in the store. Raises CwError; then nothing is left behind.

    ``wait`` is called with a question and a line for people, where a person has to make the key. ``tell``
    shows that person a line at once (as a warning, if it isn't given).
    """
    return _Present(keys, store, wanted, hand_in, warn, wait, tell or warn).run()


@dataclass
class _Present:
    keys: Keys
    store: Store
    wanted: Wanted
    hand_in: HandIn | None
    warn: t.Callable[[str], None]
    wait: t.Callable[[t.Callable[[], bool], str], bool]
    tell: t.Callable[[str], None]

    def __post_init__(self) -> None:
        self.left = self.store.leftover()  # first: it locks out a run that would keep a pair meanwhile
        self.stored = self.store.load()
        self.record = self.store.record()
        self.attempt_id = ""  # of this run, once it creates a key
        self.dead: tuple[KeyPair, ...] = ()  # pairs of ours that don't log in any more
        self.rotates = self._is_old()
        self.status = KeyStatus(None, False)
        self.proven = False  # whether the place is known to take a pair
        self.told = ""
        self.in_use = Outcome()  # what the stored pair comes to, as long as it works
        wanted = self.wanted
        self.owners, self.unknown_keys = Owners(self.keys, wanted), UnknownKeys(wanted)
        self.creation = Creation(self.keys, self.store, wanted, self._retire_lost)
        self.retirer = Retirer(
            self.keys, self.store, wanted.member, wanted.instance, wanted.now,
            wanted.grace if wanted.rotate else None, wanted.check_mode, self.warn,
        )  # fmt: skip

    def run(self) -> Outcome:
        """The first way that leads to a working pair, in the order of least change."""
        wanted, stored = self.wanted, self.stored
        if stored is None or stored.previous or self.left or self.rotates or wanted.force or wanted.supplied:
            self._prove_place()  # else a pair that works is there already, and nothing is to be written
        return (
            self._take_what_is_there()
            or self._use_stored()
            or self._make()
            or self._hand_over()
        )

    def _prove_place(self) -> None:
        if not self.proven:
            self.store.prove(self.wanted.check_mode)
        self.proven = True

    def _is_old(self) -> bool:
        """Whether the stored pair is to be replaced. One that has just been replaced comes to its end first."""
        if not self.wanted.rotate or self.stored is None or self.stored.previous:
            return False
        made = self.stored.made
        return made is None or self.wanted.now - made >= timedelta(days=self.wanted.max_age)

    @property
    def waits(self) -> bool:
        """Whether a person is waited for, so that what they left may yet be wrong."""
        return self.wanted.wait_timeout > 0 and self.hand_in is not None and not self.wanted.check_mode

    def _take_what_is_there(self) -> Outcome | None:
        try:
            return self._take_supplied(self._supplied())
        except (Refused, StoreError, InputError) as exc:
            if self.wanted.supplied or not self.waits:
                raise
            if str(exc) != self.told:
                self.tell(str(exc))
            self.told = str(exc)
            return None

    def _supplied(self) -> KeyPair | None:
        return self.wanted.supplied or (self.hand_in.read() if self.hand_in else None)

    def _take_supplied(self, pair: KeyPair | None) -> Outcome | None:
        if pair is None or self._is_stored(pair):
            return None
        self._prove_place()
        proof = self.keys.login(pair)
        if not proof.logs_in:
            raise PairRefused(f"The pair that was supplied (public key {pair.public_key}) doesn't work. {proof.reason}")
        self.owners.check(pair, proof, "The pair that was supplied")
        self.owners.check_unnamed(pair, proof, to_keep=bool(self.store.place))
        return self._keep(pair, proof, "made by hand") if self.store.place else self._unchanged(pair, proof)

    def _is_stored(self, pair: KeyPair) -> bool:
        if self.stored is None:
            return False
        if not self.stored.private_key:
            return self.stored.public_key == pair.public_key  # proven before it was kept
        return self.stored.fingerprint == pair.fingerprint

    def _use_stored(self) -> Outcome | None:
        if self.stored is None:
            return None
        if not self.stored.private_key:
            return self._use_unread(self.stored)
        proof = login_with_retry(self.keys, self.stored)
        if not proof.logs_in:
            self._stop_if_proven(self.stored, proof)
            back = self._working(self.stored.previous)
            if back is None:
                self._note_dead(self.stored, proof)
                return None
            self.in_use = self._go_back(self.stored, back)
            self.stored, proof = t.cast(KeyPair, self.in_use.pair), self.in_use.proof
        self.owners.check(self.stored, proof, f"The pair in {self.store.place}")
        self._note_proven(self.stored)
        return self._go_on(self.stored, replace(self.in_use, pair=self.stored, proof=proof))

    def _go_on(self, pair: KeyPair, outcome: Outcome) -> Outcome | None:
        """The stored pair works: finish what an earlier run began; None where it is replaced all the same."""
        if self.left:
            outcome = self._without_orphans(outcome)
        self._clear_hand_in(pair)
        self.in_use = self._finished(outcome, pair)
        self.stored = self.in_use.pair
        return None if self.wanted.force or self.rotates else self.in_use

    def _stop_if_proven(self, pair: KeyPair, proof: Proof) -> None:
        """A key that worked and is refused now was taken away by somebody: that is never undone by itself."""
        proven = self.record is None or self.record.proven == pair.public_key
        if not proven or self.wanted.replace_dead:
            return
        raise PairRefused(
            f"Key {pair.public_key} of API member {self.wanted.member!r} on {self.wanted.instance} is gone or"
            f" blocked: the pair in {self.store.place} worked before and is refused now. {proof.reason} Nothing was"
            f" changed. To replace it, {self.wanted.how_to_replace}."
        )

    def _note_proven(self, pair: KeyPair) -> None:
        if self.wanted.check_mode or not self.store.place:
            return
        if self.record is None or self.record.proven != pair.public_key:
            self.record = replace(self.record or Record(), proven=pair.public_key)
            self.store.write_record(self.record)

    def _without_orphans(self, outcome: Outcome) -> Outcome:
        orphans = self._settle_leftover()
        if not self.wanted.check_mode:
            self.store.forget_leftover()
            self.left = None
        lines = [(f"Key {info.public_key} of {self.wanted.member}", "active", "retired") for info in orphans]
        return replace(outcome, changed=outcome.changed or bool(orphans), lines=outcome.lines + lines)

    def _settle_leftover(self, supplied: KeyPair | None = None) -> list[KeyInfo]:
        """Retire what an interrupted run of ours left, name what may be another controller's, and remove our line."""
        if self.left is None or self.left.known_ids is None:
            return []
        status, attempt = self.keys.status(), self.keys.attempt()
        orphans = self._retire_orphans(status, attempt, supplied)
        known = self._known + ([supplied] if supplied else [])
        for duplicate in self.unknown_keys.duplicates(status, orphans, known):
            self.warn(f"{self.unknown_keys.describe(duplicate)} Retire it once nobody uses it.")
        self._remove_own_line(attempt)
        return orphans

    def _remove_own_line(self, attempt: Attempt | None) -> None:
        """The line of the interrupted run, whose keys are dealt with."""
        if attempt and self.left and attempt.attempt_id == self.left.attempt_id and not self.wanted.check_mode:
            self.keys.announce(None)

    def _use_unread(self, pair: KeyPair) -> Outcome | None:
        """A place that doesn't give the private half back: the instance's list is all there is to go by."""
        status = self.status = self.keys.status()
        unnamed = any(not info.public_key for info in status.keys)
        if status.offered and not unnamed and not any(info.active for info in status.listed(pair)):
            unlisted = Proof(False, reason="The instance doesn't list it among the active keys.")
            self._stop_if_proven(pair, unlisted)
            self._note_dead(pair, unlisted)
            return None
        seen = "lists it as active" if status.offered and not unnamed else "doesn't list keys"
        why = f"{self.store.place} doesn't give back private keys; {self.wanted.instance} {seen}"
        return self._go_on(pair, Outcome(False, pair, status=status, unverified=why))

    def _note_dead(self, pair: KeyPair, proof: Proof) -> None:
        self._prove_place()
        self.dead = (pair.bare, *pair.previous)
        self.rotates = False
        self.warn(
            f"The stored pair {pair.public_key} doesn't log in on {self.wanted.instance} any more;"
            f" another is needed. {proof.reason}"
        )

    def _working(self, pairs: t.Sequence[KeyPair]) -> tuple[KeyPair, Proof] | None:
        for pair in pairs:
            proof = self.keys.login(pair) if pair.private_key else Proof(False)
            if proof.logs_in:
                return pair, proof
        return None

    def _go_back(self, refused: KeyPair, to: tuple[KeyPair, Proof]) -> Outcome:
        """The new pair doesn't log in and the one before it does: that one is kept again, and the new one retired."""
        former, proof = to
        others = tuple(pair for pair in refused.previous if pair != former)
        back = replace(former, previous=(refused.bare, *others), retire_after=self.wanted.now)
        if not self.wanted.check_mode:
            if self.left:
                self._settle_leftover()
                self.left = None
            keep_alone(self.store, refused, back)
        self.warn(
            f"The stored pair {refused.public_key} doesn't log in on {self.wanted.instance}; the one before it,"
            f" {former.public_key}, does, so it is kept again."
        )
        return Outcome(True, back, None, proof, lines=[self._line("the pair before it")])

    def _finished(self, outcome: Outcome, pair: KeyPair) -> Outcome:
        """The outcome with what became of the pairs that ``pair`` replaced."""
        done = self.retirer.finish(pair, self._current_status)
        return replace(
            outcome,
            pair=done.pair,
            changed=outcome.changed or done.changed,
            pending=outcome.pending + done.pending,
            lines=outcome.lines + done.lines,
            reason=outcome.reason or (self.status.reason if done.pending else ""),
            status=self.status if done.pending or outcome.status else None,
        )

    def _current_status(self) -> KeyStatus:
        if self.status.member_id is None:
            self.status = self.keys.status()
        return self.status

    def _make(self) -> Outcome | None:
        status = self.keys.status()
        self.status = status
        if status.member_id is None:
            return self._without_member(status)
        if not status.member_active:
            self._with_inactive_member()
        if not status.offered:
            return None
        self.wanted.guard("a key would be created for it", self._is_ours(status))
        if len(self.dead) >= MOST_DEAD:
            raise Refused(
                f"The last {len(self.dead)} keys of API member {self.wanted.member!r} on {self.wanted.instance} don't"
                " log in, so another isn't made. Look at the member in System > Members > API Members (is it locked,"
                " does its licence cover the API?), delete these keys on its tab API Keys, remove the pair"
                f" ({self.store.place}), and run again."
            )
        attempt = self.keys.attempt()
        self._stop_while_another_is_at_work(attempt)
        self._look_for_duplicates(status, attempt)
        if self.wanted.check_mode:
            return self._planned(status)
        self._retire_orphans(status, attempt)
        self._remove_own_line(attempt)
        if self.record is None:  # so that the next run knows that nobody has seen this pair work
            self.record = Record()
            self.store.write_record(self.record)
        known_ids = [info.key_id for info in status.keys]
        self.attempt_id = uuid.uuid4().hex
        self.store.begin(known_ids, self.attempt_id)
        try:
            check_alone(self.store, self.stored)
        except StoreError:
            self.store.forget_leftover()
            raise
        self.keys.announce(Attempt(self.attempt_id, self.wanted.now))
        try:
            pair = self.creation.create(known_ids)
        except KeyRefused as exc:
            self.status = replace(status, offered=False, reason=str(exc))
            return None
        return self._kept_and_proven(self._successor(pair))

    def _is_ours(self, status: KeyStatus) -> bool:
        """Whether this collection created the member, or has a pair of it."""
        recorded = self.record.member_id if self.record else None
        return self.stored is not None or (recorded is not None and recorded == status.member_id)

    def _stop_while_another_is_at_work(self, attempt: Attempt | None) -> None:
        """Raises Refused where another controller creates a key for this member right now."""
        ours = self.left.attempt_id if self.left else ""
        if attempt is None or attempt.attempt_id == ours or not attempt.is_at_work(self.wanted.now):
            return
        raise Refused(
            f"Another run is at work since {attempt.since:%Y-%m-%d %H:%M} UTC: it creates a key for API member"
            f" {self.wanted.member!r} on {self.wanted.instance} (the member's notes name it). Nothing was changed. Run"
            " again once it has ended, or 15 minutes after it began; or hand in a pair, which needn't wait."
        )

    def _kept_and_proven(self, pair: KeyPair) -> Outcome:
        """Kept first, so that nothing is lost; proven first where nobody could do so afterwards."""
        if self.store.readable:
            self.creation.keep(pair)
            proof = self._prove(pair)
        else:
            try:
                proof = self._prove(pair)
            except CwError as exc:
                self.creation.undo(pair, exc)
            self.creation.keep(pair)
        done = Outcome(True, pair, pair.key_id, proof, lines=[self._line("made, kept and proven")])
        self._note_proven(pair)
        return self._finished(replace(done, status=self.status, rotated=self.rotates), pair)

    def _successor(self, pair: KeyPair) -> KeyPair:
        """The new pair with those that it replaces, and when they come to their end."""
        pair = replace(pair, made=self.wanted.now)
        if self.dead:
            return replace(pair, previous=self.dead, retire_after=self.wanted.now)
        if self.stored is None:
            return pair
        previous = (self.stored.bare, *self.stored.previous)
        return replace(pair, previous=previous, retire_after=self._end_of_grace() if self.rotates else None)

    def _end_of_grace(self) -> datetime:
        return self.wanted.now + self.wanted.grace

    def _without_member(self, status: KeyStatus) -> Outcome | None:
        if not self.wanted.check_mode:
            raise Refused(
                f"API member {self.wanted.member!r} doesn't exist on {self.wanted.instance}."
                " Make it first (cw_api_member)."
            )
        self.warn(
            f"API member {self.wanted.member!r} isn't on {self.wanted.instance} yet;"
            " this check run takes it that an earlier task makes it."
        )
        return self._planned(status) if status.offered else None

    def _with_inactive_member(self) -> None:
        if not self.wanted.check_mode:
            raise Refused(
                f"API member {self.wanted.member!r} on {self.wanted.instance} is inactive: its keys can't log in."
                " Reactivate it first (cw_api_member, state present)."
            )
        self.warn(
            f"API member {self.wanted.member!r} on {self.wanted.instance} is inactive;"
            " this check run takes it that an earlier task reactivates it."
        )

    def _planned(self, status: KeyStatus) -> Outcome:
        planned = Outcome(
            True, lines=[self._line("made, kept and proven")], status=status, rotated=self.rotates
        )
        if self.stored is None:
            return planned
        finished = self._finished(planned, self._successor(KeyPair("(new)", "")))
        return replace(finished, pair=None)

    def _prove(self, pair: KeyPair) -> Proof:
        proof = login_with_retry(self.keys, pair)
        if not proof.logs_in:
            self._refuse_new(pair, proof)
        self.owners.check(pair, proof, "The new key")
        return proof

    def _refuse_new(self, pair: KeyPair, proof: Proof) -> t.NoReturn:
        what = f"The new key {pair.public_key} was made and doesn't log in."
        back = self._working(pair.previous) if self.store.readable else None
        if back:
            gone_back = self._go_back(pair, back)
            self.status = self.keys.status()  # which lists the new key
            self._finished(gone_back, t.cast(KeyPair, gone_back.pair))
            raise Refused(f"{what} It was retired, and the pair before it is kept again. {proof.reason}")
        where = f" It is kept in {self.store.place}." if self.store.place and self.store.readable else ""
        raise Refused(f"{what}{where} {proof.reason}")

    @property
    def _known(self) -> list[KeyPair]:
        """The pairs that the store names."""
        return [self.stored, *self.stored.previous] if self.stored else []

    def _retire_orphans(
        self,
        status: KeyStatus,
        attempt: Attempt | None,
        supplied: KeyPair | None = None,
        left: Leftover | None = None,
    ) -> list[KeyInfo]:
        known = self._known + ([supplied] if supplied else [])
        orphans = self.unknown_keys.orphans(status, left or self.left, attempt, known)
        for info in orphans:
            if not self.wanted.check_mode:
                self.keys.retire(info.key_id)
            done = "Would retire" if self.wanted.check_mode else "Retired"
            self.warn(f"{done} key {info.public_key}: an interrupted run created it and its private key is lost.")
        return orphans

    def _retire_lost(self, known_ids: t.Sequence[int]) -> list[KeyInfo]:
        """The key of a creation whose answer was lost."""
        left = Leftover(tuple(known_ids), self.attempt_id)
        return self._retire_orphans(self.keys.status(), self.keys.attempt(), left=left)

    def _look_for_duplicates(self, status: KeyStatus, attempt: Attempt | None) -> None:
        """Another active key of this description is warned of, or refused where nobody knows whose it is."""
        orphans = self.unknown_keys.orphans(status, self.left, attempt, self._known)
        for duplicate in self.unknown_keys.duplicates(status, orphans, self._known):
            if self.wanted.force or self.rotates:
                self.warn(f"{self.unknown_keys.describe(duplicate)} Retire it once nobody uses it.")
                continue
            check_alone(self.store, self.stored)  # it may be the one that another run has just created and stored
            raise Refused(self.unknown_keys.refusal_message(duplicate, self.store.place))

    def _hand_over(self) -> Outcome:
        """REST creates no key here: wait for a person's pair if asked to, else say what is to do."""
        if self.status.member_id is not None:
            self.wanted.guard("a key would be created for it", self._is_ours(self.status))
        if self.waits and self.hand_in:
            found: list[Outcome] = []

            def done() -> bool:
                outcome = self._take_what_is_there()
                found.extend([outcome] if outcome else [])
                return bool(found)

            line = f"{self.wanted.instance}: waiting for the key pair of {self.wanted.member!r} in {self.hand_in.place}"
            if self.wait(done, line):
                return found[0]
        place = self.hand_in.place if self.hand_in else ""
        replaced = self.stored if self.rotates else None
        pending = steps_of_a_person(self.wanted, self.dead, place, replaced) + self.in_use.pending
        return replace(self.in_use, pending=pending, reason=self.status.reason, status=self.status)

    def _keep(self, pair: KeyPair, proof: Proof, how: str) -> Outcome:
        self.wanted.guard("a key of it would be stored for an integration", True)
        pair = self._replacement(pair)
        if not self.wanted.check_mode:
            self._settle_leftover(pair)
            keep_alone(self.store, self.stored, pair)
            self._note_proven(pair)
            self._clear_hand_in(pair)
        rotated = self.wanted.rotate and bool(pair.previous)
        done = Outcome(True, pair, pair.key_id, proof, lines=[self._line(f"{how}, kept and proven")], rotated=rotated)
        return self._finished(done, pair)

    def _replacement(self, pair: KeyPair) -> KeyPair:
        """A pair that a person made, with the one in its place as long as that still works."""
        pair = replace(pair, made=self.wanted.now)
        if self.stored is None:
            return pair
        if self.stored.private_key and not login_with_retry(self.keys, self.stored).logs_in:
            return replace(pair, previous=self.stored.previous, retire_after=self.stored.retire_after)
        previous = (self.stored.bare, *self.stored.previous)
        return replace(pair, previous=previous, retire_after=self._end_of_grace() if self.wanted.rotate else None)

    def _unchanged(self, pair: KeyPair, proof: Proof) -> Outcome:
        return Outcome(False, pair, pair.key_id, proof)

    def _clear_hand_in(self, pair: KeyPair) -> None:
        if self.hand_in and self.store.place and not self.wanted.check_mode:
            left = self.hand_in.clear(pair)
            if left:
                self.warn(left)

    def _line(self, after: str) -> tuple[str, str, str]:
        before = "absent" if self.stored is None else f"pair {self.stored.public_key}"
        return f"API key {self.wanted.description!r} of {self.wanted.member}", before, after
