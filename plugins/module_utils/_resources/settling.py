# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until an instance shows what this run wrote. PRIVATE to this collection.

Some instances show a write only seconds later. Every read that follows a write goes through here, and no other does: a
run that writes nothing waits for nothing.
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
    """What was read last, and whether it ``shows`` the write; read again for at most ``seconds``.

    A record that doesn't exist (RecordNotFound) isn't visible yet; None stands for it. Other errors are raised.
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
    """The seconds until a write shows, 0 where the first reading has it; None where it doesn't show in time."""
    begun, readings = time.monotonic(), 0

    def counted() -> Seen:
        nonlocal readings
        readings += 1
        return read()

    if not settled(counted, seconds, shows)[1]:
        return None
    return time.monotonic() - begun if readings > 1 else 0.0


def unseen(seconds: float) -> str:
    """What is said of a write that didn't show in that time."""
    return f"written, and not visible after {seconds:g} s; run again"
