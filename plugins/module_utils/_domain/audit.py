# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares an instance with the catalogue: roles, members, cells and findings. PRIVATE to this collection.

The result is an entry of ``instances`` in the audit document, as plain data.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .audit_cells import Compared, Index, compare_role, index_rows
from .audit_findings import (
    REPLACE,
    Catalogue,
    Finding,
    Held,
    Repair,
    Subject,
    member_findings,
    no_repair,
    role_findings,
)
from .catalogue import Matcher, VendorMatrix
from .change import CellChange
from .integrator_logins import IntegratorLogin
from .levels import VERBS
from .names import FunctionName, same_name
from .own_rights import OwnRights, Purpose, excess_sentence, hold, missing_sentence
from .power import grants, power
from .settings import SettingRow

_LETTERS = {"none": "-", "my": "M", "all": "A"}
_NO_VERB = "."


@dataclass(frozen=True)
class AuditedRole:
    """A security role; ``rows`` is empty if it wasn't read, because no active API member has it."""

    role_id: int | None
    name: str
    admin: bool = False
    active: bool = True
    rows: tuple[SettingRow, ...] = ()


@dataclass(frozen=True)
class AuditedMember:
    """An API member; ``role_id`` is None if it has no role."""

    member_id: int | None
    identifier: str
    name: str
    active: bool
    role_id: int | None
    role_name: str = ""


