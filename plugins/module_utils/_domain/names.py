# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of functions, and which spellings count as the same. PRIVATE to this collection.

Vendors and versions of ConnectWise vary in case, in the kind of dash, in spaces around dashes and slashes, and between
``&`` and ``and``. Nothing else is folded: a singular, an older name or a typing error is another name, for which the
near misses are suggested.
"""

from __future__ import annotations

import difflib
import functools
import re
import typing as t
import unicodedata
from dataclasses import dataclass

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_AROUND = re.compile(r"\s*([-/])\s*")
_AND = re.compile(r"\s*&\s*")
_BLANKS = re.compile(r"\s+")


@functools.lru_cache(maxsize=4096)  # comparisons fold the same few hundred names again and again
def fold(text: str) -> str:
    """One spelling for all variants of a name; folding again changes nothing.

    >>> fold("Service Ticket \u2013 Dependencies") == fold("service ticket- dependencies")
    True
    """
    previous = None
    while text != previous:  # case folding and normalisation can each enable the other
        previous = text
        text = unicodedata.normalize("NFKC", text).casefold()
    text = _DASHES.sub("-", text)
    text = _AND.sub(" and ", text)
    text = _AROUND.sub(r"\1", text)
    return _BLANKS.sub(" ", text).strip()


# Cyrillic and Greek letters, after case folding, that look like Latin ones in either case (Unicode's confusables)
_CYRILLIC = (
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb",
    "abekmhopctyxsijh",
)
_GREEK = ("\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7", "abezhikmnoptyx")
_LOOKALIKES = str.maketrans(_CYRILLIC[0] + _GREEK[0] + "\u0131", _CYRILLIC[1] + _GREEK[1] + "i")


def lookalike(name: str) -> str:
    """One spelling for all names that a person may confuse: ignores case and spaces, and merges look-alike letters."""
    kept = "".join(letter for letter in fold(name) if unicodedata.category(letter) not in ("Cf", "Zs"))
    return kept.translate(_LOOKALIKES)


def record_key(name: str | None) -> str:
    """The key that identifies a role, member or location: its name without case and outer spaces."""
    return (name or "").strip().casefold()


def same_name(left: str | None, right: str | None) -> bool:
    """Whether two names mean the same record."""
    return record_key(left) == record_key(right)


def near_names(unknown: t.Iterable[str], known: t.Iterable[str], cutoff: float = 0.6) -> list[str]:
    """The known names that may have been meant, up to two for each, whatever their case."""
    folded = {name.casefold(): name for name in sorted(known)}
    near = [match for name in unknown for match in difflib.get_close_matches(name.casefold(), folded, 2, cutoff)]
    return [folded[name] for name in dict.fromkeys(near)]


@dataclass(frozen=True)
class FunctionName:
    """A function of a security role: ``Reports`` exists in several modules, so the module belongs to it."""

    module: str
    function: str

    @property
    def key(self) -> tuple[str, str]:
        """The folded name, the same for all spellings of a function."""
        return fold(self.module), fold(self.function)

    def __str__(self) -> str:
        return f"{self.module} / {self.function}"


def near_misses(wanted: FunctionName, offered: t.Iterable[FunctionName], most: int = 3) -> list[FunctionName]:
    """The functions of the instance that may have been meant, best first."""
    by_text = {"/".join(name.key): name for name in offered}
    function = fold(wanted.function)
    elsewhere = [text for text, name in by_text.items() if fold(name.function) == function]
    alike = difflib.get_close_matches("/".join(wanted.key), by_text, n=most, cutoff=0.6)
    return [by_text[text] for text in dict.fromkeys(elsewhere + alike)][:most]
