# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cell that differs between two sides, and the one comparison that finds it. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .levels import VERBS, level_rank
from .names import FunctionName

MISSING, EXCESS = "missing", "excess"
LAST_ON_PAGE = 1 << 30  # what the instance doesn't have stands behind what its page shows of the module
NOTHING: t.Mapping[str, str] = dict.fromkeys(VERBS, "none")
Cell = t.Tuple[FunctionName, str]


@dataclass(frozen=True)
class CellChange:
    """The verb of a function, its level now and the wanted one.

    ``row_id`` and ``order`` are those of the row on an instance: where to write, and where ConnectWise's page has it.
    """

    name: FunctionName
    verb: str
    current: str
    wanted: str
    row_id: int | None = None
    order: int = LAST_ON_PAGE

    @classmethod
    def from_dict(cls, cell: t.Mapping[str, t.Any]) -> CellChange:
        """The change of which ``as_dict`` made this."""
        return cls(FunctionName(cell["module"], cell["function"]), cell["verb"], cell["is"], cell["should_be"])

    def __str__(self) -> str:
        return f"{self.name}, {self.verb}: {self.current} -> {self.wanted}"

    @property
    def cell(self) -> Cell:
        """What the change is of, whatever the levels."""
        return self.name, self.verb

    @property
    def is_missing(self) -> bool:
        """True where the one side grants less than the other wants, False where it grants more."""
        return level_rank(self.current) < level_rank(self.wanted)

    @property
    def kind(self) -> str:
        return MISSING if self.is_missing else EXCESS

    @property
    def page_order(self) -> tuple[t.Any, ...]:
        """Where the cell stands on ConnectWise's own page: by module, then as the module orders its functions."""
        return self.name.module.casefold(), self.order, self.name.function.casefold(), VERBS.index(self.verb)

    def as_dict(self) -> dict[str, t.Any]:
        """``module``, ``function``, ``verb``, ``is`` and ``should_be``, as results and documents have it."""
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
    """The cells of one function in which two sides differ, both {verb: level}, but for verbs that it lacks."""
    return [
        CellChange(name, verb, now[verb], wanted[verb], row_id, order)
        for verb in VERBS
        if verb not in lacking and now[verb] != wanted[verb]
    ]
