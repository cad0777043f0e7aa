# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration: security role, API member and key of an integration in one go. PRIVATE to this collection.

Each part is the operation of the module of its name; here is only their order, and what one hands to the
next. The steps run in-process or as modules on another machine: this module doesn't know.
"""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod

from .._client import errors
from .._domain.names import same_name
from .._keys.pair import KeyPair
from .._keys.ports import Store
from . import api_key, api_member, arguments
from .context import Context, Params, Result

# option of the part -> option of cw_integration
_ROLE_OPTIONS = {
    "name": "security_role",
    **{option: option for option in ("permissions", "unlisted", "wait_timeout", "wait_interval")},
}
_MEMBER_OPTIONS = {
    option: option
    for option in api_member.argument_spec()
    if option not in (*arguments.CONNECTION, "identifier", "state", "excluded_boards")
}
_OWN_KEY_OPTIONS = ("member", "description", "state", "return_private_key", "force", "key_id")
_KEY_OPTIONS = {
    option: option
    for option in api_key.argument_spec()
    if option not in (*arguments.CONNECTION, *_OWN_KEY_OPTIONS, "on_unwritable")
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
        "unverified": {"type": "list", "elements": "str", "default": []},
    }


# what a rotation or an end adds to the essence
_TOLD_OF_KEYS = ("rotated", "previous_public_key", "age_days", "retire_after", "retired", "refused", "left")
_NOT_OURS = "it isn't this integration's own"
_ROLE_STAYS = {kind.__name__ for kind in (errors.Refused, errors.Rejected, errors.Forbidden)}


def kind_of(exc: errors.CwError) -> str:
    """The class of an error, which a step on another machine gives by name."""
    return str(getattr(exc, "kind", type(exc).__name__))


class Steps(ABC):
    """Runs one part with its own options. A part that fails raises CwError."""

    @abstractmethod
    def instance(self, options: Params) -> Result:
        """As cw_instance_info."""

    @abstractmethod
    def check(self, role: Params | None, member: Params) -> None:
        """Look, by reading alone, whether both could be done. Raises InputError with all problems of both."""

    @abstractmethod
    def role(self, options: Params) -> Result:
        """As cw_security_role."""

    @abstractmethod
    def member(self, options: Params) -> Result:
        """As cw_api_member."""

    @abstractmethod
    def key(self, options: Params) -> Result:
        """As cw_api_key, with the pair kept in the store."""


def run(params: Params, context: Context, steps: Steps, store: Store) -> Result:
    """What ``_run`` does; a failure has an ``outcome`` too."""
    accepted = context.client.counts.accepted
    try:
        return _run(params, context, steps, store)
    except errors.CwError as exc:
        changed = bool(context.partial.get("changed")) or context.client.counts.accepted > accepted
        context.partial["outcome"] = failed(params, str(exc), changed)
        raise


def failed(params: Params, reason: str, changed: bool = False) -> Result:
    """The outcome of an integration that failed."""
    return {**_called(params), "state": "failed", "changed": changed, "reason": reason}


def _run(params: Params, context: Context, steps: Steps, store: Store) -> Result:
    """The place for the pair is looked at before anything is asked of the instance, and all before the first write."""
    _check_input(params, store)
    stored = store.load() or _supplied(params)
    if stored is None and params["state"] != "absent":
        store.prove(check_mode=True)
    instance = steps.instance({"gather": ["rights"]})["instance"]
    # the rights that it has are of no use here, and would fill the screen
    context.partial["instance"] = {name: value for name, value in instance.items() if name != "permissions"}
    if params["state"] == "absent":
        return _absent(params, context, steps, store, stored)
    parts = _converge(params, context, steps) if params["state"] == "present" else {}
    parts["key"] = _keep(context, "key", steps.key(_key_options(params, params["state"])))
    return _result(params, context, parts)


def _supplied(params: Params) -> KeyPair | None:
    """The pair that the playbook keeps itself."""
    if not params["pair_public_key"]:
        return None
    return KeyPair(params["pair_public_key"].strip(), params["pair_private_key"].strip())


def _check_input(params: Params, store: Store) -> None:
    # a place is asked for below, in the words of this module, which returns no private key
    options = {**_key_options(params, params["state"]), "return_private_key": True}
    problems = api_key.input_problems(arguments.filled(api_key.argument_spec(), params, options), store)
    if params["state"] != "rotated" and not (params["security_role"] or "").strip():
        problems.append("security_role is missing")
    if params["state"] == "absent" and bool(params["pair_public_key"]) != bool(params["pair_private_key"]):
        problems.append(api_key.HALVES)
    if params["state"] != "absent" and not store.place and not params["pair_public_key"]:
        problems.append("a new private key is shown once, so say where it goes: credentials_file or store")
    if problems:
        raise errors.InputError(problems)


def part_options(params: Params, options: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A part's options out of those of cw_integration; what wasn't given stays away."""
    return {part: params[own] for part, own in options.items() if own in params}


