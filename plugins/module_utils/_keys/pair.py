# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair and what may be said of it. PRIVATE to this collection."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KeyPair:
    """Public and private key of an API member; ``key_id`` is None where no REST call told it."""

    public_key: str
    private_key: str = field(repr=False)
    key_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """Tells two pairs apart without telling either: 16 hex digits of a hash salted by the public key."""
        digest = hashlib.sha256(f"{self.public_key}:{self.private_key}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class KeyInfo:
    """A key as an instance lists it; the private half is never listed."""

    key_id: int
    public_key: str
    description: str
    active: bool = True


@dataclass(frozen=True)
class KeyStatus:
    """The keys of a member: ``member_id`` is None where there is no such member, ``keys`` empty where
    the instance doesn't offer to list them (``offered`` false, ``reason`` says why)."""

    member_id: int | None
    offered: bool
    keys: tuple[KeyInfo, ...] = ()
    reason: str = ""
    member_active: bool = True


@dataclass(frozen=True)
class Proof:
    """What a login with a pair showed, and nothing that it didn't.

    ``member`` is empty where the instance doesn't say whose key it is. ``matrix`` is exact, differs, or
    unverified (not asked for, or the levels can't be read with the key); ``missing`` and ``excess`` are
    the cells that differ, one line each. ``reason`` says why a login was refused.
    """

    logs_in: bool
    member: str = ""
    matrix: str = "unverified"
    missing: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()
    reason: str = ""

    def as_result(self) -> dict[str, object]:
        return {
            "logs_in": self.logs_in,
            "member": self.member or None,
            "matrix": self.matrix,
            "missing": list(self.missing),
            "excess": list(self.excess),
        }
