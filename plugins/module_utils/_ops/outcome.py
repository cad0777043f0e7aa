# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of an integration, as data and as sentences. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._domain.change import CellChange
from .._domain.wording import counted, listed
from .context import Context, Params, Result

# added by a rotation or an offboarding
_KEY_OUTCOME_FIELDS = (
    "rotated", "stopped", "previous_public_key", "age_days", "retire_after", "retired", "refused", "left"
)  # fmt: skip
_NOT_OURS = "it isn't this integration's own"
UNDECIDED = "converged or handed over"
MOST_CELLS = 5  # in one sentence


class Proof(t.TypedDict):
    """What a login with the stored pair showed. ``matrix`` is exact, differs, limited or unverified."""

    logs_in: bool
    member: str | None
    matrix: str
    missing: list[str]
    excess: list[str]
    not_offered: list[str]


Pending = t.TypedDict(
    "Pending", {"module": str, "function": str, "verb": str, "is": str, "should_be": str, "reason": str}, total=False
)
"""A level to set by hand: the verb of a function, as it is and as it should be."""


class Outcome(t.TypedDict, total=False):
    """The outcome of one integration. ``product``, ``member``, ``state`` and ``changed`` are always present; a
    ``reason`` that isn't empty means that it isn't complete. ``levels_undecided`` and ``key_undecided``: check mode
    can't tell whether the API does it or someone must do it by hand."""

    product: str
    member: str
    state: str
    changed: bool
    reason: str
    role: str
    role_id: int | None
    role_kept: str | None
    keeps_role: str | None
    new_functions: list[str]
    levels_set: int
    levels_pending: int
    levels_undecided: int
    key_undecided: bool
    not_offered: list[str]
    names: str
    public_key: str | None
    stored_in: str | None
    proof: Proof | None
    unverified: list[str]
    unconfirmed: list[str]
    member_needs: list[str]
    asked_identifier: str
    missing_rights: list[str]
    worksheet: str
    delivery: str
    rotated: bool
    previous_public_key: str
    age_days: int
    retire_after: str
    retired: list[t.Any]
    refused: bool
    left: list[str]
    stopped: bool
    archived_in: str | None
    kept_off: str
    member_kept: str
    adopted: t.Any


def note_done(context: Context, part: str, result: Result) -> Result:
    """Note the result of a part, to report it even if a later part fails."""
    context.partial[part] = {name: value for name, value in result.items() if name not in ("diff", "failed", "msg")}
    context.partial["changed"] = context.partial.get("changed", False) or bool(result["changed"])
    return result


def failed(product: str, member: str, reason: str, changed: bool = False) -> Outcome:
    """The outcome of an integration that failed."""
    return {"product": product, "member": member, "state": "failed", "changed": changed, "reason": reason}


def product_of(params: Params) -> str:
    return str(params.get("product") or params["member"])


def levels_and_key(result: Result) -> tuple[list[Pending], list[str]]:
    """The manual steps that cw_integration left: levels to set, and steps to create or delete a key."""
    levels = (result.get("role") or {}).get("pending") or []
    return list(levels), list((result.get("key") or {}).get("pending") or [])


