# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration with state absent: keys, member, then role. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._client import errors
from .._keys.document import time_text, utc_now
from .._keys.pair import KeyPair
from .._resources.settling import settled
from .context import Context, Params, Result
from .integration_parts import Parts
from .outcome import note_done, outcome, summed_up
from .ownership import Ownership

# what an instance answers if it refuses to delete a role
_NOT_DELETED = (errors.Rejected, errors.Forbidden, errors.EndpointMissing, errors.NotKept)


def run(params: Params, context: Context, parts: Parts, ownership: Ownership) -> Result:
    """Retire the keys, then the member, which stops every remaining key, then the role unless others use it."""
    store, stored = ownership.store, ownership.stored
    context.identity.guard_member(params["member"], "its keys would be retired and it would be made inactive", True)
    sharing = store.sharing()
    if sharing:
        return _end_shared(params, context, parts, ownership, sharing)
    key = _retire_keys(params, context, parts, _own_keys(params, stored))
    refused = key.pop("not_retired")
    done = [note_done(context, "key", key)]
    done.append(note_done(context, "member", parts.member({"identifier": params["member"], "state": "absent"})))
    if not context.check_mode and store.read_recovery_note() is not None:
        store.clear_recovery_note()  # no key of this member works any more, so there is none to look for
    if stored and stored.private_key and not context.check_mode:
        though = "although the member is inactive"
        context.partial["key"]["refused"] = _prove_refused(params, context, parts, stored, though)
    if params["manage_role"]:
        # if nothing has changed since the instance refused to delete it, it would refuse again
        before = "" if any(part["changed"] for part in done) else ownership.record.refused.get("role", "")
        role, why = _delete_role(params, parts, before)
        refused.update({"role": why} if why else {})
        done.append(note_done(context, "role", role))
    _note_end(context, ownership, refused)
    result: Result = {**context.partial, **summed_up(done), "finished": True, "reason": ""}
    return {**result, "outcome": outcome(params, context, result, "offboarded")}


def _note_end(context: Context, ownership: Ownership, refused: t.Mapping[str, str]) -> None:
    """``refused``: what the instance refused to remove, with the reason; it isn't requested again."""
    known = ownership.record.member_id is not None or ownership.stored is not None or bool(ownership.record.offboarded)
    if not context.check_mode and (known or refused):
        ownership.note(offboarded=ownership.record.offboarded or time_text(utc_now()) or "", refused=dict(refused))


def _end_shared(
    params: Params, context: Context, parts: Parts, ownership: Ownership, sharing: t.Mapping[str, KeyPair]
) -> Result:
    """Retire the keys of the stored pair; member and role stay, because another pair needs them."""
    store, stored = ownership.store, ownership.stored
    theirs = {key.public_key for pair in sharing.values() for key in (pair, *pair.previous)}
    known = [pair for pair in (stored, *stored.previous) if pair.public_key not in theirs] if stored else []
    why = f"it is used by the pair stored in {', '.join(sharing)}"
    chosen = [{"pair_public_key": pair.public_key} for pair in known]
    key = _retire_keys(params, context, parts, chosen)
    refused = key.pop("not_retired")
    done = [note_done(context, "key", key)]
    if not context.check_mode:
        for pair in (pair for pair in known if pair.private_key):
            end = f"and the member stays active: {why}"
            context.partial["key"]["refused"] = _prove_refused(params, context, parts, pair, end)
        if store.read_recovery_note() is not None:
            store.clear_recovery_note()
    _note_end(context, ownership, refused)
    context.partial["member_kept"] = context.partial["role_kept"] = why
    result: Result = {**context.partial, **summed_up(done), "finished": True, "reason": ""}
    found = outcome(params, context, result, "offboarded")
    return {**result, "outcome": {**found, "member_kept": why, "role_kept": why}}


def _own_keys(params: Params, stored: KeyPair | None) -> list[dict[str, str]]:
    """The keys with our description, and those of the stored pair."""
    known = [stored, *stored.previous] if stored else []
    return [{"description": params["key_description"]}, *({"pair_public_key": pair.public_key} for pair in known)]


def _retire_keys(params: Params, context: Context, parts: Parts, chosen: t.Sequence[dict[str, str]]) -> Result:
    """Retire the keys chosen by description or public key; ``left`` reports those that can't be retired."""
    common = {"member": params["member"], "state": "absent", "on_unwritable": "report"}
    retired: list[Result] = []
    diffs: list[dict[str, str]] = []
    remarks: list[str] = []
    not_retired: dict[str, str] = {}
    for choice in chosen:
        try:
            result = parts.key({**common, **choice}, stored=False)
        except errors.Refused as exc:
            remarks.append(str(exc))
            continue
        known = {key["id"] for key in retired}
        fresh = [key for key in result["retired"] if key["id"] not in known]
        retired += fresh
        diffs += [result["diff"]] if fresh and result.get("diff") else []
        not_retired.update(result.get("not_retired") or {})
        remarks += result["pending"]
    merged = {name: "".join(diff[name] for diff in diffs) for name in ("before", "after")} if diffs else {}
    title = f"API keys of {params['member']} on {context.instance}"
    diff = {"before_header": title, "after_header": title, **merged} if merged else {}
    left = list(dict.fromkeys(remarks))
    return {"changed": bool(retired), "retired": retired, "left": left, "diff": diff, "not_retired": not_retired}


def _prove_refused(params: Params, context: Context, parts: Parts, stored: KeyPair, though: str) -> bool:
    """True once the stored pair no longer logs in. Raises Refused if it still does, with what was done."""
    if settled(lambda: not parts.logs_in(stored), context.client.connection.settle_timeout, bool)[1]:
        return True
    raise errors.Refused(
        f"Key {stored.public_key} of API member {params['member']!r} on {context.instance} still logs in"
        f" {though}. Delete it in System > Members > API Members, tab API Keys, and run again."
    )


def _delete_role(params: Params, parts: Parts, before: str) -> tuple[Result, str]:
    """Delete the role, or keep it with the reason. Also returns the instance's refusal; ``before`` is an earlier one.

    No published source says whether a role of an inactive member can be deleted.
    """
    options = {"name": params["security_role"], "state": "absent", "members": [params["member"]]}
    why = before
    try:
        if not before:
            return {**parts.role(options), "kept": None}, ""
    except errors.Refused as exc:
        return {"changed": False, "role": None, "kept": str(exc)}, ""
    except _NOT_DELETED as exc:
        why = str(exc)
    return {"changed": False, "role": None, "kept": why}, why
