# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a key pair comes to be, is kept, and is proven. PRIVATE to this collection.

The order is what makes it safe: the place is proven before a key is made; a recovery file is open while
it is made; it is kept before it is used; and no key is retired that isn't known to be our own. At any
point the process may die: the next run finds either a working pair, or a key that it can retire.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, field, replace

from .._client.errors import AnswerLost, CwError, InputError, KeyRefused, PairRefused, Refused
from .._domain.names import same_name
from .pair import KeyInfo, KeyPair, KeyStatus, Proof
from .ports import HandIn, Keys, Leftover, Store, StoreError

LOGIN_PAUSE = 2.0  # seconds before the one repetition of a login with a key that was just made


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for. ``instance`` is only used in messages."""

    instance: str
    member: str
    description: str
    supplied: KeyPair | None = None
    own_public_key: str = ""
    force: bool = False
    check_mode: bool = False
    wait_timeout: float = 0.0
    wait_interval: float = 10.0


@dataclass
class Outcome:
    """What became of it. ``pending`` are the steps left to a person; ``pair`` is never shown as it is."""

    changed: bool = False
    pair: KeyPair | None = None
    key_id: int | None = None
    proof: Proof = field(default_factory=lambda: Proof(False))
    pending: list[str] = field(default_factory=list)
    reason: str = ""
    lines: list[tuple[str, t.Any, t.Any]] = field(default_factory=list)
    status: KeyStatus | None = None


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
    store.prove(wanted.check_mode)
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
        self.dead: KeyPair | None = None  # a pair of ours that doesn't log in any more
        self.status = KeyStatus(None, False)
        self.told = ""
        self.in_use = Outcome()  # what the stored pair comes to, as long as it works

    def run(self) -> Outcome:
        """The first way that leads to a working pair, in the order of least change."""
        return (
            self._take_what_is_there()
            or self._use_stored()
            or self._make()
            or self._hand_over()
        )

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
        if pair is None or (self.stored and self.stored.fingerprint == pair.fingerprint):
            return None
        proof = self.keys.login(pair)
        if not proof.logs_in:
            raise PairRefused(f"The pair that was supplied (public key {pair.public_key}) doesn't work. {proof.reason}")
        self._check_member(pair, proof, "The pair that was supplied")
        self._check_unnamed(pair, proof)
        return self._keep(pair, proof, "made by hand") if self.store.place else self._unchanged(pair, proof)

    def _use_stored(self) -> Outcome | None:
        if self.stored is None:
            return None
        proof = self.keys.login(self.stored)
        if not proof.logs_in:
            self.dead = self.stored
            self.warn(
                f"The stored pair {self.stored.public_key} doesn't log in on {self.wanted.instance} any more;"
                f" another is needed. {proof.reason}"
            )
            return None
        self._check_member(self.stored, proof, f"The pair in {self.store.place}")
        orphans: list[KeyInfo] = []
        if self.left and not self.wanted.check_mode:
            orphans = self._retire_orphans(self.keys.status(), self.left)
            self.store.forget_leftover()
        self._clear_hand_in()
        self.in_use = replace(self._unchanged(self.stored, proof), changed=bool(orphans))
        return None if self.wanted.force else self.in_use

    def _make(self) -> Outcome | None:
        status = self.keys.status()
        self.status = status
        if status.member_id is None:
            return self._without_member(status)
        if not status.member_active:
            raise Refused(
                f"API member {self.wanted.member!r} on {self.wanted.instance} is inactive: its keys can't log in."
                " Reactivate it first (cw_api_member, state present)."
            )
        if not status.offered:
            return None
        if self.wanted.check_mode:
            self._warn_of_twins(status, ())
            return self._planned(status)
        orphans = self._retire_orphans(status, self.left)
        self._warn_of_twins(status, orphans)
        self.store.begin([info.key_id for info in status.keys])
        self._check_alone()
        try:
            pair = self._create([info.key_id for info in status.keys])
        except KeyRefused as exc:
            self.status = replace(status, offered=False, reason=str(exc))
            return None
        self._store_new(pair)
        return self._proven(pair)

    def _check_alone(self) -> None:
        """No run has kept a pair between our look at the store and our lock on it."""
        now = self.store.load()
        if now != self.stored:
            self.store.forget_leftover()
            raise StoreError(f"Another run has just kept a pair in {self.store.place}. Run again: it takes it up.")

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

    def _planned(self, status: KeyStatus) -> Outcome:
        return Outcome(True, lines=[self._line("made, kept and proven")], status=status)

    def _create(self, known_ids: t.Sequence[int]) -> KeyPair:
        """A new key. One whose private half was lost on the way is retired, and made again once."""
        for last in (False, True):
            try:
                return self.keys.create(self.wanted.description)
            except AnswerLost:
                # its private half is gone for ever, so the key is of no use to anyone
                self._retire_orphans(self.keys.status(), Leftover(tuple(known_ids)))
                if last:
                    self.store.forget_leftover()
                    raise
            except CwError:
                self.store.forget_leftover()
                raise
        raise AssertionError("unreachable")

    def _store_new(self, pair: KeyPair) -> None:
        try:
            self.store.keep(pair)
        except Exception as exc:  # whatever it is: a key that isn't kept must not stay
            self._undo(pair, exc)
        self.store.forget_leftover()

    def _undo(self, pair: KeyPair, cause: Exception) -> t.NoReturn:
        """The pair can't be kept, so the key must not stay."""
        name = f"key {pair.public_key} (id {pair.key_id}) of {self.wanted.member!r} on {self.wanted.instance}"
        try:
            if pair.key_id is None:
                raise StoreError("the instance didn't tell its id")
            self.keys.retire(pair.key_id)
        except CwError as exc:
            raise StoreError(
                f"The new {name} couldn't be kept ({cause}), and couldn't be retired either ({exc})."
                " Run again, which retires it, or delete it in System > Members > API Members, tab API Keys."
            ) from None
        with contextlib.suppress(StoreError):  # the place is broken; what is left there names no key of ours
            self.store.forget_leftover()
        raise StoreError(f"The new {name} couldn't be kept, so it was retired again: {cause}") from None

    def _proven(self, pair: KeyPair) -> Outcome:
        proof = self.keys.login(pair)
        if not proof.logs_in:
            time.sleep(LOGIN_PAUSE)
            proof = self.keys.login(pair)
        if not proof.logs_in:
            where = f" It is kept in {self.store.place}." if self.store.place else ""
            raise Refused(f"The new key {pair.public_key} was made and doesn't log in.{where} {proof.reason}")
        self._check_member(pair, proof, "The new key")
        self._retire_dead()
        return Outcome(
            True, pair, pair.key_id, proof, lines=[self._line("made, kept and proven")], status=self.status
        )

    def _retire_dead(self) -> None:
        """A pair of ours that no longer logs in is taken off the instance, once its successor works."""
        listed = self.status.keys if self.dead else ()
        for info in listed:
            if self.dead and info.public_key == self.dead.public_key:
                self.keys.retire(info.key_id)

    def _retire_orphans(
        self, status: KeyStatus, left: Leftover | None, supplied: KeyPair | None = None
    ) -> list[KeyInfo]:
        """Retire the keys that an interrupted run of ours made and could not keep.

        They are known by not being among the keys before that run, and by our description.
        """
        if left is None or not status.offered:
            return []
        kept = {pair.public_key for pair in (self.stored, supplied) if pair}
        if kept:
            kept.add("")  # a key listed without its public half may be the one that is kept
        orphans = [
            info
            for info in status.keys
            if info.key_id not in left.known_ids
            and same_name(info.description, self.wanted.description)
            and info.public_key not in kept
        ]
        for info in orphans:
            self.keys.retire(info.key_id)
            self.warn(f"Retired key {info.public_key}: an interrupted run made it and its private half is lost.")
        return orphans

    def _warn_of_twins(self, status: KeyStatus, retired: t.Sequence[KeyInfo]) -> None:
        ours = {pair.public_key for pair in (self.stored, self.dead) if pair}
        gone = {info.key_id for info in retired}
        for info in status.keys:
            if info.key_id in gone or not info.active or info.public_key in ours:
                continue
            if same_name(info.description, self.wanted.description):
                self.warn(
                    f"API member {self.wanted.member!r} on {self.wanted.instance} has another active key with this"
                    f" description: {info.public_key} (id {info.key_id}). Retire it once nobody uses it."
                )

    def _hand_over(self) -> Outcome:
        """REST makes no key here: wait for a person's pair if asked to, else say what is to do."""
        if self.waits and self.hand_in:
            found: list[Outcome] = []

            def done() -> bool:
                outcome = self._take_what_is_there()
                found.extend([outcome] if outcome else [])
                return bool(found)

            line = f"{self.wanted.instance}: waiting for the key pair of {self.wanted.member!r} in {self.hand_in.place}"
            if self.wait(done, line):
                return found[0]
        return replace(self.in_use, pending=self._steps(), reason=self.status.reason, status=self.status)

    def _steps(self) -> list[str]:
        steps = [
            f"Open System > Members > API Members > {self.wanted.member}, tab API Keys.",
            f'Click +, enter the description "{self.wanted.description}", and click Save.',
        ]
        if self.dead:
            steps.insert(1, f"Delete the key {self.dead.public_key} if it is there: it doesn't log in any more.")
        place = ""
        if self.hand_in:
            place = f" into {self.hand_in.place}"
        steps.append(f"Copy both keys{place} before you leave the page: the private key is shown once.")
        return steps

    def _keep(self, pair: KeyPair, proof: Proof, how: str) -> Outcome:
        if not self.wanted.check_mode:
            if self.left:
                self._retire_orphans(self.keys.status(), self.left, pair)
            self.store.keep(pair)
            self.store.forget_leftover()
            self._clear_hand_in()
        return Outcome(True, pair, pair.key_id, proof, lines=[self._line(f"{how}, kept and proven")])

    def _unchanged(self, pair: KeyPair, proof: Proof) -> Outcome:
        return Outcome(False, pair, pair.key_id, proof)

    def _clear_hand_in(self) -> None:
        if self.hand_in and self.store.place and not self.wanted.check_mode:
            self.hand_in.clear()

    def _check_member(self, pair: KeyPair, proof: Proof, what: str) -> None:
        if proof.member and not same_name(proof.member, self.wanted.member):
            raise Refused(
                f"{what} (public key {pair.public_key}) belongs to API member {proof.member!r}"
                f" on {self.wanted.instance}, not to {self.wanted.member!r}. Nothing was changed."
            )

    def _check_unnamed(self, pair: KeyPair, proof: Proof) -> None:
        """A pair of which the instance doesn't say whose it is must at least not look like somebody else's."""
        what = f"The pair that was supplied (public key {pair.public_key})"
        if pair.public_key == self.wanted.own_public_key:
            raise Refused(f"{what} is the automation's own. Make a key of API member {self.wanted.member!r}.")
        if proof.member:
            return
        listed = [info.public_key for info in self.keys.status().keys if info.public_key]
        if listed and pair.public_key not in listed:
            raise Refused(f"{what} isn't among the keys of API member {self.wanted.member!r}. Nothing was changed.")
        if proof.excess and not listed:
            raise Refused(
                f"{what} can do more than the matrix ({'; '.join(proof.excess[:3])}), and {self.wanted.instance}"
                f" doesn't say whose it is. If it is of {self.wanted.member!r}, set its role's levels first."
            )

    def _line(self, after: str) -> tuple[str, str, str]:
        before = "absent" if self.stored is None else f"pair {self.stored.public_key}"
        return f"API key {self.wanted.description!r} of {self.wanted.member}", before, after


def ensure_absent(
    keys: Keys, selected: t.Callable[[KeyInfo], bool], check_mode: bool
) -> tuple[list[KeyInfo], KeyStatus]:
    """Retire the selected keys; the ones retired, and the status before."""
    status = keys.status()
    chosen = [info for info in status.keys if info.active and selected(info)]
    if not check_mode:
        for info in chosen:
            keys.retire(info.key_id)
    return chosen, status
