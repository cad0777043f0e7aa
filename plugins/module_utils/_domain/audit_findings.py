# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of an audit about a member or a role. PRIVATE to this collection."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass

from .audit_cells import KINDS, UNKNOWN, Compared, Index, beyond, number_covered
from .audit_rules import LEVELS, RULES
from .catalogue import VendorMatrix, highest_levels
from .change import EXCESS, MISSING, CellChange
from .likeness import Likeness
from .matrix_sets import Key
from .wording import counted

_SHOWN = 3  # cells that a sentence names

# how to repair a finding: bring the role to the matrix, give the member its own role too, name the vendor of a member,
# replace a key
BRING, TAKE_OVER, CONFIRM, REPLACE = "bring", "take over", "confirm", "replace"
_REPAIRED_BY: t.Mapping[str, str] = {
    "admin": TAKE_OVER,
    "missing": BRING,
    "excess": BRING,
    "shared-role": TAKE_OVER,
    "beyond-catalogue": BRING,
    "member-without-role": TAKE_OVER,
    "inactive-role": TAKE_OVER,
}
# (how, vendor, identifier of the member) -> what a person does; empty if nothing repairs it
Repair = t.Callable[[str, str, str], str]


def no_repair(_how: str, _vendor: str, _member: str) -> str:
    return ""


@dataclass(frozen=True)
class Finding:
    """One finding; ``member``, ``role`` or ``login`` is None if the finding isn't about one.

    ``repair`` is what a person types or does; empty if the collection can't repair it.
    """

    rule: str
    member: str | None
    role: str | None
    message: str
    repair: str = ""
    login: str | None = None

    @property
    def level(self) -> str:
        return RULES[self.rule].level

    def order(self) -> tuple[t.Any, ...]:
        """Sort key: the most severe first, then by rule, member and role."""
        about = [(text or "").casefold() for text in (self.member, self.role, self.login)]
        return LEVELS.index(self.level), list(RULES).index(self.rule), *about, self.message

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "rule": self.rule,
            "level": self.level,
            "member": self.member,
            "role": self.role,
            "login": self.login,
            "message": self.message,
            "repair": self.repair,
        }


class Catalogue:
    """The matrices that roles are compared with, and the highest levels of all of them."""

    def __init__(self, matrices: t.Sequence[VendorMatrix]) -> None:
        self.matrices = matrices

    @functools.cached_property
    def _highest(self) -> dict[Key, dict[str, str]]:
        return highest_levels(self.matrices)

    def beyond_all(self, index: Index) -> t.Sequence[CellChange]:
        """The cells that no vendor asks for."""
        highest = self._highest
        return beyond(index, lambda key, verb: highest[key][verb] if key in highest else "none")

    def beyond_the_nearest(self, index: Index) -> t.Sequence[CellChange]:
        """The cells beyond the nearest matrix: the one that asks for most of them. Empty without any vendor."""
        if not self.matrices:
            return []
        nearest = max(self.matrices, key=lambda matrix: number_covered(index, matrix))
        return beyond(index, nearest.level)


class Held:
    """A role compared with a matrix, or with no vendor's; shared by all members with that role and vendor."""

    def __init__(
        self,
        matrix: VendorMatrix | None,
        compared: Compared,
        index: Index,
        admin: bool,
        catalogue: Catalogue,
    ) -> None:
        self.matrix, self.cells, self.unknown = matrix, compared.cells, compared.unknown
        self._index, self._admin, self._catalogue = index, admin, catalogue
        self.counts = {kind: sum(cell.kind == kind for cell in self.cells) for kind in KINDS}
        self.counts[UNKNOWN] = len(self.unknown)

    @functools.cached_property
    def missing(self) -> str:
        return self._differs(MISSING)

    @functools.cached_property
    def excess(self) -> str:
        return self._differs(EXCESS)

    def _differs(self, kind: str) -> str:
        """What a member lacks or has too much of, as a sentence without its subject."""
        if not self.counts[kind] or self.matrix is None:
            return ""
        number = counted(self.counts[kind], "level")
        what = f"lacks {number} that" if kind == MISSING else f"has {number} more than"
        return f"{what} {self.matrix.product} asks for: {_name([cell for cell in self.cells if cell.kind == kind])}."

    @functools.cached_property
    def of_unknown_need(self) -> str:
        """The levels that the vendor may or may not need, as a sentence without its subject."""
        if not self.unknown or self.matrix is None:
            return ""
        lacking = f" ({self.matrix.texts['missing'].rstrip('.')})" if self.matrix.texts["missing"] else ""
        return (
            f"has {counted(len(self.unknown), 'level')} that {self.matrix.product} may or may not need:"
            f" {_name(self.unknown)}. The vendor's list is only partly known{lacking}."
        )

    @functools.cached_property
    def beyond(self) -> str:
        """The cells that no vendor asks for; empty for a built-in Admin role, which has its own finding."""
        if self._admin or (self.matrix is not None and not self.counts[EXCESS]):
            return ""
        if self.matrix is None:
            return _name(self._catalogue.beyond_the_nearest(self._index))
        found = self._catalogue.beyond_all(self._index)
        if self.unknown:
            too_much = {cell.cell for cell in self.cells if cell.kind == EXCESS}
            found = [cell for cell in found if cell.cell in too_much]
        return _name(found)