def _converge(params: Params, context: Context, steps: Steps) -> dict[str, Result]:
    role = {**part_options(params, _ROLE_OPTIONS), "members": [params["member"]], "on_unwritable": "report"}
    member = {**part_options(params, _MEMBER_OPTIONS), "identifier": params["member"]}
    steps.check(role if params["manage_role"] else None, member)
    parts: dict[str, Result] = {}
    if params["manage_role"]:
        parts["role"] = _keep(context, "role", steps.role(role))
    parts["member"] = _keep(context, "member", steps.member(member))
    return parts


def _key_options(params: Params, state: str) -> dict[str, t.Any]:
    options = part_options(params, _KEY_OPTIONS)
    if state != "rotated":
        options.pop("max_age", None)
        options.pop("keep_old_for", None)
    if not params["manage_role"]:
        options.pop("permissions", None)  # whatever the role that there is allows is right
    return {
        **options,
        "member": params["member"],
        "description": params["key_description"],
        "state": state,
        "on_unwritable": "report",
    }


def _keep(context: Context, part: str, result: Result) -> Result:
    """What was done stays told, should a later part fail."""
    context.partial[part] = {name: value for name, value in result.items() if name not in ("diff", "failed", "msg")}
    context.partial["changed"] = context.partial.get("changed", False) or bool(result["changed"])
    return result


def _result(params: Params, context: Context, parts: dict[str, Result]) -> Result:
    levels = parts.get("role", {}).get("pending", [])
    steps = parts["key"].get("pending", [])
    summed = _summed(list(parts.values()))
    reason = _needs_a_person(params, context, levels, steps) if levels or steps else ""
    if not reason and not (context.check_mode and summed["changed"]):
        reason = _differs(params, context, parts["key"].get("proof") or {})
    result: Result = {**context.partial, **summed, "finished": not reason, "reason": reason}
    result["outcome"] = _outcome(params, context, result, "handed over" if levels or steps else "converged")
    if reason and params["on_unwritable"] == "fail":
        result.update(failed=True, msg=reason)
    return result


def _called(params: Params) -> Result:
    return {"product": params.get("product") or params["member"], "member": params["member"]}


def _outcome(params: Params, context: Context, result: Result, state: str) -> Result:
    """What a list of many instances shows of this one."""
    foretold = context.check_mode and (result["changed"] or state == "handed over")
    role, member, key = (result.get(part, {}) for part in ("role", "member", "key"))
    unverified = [*params["unverified"], *([key["unverified"]] if key.get("unverified") else [])]
    return {
        **_called(params),
        "state": f"would be {state}" if foretold else state,
        "changed": result["changed"],
        "role": params["security_role"],
        "role_id": (member.get("member") or {}).get("security_role_id"),
        "role_kept": role.get("kept") if params["manage_role"] or state != "offboarded" else _NOT_OURS,
        "levels_set": role.get("levels_set", 0),
        "levels_pending": len(role.get("pending", [])),
        "public_key": key.get("public_key"),
        "stored_in": key.get("stored_in"),
        "proof": key.get("proof"),
        **{name: key[name] for name in _TOLD_OF_KEYS if key.get(name)},
        "unverified": unverified,
        "missing_rights": result["instance"]["missing_rights"],
    }


def _differs(params: Params, context: Context, proof: Result) -> str:
    if proof.get("matrix") != "differs":
        return ""
    return (
        f"The key of {params['member']} on {context.instance} works, but it can't do exactly what the matrix says."
        f" Missing: {'; '.join(proof['missing']) or 'nothing'}. Too much: {'; '.join(proof['excess']) or 'nothing'}."
        f" Look at security role {params['security_role']} and at the licence of the instance."
    )


