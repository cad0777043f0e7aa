# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the key workflow, and what it returns. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import timedelta

from .pair import KeyPair, Proof

Line = t.Tuple[str, t.Any, t.Any]  # one line of a diff: what, before, after


@dataclass(frozen=True)
class KeyRequest:
    """What the caller asks for. ``instance`` is only used in messages.

    With ``rotate``, a pair of ``max_age`` days or of unknown age is replaced; one that was replaced stays valid for
    ``keep_old_for`` days. With ``keep_end``, that holds for what this run replaces; what was replaced before ends when
    that rotation said. ``at_once``: no key of the member from before this run works afterwards, whoever made it.
    ``owner_confirmed``: a person says that the supplied or handed-in pair is the member's, which the instance doesn't.
    ``replace_dead``: a stored pair that once worked and is refused now is replaced, which otherwise stops the run:
    whoever deleted its key or blocked its member may have meant it. ``wait_timeout`` is in seconds, as is
    ``settle_timeout``, in which the instance shows what was written. ``guard`` is asked before a key is created or
    stored, with what would be done and whether the member is ours; it raises Refused.
    """

    instance: str
    member: str
    description: str
    supplied: KeyPair | None = None
    own_public_key: str = ""
    force: bool = False
    replace_dead: bool = False
    how_to_replace: str = "give force: true"  # ends the sentence "To replace it, ..."
    how_to_confirm: str = "give owner_confirmed: true"
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
        """How long a replaced pair stays valid; None where this run wasn't asked to rotate."""
        return timedelta(days=self.keep_old_for) if self.rotate else None


@dataclass(frozen=True)
class KeyResult:
    """What was done, or would be. ``pending`` are the manual steps that are left, ``lines`` those of the diff.

    ``pair`` is None where there is none (yet), and never shown as it is. ``unverified`` says why nothing logged in with
    the pair, where that couldn't be done. ``handed_over``: a person has to make the key.
    ``stopped``: the member is inactive, since REST couldn't retire its old keys. ``undecided``: check mode can't tell
    whether REST or a person creates the key.
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
