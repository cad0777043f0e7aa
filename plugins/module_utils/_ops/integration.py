# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration: security role, API member and API key of an integration. PRIVATE to this collection.

Only the order of the parts, and what each passes to the next.
"""

from __future__ import annotations

import typing as t

from .._client import errors
from .._domain.vendor import list_name
from .._keys.document import time_text, utc_now
from .._keys.pair import KeyPair
from .._keys.ports import PairInbox, PairStore
from . import api_key, api_member, arguments, offboarding, security_role
from .context import Context, Params, Result
from .integration_parts import Parts
from .outcome import differs, failed, levels_and_key, manual_steps_message, note_done, outcome, product_of, summed_up
from .ownership import Ownership, wanted_levels

# option of the part -> option of cw_integration
_ROLE_OPTIONS = {
    "name": "security_role",
    **{option: option for option in ("permissions", "unlisted", "wait_timeout", "wait_interval")},
}
_MEMBER_OPTIONS = {
    option: option
    for option in api_member.argument_spec()
    if option not in (*arguments.CONNECTION, "identifier", "state")
}
_OWN_KEY_OPTIONS = ("member", "description", "state", "return_private_key", "force", "key_id")
_KEY_OPTIONS = {
    option: option
    for option in api_key.argument_spec()
    if option not in (*arguments.CONNECTION, *_OWN_KEY_OPTIONS, "on_unwritable")
}


CUSTOMIZE_SPEC: arguments.Spec = {
    "type": "list",
    "elements": "dict",
    "options": {
        "module": {"type": "str", "required": True},
        "function": {"type": "str", "required": True},
        "mode": {"type": "str", "choices": ["allow", "disallow"], "required": True},
        "entries": {"type": "list", "elements": "str", "default": []},
        "described": {"type": "str"},
    },
}


def argument_spec() -> arguments.Spec:
    member, key = api_member.argument_spec(), api_key.argument_spec()
    return {
        **arguments.connection_spec(),
        "member": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "rotated", "absent"], "default": "present"},
        **{option: member[option] for option in _MEMBER_OPTIONS},
        "manage_role": {"type": "bool", "default": True},
        "key_description": {"type": "str", "required": True, "no_log": False},
        **{option: key[option] for option in _KEY_OPTIONS},
        "on_unwritable": key["on_unwritable"],
        "product": {"type": "str"},
        "customize": CUSTOMIZE_SPEC,
        "confirmed": {"type": "bool", "default": False},
        "adopt": {"type": "bool", "default": False},
        "restore": {"type": "bool", "default": False},
        "keep_offboarded": {"type": "bool", "default": False},
    }


_OF_THE_INSTANCE = ("company", "api", "member", "missing_rights")


def run(params: Params, context: Context, store: PairStore, hand_in: PairInbox | None) -> Result:
    """Bring the integration to the wanted state; a failure has an ``outcome`` too."""
    accepted = context.client.counts.accepted
    try:
        return _run(params, context, store, hand_in)
    except errors.CwError as exc:
        changed = bool(context.partial.get("changed")) or context.client.counts.accepted > accepted
        context.partial["outcome"] = failed(product_of(params), params["member"], str(exc), changed)
        raise


def _run(params: Params, context: Context, store: PairStore, hand_in: PairInbox | None) -> Result:
    """The store is checked before the first request, and everything before the first write."""
    _check_input(params, store)
    stored = store.load() or _supplied(params)
    ownership = Ownership(store, stored, params, context.instance)
    if params["state"] == "present" and params["keep_offboarded"] and ownership.record.offboarded:
        return _still_offboarded(params, ownership)
    if stored is None and params["state"] != "absent":
        store.check_writable()
    if hand_in and params["state"] != "absent" and not params["pair_public_key"] and not params["wait_timeout"]:
        hand_in.read()  # report its problems now; if the run waits for manual steps, they may still be corrected
    parts = Parts(params, context, store, hand_in, ownership)
    instance = parts.instance()
    # the rest isn't needed here, and would fill the screen
    context.partial["instance"] = {name: instance[name] for name in _OF_THE_INSTANCE if name in instance}
    if params["state"] == "absent":
        return offboarding.run(params, context, parts, ownership)
    done: dict[str, Result] = {}
    waits_with = ""
    if params["state"] == "present":
        done, waits_with = _converge(params, context, parts, ownership)
    done["key"] = note_done(context, "key", parts.key(_key_options(params, params["state"])))
    result = _result(params, context, done, waits_with, _unconfirmed(params, context, ownership))
    result["outcome"]["new_functions"] = _new_functions(params, context, ownership)
    return result


def _new_functions(params: Params, context: Context, ownership: Ownership) -> list[str]:
    """The functions that are new in the matrix since it was last applied, according to the record."""
    if params["state"] != "present" or not params["manage_role"]:
        return []
    functions = tuple(f"{row['module']} / {row['function']}" for row in params["permissions"] or ())
    known = ownership.record.functions
    if not context.check_mode and set(functions) != set(known):
        ownership.note(functions=functions)
    return [function for function in functions if function not in known] if known else []


def _unconfirmed(params: Params, context: Context, ownership: Ownership) -> list[str]:
    """The functions whose Customize list nobody confirmed to be set as wanted; confirmations go into the record."""
    if params["state"] != "present":
        return []
    wanted = {
        list_name(each): f"{each['mode']}: {', '.join(sorted(each['entries']))}" for each in params["customize"] or ()
    }
    record = ownership.record
    new = [name for name, entries in wanted.items() if record.customized.get(name) != entries]
    if not new or not params["confirmed"]:
        return new
    if not context.check_mode:
        now = time_text(utc_now()) or ""
        ownership.note(
            customized={**record.customized, **{name: wanted[name] for name in new}},
            customized_on={**record.customized_on, **dict.fromkeys(new, now)},
        )
    return []


def _still_offboarded(params: Params, ownership: Ownership) -> Result:
    """An offboarded integration stays offboarded; no request is sent."""
    found = {"product": product_of(params), "member": params["member"], "state": "offboarded", "changed": False}
    found.update(reason="", unverified=[], unconfirmed=[], kept_off=ownership.record.offboarded[:10])
    return {"changed": False, "finished": True, "reason": "", "outcome": found}


def _supplied(params: Params) -> KeyPair | None:
    """The pair that the playbook stores itself."""
    if not params["pair_public_key"]:
        return None
    return KeyPair(params["pair_public_key"].strip(), params["pair_private_key"].strip())


def _check_input(params: Params, store: PairStore) -> None:
    # checked below instead, as this module returns no private key
    options = {**_key_options(params, params["state"]), "return_private_key": True}
    problems = api_key.input_problems(arguments.filled(api_key.argument_spec(), params, options), store)
    if params["state"] != "rotated" and not (params["security_role"] or "").strip():
        problems.append("security_role is required")
    if params["state"] == "absent" and bool(params["pair_public_key"]) != bool(params["pair_private_key"]):
        problems.append(api_key.HALVES)
    if params["state"] != "absent" and not store.place and not params["pair_public_key"]:
        problems.append("a new private key is shown only once: set credentials_file or store")
    if problems:
        raise errors.InputError(problems)


def part_options(params: Params, options: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A part's options, taken from those of cw_integration; options that weren't given are left out."""
    return {part: params[own] for part, own in options.items() if own in params}


