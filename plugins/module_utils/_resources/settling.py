# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until an instance shows what this run wrote. PRIVATE to this collection.

Some instances show a write only seconds later. Exactly the reads that follow a write go through here, so a run that
writes nothing never waits.
"""

from __future__ import annotations

import time
import typing as t

from .._client import errors

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.5, 2.0, 1.5  # seconds, seconds, times

Seen = t.TypeVar("Seen")


def _anything(_seen: t.Any) -> bool:
    return True


def settled(
    read: t.Callable[[], Seen], seconds: float, shows: t.Callable[[Seen], bool] = _anything
) -> tuple[Seen | None, bool]:
    """(the last value read, whether it ``shows`` the write); reads again for at most ``seconds``.

    RecordNotFound means that the record isn't visible yet: the value is None. Other errors are raised.
    """
    waited, begun, pause = 0.0, time.monotonic(), FIRST_PAUSE
    while True:
        seen: Seen | None = None
        try:
            seen = read()
            if shows(seen):
                return seen, True
        except errors.RecordNotFound:
            seen = None
        left = seconds - max(waited, time.monotonic() - begun)
        if left <= 0:
            return seen, False
        nap = min(pause, left)
        time.sleep(nap)
        waited += nap
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def time_to_show(
    read: t.Callable[[], Seen], seconds: float, shows: t.Callable[[Seen], bool]
) -> float | None:
    """The seconds until a write shows, 0 if the first read shows it; None if it doesn't show in time."""
    begun, readings = time.monotonic(), 0

    def counted() -> Seen:
        nonlocal readings
        readings += 1
        return read()

    if not settled(counted, seconds, shows)[1]:
        return None
    return time.monotonic() - begun if readings > 1 else 0.0


def unseen(seconds: float) -> str:
    """How a message describes a write that didn't show in that time."""
    return f"written, but not visible after {seconds:g} s; run again"