@dataclass(frozen=True)
class Subject:
    """Everything that the rules check about a member. ``users`` are the active members with its role, including it.

    ``own``: it is the automation's own member, which belongs to no vendor. ``alike`` is the vendor that an unmatched
    member seems to belong to.
    """

    identifier: str
    active: bool
    role: str | None
    has_role: bool
    admin: bool
    role_active: bool
    users: t.Sequence[str]
    matrix: VendorMatrix | None
    matched_by: str | None
    held: Held
    own: bool = False
    alike: Likeness | None = None


def member_findings(subject: Subject, repair: Repair = no_repair) -> list[Finding]:
    """The findings of an active member; an inactive one has none, since it can't log in."""
    if not subject.active:
        return []
    sentences = {rule: text for rule, text in _sentences(subject).items() if text}
    who, role = subject.identifier, subject.role
    return [Finding(rule, who, role, text, _repair(rule, subject, repair)) for rule, text in sentences.items()]


def _repair(rule: str, subject: Subject, repair: Repair) -> str:
    matrix = subject.matrix
    if rule == "unknown-member" and subject.alike:
        return repair(CONFIRM, subject.alike.vendor, subject.identifier)
    if matrix is None or matrix.is_partial or rule not in _REPAIRED_BY:
        return ""  # nothing is created from an incomplete list
    return repair(_REPAIRED_BY[rule], matrix.vendor, subject.identifier)


def _sentences(subject: Subject) -> dict[str, str]:
    """{rule: sentence}, each empty if it doesn't apply. The own member's permissions have findings of their own."""
    held = subject.held
    common = {"shared-role": _shared(subject), "inactive-role": _inactive(subject)}
    if subject.own:
        return common
    return {
        "admin": _admin(subject),
        "missing": held.missing and f"{subject.identifier} {held.missing}",
        "excess": held.excess and f"{subject.identifier} {held.excess}",
        "unknown-need": held.of_unknown_need and f"{subject.identifier} {held.of_unknown_need}",
        "beyond-catalogue": _beyond(subject),
        "member-without-role": _roleless(subject),
        "unknown-member": "" if subject.matrix else _unknown(subject),
        **common,
    }


def role_findings(name: str, worth_naming: bool, used: bool) -> list[Finding]:
    """The findings of a role. ``worth_naming``: it is active and not a built-in Admin role."""
    if used or not worth_naming:
        return []
    return [Finding("role-without-members", None, name, f"No active API member has security role {name}.")]


def _admin(subject: Subject) -> str:
    if not subject.admin:
        return ""
    return f"{subject.identifier} has the built-in Admin role {subject.role}: it can do everything."


def _unknown(subject: Subject) -> str:
    if subject.alike is None:
        return f"{subject.identifier} matches no vendor in the catalogue."
    return (
        f"{subject.identifier} matches no vendor in the catalogue. It looks like {subject.alike.product}:"
        f" {subject.alike.reason}."
    )


def _roleless(subject: Subject) -> str:
    return "" if subject.has_role else f"{subject.identifier} has no security role on this instance."


def _shared(subject: Subject) -> str:
    number = len(subject.users) - 1
    if number < 1 or subject.admin:
        return ""
    others = [name for name in subject.users[: _SHOWN + 1] if name != subject.identifier][:_SHOWN]
    more = f" and {number - _SHOWN} more" if number > _SHOWN else ""
    return f"{subject.identifier} shares security role {subject.role} with {', '.join(others)}{more}."


def _inactive(subject: Subject) -> str:
    if not subject.has_role or subject.role_active:
        return ""
    return f"{subject.identifier} has security role {subject.role}, which is inactive."


def _beyond(subject: Subject) -> str:
    cells = subject.held.beyond
    if not cells:
        return ""
    if subject.matrix is None:
        return f"No vendor's matrix covers what {subject.identifier} can do: {cells}."
    return f"{subject.identifier} can do more than any vendor in the catalogue asks for: {cells}."


def _name(cells: t.Sequence[CellChange]) -> str:
    """The first few cells, and how many more there are."""
    more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
    return "; ".join(map(str, cells[:_SHOWN])) + more
