# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts of its rows an instance uses as names of functions. PRIVATE to this collection.

A row has three pairs of texts: name, description and identifier. ConnectWise doesn't publish which of them its page
shows, so the pair with the most known names counts.
"""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass

from .names import FunctionName

TEXTS = ("Name", "Description", "Identifier")
Key = t.Tuple[str, str]


@dataclass(frozen=True)
class Naming:
    """The texts that name functions: ``module`` and ``function`` are each one of TEXTS."""

    module: str = TEXTS[0]
    function: str = TEXTS[0]

    @property
    def fields(self) -> tuple[str, str]:
        """The fields of a SecurityRoleSetting that hold them."""
        return f"module{self.module}", f"moduleFunction{self.function}"

    def name(self, item: t.Mapping[str, t.Any]) -> FunctionName | None:
        """The name of a row's function; None if it has none."""
        module, function = (item.get(field) for field in self.fields)
        if not isinstance(module, str) or not isinstance(function, str) or not module.strip() or not function.strip():
            return None
        return FunctionName(module.strip(), function.strip())

    @property
    def sentence(self) -> str:
        """A sentence for people about an unusual naming; empty for the usual one."""
        return "" if self == ORDINARY else f"functions are matched by {' and '.join(self.fields)} on this instance"


_FIELDS = tuple(f"{part}{text}" for part in ("module", "moduleFunction") for text in TEXTS)
ORDINARY = Naming()
ALL = tuple(Naming(module, function) for module, function in itertools.product(TEXTS, TEXTS))


class Votes:
    """Counts the known names that each naming gives, over all functions read from one instance.

    All roles have the same functions, so a row with known texts changes nothing.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[t.Any, ...], t.Mapping[str, t.Any]] = {}  # by all their texts
        self._counted = (0, 0)
        self._best = ORDINARY

    def count(self, items: t.Sequence[t.Mapping[str, t.Any]], known: t.Collection[Key]) -> Naming:
        """The best naming, including these rows: most known names, then fewest rows without a name."""
        for item in items:
            texts = (item.get(field) for field in _FIELDS)
            self._rows.setdefault(tuple(text if isinstance(text, str) else None for text in texts), item)
        size = len(self._rows), len(known)
        if size != self._counted:
            self._counted, self._best = size, self._winner(known)
        return self._best

    def _winner(self, known: t.Collection[Key]) -> Naming:
        votes: dict[Naming, tuple[int, int]] = {}
        for naming in ALL:
            names = [naming.name(item) for item in self._rows.values()]
            votes[naming] = sum(name.key in known for name in names if name), -names.count(None)
        if not any(matches for matches, _named in votes.values()):
            return ORDINARY
        return max(ALL, key=lambda naming: (*votes[naming], -ALL.index(naming)))