def _needs_a_person(params: Params, context: Context, levels: list[Result], steps: list[str]) -> str:
    todo = []
    if levels:
        shown = [
            f"{row['module']} / {row['function']}, {row['verb']}: {row['is']} -> {row['should_be']}"
            for row in levels[:5]
        ]
        more = f"; and {len(levels) - 5} more, see role.pending" if len(levels) > 5 else ""
        todo.append(
            f"set {len(levels)} levels of security role {params['security_role']!r} in System > Security Roles"
            f" ({'; '.join(shown)}{more})."
        )
    todo += [" ".join(steps)] if steps else []
    whose = f"{params['member']} on {context.instance}"
    return f"{whose} needs a person: {' Then: '.join(todo)} Then run again: it verifies."


def _absent(params: Params, context: Context, steps: Steps, store: Store, stored: KeyPair | None) -> Result:
    """Keys first, then the member, which stops every key that is left, then the role if nobody else has it."""
    own = (context.partial["instance"].get("member") or {}).get("identifier")
    if own and same_name(own, params["member"]):
        raise api_member.own_refusal(own, context.instance)
    parts = [_keep(context, "key", _retire_keys(params, context, steps, stored))]
    parts.append(_keep(context, "member", steps.member({"identifier": params["member"], "state": "absent"})))
    if not context.check_mode and store.leftover() is not None:
        store.forget_leftover()  # no key of this member works any more, so none is left to be looked for
    if stored and stored.private_key and not context.check_mode:
        context.partial["key"]["refused"] = _prove_refused(params, context, steps, stored)
    if params["manage_role"]:
        parts.append(_keep(context, "role", _delete_role(params, steps)))
    result: Result = {**context.partial, **_summed(parts), "finished": True, "reason": ""}
    return {**result, "outcome": _outcome(params, context, result, "offboarded")}


def _summed(parts: t.Sequence[Result]) -> Result:
    return {
        "changed": any(part["changed"] for part in parts),
        "diff": [part["diff"] for part in parts if part["changed"] and part.get("diff")],
    }


def _retire_keys(params: Params, context: Context, steps: Steps, stored: KeyPair | None) -> Result:
    """The key that is kept, and those of our description. What can't be retired is stopped with the member."""
    common = {"member": params["member"], "state": "absent", "on_unwritable": "report"}
    known_pairs = [stored, *stored.previous] if stored else []
    chosen = [{"description": params["key_description"]}]
    chosen += [{"pair_public_key": pair.public_key} for pair in known_pairs]
    retired: list[Result] = []
    diffs: list[dict[str, str]] = []
    remarks: list[str] = []
    for choice in chosen:
        try:
            result = steps.key({**common, **choice})
        except errors.CwError as exc:
            if kind_of(exc) != errors.Refused.__name__:
                raise
            remarks.append(str(exc))
            continue
        known = {key["id"] for key in retired}
        fresh = [key for key in result["retired"] if key["id"] not in known]
        retired += fresh
        diffs += [result["diff"]] if fresh and result.get("diff") else []
        remarks += [] if fresh else result["pending"]
    merged = {name: "".join(diff[name] for diff in diffs) for name in ("before", "after")} if diffs else {}
    title = f"API keys of {params['member']} on {context.instance}"
    diff = {"before_header": title, "after_header": title, **merged} if merged else {}
    return {"changed": bool(retired), "retired": retired, "left": remarks, "diff": diff}


def _prove_refused(params: Params, context: Context, steps: Steps, stored: KeyPair) -> bool:
    """The pair that was kept doesn't log in any more. Raises Refused where it still does."""
    pair = {"pair_public_key": stored.public_key, "pair_private_key": stored.private_key}
    try:
        steps.key({"member": params["member"], **pair, "on_unwritable": "report"})
    except errors.CwError as exc:
        if kind_of(exc) != errors.PairRefused.__name__:
            raise
        return True
    raise errors.Refused(
        f"Key {stored.public_key} of API member {params['member']!r} on {context.instance} still logs in although the"
        " member is inactive. Delete it in System > Members > API Members, tab API Keys, and run again."
    )


def _delete_role(params: Params, steps: Steps) -> Result:
    """Gone, or kept with the reason: no published word says whether a role goes that an inactive member has."""
    options = {"name": params["security_role"], "state": "absent", "members": [params["member"]]}
    try:
        return {**steps.role(options), "kept": None}
    except errors.CwError as exc:
        if kind_of(exc) not in _ROLE_STAYS:
            raise
        return {"changed": False, "role": None, "kept": str(exc)}
