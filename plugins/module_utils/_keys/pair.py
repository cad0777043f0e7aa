# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair, and what is known of it. PRIVATE to this collection."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._domain.names import same_name

CLOCK_SKEW = timedelta(hours=1)  # how far two clocks of one team may be apart


@dataclass(frozen=True)
class KeyPair:
    """Public and private key of an API member; ``key_id`` is None if no request returned it.

    The private key is empty if the store doesn't return it. The rest is what a store knows of the pair: when it was
    ``made`` (or first seen), the ``previous`` pairs that it replaced and that must still be retired, and the time from
    which any run may retire them (None: only a run that rotates).
    """

    public_key: str
    private_key: str = field(repr=False)
    key_id: int | None = None
    made: datetime | None = field(default=None, compare=False)
    previous: tuple[KeyPair, ...] = field(default=(), compare=False)
    retire_after: datetime | None = field(default=None, compare=False)

    @property
    def fingerprint(self) -> str:
        """Distinguishes pairs without revealing them: 16 hex digits of a hash salted with the public key."""
        digest = hashlib.sha256(f"{self.public_key}:{self.private_key}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:16]

    @property
    def without_history(self) -> KeyPair:
        """The pair without those that it replaced."""
        return replace(self, previous=(), retire_after=None)

    @property
    def swapped(self) -> KeyPair:
        """The pair with public and private key swapped, as people hand it in by mistake."""
        return KeyPair(self.private_key, self.public_key)

    def age(self, now: datetime) -> timedelta | None:
        """None if unknown. A date in the future comes from a wrong clock, and counts as unknown."""
        return now - self.made if self.made and self.made <= now + CLOCK_SKEW else None

    def is_of_the_future(self, now: datetime) -> bool:
        return self.made is not None and self.age(now) is None

    def same_record(self, other: KeyPair | None) -> bool:
        """Whether a store that holds one of them needn't be written to hold the other."""
        return (
            other is not None
            and self.public_key == other.public_key
            and self.retire_after == other.retire_after
            and [pair.public_key for pair in self.previous] == [pair.public_key for pair in other.previous]
        )


@dataclass(frozen=True)
class KeyInfo:
    """A key as an instance lists it, without the private key."""

    key_id: int
    public_key: str
    description: str
    active: bool = True


@dataclass(frozen=True)
class KeyStatus:
    """The keys of a member. ``member_id`` is None if the member doesn't exist; ``keys`` is empty if the instance can't
    list them (``offered`` is false, and ``reason`` says why)."""

    member_id: int | None
    offered: bool
    keys: tuple[KeyInfo, ...] = ()
    reason: str = ""
    member_active: bool = True

    def described(self, description: str) -> list[KeyInfo]:
        """The active keys with a description, compared like the names of roles and members."""
        return [info for info in self.keys if info.active and same_name(info.description, description)]

    def listed(self, pair: KeyPair) -> list[KeyInfo]:
        """The key of a pair, if the instance lists it with its public key."""
        return [info for info in self.keys if info.public_key and info.public_key == pair.public_key]


@dataclass(frozen=True)
class Proof:
    """What a login with a pair showed.

    ``member`` is empty if the instance doesn't name the key's member. ``matrix`` is exact, differs, limited (exact,
    except for levels that this instance doesn't offer) or unverified (not requested, or the key can't read its levels);
    ``missing`` and ``excess`` are the cells that differ, ``not_offered`` those that the instance doesn't offer, one
    line each. ``reason`` says why a login was refused.
    """

    logs_in: bool
    member: str = ""
    matrix: str = "unverified"
    missing: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()
    reason: str = ""
    not_offered: tuple[str, ...] = ()

    def as_result(self) -> dict[str, object]:
        return {
            "logs_in": self.logs_in,
            "member": self.member or None,
            "matrix": self.matrix,
            "missing": list(self.missing),
            "excess": list(self.excess),
            "not_offered": list(self.not_offered),
        }
