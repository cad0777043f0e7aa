# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written to an instance, for whoever has to undo it. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Values = t.Optional[t.Mapping[str, t.Any]]

ACCEPTED, UNKNOWN = "accepted", "unknown: no answer came"


@dataclass(frozen=True)
class Change:
    """What a request is to change: an object in words, and its values before and after. None: it doesn't exist."""

    object: str
    before: Values
    after: Values


@dataclass(frozen=True)
class Written:
    """A request that may have changed something. ``outcome`` is ACCEPTED, UNKNOWN, or how it was refused.

    ``object_id`` is that of a new object.
    """

    request: str
    change: Change
    outcome: str
    object_id: int | None = None


class Journal(t.Protocol):
    def prepare(self) -> None:
        """Before a request that writes. Raises CwError where the entry couldn't be kept."""

    def add(self, written: Written) -> None:
        """After it, whatever came. Raises nothing: what was created must not be lost for an entry."""


def refused(status: int | None, code: str) -> str:
    return f"refused: {status} {code}".rstrip() if status else "not sent"
