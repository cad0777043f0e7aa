# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the trials: all of them, or a representative few."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .fault_kinds import KINDS, MODES, ONCE, Kind, Point

ALL = "all"


def is_thorough() -> bool:
    """Whether every request is tried: RELIABILITY=all in the environment."""
    return os.environ.get("RELIABILITY", "") == ALL


def distinct(points: Sequence[Point]) -> list[Point]:
    """One point for each step of an onboarding: the writes of levels are alike, except the first, which is separate."""
    seen: dict[str, int] = {}
    chosen = []
    for point in points:
        count = seen[point.label] = seen.get(point.label, 0) + 1
        if point.method != "PATCH" or count <= 2:
            chosen.append(point)
    return chosen


def representative(points: Sequence[Point], kind: Kind, mode: str) -> list[Point]:
    """A few points of each kind and mode, chosen so that all kinds together cover every step.

    A creation is where a fault can do harm, so a fault that comes once meets each of them.
    """
    steps = distinct(points)
    creations = [point for point in steps if point.method == "POST"]
    rest = [point for point in steps if point.method != "POST"]
    turn = KINDS.index(kind) + list(MODES).index(mode) * 5
    chosen = creations if mode == ONCE else [creations[turn % len(creations)]]
    return sorted({*chosen, rest[turn % len(rest)]}, key=lambda point: point.number)


def chosen(points: Sequence[Point], kind: Kind, mode: str) -> list[Point]:
    return list(points) if is_thorough() else representative(points, kind, mode)
