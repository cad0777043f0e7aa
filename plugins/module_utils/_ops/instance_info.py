# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_instance_info: the instance, the key's member, its permissions, and what REST offers. PRIVATE."""

from __future__ import annotations

import typing as t

from .._client import errors, purposes
from .._domain.change import CellChange
from .._domain.names import FunctionName, same_name
from .._domain.settings import export_permissions
from .._domain.wording import counted
from .._keys.pair import KeyPair
from .._keys.rest import client_with
from .._resources import instances
from .._resources.records import text_of
from . import arguments
from .context import Context, Params, Result

SUBSETS = ("version", "rights", "writes")
_READY = {"granted": True, "limited": True, "missing": False, "unknown": None}
_BY_HAND = {
    "role_levels": ("levels of roles", "sets"),
    "api_keys": ("API keys", "creates"),
}


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "gather": {"type": "list", "elements": "str", "choices": list(SUBSETS), "default": list(SUBSETS)},
        "new_pair_file": {"type": "path"},
    }


def run(params: Params, context: Context, new_pair: KeyPair | None = None) -> Result:
    """``new_pair`` may replace the automation's own pair: log in with it, and change nothing."""
    instance: Result = {
        "company": context.client.connection.company,
        "api": context.client.connection.site.root,
    }
    # first what needs no permission: if a later request is refused, the login isn't the reason
    if "version" in params["gather"]:
        instance.update(_version(context))
    if "rights" in params["gather"]:
        instance.update(_rights(context))
    if "writes" in params["gather"]:
        instance["writes"] = instances.offered_writes(context.client, context.check_mode)
    if new_pair is not None:
        instance["new_pair"] = _new_pair(new_pair, context)
    instance["lines"] = _lines(instance, context)
    return {"changed": False, "instance": instance}


def _version(context: Context) -> Result:
    info = instances.read_info(context.client)
    return {
        "version": text_of(info, "version") or None,
        "region": text_of(info, "cloudRegion") or None,
        "cloud": info.get("isCloud") if isinstance(info.get("isCloud"), bool) else None,
        "time_zone": text_of(info, "serverTimeZone") or None,
    }


def _rights(context: Context) -> Result:
    security = context.identity.security()
    if security is None:
        context.warn(f"The permissions of the key can't be read: {context.identity.why}")
    compared = {purpose: instances.compare_rights(security, needs) for purpose, needs in purposes.NEEDS.items()}
    result: Result = {
        "member": None,
        "permissions": None,
        "missing_rights": None,
        "rights": {purpose: _as_result(rights) for purpose, rights in compared.items()},
        "ready": _READY[compared["onboarding"].state],
    }
    if security is not None:
        result["member"] = {"id": security.member_id, "identifier": security.identifier or None}
        result["permissions"] = export_permissions(security.rows)
        result["missing_rights"] = instances.missing_rights(security, purposes.NEEDS["onboarding"])
    return result


def _new_pair(pair: KeyPair, context: Context) -> Result:
    """Whether the automation could use this pair in place of its own."""
    own = context.client.connection
    if pair.public_key == own.public_key:
        raise errors.InputError(["the new pair is the one already in the inventory: create another key"])
    context.scrubber.add(pair.public_key)  # released once it has proven to be the public key
    context.scrubber.add_login(own.company, pair.public_key, pair.private_key)
    refused = _refusal(pair, context)
    result: Result = dict.fromkeys(("public_key", "member", "same_member", "rights"))
    result.update(logs_in=not refused, reason=refused, ready=False)
    if refused:
        if not _refusal(pair.swapped, context):
            result["reason"] = "its public and private key are swapped"
        return result
    context.scrubber.release(pair.public_key)
    client = client_with(context.client, context.scrubber, pair)
    try:
        security: instances.MySecurity | None = instances.read_my_security(client)
    except (*instances.UNREADABLE, *instances.DOUBTFUL):
        security = None
    rights = {purpose: instances.compare_rights(security, needs) for purpose, needs in purposes.NEEDS.items()}
    own_security = context.identity.security()
    present = (own_security.identifier if own_security else "") or context.own_member
    member = security.identifier if security else ""
    result.update(
        public_key=pair.public_key,
        member={"id": security.member_id, "identifier": member or None} if security else None,
        same_member=same_name(present, member) if present and member else None,
        rights={purpose: _as_result(found) for purpose, found in rights.items()},
        ready=_READY[rights["onboarding"].state],
    )
    return result


