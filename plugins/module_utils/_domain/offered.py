# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells that an instance doesn't seem to offer, in this one place for onboarding, proof and audit. PRIVATE.

A level that isn't offered is neither missing nor excess. It is reported, and never replaced by a higher one.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .change import CellChange
from .levels import LEVELS, VERBS
from .settings import SettingRow


@dataclass(frozen=True)
class Unoffered(CellChange):
    """A wanted level that the instance doesn't seem to offer; ``why`` says what it shows instead.

    ``tried``: the cell exists, so it is written along with other cells of its row, but never on its own.
    """

    why: str = ""
    tried: bool = False

    def as_dict(self) -> dict[str, t.Any]:
        return {**super().as_dict(), "reason": self.why}


def compare_row(row: SettingRow, wanted: t.Mapping[str, str]) -> tuple[list[CellChange], list[Unoffered]]:
    """(the cells that differ from ``wanted`` and can be set, those that this instance doesn't seem to offer).

    If My is wanted but not offered, the cell is set to None: All would be too much.
    """
    changes: list[CellChange] = []
    unoffered: list[Unoffered] = []
    for verb in VERBS:
        now, level = row.levels[verb], wanted[verb]
        if now == level:
            continue
        place = (row.row_id, row.sort_order)
        why = _why_not(row, verb, level)
        if why and (now == "none" or now not in LEVELS):
            unoffered.append(Unoffered(row.name, verb, now, level, *place, why, verb not in row.lacking))
        else:
            changes.append(CellChange(row.name, verb, now, "none" if why else level, *place))
    return changes, unoffered


def _why_not(row: SettingRow, verb: str, level: str) -> str:
    """Why this level may not be settable; empty if it can be set."""
    if verb in row.lacking:
        return f"the function has no {verb} level on this instance"
    if row.levels[verb] not in LEVELS:
        return f"this instance shows '{row.levels[verb]}', which isn't a known level"
    if level == "my" and not row.offers_my:
        return "the function doesn't offer My on this instance"
    return ""
