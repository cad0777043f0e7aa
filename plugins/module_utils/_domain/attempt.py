# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line in an API member's notes that says who is creating a key for it. PRIVATE to this collection.

Controllers don't share files, but they see the same member. The line is there from before the key is requested until
its pair is stored. The rest of the notes belongs to the user and stays unchanged.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

FRESH = timedelta(minutes=15)  # how long another run's line means that it is still running
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LINE = re.compile(r"^\[msp\.connectwise: creating an API key, attempt (?P<id>[0-9a-f]{32}), since (?P<since>\S+)\]$")


@dataclass(frozen=True)
class Attempt:
    """One attempt to create a key: an id of 32 hex digits, and when it began (UTC)."""

    attempt_id: str
    since: datetime

    def line(self) -> str:
        return f"[msp.connectwise: creating an API key, attempt {self.attempt_id}, since {self.since.strftime(_TIME)}]"

    def is_at_work(self, now: datetime) -> bool:
        """Whether its run may still be at work; a start in the future doesn't count."""
        return timedelta(0) <= now - self.since < FRESH


def attempt_in(notes: str) -> Attempt | None:
    """The attempt that the notes name; the last one if there are several."""
    found = None
    for line in notes.split("\n"):
        match = _LINE.match(line.strip())
        if match:
            found = Attempt(match["id"], _parse(match["since"]))
    return found


def without_attempt(notes: str) -> str:
    """The user's own notes."""
    return "\n".join(line for line in notes.split("\n") if not _LINE.match(line.strip()))


def with_attempt(notes: str, attempt: Attempt | None) -> str:
    """The user's own notes, with the line of this attempt if there is one."""
    own = without_attempt(notes)
    if attempt is None:
        return own
    return f"{own}\n{attempt.line()}" if own else attempt.line()


def _parse(text: t.Any) -> datetime:
    """The time; the oldest possible one if it can't be read."""
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        return datetime.min.replace(tzinfo=timezone.utc)
