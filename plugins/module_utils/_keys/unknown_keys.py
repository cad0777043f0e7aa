# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of the member that the store doesn't name. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._domain.attempt import Attempt
from .._domain.names import same_name
from .pair import KeyInfo, KeyPair, KeyStatus
from .ports import RecoveryNote
from .request import KeyRequest


@dataclass(frozen=True)
class UnknownKeys:
    request: KeyRequest

    def orphans(
        self, status: KeyStatus, note: RecoveryNote | None, attempt: Attempt | None, known: t.Sequence[KeyPair]
    ) -> list[KeyInfo]:
        """The keys that an interrupted run of ours created and couldn't store.

        They have our description and didn't exist before that run. The member's notes must still name that run's
        ``attempt``; if they name another or none, another controller has run since then, and the key is that one's.
        """
        if note is None or note.known_ids is None or not status.offered:
            return []
        if attempt is None or attempt.attempt_id != note.attempt_id:
            return []
        kept = _publics(known)
        return [
            info
            for info in status.keys
            if info.active
            and info.key_id not in note.known_ids
            and same_name(info.description, self.request.description)
            and info.public_key not in kept
        ]

    def duplicates(
        self, status: KeyStatus, orphans: t.Sequence[KeyInfo], known: t.Sequence[KeyPair]
    ) -> list[KeyInfo]:
        """The active keys with our description that are neither ``known`` nor ``orphans``."""
        kept, gone = _publics(known), {info.key_id for info in orphans}
        described = status.described(self.request.description)
        return [info for info in described if info.key_id not in gone and info.public_key not in kept]

    def describe(self, duplicate: KeyInfo) -> str:
        return (
            f"API member {self.request.member!r} on {self.request.instance} has another active key with this"
            f" description: {duplicate.public_key} (id {duplicate.key_id})."
        )

    def refusal_message(self, duplicate: KeyInfo, place: str) -> str:
        return (
            f"{self.describe(duplicate)} It isn't the one in {place or 'a store'}: a run from another folder or machine"
            " may have created it. Nothing was changed. Use the store that has its pair, hand that pair in, retire the"
            f" key (state absent, key_id {duplicate.key_id}), or set force to create another one."
        )


def _publics(known: t.Sequence[KeyPair]) -> set[str]:
    """The public keys of the pairs, and an empty one: a key listed without its public key may be one of them."""
    publics = {pair.public_key for pair in known}
    return publics | {""} if publics else publics
