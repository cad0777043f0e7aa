# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks which member a pair belongs to. PRIVATE to this collection."""

from __future__ import annotations

from .._client.errors import Refused
from .._domain.names import same_name
from .pair import KeyPair, Proof
from .request import KeyRequest
from .state import KeyState


def check_owner(request: KeyRequest, pair: KeyPair, proof: Proof, what: str) -> None:
    """Raises Refused if the pair belongs to another member. ``what`` names the pair in the message."""
    if proof.member and not same_name(proof.member, request.member):
        raise Refused(
            f"{what} (public key {pair.public_key}) belongs to API member {proof.member!r}"
            f" on {request.instance}, not to {request.member!r}. Nothing was changed."
        )


def check_unidentified_owner(state: KeyState, request: KeyRequest, pair: KeyPair, proof: Proof) -> None:
    """Raises Refused if neither the instance nor the user says which member the pair belongs to.

    A pair that won't be stored needs no confirmation: the caller has it already, and the proof lists excess levels.
    """
    what = f"The supplied pair (public key {pair.public_key})"
    if pair.public_key == request.own_public_key:
        raise Refused(f"{what} is the automation's own. Create a key for API member {request.member!r}.")
    if proof.member:
        return
    listed = _listed(state)
    if listed and pair.public_key not in listed:
        raise Refused(f"{what} isn't among the keys of API member {request.member!r}. Nothing was changed.")
    confirmed = state.record.owner_confirmed if state.record else ""
    if not state.place or listed or request.owner_confirmed or confirmed == pair.public_key:
        return
    excess = f" It has more permissions than the matrix ({'; '.join(proof.excess[:3])})." if proof.excess else ""
    stays = f" The pair stays in {state.inbox} until then." if state.inbox and not request.supplied else ""
    raise Refused(
        f"{what} logs in, but {request.instance} doesn't say which member it belongs to: it neither names the member of"
        f" a key nor lists keys.{excess} Nothing was changed. If it is a key of API member {request.member!r}, confirm"
        f" it once: {request.how_to_confirm}.{stays}"
    )


def is_confirmed_only(state: KeyState, proof: Proof, pair: KeyPair) -> bool:
    """Whether only the user's confirmation says that the pair is the member's."""
    return not proof.member and pair.public_key not in _listed(state)


def _listed(state: KeyState) -> list[str]:
    return [info.public_key for info in state.listing.keys if info.public_key]
