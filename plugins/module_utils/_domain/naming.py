# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts of its rows an instance calls functions by. PRIVATE to this collection.

A row has three pairs of texts: name, description and identifier. Which of them ConnectWise's page shows isn't
published. So the pair counts that has the most names that are known to exist.
"""

from __future__ import annotations

import itertools
import typing as t
from collections import Counter
from dataclasses import dataclass

from .names import FunctionName

TEXTS = ("Name", "Description", "Identifier")
Key = t.Tuple[str, str]


@dataclass(frozen=True)
class Naming:
    """The texts by which functions go: ``module`` and ``function`` are one of TEXTS each."""

    module: str = TEXTS[0]
    function: str = TEXTS[0]

    @property
    def fields(self) -> tuple[str, str]:
        """The members of a SecurityRoleSetting that hold them."""
        return f"module{self.module}", f"moduleFunction{self.function}"

    def name(self, item: t.Mapping[str, t.Any]) -> FunctionName | None:
        """The name of the function that a row is about; None where it has none."""
        module, function = (item.get(field) for field in self.fields)
        if not isinstance(module, str) or not isinstance(function, str) or not module.strip() or not function.strip():
            return None
        return FunctionName(module.strip(), function.strip())

    @property
    def sentence(self) -> str:
        """What a person is told of it; empty where it is the ordinary one."""
        return "" if self == ORDINARY else f"functions are matched by {' and '.join(self.fields)} on this instance"


ORDINARY = Naming()
ALL = tuple(Naming(module, function) for module, function in itertools.product(TEXTS, TEXTS))


class Votes:
    """Counts, over all rows that are read of one instance, the known names that each naming gives."""

    def __init__(self) -> None:
        self._matches: Counter[Naming] = Counter()
        self._empty: Counter[Naming] = Counter()

    def count(self, items: t.Sequence[t.Mapping[str, t.Any]], known: t.Collection[Key]) -> Naming:
        """The best naming, with these rows counted too: most known names, then fewest rows without one."""
        for naming in ALL:
            names = [naming.name(item) for item in items]
            self._matches[naming] += sum(name.key in known for name in names if name)
            self._empty[naming] += sum(name is None for name in names)
        if not any(self._matches.values()):
            return ORDINARY
        return max(ALL, key=lambda naming: (self._matches[naming], -self._empty[naming], -ALL.index(naming)))
