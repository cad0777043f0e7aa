# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' matrices, and which vendor a member belongs to. PRIVATE to this collection."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field

from .levels import VERBS, level_rank
from .likeness import Likeness, Likenesses, Named
from .matrix import MatrixError, Permission
from .matrix_sets import Key, by_key
from .names import fold

PARTIAL = "partial"  # the status of a list that is only partly known
_TEXTS = (
    "product", "maker", "role_name", "member_identifier", "member_name", "date", "status", "source", "missing"
)  # fmt: skip


@dataclass(frozen=True)
class VendorMatrix:
    """One vendor's matrix. ``permissions`` are by folded name; ``remarks`` has a row's (since, note).

    ``unknown`` has the verbs of a row whose level isn't known. ``aliases`` are other names of the product.
    """

    vendor: str
    texts: t.Mapping[str, str] = field(hash=False)
    permissions: t.Mapping[Key, Permission] = field(hash=False)
    remarks: t.Mapping[Key, tuple[str | None, str | None]] = field(hash=False)
    unknown: t.Mapping[Key, frozenset[str]] = field(hash=False, default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def product(self) -> str:
        return self.texts["product"] or self.vendor

    @property
    def is_partial(self) -> bool:
        """Whether the list is only partly known, so functions without a row may be needed too."""
        return self.texts["status"] == PARTIAL

    def level(self, key: Key, verb: str) -> str:
        permission = self.permissions.get(key)
        return permission.levels[verb] if permission else "none"

    def is_unknown(self, key: Key, verb: str) -> bool:
        """Whether the level that the vendor asks for in this cell of a row isn't known."""
        return verb in self.unknown.get(key, ())

    def named(self) -> Named:
        """The names that a member of this vendor may have."""
        ours = [self.texts[name] for name in ("member_identifier", "role_name", "member_name")]
        return Named(self.vendor, self.product, self.texts["maker"], tuple(filter(None, ours)), self.aliases)

    def as_entry(self) -> dict[str, t.Any]:
        """The vendor's entry in an audit document; unknown fields are None."""
        return {
            "vendor": self.vendor,
            "product": self.product,
            **{name: self.texts[name] or None for name in ("date", "status", "source", "missing")},
        }


def parse_catalogue(entries: t.Sequence[t.Any]) -> list[VendorMatrix]:
    """Matrices for mappings with ``vendor``, ``permissions`` and the texts of a vendor's data.

    Raises MatrixError with all errors of all entries.
    """
    problems: list[str] = []
    found: dict[str, VendorMatrix] = {}
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, t.Mapping) or not str(entry.get("vendor") or "").strip():
            problems.append(f"catalogue entry {number}: not a mapping with a vendor")
            continue
        vendor = str(entry["vendor"]).strip()
        if fold(vendor) in found:
            problems.append(f"vendor {vendor} is listed twice")
        try:
            found[fold(vendor)] = _parse(vendor, entry)
        except MatrixError as exc:
            problems += [f"vendor {vendor}, {problem}" for problem in exc.problems]
    if problems:
        raise MatrixError(problems)
    return list(found.values())


def _parse(vendor: str, entry: t.Mapping[str, t.Any]) -> VendorMatrix:
    rows = entry.get("permissions") or []
    permissions = by_key(rows)
    remarks = {
        key: (_text(row.get("since")) or None, _text(row.get("note")) or None)
        for key, row in zip(permissions, rows)
    }
    unknown = {
        key: frozenset(_texts(f"row {number}: unknown", row["unknown"], VERBS))
        for number, (key, row) in enumerate(zip(permissions, rows), 1)
        if row.get("unknown")
    }
    texts = {name: _text(entry.get(name)) for name in _TEXTS}
    return VendorMatrix(vendor, texts, permissions, remarks, unknown, _texts("aliases", entry.get("aliases")))


def _texts(what: str, value: t.Any, choices: t.Collection[str] = ()) -> tuple[str, ...]:
    """Raises MatrixError for anything but a list of strings, and for items that aren't among the choices."""
    items = [] if value is None else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) and item.strip() for item in items):
        raise MatrixError([f"{what} must be a list of strings, not {value!r}"])
    wrong = [item for item in items if choices and item not in choices]
    if wrong:
        raise MatrixError([f"{what} has {', '.join(wrong)}; it takes {', '.join(choices)}"])
    return tuple(item.strip() for item in items)


def _text(value: t.Any) -> str:
    return "" if value is None else str(value).strip()


@dataclass(frozen=True)
class Matcher:
    """Finds the vendor of a member: by ``by_hand`` (identifier to vendor), by identifier, then by role name."""

    catalogue: t.Sequence[VendorMatrix]
    by_hand: t.Mapping[str, str | None] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        vendors = {fold(matrix.vendor) for matrix in self.catalogue}
        listed = ", ".join(matrix.vendor for matrix in self.catalogue) or "no vendors"
        problems = [
            f"audit_map assigns {member!r} to vendor {vendor!r}, but the catalogue has {listed}"
            for member, vendor in self.by_hand.items()
            if vendor and fold(str(vendor)) not in vendors
        ]
        if problems:
            raise MatrixError(problems)

    @functools.cached_property
    def _by_hand(self) -> dict[str, VendorMatrix | None]:
        vendors = {fold(matrix.vendor): matrix for matrix in self.catalogue}
        found: dict[str, VendorMatrix | None] = {}
        for member, vendor in self.by_hand.items():
            found.setdefault(fold(str(member)), vendors.get(fold(str(vendor or ""))))
        return found

    @functools.cached_property
    def _by_text(self) -> dict[str, dict[str, VendorMatrix]]:
        found: dict[str, dict[str, VendorMatrix]] = {text: {} for text in ("member_identifier", "role_name")}
        for text, matrices in found.items():
            for matrix in self.catalogue:
                if matrix.texts[text]:
                    matrices.setdefault(fold(matrix.texts[text]), matrix)
        return found

    def match(self, identifier: str, role_name: str) -> tuple[VendorMatrix, str] | None:
        """The matrix, and how it was found: ``map``, ``member`` or ``role``. None if no vendor matches."""
        if fold(identifier) in self._by_hand:
            by_hand = self._by_hand[fold(identifier)]
            return (by_hand, "map") if by_hand else None
        for how, text, name in (("member", "member_identifier", identifier), ("role", "role_name", role_name)):
            matrix = self._by_text[text].get(fold(name))
            if matrix:
                return matrix, how
        return None

    @functools.cached_property
    def _likenesses(self) -> Likenesses:
        return Likenesses([matrix.named() for matrix in self.catalogue])

    def alike(self, identifier: str, role_name: str, name: str) -> Likeness | None:
        """The vendor that a member seems to belong to, for the user to confirm; None for a member in ``by_hand``."""
        if fold(identifier) in self._by_hand:
            return None
        return self._likenesses.of(identifier, role_name, name)


def highest_levels(catalogue: t.Iterable[VendorMatrix]) -> dict[Key, dict[str, str]]:
    """For each function and verb, the highest level that any vendor asks for or may ask for."""
    highest: dict[Key, dict[str, str]] = {}
    for matrix in catalogue:
        for key, permission in matrix.permissions.items():
            levels = highest.setdefault(key, dict.fromkeys(VERBS, "none"))
            for verb in VERBS:
                may = "all" if matrix.is_unknown(key, verb) else permission.levels[verb]
                levels[verb] = max(levels[verb], may, key=level_rank)
    return highest
