# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans the retirement of replaced pairs. PRIVATE to this collection.

The store names a replaced pair until it is proven dead: its key is no longer listed as active, and its login is
refused. Only then is it forgotten, so that the next run can finish an interrupted one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from .pair import KeyPair
from .request import KeyRequest, Line
from .state import KeyState


@dataclass(frozen=True)
class Ending:
    """Three states of the stored pair: ``pair`` with the replaced pairs, ``dated`` with the date on which they end, and
    ``after`` with those that remain.

    ``retire`` are the replaced pairs that the instance lists, each with the ids of its keys.
    """

    pair: KeyPair
    dated: KeyPair
    after: KeyPair
    retire: tuple[tuple[KeyPair, tuple[int, ...]], ...] = ()
    pending: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def of(self, pair: KeyPair) -> Ending:
        """The same for a pair whose keys weren't known when this was planned."""
        dated = replace(pair, retire_after=self.dated.retire_after)
        after = replace(pair, previous=self.after.previous, retire_after=self.after.retire_after)
        return replace(self, pair=pair, dated=dated, after=after)

    @property
    def changed(self) -> bool:
        return not self.after.same_record(self.pair)


def plan_ending(pair: KeyPair, state: KeyState, request: KeyRequest, now: datetime) -> Ending:
    """Plan the end of the pairs that ``pair`` replaced. Raises Unread."""
    due = _due(pair, request, now)
    if not pair.previous or due is None:
        return Ending(pair, pair, pair)
    # correct a creation date in the future, together with the end that follows from it
    dated = replace(pair, retire_after=due, made=now if pair.is_of_the_future(now) else pair.made)
    if due > now:
        changed = pair.previous if due != pair.retire_after else ()
        lines = [_line(request, old, "replaced", f"retired after {due:%Y-%m-%d}") for old in changed]
        return Ending(pair, dated, dated, lines=lines)
    return _end(Ending(pair, dated, dated), state, request)


def _due(pair: KeyPair, request: KeyRequest, now: datetime) -> datetime | None:
    if request.grace is None:
        return pair.retire_after
    if pair.is_of_the_future(now):
        return now + request.grace
    if pair.retire_after and (request.keep_end or pair.made is None):
        return pair.retire_after if request.keep_end else min(now + request.grace, pair.retire_after)
    return (pair.made or now) + request.grace


def _end(ending: Ending, state: KeyState, request: KeyRequest) -> Ending:
    retire: list[tuple[KeyPair, tuple[int, ...]]] = []
    alive: list[KeyPair] = []
    listing = state.listing
    unnamed = not listing.offered or any(not info.public_key for info in listing.keys)
    by_hand = "replaced", "delete by hand"
    for old in ending.pair.previous:
        listed = listing.listed(old)
        if listed:
            retire.append((old, tuple(info.key_id for info in listed)))
            ending.lines.append(_line(request, old, "active" if listed[0].active else "inactive", "retired"))
        elif old.private_key and state.proof(old).logs_in:
            alive.append(old)
            ending.pending.append(delete_step(request, old))
            if ending.changed:
                ending.lines.append(_line(request, old, *by_hand))
        elif not old.private_key and unnamed:
            ending.pending.append(delete_step(request, old))
            ending.lines.append(_line(request, old, *by_hand))
            ending.warnings.append(
                f"No run can see when key {old.public_key} is deleted: {request.instance} doesn't list public keys, and"
                f" {state.place} doesn't return private keys. This is reported only once."
            )
        else:
            ending.lines.append(_line(request, old, "replaced", "gone"))
    if len(alive) == len(ending.pair.previous):
        return ending
    due = ending.dated.retire_after
    after = replace(ending.dated, previous=tuple(alive), retire_after=due if alive else None)
    return replace(ending, after=after, retire=tuple(retire))


def delete_step(request: KeyRequest, old: KeyPair) -> str:
    return (
        f"Open System > Members > API Members > {request.member}, tab API Keys, and delete the key"
        f" {old.public_key}: it was replaced. Then run again to verify that it no longer logs in."
    )


def _line(request: KeyRequest, old: KeyPair, before: str, after: str) -> Line:
    return f"Key {old.public_key} of {request.member}", before, after
