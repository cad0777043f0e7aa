# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_audit_info: an instance's roles and API members, compared with a catalogue. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._client import errors
from .._domain.audit import AuditedMember, AuditedRole, Beside, Own, audit_instance
from .._domain.audit_findings import Repair, no_repair
from .._domain.catalogue import Matcher, parse_catalogue
from .._domain.integrator_logins import IntegratorLogin
from .._domain.matrix import MatrixError
from .._domain.names import same_name
from .._domain.own_rights import Purpose
from .._domain.settings import SettingRow
from .._keys.pair import KeyPair
from .._keys.proving import login_with_retry
from .._keys.rest import RestKeys
from .._resources import api_members, integrator_logins, security_roles
from .._resources.records import Record, record_id, reference_of, text_of
from . import arguments
from .context import Context, Params, Result
from .identity import SET_OWN_MEMBER

_OWN_RIGHTS = "the permissions of the automation's own member"


@dataclass(frozen=True)
class StoredPair:
    """A stored pair of a member of this instance; ``place`` is its file."""

    member: str
    place: str
    pair: KeyPair


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "name": {"type": "str"},
        "catalogue": {"type": "list", "elements": "dict"},
        "vendors": {"type": "list", "elements": "str", "default": []},
        "vendor_dir": {"type": "path"},
        "audit_map": {"type": "dict", "default": {}},
        "credentials_dir": {"type": "path"},
    }


def run(
    params: Params,
    context: Context,
    stored: t.Sequence[StoredPair] = (),
    purposes: t.Sequence[Purpose] = (),
    repair: Repair = no_repair,
) -> Result:
    """``stored`` are the pairs to log in with, one request each. The option ``catalogue`` must be set.

    ``purposes`` are the automation's tasks, whose permissions its own member needs.
    """
    matcher = _matcher(params)
    catalogue = [permission.name for matrix in matcher.catalogue for permission in matrix.permissions.values()]
    context.client.functions.expect(catalogue)
    roles = security_roles.list_roles(context.client)
    members = [_member(record) for record in api_members.list_members(context.client) if text_of(record, "identifier")]
    used = {member.role_id for member in members if member.active and member.role_id is not None}
    rows = _read_rows([role for role in roles if role.role_id in used], context)
    connection = context.client.connection
    identity = {
        "name": params["name"] or connection.company,
        "company": connection.company,
        "api": connection.site.root,
    }
    audited = [
        AuditedRole(role.role_id, role.name, role.admin, not role.inactive, tuple(rows.get(role.role_id, ())))
        for role in roles
    ]
    names = context.client.functions.naming.sentence
    if names:
        context.warn(f"{context.instance}: {names}.")
    dead = _dead(stored, members, context)
    beside = replace(_beside(context, members), dead=dead, purposes=purposes, repair=repair)
    return {"changed": False, "audit": audit_instance(identity, audited, members, matcher, beside)}


def _beside(context: Context, members: t.Sequence[AuditedMember]) -> Beside:
    """The own member and the legacy logins. If the instance doesn't show them, the audit says so and continues."""
    not_looked_at = []
    own: Own | None = None
    logins: t.Sequence[IntegratorLogin] = ()
    try:
        own = _own(context)
        why = f"{context.identity.why.rstrip('.')}. {SET_OWN_MEMBER}"
    except (errors.InputError, *api_members.NOT_TOLD) as exc:
        why = "; ".join(exc.problems) if isinstance(exc, errors.InputError) else str(exc).rstrip(".")
    if own and not own.rows and not any(same_name(each.identifier, own.identifier) for each in members):
        why = f"{own.identifier} isn't an API member, and the levels of its key can't be read"
        not_looked_at.append((_OWN_RIGHTS, f"{why}."))
    elif own is None:
        not_looked_at.append((_OWN_RIGHTS, f"{why}."))
    try:
        logins = integrator_logins.list_logins(context.client)
    except api_members.NOT_TOLD as exc:
        not_looked_at.append(("legacy integrator logins", str(exc)))
    return Beside(own=own, logins=logins, not_looked_at=not_looked_at)


def _own(context: Context) -> Own | None:
    """The automation's own member; None if neither the instance nor the inventory names it. Raises CwError."""
    security = context.identity.security()
    identifier = context.identity.identifier()  # warns if the inventory names another
    rows = tuple(security.rows) if security else ()
    if security and security.identifier:
        return Own(security.identifier, "mySecurity", rows)
    return Own(identifier, "cw_own_member", rows) if identifier else None


def _matcher(params: Params) -> Matcher:
    try:
        return Matcher(parse_catalogue(params["catalogue"] or []), params["audit_map"] or {})
    except MatrixError as exc:
        raise errors.InputError(exc.problems) from None


def _read_rows(roles: t.Sequence[security_roles.Role], context: Context) -> dict[int | None, list[SettingRow]]:
    found = security_roles.read_all_settings(context.client, roles)
    return {role.role_id: context.client.functions.all(rows) for role, rows in zip(roles, found)}


def _member(record: Record) -> AuditedMember:
    role = reference_of(record, "securityRole")
    return AuditedMember(
        record_id(record),
        text_of(record, "identifier"),
        text_of(record, "name"),
        api_members.is_active(record),
        record_id(role),
        text_of(role, "name") or text_of(role, "identifier"),
    )


def _dead(
    stored: t.Sequence[StoredPair], members: t.Sequence[AuditedMember], context: Context
) -> list[tuple[str, str]]:
    """(member, sentence) for each pair that is refused; warns of a pair that can't be tried.

    A pair of an inactive member isn't tried: it can't log in.
    """
    dead = []
    inactive = {member.identifier.casefold() for member in members if not member.active}
    for kept in stored:
        if kept.member.casefold() in inactive:
            continue
        keys = RestKeys(context.client, context.scrubber, kept.member, None, "none")
        try:
            proof = login_with_retry(keys, kept.pair)
        except errors.CwError as exc:
            context.warn(f"Cannot tell whether the pair in {kept.place} still logs in: {exc}")
            continue
        if not proof.logs_in:
            what = f"The stored pair of {kept.member} (public key {kept.pair.public_key}) no longer logs in"
            dead.append((kept.member, f"{what}: {kept.place}."))
    return dead
