# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cell that differs between two sides, and the only comparison that finds it. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .levels import VERBS, level_rank
from .names import FunctionName

MISSING, EXCESS = "missing", "excess"
LAST_ON_PAGE = 1 << 30  # functions that the instance doesn't have come last in their module
NOTHING: t.Mapping[str, str] = dict.fromkeys(VERBS, "none")
Cell = t.Tuple[FunctionName, str]


@dataclass(frozen=True)
class CellChange:
    """A function's verb, with its current and wanted level.

    ``row_id`` and ``order`` are those of the row on an instance: where to write, and the place on ConnectWise's page.
    """

    name: FunctionName
    verb: str
    current: str
    wanted: str
    row_id: int | None = None
    order: int = LAST_ON_PAGE

    @classmethod
    def from_dict(cls, cell: t.Mapping[str, t.Any]) -> CellChange:
        """The change for the output of ``as_dict``."""
        return cls(FunctionName(cell["module"], cell["function"]), cell["verb"], cell["is"], cell["should_be"])

    def __str__(self) -> str:
        return f"{self.name}, {self.verb}: {self.current} -> {self.wanted}"

    @property
    def cell(self) -> Cell:
        """The cell that changes, without its levels."""
        return self.name, self.verb

    @property
    def is_missing(self) -> bool:
        """True if the current level grants less than the wanted one, False if it grants more."""
        return level_rank(self.current) < level_rank(self.wanted)

    @property
    def kind(self) -> str:
        return MISSING if self.is_missing else EXCESS

    @property
    def page_order(self) -> tuple[t.Any, ...]:
        """Sort key for the order of ConnectWise's page: by module, then as the module orders its functions."""
        return self.name.module.casefold(), self.order, self.name.function.casefold(), VERBS.index(self.verb)

    def as_dict(self) -> dict[str, t.Any]:
        """``module``, ``function``, ``verb``, ``is`` and ``should_be``, as in results and documents."""
        return {
            "module": self.name.module,
            "function": self.name.function,
            "verb": self.verb,
            "is": self.current,
            "should_be": self.wanted,
        }


def compare_levels(
    name: FunctionName,
    now: t.Mapping[str, str],
    wanted: t.Mapping[str, str],
    lacking: t.Collection[str] = (),
    row_id: int | None = None,
    order: int = LAST_ON_PAGE,
) -> list[CellChange]:
    """The cells of one function that differ, without the verbs in ``lacking``. Both sides are {verb: level}."""
    return [
        CellChange(name, verb, now[verb], wanted[verb], row_id, order)
        for verb in VERBS
        if verb not in lacking and now[verb] != wanted[verb]
    ]
