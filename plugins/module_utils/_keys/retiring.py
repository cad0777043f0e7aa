# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retires the pairs that another one replaced, as planned. PRIVATE to this collection."""

from __future__ import annotations

from .._client.errors import Refused
from .ending import Ending
from .ports import Keys, PairStore
from .request import KeyRequest
from .store import keep_if_unchanged


def retire_replaced(keys: Keys, store: PairStore, request: KeyRequest, ending: Ending) -> None:
    """Raises StoreError; Refused where a retired key still logs in; any other CwError of the instance."""
    if not ending.dated.same_record(ending.pair):
        # first of all, so that any later run goes on with it
        keep_if_unchanged(store, ending.pair, ending.dated)
    for old, key_ids in ending.retire:
        for key_id in key_ids:
            keys.retire(key_id)
        if old.private_key and keys.login(old).logs_in:
            raise Refused(
                f"Key {old.public_key} of API member {request.member!r} on {request.instance} was retired and still"
                " logs in. Delete it in System > Members > API Members, tab API Keys, and run again."
            )
    if not ending.after.same_record(ending.dated):
        keep_if_unchanged(store, ending.dated, ending.after)
