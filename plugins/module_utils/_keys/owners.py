# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pair it is that logs in. PRIVATE to this collection."""

from __future__ import annotations

from .._client.errors import Refused
from .._domain.names import same_name
from .pair import KeyPair, Proof
from .request import KeyRequest
from .state import KeyState


def check_owner(request: KeyRequest, pair: KeyPair, proof: Proof, what: str) -> None:
    """Raises Refused for a pair that is another member's. ``what`` is the pair in the words of the message."""
    if proof.member and not same_name(proof.member, request.member):
        raise Refused(
            f"{what} (public key {pair.public_key}) belongs to API member {proof.member!r}"
            f" on {request.instance}, not to {request.member!r}. Nothing was changed."
        )


def check_unidentified_owner(state: KeyState, request: KeyRequest, pair: KeyPair, proof: Proof) -> None:
    """Raises Refused where the instance doesn't say whose the pair is, and nobody has confirmed that either.

    Where it isn't to be stored, whoever asks has it already, and the proof names what it can do too much.
    """
    what = f"The pair that was supplied (public key {pair.public_key})"
    if pair.public_key == request.own_public_key:
        raise Refused(f"{what} is the automation's own. Make a key of API member {request.member!r}.")
    if proof.member:
        return
    listed = _listed(state)
    if listed and pair.public_key not in listed:
        raise Refused(f"{what} isn't among the keys of API member {request.member!r}. Nothing was changed.")
    confirmed = state.record.owner_confirmed if state.record else ""
    if not state.place or listed or request.owner_confirmed or confirmed == pair.public_key:
        return
    excess = f" It can do more than the matrix ({'; '.join(proof.excess[:3])})." if proof.excess else ""
    stays = f" The pair stays in {state.inbox} until then." if state.inbox and not request.supplied else ""
    raise Refused(
        f"{what} logs in, and {request.instance} doesn't tell whose it is: it neither names the member of a key nor"
        f" lists keys.{excess} Nothing was changed. If it is a key of API member {request.member!r}, confirm that once:"
        f" {request.how_to_confirm}.{stays}"
    )


def is_confirmed_only(state: KeyState, proof: Proof, pair: KeyPair) -> bool:
    """Whether nothing but a person's word says whose the pair is."""
    return not proof.member and pair.public_key not in _listed(state)


def _listed(state: KeyState) -> list[str]:
    return [info.public_key for info in state.listing.keys if info.public_key]
