# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worksheet whose page follows the instance while a run waits for manual steps. PRIVATE.

The page stays a self-contained file: the run rewrites it after each look, and it reloads.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from ...module_utils._keys.document import time_text
from .sheet import Sheet

SEEN, WRONG, OPEN = "seen", "wrong", ""
_SHORTEST = 2  # seconds between two loads of the page

Cell = t.Mapping[str, t.Any]


def following(
    sheet: Sheet, differing: t.Iterable[Cell], since: datetime, now: datetime, seconds: float, interval: float
) -> Sheet:
    """The sheet as of now: ``differing`` are the levels that differ from what they should be.

    The run began to wait at ``since``, waits ``seconds`` more, and looks every ``interval`` seconds.
    Each level gets a ``state``: seen as wanted, set to something wrong, or open as before.
    """
    left = {_key(cell): cell for cell in differing}
    levels = [{**level, **_state(level, left.pop(_key(level), None))} for level in sheet["levels"]]
    return {
        **sheet,
        "levels": levels,
        "others": list(left.values()),
        "verified": time_text(since),  # only newer ticks count
        "live": {
            "seen": sum(level["state"] == SEEN for level in levels),
            "updated": time_text(now),
            "until": time_text(now + timedelta(seconds=seconds)),
            "interval": max(_SHORTEST, round(interval)),
        },
    }


def _key(cell: Cell) -> tuple[str, str, str]:
    return cell["module"], cell["function"], cell["verb"]


def _state(level: Cell, now: Cell | None) -> dict[str, str]:
    if now is None:
        return {"state": SEEN}
    return {"state": OPEN if now["is"] == level["is"] else WRONG, "is": now["is"]}
