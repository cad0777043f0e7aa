# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what was written to an instance, so that a person can undo it. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Values = t.Optional[t.Mapping[str, t.Any]]

ACCEPTED, UNKNOWN = "accepted", "unknown: no answer came"


@dataclass(frozen=True)
class Change:
    """What a request changes: an object in words, and its values before and after. None: it doesn't exist."""

    object: str
    before: Values
    after: Values


@dataclass(frozen=True)
class Written:
    """A request that may have changed something. ``outcome`` is ACCEPTED, UNKNOWN, or the text of ``refused``.

    ``object_id`` is the id of a new object.
    """

    request: str
    change: Change
    outcome: str
    object_id: int | None = None


class Journal(t.Protocol):
    def prepare(self) -> None:
        """Called before each write. Raises CwError if its entry couldn't be stored."""

    def add(self, written: Written) -> None:
        """Called after each write, whatever its outcome. Raises nothing: a new object matters more than its entry."""


def refused(status: int | None, code: str) -> str:
    return f"refused: {status} {code}".rstrip() if status else "not sent"
