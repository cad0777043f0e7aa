# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance held against the catalogue: roles, members, cells and findings. PRIVATE to this collection.

The result is one entry of ``instances`` in the audit's document, as plain data.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .audit_cells import KINDS, AuditCell, compare_role, index_rows
from .audit_findings import Finding, Subject, member_findings, role_findings
from .catalogue import Matcher
from .levels import VERBS
from .matrix_sets import Key
from .names import FunctionName
from .power import grants, power
from .settings import SettingRow

_LETTERS = {"none": "-", "my": "M", "all": "A"}
_NO_VERB = "."


@dataclass(frozen=True)
class AuditedRole:
    """A security role; ``rows`` is empty where it wasn't read because no active API member has it."""

    role_id: int | None
    name: str
    admin: bool = False
    active: bool = True
    rows: tuple[SettingRow, ...] = ()


@dataclass(frozen=True)
class AuditedMember:
    """An API member; ``role_id`` is None where it has no role."""

    member_id: int | None
    identifier: str
    name: str
    active: bool
    role_id: int | None
    role_name: str = ""


@dataclass(frozen=True)
class _Prepared:
    """A role with what all of its members have in common."""

    role: AuditedRole
    rows: t.Sequence[SettingRow]
    index: t.Mapping[Key, t.Sequence[SettingRow]]
    users: tuple[str, ...]


def audit_instance(
    identity: t.Mapping[str, t.Any],
    roles: t.Sequence[AuditedRole],
    members: t.Sequence[AuditedMember],
    matcher: Matcher,
    dead: t.Sequence[tuple[str, str]] = (),
) -> dict[str, t.Any]:
    """``identity`` has name, company and api; ``dead`` are (member, sentence) of stored pairs that don't log in."""
    prepared: dict[int | None, _Prepared] = {
        role.role_id: _prepare(role, members) for role in roles if role.role_id is not None
    }
    functions = _functions(roles)
    subjects = [_subject(member, prepared, matcher) for member in members]
    findings = [finding for subject in subjects for finding in member_findings(subject, matcher.catalogue)]
    findings += [Finding("dead-credentials", member, None, sentence) for member, sentence in dead]
    findings += [
        finding for item in prepared.values() for finding in role_findings(item.role.name, *_role_state(item))
    ]
    shown = [_member(member, subject) for member, subject in zip(members, subjects)]
    return {
        **{name: identity.get(name) for name in ("name", "company", "api")},
        "error": None,
        "functions": [{"module": name.module, "function": name.function} for name in functions],
        "roles": [_role(item, functions) for item in sorted(prepared.values(), key=_by_name)],
        "members": sorted(shown, key=lambda item: (not item["active"], -item["power"], item["identifier"].casefold())),
        "findings": [finding.as_dict() for finding in sorted(findings, key=Finding.order)],
    }


def _by_name(item: _Prepared) -> tuple[str, int]:
    return item.role.name.casefold(), item.role.role_id or 0


def _prepare(role: AuditedRole, members: t.Iterable[AuditedMember]) -> _Prepared:
    rows = [_as_admin(row) for row in role.rows] if role.admin else role.rows
    users = tuple(member.identifier for member in members if member.active and member.role_id == role.role_id)
    return _Prepared(role, rows, index_rows(rows), users)


def _as_admin(row: SettingRow) -> SettingRow:
    """A built-in Admin role can do everything there is, whatever its rows say."""
    return replace(row, levels={verb: "none" if verb in row.lacking else "all" for verb in row.levels})


def _functions(roles: t.Iterable[AuditedRole]) -> list[FunctionName]:
    """All functions that any role shows, in the order of ConnectWise's page."""
    rows = {row.name: row for role in roles for row in role.rows}
    return [row.name for row in sorted(rows.values(), key=lambda row: row.page_order)]


def _role(item: _Prepared, functions: t.Sequence[FunctionName]) -> dict[str, t.Any]:
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


def _role_state(item: _Prepared) -> tuple[bool, bool]:
    return item.role.active and not item.role.admin, bool(item.users)


def _subject(member: AuditedMember, prepared: t.Mapping[int | None, _Prepared], matcher: Matcher) -> Subject:
    item = prepared.get(member.role_id)
    role_name = item.role.name if item else member.role_name
    matrix, how = matcher.match(member.identifier, role_name) or (None, None)
    read = item if item and member.active else None
    cells = tuple(compare_role(read.index, matrix)) if read and matrix else ()
    return Subject(
        identifier=member.identifier,
        active=member.active,
        role=role_name or None,
        has_role=item is not None,
        admin=bool(item and item.role.admin),
        role_active=bool(item and item.role.active),
        shared_with=tuple(name for name in read.users if name != member.identifier) if read else (),
        matrix=matrix,
        matched_by=how,
        cells=cells,
        index=read.index if read else {},
    )


def _member(member: AuditedMember, subject: Subject) -> dict[str, t.Any]:
    rows = [row for found in subject.index.values() for row in found]
    return {
        "id": member.member_id,
        "identifier": member.identifier,
        "name": member.name,
        "active": member.active,
        "role_id": member.role_id,
        "role": subject.role,
        "admin": subject.admin,
        "shared_with": list(subject.shared_with),
        "vendor": subject.matrix.vendor if subject.matrix else None,
        "matched_by": subject.matched_by,
        "cells": [cell.as_dict() for cell in subject.cells],
        "counts": _counts(subject.cells),
        "grants": grants(rows),
        "power": power(rows),
    }


def _counts(cells: t.Sequence[AuditCell]) -> dict[str, int]:
    return {kind: sum(cell.kind == kind for cell in cells) for kind in KINDS}
