# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of an integration, for a list of many instances and for a person. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._domain.change import CellChange
from .context import Context, Params, Result

# what a rotation or an end adds
_KEY_OUTCOME_FIELDS = ("rotated", "previous_public_key", "age_days", "retire_after", "retired", "refused", "left")
_NOT_OURS = "it isn't this integration's own"


def note_done(context: Context, part: str, result: Result) -> Result:
    """What was done stays told, should a later part fail."""
    context.partial[part] = {name: value for name, value in result.items() if name not in ("diff", "failed", "msg")}
    context.partial["changed"] = context.partial.get("changed", False) or bool(result["changed"])
    return result


def called(params: Params) -> Result:
    """Whose outcome it is."""
    return {"product": params.get("product") or params["member"], "member": params["member"]}


def failed(params: Params, reason: str, changed: bool = False) -> Result:
    """The outcome of an integration that failed."""
    return {**called(params), "state": "failed", "changed": changed, "reason": reason}


def outcome(params: Params, context: Context, result: Result, state: str) -> Result:
    """What a list of many instances shows of this one."""
    foretold = context.check_mode and (result["changed"] or state == "handed over")
    role, member, key = (result.get(part, {}) for part in ("role", "member", "key"))
    unverified = [*params["unverified"], *([key["unverified"]] if key.get("unverified") else [])]
    return {
        **called(params),
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
        **{name: key[name] for name in _KEY_OUTCOME_FIELDS if key.get(name)},
        "unverified": unverified,
        "missing_rights": result["instance"]["missing_rights"],
    }


def differs(params: Params, context: Context, proof: Result) -> str:
    if proof.get("matrix") != "differs":
        return ""
    return (
        f"The key of {params['member']} on {context.instance} works, but it can't do exactly what the matrix says."
        f" Missing: {'; '.join(proof['missing']) or 'nothing'}. Too much: {'; '.join(proof['excess']) or 'nothing'}."
        f" Look at security role {params['security_role']} and at the licence of the instance."
    )


def needs_a_person(
    params: Params, context: Context, levels: t.Sequence[Result], steps: t.Sequence[str], keeps_role: str = ""
) -> str:
    """The manual steps that are left, as one sentence. ``keeps_role``: the role that the member keeps until then."""
    todo = []
    if levels:
        shown = [str(CellChange.from_dict(row)) for row in levels[:5]]
        more = f"; and {len(levels) - 5} more, see role.pending" if len(levels) > 5 else ""
        todo.append(
            f"set {len(levels)} levels of security role {params['security_role']!r} in System > Security Roles"
            f" ({'; '.join(shown)}{more})."
        )
    todo += [" ".join(steps)] if steps else []
    kept = f" {params['member']} keeps security role {keeps_role!r} until these levels are set." if keeps_role else ""
    whose = f"{params['member']} on {context.instance}"
    return f"{whose} needs a person: {' Then: '.join(todo)} Then run again: it verifies.{kept}"


def summed_up(parts: t.Sequence[Result]) -> Result:
    return {
        "changed": any(part["changed"] for part in parts),
        "diff": [part["diff"] for part in parts if part["changed"] and part.get("diff")],
    }
