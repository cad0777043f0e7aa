# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_credentials_info: what a store holds, without the private key. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._domain.names import same_name
from .._keys import document as documents
from .._keys.ports import PairBackend, StoreError
from .context import Result
from .credentials_store import store_spec


def argument_spec() -> dict[str, t.Any]:
    return {
        "path": {"type": "path"},
        "vault_id": {"type": "str"},
        **store_spec(),
        "member": {"type": "str"},
        "return_private_key": {"type": "bool", "default": False, "no_log": False},
    }


def describe(place: PairBackend, member: str | None = None) -> Result:
    """``member``: the expected owner of a stored pair."""
    problem = ""
    exists = False
    credentials = None
    try:
        exists = place.exists()
        document = place.document()
        if document is not None:
            credentials = documents.describe(document, place.readable, documents.utc_now())
        place.check_writable()
    except StoreError as exc:
        problem = str(exc)
    if not problem and credentials and member and not same_name(credentials["member"], member):
        problem = f"{place.place} holds the pair of API member {credentials['member']!r}, not of {member!r}."
    return {
        "changed": False,
        "exists": exists,
        "ready": not problem,
        "msg": problem,
        "stored_in": place.place,
        "credentials": credentials,
    }
