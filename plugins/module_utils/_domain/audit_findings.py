# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit has to say about a member or a role. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .audit_cells import AuditCell, Index, beyond
from .audit_rules import LEVELS, RULES
from .catalogue import VendorMatrix, highest_levels
from .change import EXCESS, MISSING

_SHOWN = 3  # cells that a sentence names


@dataclass(frozen=True)
class Finding:
    """One finding; ``member`` or ``role`` is None where the finding isn't about one."""

    rule: str
    member: str | None
    role: str | None
    message: str

    @property
    def level(self) -> str:
        return RULES[self.rule].level

    def order(self) -> tuple[t.Any, ...]:
        """The gravest first, then by rule, member and role."""
        about = [(text or "").casefold() for text in (self.member, self.role)]
        return LEVELS.index(self.level), list(RULES).index(self.rule), *about, self.message

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "rule": self.rule,
            "level": self.level,
            "member": self.member,
            "role": self.role,
            "message": self.message,
        }


@dataclass(frozen=True)
class Subject:
    """All that the rules look at in a member. ``index`` is empty where its role wasn't read."""

    identifier: str
    active: bool
    role: str | None
    has_role: bool
    admin: bool
    role_active: bool
    shared_with: tuple[str, ...]
    matrix: VendorMatrix | None
    matched_by: str | None
    cells: tuple[AuditCell, ...]
    index: Index = field(hash=False)


def member_findings(subject: Subject, catalogue: t.Sequence[VendorMatrix]) -> list[Finding]:
    """The findings of an active member; an inactive one has none, since it can't log in."""
    if not subject.active:
        return []
    sentences = {
        "admin": _admin(subject),
        "missing": _differs(subject, MISSING),
        "excess": _differs(subject, EXCESS),
        "shared-role": _shared(subject),
        "beyond-catalogue": _beyond(subject, catalogue),
        "member-without-role": _roleless(subject),
        "unknown-member": "" if subject.matrix else f"{subject.identifier} belongs to no vendor of the catalogue.",
        "inactive-role": _inactive(subject),
    }
    return [Finding(rule, subject.identifier, subject.role, text) for rule, text in sentences.items() if text]


def role_findings(name: str, worth_naming: bool, used: bool) -> list[Finding]:
    """``worth_naming``: active, and no built-in Admin role."""
    if used or not worth_naming:
        return []
    return [Finding("role-without-members", None, name, f"No active API member has security role {name}.")]


def _admin(subject: Subject) -> str:
    if not subject.admin:
        return ""
    return f"{subject.identifier} has the built-in Admin role {subject.role}: it can do everything."


def _roleless(subject: Subject) -> str:
    return "" if subject.has_role else f"{subject.identifier} has no security role of this instance."


def _differs(subject: Subject, kind: str) -> str:
    cells = [cell for cell in subject.cells if cell.kind == kind]
    if not cells or subject.matrix is None:
        return ""
    number = f"{len(cells)} level{'' if len(cells) == 1 else 's'}"
    what = f"lacks {number} that" if kind == MISSING else f"has {number} more than"
    return f"{subject.identifier} {what} {subject.matrix.product} asks for: {_name(cells)}."


def _shared(subject: Subject) -> str:
    if not subject.shared_with or subject.admin:
        return ""
    others = ", ".join(subject.shared_with[:_SHOWN])
    number = len(subject.shared_with) - _SHOWN
    more = f" and {number} more" if number > 0 else ""
    return f"{subject.identifier} shares security role {subject.role} with {others}{more}."


def _inactive(subject: Subject) -> str:
    if not subject.has_role or subject.role_active:
        return ""
    return f"{subject.identifier} has security role {subject.role}, which is inactive."


def _beyond(subject: Subject, catalogue: t.Sequence[VendorMatrix]) -> str:
    """A built-in Admin role has a finding of its own, and says all."""
    if subject.admin or not catalogue:
        return ""
    if subject.matrix is None:
        cells = min((beyond(subject.index, matrix.level) for matrix in catalogue), key=len)
        return f"No vendor's matrix covers what {subject.identifier} can do: {_name(cells)}." if cells else ""
    if not any(cell.kind == EXCESS for cell in subject.cells):
        return ""
    highest = highest_levels(catalogue)
    cells = beyond(subject.index, lambda key, verb: highest[key][verb] if key in highest else "none")
    return f"{subject.identifier} can do what no vendor of the catalogue asks for: {_name(cells)}." if cells else ""


def _name(cells: t.Sequence[AuditCell]) -> str:
    more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
    return "; ".join(map(str, cells[:_SHOWN])) + more