def _refusal(pair: KeyPair, context: Context) -> str:
    """Why a pair doesn't log in; empty if it does."""
    try:
        instances.prove_login(client_with(context.client, context.scrubber, pair))
    except (errors.Unauthorized, errors.WrongAddress) as exc:
        instances.prove_login(context.client)  # the cloud answers an unknown key as it does a wrong address
        return str(exc)
    return ""


def _as_result(rights: instances.Rights) -> Result:
    return {
        "state": rights.state,
        "missing": [
            CellChange(_name(function), verb, level, "all").as_dict() for function, verb, level in rights.missing
        ],
        "not_offered": [
            {"module": _name(function).module, "function": _name(function).function, "verb": verb}
            for function, verb in rights.not_offered
        ],
    }


def _name(function: str) -> FunctionName:
    return FunctionName(*function.split(" / ", 1))


def _lines(instance: Result, context: Context) -> list[str]:
    """What was gathered, as lines to show."""
    member = (instance.get("member") or {}).get("identifier") or context.own_member
    login = "" if "rights" not in instance else f" as {member}" if member else "; the instance doesn't name its member"
    version = f"; ConnectWise {instance['version']}" if instance.get("version") else ""
    lines = [f"{context.client.connection.instance}: the key logs in{login}{version}"]
    lines += _lines_of_rights(instance.get("rights") or {}, member)
    lines += _lines_of_new_pair(instance.get("new_pair"), member)
    lines += [_line_of_write(name, offered, context) for name, offered in (instance.get("writes") or {}).items()]
    return lines


def _lines_of_rights(rights: t.Mapping[str, Result], member: str | None) -> list[str]:
    lines = [f"  {purpose}: {_verdict(found)}" for purpose, found in rights.items()]
    to_set = [
        f"    {_named(cell)}: {cell['is'].title()} -> {cell['should_be'].title()}"
        for found in rights.values()
        for cell in found["missing"]
    ]
    if to_set:
        lines.append(f"  set in System > Security Roles, in the role of {member or 'the API member'}:")
        lines += dict.fromkeys(to_set)
    return lines


def _lines_of_new_pair(found: Result | None, present: str | None) -> list[str]:
    if found is None:
        return []
    if not found["logs_in"]:
        return [f"  the new pair doesn't log in: {found['reason']}"]
    identifier = (found["member"] or {}).get("identifier")
    whose = f" as {identifier}" if identifier else "; the instance doesn't name its member"
    if found["same_member"]:
        whose += ", the member of the current key"
    elif found["same_member"] is False:
        whose += f"; the current key belongs to {present}"
    rights = _lines_of_rights(found["rights"], identifier)
    return [f"  the new pair ({found['public_key']}) logs in{whose}", *(f"  {line}" for line in rights)]


def _named(cell: Result) -> str:
    return f"{cell['module']} / {cell['function']}, {cell['verb'].title()}"


def _verdict(found: Result) -> str:
    count = len(found["missing"])
    said = {
        "granted": "the key has every permission that it needs",
        "limited": "no permission is missing",
        "missing": f"{counted(count, 'permission')} missing",
        "unknown": "the permissions of the key can't be read",
    }[found["state"]]
    unlisted = "; ".join(_named(cell) for cell in found["not_offered"])
    return f"{said}; the instance doesn't list {unlisted}" if unlisted else said


def _line_of_write(name: str, offered: bool | None, context: Context) -> str:
    what, does = _BY_HAND[name]
    if offered:
        return f"  {what}: REST {does} them"
    if offered is None:
        return f"  {what}: by REST if this instance allows it, else by hand"
    if not context.client.connection.probe_undocumented:
        return f"  {what}: by hand, because probe_undocumented is false"
    return f"  {what}: by hand, because REST doesn't offer it here"
