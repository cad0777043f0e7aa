# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pair it is that logs in. PRIVATE to this collection."""

from __future__ import annotations

from dataclasses import dataclass

from .._client.errors import Refused
from .._domain.names import same_name
from .pair import KeyPair, Proof
from .ports import Keys
from .wanted import Wanted


@dataclass(frozen=True)
class Owners:
    """Raises Refused for a pair that isn't the member's."""

    keys: Keys
    wanted: Wanted

    def check(self, pair: KeyPair, proof: Proof, what: str) -> None:
        """``what`` is the pair in the words of the message."""
        if proof.member and not same_name(proof.member, self.wanted.member):
            raise Refused(
                f"{what} (public key {pair.public_key}) belongs to API member {proof.member!r}"
                f" on {self.wanted.instance}, not to {self.wanted.member!r}. Nothing was changed."
            )

    def check_unnamed(self, pair: KeyPair, proof: Proof, to_keep: bool) -> None:
        """A pair of which the instance doesn't say whose it is must at least not look like somebody else's.

        Where it isn't to be kept, whoever asks has it already, and the proof tells what it can do too much.
        """
        what = f"The pair that was supplied (public key {pair.public_key})"
        if pair.public_key == self.wanted.own_public_key:
            raise Refused(f"{what} is the automation's own. Make a key of API member {self.wanted.member!r}.")
        if proof.member:
            return
        listed = [info.public_key for info in self.keys.status().keys if info.public_key]
        if listed and pair.public_key not in listed:
            raise Refused(f"{what} isn't among the keys of API member {self.wanted.member!r}. Nothing was changed.")
        if to_keep and proof.excess and not listed:
            raise Refused(
                f"{what} can do more than the matrix ({'; '.join(proof.excess[:3])}), and {self.wanted.instance}"
                f" doesn't say whose it is. If it is of {self.wanted.member!r}, set its role's levels first."
            )