def outcome(params: Params, context: Context, result: Result, state: str, unconfirmed: t.Sequence[str] = ()) -> Outcome:
    """The outcome of this integration.

    ``unconfirmed``: the functions whose Customize list nobody confirmed to be set, as ``module / function``.
    """
    predicted = context.check_mode and (result["changed"] or state == "handed over")
    role, member, key = (result.get(part, {}) for part in ("role", "member", "key"))
    unverified = [key["unverified"]] if key.get("unverified") else []
    unverified += _unread_rights(params, context, key.get("proof") or {})
    undecided = {"levels_undecided": role.get("levels_undecided", 0), "key_undecided": bool(key.get("undecided"))}
    if state == "converged" and any(undecided.values()):
        state = UNDECIDED
    if unconfirmed and state == "converged":
        state += f", {functions_of(unconfirmed)} unconfirmed"
    found: Result = {
        "product": product_of(params),
        "member": params["member"],
        "state": f"would be {state}" if predicted else state,
        "changed": result["changed"],
        "reason": result["reason"],
        "role": params["security_role"],
        "role_id": (member.get("member") or {}).get("security_role_id"),
        "role_kept": role.get("kept") if params["manage_role"] or state != "offboarded" else _NOT_OURS,
        "levels_set": role.get("levels_set", 0),
        "levels_pending": len(role.get("pending", [])),
        **undecided,
        "not_offered": _not_offered(role, key),
        "names": context.client.functions.naming.sentence,
        "public_key": key.get("public_key"),
        "stored_in": key.get("stored_in"),
        "proof": key.get("proof"),
        **{name: key[name] for name in _KEY_OUTCOME_FIELDS if key.get(name)},
        "unverified": unverified,
        "unconfirmed": list(unconfirmed),
        "missing_rights": result["instance"]["missing_rights"],
    }
    return t.cast(Outcome, found)


def functions_of(lists: t.Sequence[str]) -> str:
    """The functions of Customize lists as part of a sentence; ``lists`` are ``module / function``."""
    return listed([name.partition(" / ")[2] for name in lists])


def _unread_rights(params: Params, context: Context, proof: Result) -> list[str]:
    """A sentence that the key's permissions can't be verified, if that was requested."""
    if not proof.get("logs_in") or proof.get("matrix") != "unverified":
        return []
    if params["permissions"] is None or not params["manage_role"]:
        return []
    whose = f"the permissions of the key of {params['member']}"
    return [f"{whose}: {context.instance} doesn't show a key its levels (mySecurity)"]


def _not_offered(role: Result, key: Result) -> list[str]:
    """The wanted levels that this instance doesn't seem to offer, as the role and the login show."""
    cells = [str(CellChange.from_dict(row)) for row in role.get("not_offered") or ()]
    return list(dict.fromkeys([*cells, *((key.get("proof") or {}).get("not_offered") or ())]))


def differs(params: Params, context: Context, proof: Result) -> str:
    """Why a working key isn't enough, as a sentence; empty if it is."""
    if proof.get("matrix") != "differs":
        return ""
    fix = f"Check security role {params['security_role']} and the licence of the instance."
    if params["state"] == "rotated":
        fix = "A rotation sets no levels: run the playbook onboard with -e target=<host> -e vendor=<vendor>."
    return (
        f"The key of {params['member']} on {context.instance} works, but its permissions differ from the matrix."
        f" Missing: {first_of(proof['missing'])}. Too much: {first_of(proof['excess'])}. {fix}"
    )


def first_of(cells: t.Sequence[str]) -> str:
    """The first cells, and how many more there are."""
    more = f"; and {len(cells) - MOST_CELLS} more" if len(cells) > MOST_CELLS else ""
    return f"{'; '.join(cells[:MOST_CELLS]) or 'nothing'}{more}"


def manual_steps_message(
    params: Params, context: Context, levels: t.Sequence[Pending], steps: t.Sequence[str], keeps_role: str = ""
) -> str:
    """The manual steps, as one message. ``keeps_role``: the security role that the member keeps until then."""
    todo = []
    if levels:
        cells = first_of([str(CellChange.from_dict(row)) for row in levels])
        more = ", see role.pending" if len(levels) > MOST_CELLS else ""
        todo.append(
            f"set {counted(len(levels), 'level')} of security role {params['security_role']!r} in System > Security"
            f" Roles ({cells}{more})."
        )
    todo += [" ".join(steps)] if steps else []
    kept = f" {params['member']} keeps security role {keeps_role!r} until these levels are set." if keeps_role else ""
    whose = f"{params['member']} on {context.instance}"
    return f"{whose} needs manual steps: {' Then: '.join(todo)} Then run again to verify.{kept}"


def summed_up(parts: t.Sequence[Result]) -> Result:
    return {
        "changed": any(part["changed"] for part in parts),
        "diff": [part["diff"] for part in parts if part["changed"] and part.get("diff")],
    }
