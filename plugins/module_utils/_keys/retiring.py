# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retires replaced pairs, as planned. PRIVATE to this collection."""

from __future__ import annotations

from .._client import errors
from .ending import Ending
from .ports import Keys, PairStore
from .proving import is_refused
from .request import KeyRequest
from .store import keep_if_unchanged


class NotRetired(errors.Refused):
    """The instance refuses to retire a key, so it must be deleted by hand."""


def retire_replaced(keys: Keys, store: PairStore, request: KeyRequest, ending: Ending) -> None:
    """Carry out the ending. Raises StoreError, NotRetired, and any other CwError of the instance."""
    if not ending.dated.same_record(ending.pair):
        # first, so that a later run can continue from here
        keep_if_unchanged(store, ending.pair, ending.dated)
    for old, key_ids in ending.retire:
        for key_id in key_ids:
            retire(keys, request, key_id, old.public_key)
        if old.private_key and not is_refused(keys, old, request.settle_timeout):
            raise _not_retired(request, old.public_key, "it was retired but still logs in")
    if not ending.after.same_record(ending.dated):
        keep_if_unchanged(store, ending.dated, ending.after)


def retire(keys: Keys, request: KeyRequest, key_id: int, name: str) -> None:
    """Delete the key or make it inactive. Raises NotRetired, and any other CwError of the instance."""
    try:
        keys.retire(key_id)
    except (errors.NotOffered, errors.NotKept, errors.Rejected) as exc:
        if any(info.key_id == key_id and info.active for info in keys.status().keys):
            raise _not_retired(request, name, str(exc)) from None


def _not_retired(request: KeyRequest, name: str, why: str) -> NotRetired:
    return NotRetired(
        f"The API can't retire key {name} of API member {request.member!r} on {request.instance}: {why.rstrip('.')}."
        " Delete it in System > Members > API Members, tab API Keys, and run again."
    )
