# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a role can do, as one number and by verb. PRIVATE to this collection.

The number only ranks members. Each cell counts by its verb (delete 4, add 3, edit 2, inquire 1), times its level (my 1,
all 2), times two in the modules System and Finance.
"""

from __future__ import annotations

import typing as t

from .levels import VERBS, level_rank
from .names import fold
from .settings import SettingRow

VERB_WEIGHTS: t.Mapping[str, int] = {"delete": 4, "add": 3, "edit": 2, "inquire": 1}
DOUBLED = frozenset(("system", "finance"))


def power(rows: t.Iterable[SettingRow]) -> int:
    return sum(_weight(row) for row in rows)


def _weight(row: SettingRow) -> int:
    total = sum(VERB_WEIGHTS[verb] * level_rank(row.levels[verb]) for verb in VERBS)
    return total * (2 if fold(row.name.module) in DOUBLED else 1)


def grants(rows: t.Iterable[SettingRow]) -> dict[str, int]:
    """How many cells are above none, by verb."""
    listed = list(rows)
    return {verb: sum(row.levels[verb] != "none" for row in listed) for verb in VERBS}
