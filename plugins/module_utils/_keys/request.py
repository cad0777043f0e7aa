# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request to the key workflow, and its result. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import timedelta

from .pair import KeyPair, Proof

Line = t.Tuple[str, t.Any, t.Any]  # one line of a diff: what, before, after


@dataclass(frozen=True)
class KeyRequest:
    """What the caller asks for. ``instance`` is only used in messages.

    With ``rotate``, a pair that is ``max_age`` days old or of unknown age is replaced; the replaced pair stays valid
    for ``keep_old_for`` days. With ``keep_end``, that applies only to the pair that this run replaces; earlier ones end
    on the date their rotation set. ``at_once``: no key of the member from before this run works afterwards, whoever
    created it. ``owner_confirmed``: the user confirms that the supplied or handed-in pair is the member's, because the
    instance doesn't show it. ``replace_dead``: replace a stored pair that once worked and is now refused; without it,
    the run stops, since someone may have deleted the key or blocked the member on purpose. ``wait_timeout`` and
    ``settle_timeout`` are seconds; the latter is the time in which the instance shows what was written. ``guard`` is
    called before a key is created or stored, with what would be done and whether the member is ours; it raises Refused.
    """

    instance: str
    member: str
    description: str
    supplied: KeyPair | None = None
    own_public_key: str = ""
    force: bool = False
    replace_dead: bool = False
    how_to_replace: str = "set force: true"  # ends the sentence "To replace it, ..."
    how_to_confirm: str = "set owner_confirmed: true"
    wait_timeout: float = 0.0
    rotate: bool = False
    max_age: float = 0.0
    keep_old_for: float = 0.0
    keep_end: bool = False
    at_once: bool = False
    owner_confirmed: bool = False
    settle_timeout: float = 0.0
    guard: t.Callable[[str, bool], None] = lambda _what, _ours: None

    @property
    def grace(self) -> timedelta | None:
        """How long a replaced pair stays valid; None unless this run rotates."""
        return timedelta(days=self.keep_old_for) if self.rotate else None


@dataclass(frozen=True)
class KeyResult:
    """What was done, or would be. ``pending`` are the manual steps, ``lines`` those of the diff.

    ``pair`` is None if none exists (yet); it is never shown as it is. ``unverified`` says why no login was tried with
    the pair, if that wasn't possible. ``handed_over``: the key must be created by hand. ``stopped``: the member is
    inactive, because the API couldn't retire its old keys. ``undecided``: check mode can't tell whether the API creates
    the key or someone must do it by hand.
    """

    changed: bool = False
    pair: KeyPair | None = None
    key_id: int | None = None
    proof: Proof = field(default_factory=lambda: Proof(False))
    pending: list[str] = field(default_factory=list)
    reason: str = ""
    lines: list[Line] = field(default_factory=list)
    rotated: bool = False
    handed_over: bool = False
    stopped: bool = False
    undecided: bool = False
    unverified: str = ""
