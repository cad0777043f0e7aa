# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_credentials: removes, archives or moves a stored pair, or notes its copy. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import datetime

from .._keys.ports import PairBackend
from .._keys.record import Record
from .._keys.store import DocumentStore, check_not_interrupted, check_owner
from .context import Params, Result, line_diff
from .credentials_store import store_spec


def argument_spec() -> dict[str, t.Any]:
    return {
        "path": {"type": "path"},
        "vault_id": {"type": "str"},
        **store_spec(),
        "member": {"type": "str", "required": True},
        "company": {"type": "str"},
        "state": {"type": "str", "choices": ["absent", "archived", "copied", "moved"], "required": True},
        "to": store_spec()["store"],
    }


def converge(place: PairBackend, params: Params, check_mode: bool, now: datetime) -> Result:
    """Raises StoreError; then nothing has changed."""
    document = place.document()
    result: Result = {"changed": False, "stored_in": place.place, "archived_in": None, "public_key": None}
    if document is None:
        return {**result, "diff": line_diff(place.place, [])}
    owner = {name: params[name] for name in ("member", "company") if params[name]}
    check_owner(document, owner, place.place)
    if params["state"] == "copied":
        return {**result, **_note_copy(place, document, check_mode)}
    note = place.read_recovery_note()
    check_not_interrupted(place, note, "cw_api_key")
    place.check_removable(archives=params["state"] == "archived")
    result.update({"changed": True, "public_key": document["public_key"]})
    after = "absent"
    if params["state"] == "archived":
        result["archived_in"] = place.archive(f"{now:%Y%m%dT%H%M%SZ}", check_mode)
        after = f"archived in {result['archived_in']}"
    elif not check_mode:
        place.remove()
    if note is not None and not check_mode:
        place.clear_recovery_note()
    before = f"pair {document['public_key']} of {document['member']}"
    return {**result, "diff": line_diff(place.place, [("credentials", before, after)])}


def _note_copy(place: PairBackend, document: t.Mapping[str, str], check_mode: bool) -> Result:
    store = DocumentStore(place, document["site"], document["company"], document["member"])
    record, public_key = store.record() or Record(), document["public_key"]
    if record.copied == public_key:
        return {"public_key": public_key}
    if not check_mode:
        store.write_record(replace(record, copied=public_key))
    lines = [("copied", record.copied or "nothing", public_key)]
    return {"changed": True, "public_key": public_key, "diff": line_diff(place.place, lines)}
