# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the key workflow, and what became of it. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .document import utc_now
from .pair import KeyPair, KeyStatus, Proof
from .retiring import Line


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for. ``instance`` is only used in messages.

    With ``rotate``, a pair of ``max_age`` days or of unknown age is replaced; one that was replaced goes on
    for ``keep_old_for`` days. ``replace_dead``: a stored pair that once worked and is refused now is replaced, which
    otherwise stops the run: whoever deleted its key or blocked its member may have meant it. ``guard`` is asked before
    a key is created, with what would be done and whether the member is ours; it raises Refused.
    """

    instance: str
    member: str
    description: str
    supplied: KeyPair | None = None
    own_public_key: str = ""
    force: bool = False
    replace_dead: bool = False
    how_to_replace: str = "give force: true"  # ends the sentence "To replace it, ..."
    check_mode: bool = False
    wait_timeout: float = 0.0
    rotate: bool = False
    max_age: float = 0.0
    keep_old_for: float = 0.0
    now: datetime = field(default_factory=utc_now)
    guard: t.Callable[[str, bool], None] = lambda _what, _ours: None

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.keep_old_for)


@dataclass
class Outcome:
    """What became of it. ``pending`` are the steps left to a person; ``pair`` is never shown as it is.

    ``unverified`` says why nothing logged in with the pair, where that couldn't be done.
    """

    changed: bool = False
    pair: KeyPair | None = None
    key_id: int | None = None
    proof: Proof = field(default_factory=lambda: Proof(False))
    pending: list[str] = field(default_factory=list)
    reason: str = ""
    lines: list[Line] = field(default_factory=list)
    status: KeyStatus | None = None
    rotated: bool = False
    unverified: str = ""