@dataclass(frozen=True)
class Own:
    """The automation's own member. ``known_by`` is mySecurity or cw_own_member.

    ``rows`` are the levels from mySecurity, for a member whose role the audit doesn't read.
    """

    identifier: str
    known_by: str
    rows: tuple[SettingRow, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What an audit knows besides roles and members.

    ``dead`` are (member, sentence) for stored pairs that don't log in, ``purposes`` the tasks of the own member,
    ``not_looked_at`` (what, why) for everything that wasn't audited. ``repair`` says how a person repairs a finding.
    """

    dead: t.Sequence[tuple[str, str]] = ()
    own: Own | None = None
    purposes: t.Sequence[Purpose] = ()
    logins: t.Sequence[IntegratorLogin] = ()
    not_looked_at: t.Sequence[tuple[str, str]] = ()
    repair: Repair = no_repair


class _Role:
    """A role, and the results that all its members share, each computed once."""

    def __init__(self, role: AuditedRole, users: t.Sequence[str]) -> None:
        self.role = role
        self.rows = [_as_admin(row) for row in role.rows] if role.admin else role.rows
        self.index: Index = index_rows(self.rows)
        self.users = users
        self.grants, self.power = grants(self.rows), power(self.rows)
        self._held: dict[str | None, Held] = {}

    def held(self, matrix: VendorMatrix | None, catalogue: Catalogue) -> Held:
        """The role compared with a vendor's matrix, or with none."""
        vendor = matrix.vendor if matrix else None
        if vendor not in self._held:
            compared = compare_role(self.index, matrix) if matrix else Compared()
            self._held[vendor] = Held(matrix, compared, self.index, self.role.admin, catalogue)
        return self._held[vendor]


_NOTHING = _Role(AuditedRole(None, ""), ())


class _Comparisons:
    """The comparisons of an instance; a member refers to its own by number."""

    def __init__(self) -> None:
        self.listed: list[dict[str, t.Any]] = []
        self._numbers: dict[tuple[int | None, str], int] = {}

    def number(self, role_id: int | None, held: Held) -> int | None:
        if held.matrix is None:
            return None
        key = role_id, held.matrix.vendor
        if key not in self._numbers:
            self._numbers[key] = len(self.listed)
            cells = [cell.as_dict() for cell in held.cells]
            unknown = [cell.as_dict() for cell in held.unknown]
            of = {"role_id": role_id, "vendor": held.matrix.vendor}
            self.listed.append({**of, "cells": cells, "unknown": unknown})
        return self._numbers[key]


def audit_instance(
    identity: t.Mapping[str, t.Any],
    roles: t.Sequence[AuditedRole],
    members: t.Sequence[AuditedMember],
    matcher: Matcher,
    beside: Beside = Beside(),
) -> dict[str, t.Any]:
    """The entry of an instance in the audit document. ``identity`` has name, company and api."""
    users: dict[int | None, list[str]] = {}
    for member in members:
        if member.active:
            users.setdefault(member.role_id, []).append(member.identifier)
    known: dict[int | None, _Role] = {
        role.role_id: _Role(role, users.get(role.role_id, ())) for role in roles if role.role_id is not None
    }
    functions = _functions(roles)
    catalogue, comparisons = Catalogue(matcher.catalogue), _Comparisons()
    shown, findings = [], []
    vendors: dict[str, str] = {}
    for member in members:
        subject = _subject(member, known, matcher, catalogue, beside.own)
        shown.append(_member(member, subject, known, comparisons))
        findings += member_findings(subject, beside.repair)
        if subject.matrix:
            vendors[member.identifier.casefold()] = subject.matrix.vendor
    findings += [_dead(member, sentence, vendors, beside.repair) for member, sentence in beside.dead]
    findings += [finding for item in known.values() for finding in role_findings(item.role.name, *_role_state(item))]
    findings += [
        Finding("integrator-login", None, None, login.sentence, login=login.username)
        for login in beside.logins
        if login.active
    ]
    own, own_findings = _own(beside, members, known)
    findings += own_findings
    return {
        **{name: identity.get(name) for name in ("name", "company", "api")},
        "error": None,
        "own": own,
        "functions": [{"module": name.module, "function": name.function} for name in functions],
        "roles": [_role(item, functions) for item in sorted(known.values(), key=_by_name)],
        "comparisons": comparisons.listed,
        "members": sorted(shown, key=lambda item: (not item["active"], -item["power"], item["identifier"].casefold())),
        "integrator_logins": [login.as_dict() for login in beside.logins],
        "not_looked_at": [{"what": what, "why": why} for what, why in beside.not_looked_at],
        "findings": [finding.as_dict() for finding in sorted(findings, key=Finding.order)],
    }


def _dead(member: str, sentence: str, vendors: t.Mapping[str, str], repair: Repair) -> Finding:
    vendor = vendors.get(member.casefold())
    return Finding("dead-credentials", member, None, sentence, repair(REPLACE, vendor, member) if vendor else "")


def _own(
    beside: Beside, members: t.Sequence[AuditedMember], known: t.Mapping[int | None, _Role]
) -> tuple[dict[str, t.Any] | None, list[Finding]]:
    """The automation's own member compared with its tasks, and the findings about it."""
    own = beside.own
    if own is None:
        return None, []
    member = next((each for each in members if same_name(each.identifier, own.identifier)), None)
    item = known.get(member.role_id) if member and member.active else None
    role, admin = (item.role.name, item.role.admin) if item else (None, False)
    index = item.index if item and item.rows else index_rows(own.rows)
    held = hold(beside.purposes, index) if index and beside.purposes else None
    entry: dict[str, t.Any] = {"member": own.identifier, "known_by": own.known_by, "role": role, "admin": admin}
    if held is None:
        return {**entry, "purposes": [], "excess": 0, "enough": []}, []
    entry.update(_own_purposes(held))
    sentences = {
        "own-missing": missing_sentence(own.identifier, beside.purposes, held),
        "own-excess": excess_sentence(own.identifier, role or "", admin, held),
    }
    return entry, [Finding(rule, own.identifier, role, text) for rule, text in sentences.items() if text]


def _own_purposes(held: OwnRights) -> dict[str, t.Any]:
    return {
        "purposes": [
            {
                "purpose": name,
                "missing": [CellChange.as_dict(cell) for cell in cells],
                "not_offered": [
                    {**dict(zip(("module", "function"), function.split(" / ", 1))), "verb": verb}
                    for function, verb in held.not_offered[name]
                ],
            }
            for name, cells in held.missing.items()
        ],
        "excess": len(held.excess),
        "enough": [
            {**dict(zip(("module", "function"), function.split(" / ", 1))), "verbs": list(verbs)}
            for function, verbs in held.enough.items()
        ],
    }


def _by_name(item: _Role) -> tuple[str, int]:
    return item.role.name.casefold(), item.role.role_id or 0


def _as_admin(row: SettingRow) -> SettingRow:
    """The row at its highest levels: a built-in Admin role can do everything, whatever its rows say."""
    return replace(row, levels={verb: "none" if verb in row.lacking else "all" for verb in row.levels})


def _functions(roles: t.Iterable[AuditedRole]) -> list[FunctionName]:
    """All functions that any role shows, in the order of ConnectWise's page."""
    rows = {row.name: row for role in roles for row in role.rows}
    return [row.name for row in sorted(rows.values(), key=lambda row: row.page_order)]


def _role(item: _Role, functions: t.Sequence[FunctionName]) -> dict[str, t.Any]:
    by_name = {row.name: row for row in item.rows}
    return {
        "id": item.role.role_id,
        "name": item.role.name,
        "admin": item.role.admin,
        "active": item.role.active,
        "levels": [_word(by_name.get(name)) for name in functions] if item.users else [],
        "members": list(item.users),
    }


def _word(row: SettingRow | None) -> str:
    if row is None:
        return _NO_VERB * len(VERBS)
    return "".join(_NO_VERB if verb in row.lacking else _LETTERS.get(row.levels[verb], "A") for verb in VERBS)


def _role_state(item: _Role) -> tuple[bool, bool]:
    return item.role.active and not item.role.admin, bool(item.users)


def _subject(
    member: AuditedMember,
    known: t.Mapping[int | None, _Role],
    matcher: Matcher,
    catalogue: Catalogue,
    own: Own | None,
) -> Subject:
    item = known.get(member.role_id)
    role_name = item.role.name if item else member.role_name
    is_own = own is not None and same_name(own.identifier, member.identifier)
    matrix, how = (None if is_own else matcher.match(member.identifier, role_name)) or (None, None)
    unknown = member.active and matrix is None and not is_own
    read = item if item and member.active else None
    return Subject(
        identifier=member.identifier,
        active=member.active,
        role=role_name or None,
        has_role=item is not None,
        admin=bool(item and item.role.admin),
        role_active=bool(item and item.role.active),
        users=read.users if read else (),
        matrix=matrix,
        matched_by=how,
        held=read.held(matrix, catalogue) if read else Held(matrix, Compared(), {}, False, catalogue),
        own=is_own,
        alike=matcher.alike(member.identifier, role_name, member.name) if unknown else None,
    )


def _member(
    member: AuditedMember, subject: Subject, known: t.Mapping[int | None, _Role], comparisons: _Comparisons
) -> dict[str, t.Any]:
    read = known.get(member.role_id, _NOTHING) if member.active else _NOTHING
    return {
        "id": member.member_id,
        "identifier": member.identifier,
        "name": member.name,
        "active": member.active,
        "role_id": member.role_id,
        "role": subject.role,
        "admin": subject.admin,
        "vendor": subject.matrix.vendor if subject.matrix else None,
        "matched_by": subject.matched_by,
        "own": subject.own,
        "suggestion": {"vendor": subject.alike.vendor, "reason": subject.alike.reason} if subject.alike else None,
        "comparison": comparisons.number(member.role_id, subject.held) if read is not _NOTHING else None,
        "counts": dict(subject.held.counts),
        "grants": dict(read.grants),
        "power": read.power,
    }