def _converge(
    params: Params, context: Context, parts: Parts, ownership: Ownership
) -> tuple[dict[str, Result], str]:
    """Converge role and member. Also returns the role that the member keeps until the new one's levels are set by hand.

    A new member is created before the levels are set; an existing one is changed after, so it never loses access.
    """
    role = {**part_options(params, _ROLE_OPTIONS), "members": [params["member"]], "on_unwritable": "report"}
    member = {**part_options(params, _MEMBER_OPTIONS), "identifier": params["member"]}
    parts.check(role if params["manage_role"] else None, member)
    ownership.check(parts.role_plan, t.cast(api_member.Plan, parts.member_plan))
    try:
        return _carry_out(params, context, parts, ownership, role, member)
    except errors.NotVisible:
        ownership.note(unseen=time_text(utc_now()) or "")
        raise


def _carry_out(
    params: Params, context: Context, parts: Parts, ownership: Ownership, role: Params, member: Params
) -> tuple[dict[str, Result], str]:
    done: dict[str, Result] = {}
    waits_with = ""
    creates_first = parts.creates_member and not context.check_mode
    if params["manage_role"] and not context.check_mode:
        parts.create_role(role)
    if creates_first:
        # a refusal should come while the role is still empty; nobody can use the member before it has a key
        done["member"] = note_done(context, "member", parts.member(member))
    if params["manage_role"]:
        done["role"] = note_done(context, "role", parts.role(role))
        _note_role(done["role"], context, parts, ownership)
        if done["role"]["pending"]:
            waits_with = parts.keep_current_role()
    if not creates_first:
        done["member"] = note_done(context, "member", parts.member(member))
    if not context.check_mode and (done["member"]["changed"] or ownership.adopts or ownership.record.offboarded):
        seen = done["member"]["member"]
        ids = {"member_id": seen["id"], "member_role_id": seen["security_role_id"]}
        ownership.note(**ids, offboarded="", refused={}, stopped="", unseen="")
    return {part: done[part] for part in ("role", "member") if part in done}, waits_with


def _note_role(role: Result, context: Context, parts: Parts, ownership: Ownership) -> None:
    plan = t.cast(security_role.Plan, parts.role_plan)
    noted: dict[str, t.Any] = {}
    if role["changed"] or ownership.adopts:
        noted["role_id"] = role["role"]["id"]
    if role["levels_set"] or any(level != "none" for level in wanted_levels(plan)):
        noted["granted"] = True
    if noted and not context.check_mode and any(getattr(ownership.record, name) != noted[name] for name in noted):
        ownership.note(**noted)


def _key_options(params: Params, state: str) -> dict[str, t.Any]:
    options = part_options(params, _KEY_OPTIONS)
    if state != "rotated":
        options.pop("max_age", None)
        options.pop("keep_old_for", None)
        options.pop("at_once", None)
    if not params["manage_role"]:
        options.pop("permissions", None)  # whatever the existing role allows is right
    return {
        **options,
        "member": params["member"],
        "description": params["key_description"],
        "state": state,
        "on_unwritable": "report",
    }


def _result(
    params: Params, context: Context, done: dict[str, Result], waits_with: str, unconfirmed: list[str]
) -> Result:
    levels, steps = levels_and_key(done)
    summed = summed_up(list(done.values()))
    is_left = bool(levels or steps)
    reason = manual_steps_message(params, context, levels, steps, waits_with) if is_left else ""
    if not reason and not (context.check_mode and summed["changed"]):
        reason = differs(params, context, done["key"].get("proof") or {})
        is_left = bool(reason) and params["state"] == "rotated"
    result: Result = {**context.partial, **summed, "finished": not reason, "reason": reason}
    state = "handed over" if is_left else "converged"
    result["outcome"] = {**outcome(params, context, result, state, unconfirmed), "keeps_role": waits_with or None}
    if reason and params["on_unwritable"] == "fail":
        result.update(failed=True, msg=reason)
    return result
