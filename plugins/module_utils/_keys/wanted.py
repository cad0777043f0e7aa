# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the key workflow, and what became of it. PRIVATE to this collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .document import utc_now
from .pair import KeyPair, KeyStatus, Proof
from .retiring import Line


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for. ``instance`` is only used in messages.

    With ``rotate``, a pair of ``max_age`` days or of unknown age is replaced; one that was replaced goes on
    for ``keep_old_for`` days.
    """

    instance: str
    member: str
    description: str
    supplied: KeyPair | None = None
    own_public_key: str = ""
    force: bool = False
    check_mode: bool = False
    wait_timeout: float = 0.0
    rotate: bool = False
    max_age: float = 0.0
    keep_old_for: float = 0.0
    now: datetime = field(default_factory=utc_now)

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
