# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guesses which vendor a member belongs to, by its names. PRIVATE to this collection.

A person confirms the suggestion, so it comes with its reason, and no suggestion is better than a wrong one. Names that
are also people's names or ordinary words count only if something else indicates an integration; a name that fits two
products counts for neither.
"""

from __future__ import annotations

import functools
import re
import typing as t
import unicodedata
from dataclasses import dataclass

# words that people add to a product's name when they create a member for it, and that distinguish no products; the
# first set shows that no person is meant
_TECHNICAL = frozenset((
    "api", "apis", "cw", "cwm", "cwpsa", "connectwise", "psa", "integration", "integrations", "integrator", "int",
    "svc", "service", "srv", "connector", "role",
))  # fmt: skip
_FILLERS = _TECHNICAL | frozenset((
    "manage", "account", "acct", "user", "usr", "member", "key", "app", "bot", "sync", "synch", "prod", "production",
    "live", "test", "testing", "dev", "sandbox", "staging", "stage", "new", "old", "copy", "legacy", "v1", "v2", "v3",
    "us", "eu", "uk", "au", "ca",
))  # fmt: skip
_OF_NAMES = frozenset(("api", "integration", "integrator", "role"))  # words that vendors add themselves
# words for an integration's purpose in its display name
_KINDS = frozenset((
    "documentation", "docs", "backup", "billing", "monitoring", "ticketing", "tickets", "portal", "rmm", "chat",
))  # fmt: skip
_GLUED = ("integration", "api", "svc", "psa", "cw")  # words that are added without a separator
_LEAST = 3
_SHORT = 4  # names up to this length may be a person's
_TYPED = 7  # from this length on, one wrong letter is a typing error
_WORDS = frozenset(("perimeters", "gradient", "nodeware"))  # one letter turns these names into another word
_CUT = 13  # ConnectWise takes 15 characters: from this length on, an identifier may be a name cut short
_LONGEST = 200  # characters of a text that are compared

_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=(?:\d|0\d)\Z)")
_MARKS = re.compile(r"[^\w]+|_+")


class Named(t.NamedTuple):
    """The names of a vendor. ``ours`` are those of its role and member here, ``maker`` is the company."""

    vendor: str
    product: str
    maker: str
    ours: tuple[str, ...]
    aliases: tuple[str, ...]


class Likeness(t.NamedTuple):
    """A suggestion. ``reason`` continues "it looks like <product>: "."""

    vendor: str
    product: str
    reason: str


@dataclass(frozen=True)
class _Form:
    """The words of a name, perhaps without those that people add to it."""

    words: tuple[str, ...]
    added: tuple[str, ...] = ()  # the words that were removed

    @property
    def text(self) -> str:
        return "".join(self.words)


@functools.lru_cache(maxsize=4096)
def _forms(text: str) -> tuple[_Form, ...]:
    """The name unchanged, then with more and more added words removed."""
    words = _words(text)
    found = [_stripped(words, set_) for set_ in (frozenset(), _TECHNICAL, _FILLERS)]
    return tuple(form for form in dict.fromkeys(found) if _is_name(form))


def _is_name(form: _Form) -> bool:
    """Whether it is more than added words."""
    return len(form.text) >= _LEAST and not _FILLERS.issuperset(form.words)


def _stripped(words: tuple[str, ...], fillers: t.Collection[str]) -> _Form:
    start, end = 0, len(words)
    while end - start > 1 and _is_filler(words[end - 1], fillers):
        end -= 1
    while end - start > 1 and _is_filler(words[start], fillers):
        start += 1
    return _Form(words[start:end], (*words[:start], *words[end:]))


def _is_filler(word: str, fillers: t.Collection[str]) -> bool:
    return word in fillers or (bool(fillers) and re.fullmatch(r"0?\d", word) is not None)


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).strip()
    return tuple(word.casefold() for word in _MARKS.split(_BETWEEN.sub(" ", plain)) if word)


@dataclass(frozen=True)
class _Known:
    """One name of a vendor; ``what`` is how a reason describes it."""

    named: Named
    form: _Form
    what: str


_Found = t.Tuple[_Known, _Form, str]


class Likenesses:
    """The names of all vendors of a catalogue."""

    def __init__(self, vendors: t.Sequence[Named]) -> None:
        self._exact: dict[str, list[_Known]] = {}
        self._makers: dict[str, set[str]] = {}
        self._vendors = {each.vendor: each for each in vendors}
        known = [one for each in vendors for one in _names_of(each)]
        whole = {"".join(_words(name)) for each in vendors for name in (each.product, each.vendor)}
        beginnings = {one.form.words[:count] for one in known for count in range(1, len(one.form.words))}
        for one in known:
            # such as the name of a company that has several products
            if one.form.words in beginnings and one.form.text not in whole and self._others(one, known):
                continue
            self._exact.setdefault(one.form.text, []).append(one)
        for each in vendors:
            maker = "".join(_words(each.maker))
            if maker:
                self._makers.setdefault(maker, set()).add(each.vendor)
        self._texts = sorted(self._exact)

    @staticmethod
    def _others(one: _Known, known: t.Sequence[_Known]) -> bool:
        size = len(one.form.words)
        return any(
            other.named.vendor != one.named.vendor and other.form.words[:size] == one.form.words
            for other in known
            if len(other.form.words) > size
        )

    def of(self, identifier: str, role_name: str = "", name: str = "") -> Likeness | None:
        """The vendor that a member with these names seems to belong to; None if unclear."""
        texts = (("", identifier), (f" (its role, {role_name})", role_name), (f" (its name, {name})", name))
        for whose, text in texts:
            found = self._of(text, [other for _whose, other in texts if other != text])
            if found:
                return found._replace(reason=found.reason + whose)
        return None

    def _of(self, text: str, others: t.Sequence[str]) -> Likeness | None:
        for find in (self._same, self._glued, self._of_maker, self._beginning, self._mistyped):
            for form in _forms(text):
                found = find(text, form)
                if len({one.named.vendor for one, _form, _reason in found}) > 1:
                    return None  # ambiguous
                for one, whole, reason in found[:1]:
                    misleads = _misleads(one, whole, others)
                    return None if misleads else Likeness(one.named.vendor, one.named.product, reason)
        return None

    def _same(self, _text: str, form: _Form) -> list[_Found]:
        return [(one, form, _same_reason(one, form.added)) for one in self._exact.get(form.text, ())]

    def _glued(self, _text: str, form: _Form) -> list[_Found]:
        for filler in _GLUED:
            for rest in (form.text.removesuffix(filler), form.text.removeprefix(filler)):
                if rest != form.text and len(rest) >= _SHORT and rest in self._exact:
                    whole = _Form((rest,), (*form.added, filler))
                    return [(one, whole, _same_reason(one, whole.added)) for one in self._exact[rest]]
        return []

    def _of_maker(self, _text: str, form: _Form) -> list[_Found]:
        if len(form.text) <= _SHORT:
            return []
        return [
            (_Known(self._vendors[vendor], form, ""), form, "it has the name of the product's company")
            for vendor in sorted(self._makers.get(form.text, ()))
        ]

    def _beginning(self, text: str, form: _Form) -> list[_Found]:
        """An identifier that ends at ConnectWise's limit."""
        if not _CUT <= len(text.strip()) <= 15 or len(form.text) < 10 or form.added:
            return []
        return [
            (one, form, f"it is the beginning of {one.what}, cut to ConnectWise's 15 characters")
            for known in self._texts
            if known.startswith(form.text)
            for one in self._exact[known]
        ]

    def _mistyped(self, _text: str, form: _Form) -> list[_Found]:
        if len(form.text) < _TYPED:
            return []
        return [
            (one, form, f"one letter differs from {one.what}")
            for known in self._texts
            if len(known) >= _TYPED and known[0] == form.text[0] and known not in _WORDS and _one_edit(form.text, known)
            for one in self._exact[known]
        ]


def _misleads(one: _Known, form: _Form, others: t.Sequence[str]) -> bool:
    """Whether a short name may be a person's, judged by the member's other names."""
    if len(one.form.text) > _SHORT or _TECHNICAL.intersection(form.added):
        return False
    its_own = {word for known in _names_of(one.named) for word in known.form.words}
    beside = [set(_words(other)) for other in others if other.strip()]
    if any(words & its_own and not words <= its_own | _FILLERS | _KINDS for words in beside):
        return True  # a first name beside a last name
    return len(one.form.text) <= _LEAST and not any(words & its_own for words in beside)


def _names_of(vendor: Named) -> list[_Known]:
    """The vendor's names, the best-known first; each form once."""
    named = [(vendor.product, "its name"), *((alias, f"{alias}, another name of it") for alias in vendor.aliases)]
    named += [(text, text) for text in vendor.ours]
    named += [(vendor.vendor.replace("_", " "), f"{vendor.vendor}, its short name")]
    found: dict[str, _Known] = {}
    for text, what in named:
        form = _stripped(_words(text), _OF_NAMES)
        if _is_name(form):
            found.setdefault(form.text, _Known(vendor, form, what))
    return list(found.values())


def _same_reason(one: _Known, added: t.Sequence[str]) -> str:
    but = f" but for {' and '.join(repr(word) for word in dict.fromkeys(added))}" if added else ""
    if one.what == "its name":
        return f"same name{but}"
    return f"same as {one.what}{but and ','}{but}"


def _one_edit(left: str, right: str) -> bool:
    """Whether the texts differ by one added, missing or replaced letter, or by two swapped ones; never by a digit."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    start = next((at for at, (one, other) in enumerate(zip(short, long)) if one != other), len(short))
    end = 0
    while end < len(short) - start and short[-1 - end] == long[-1 - end]:
        end += 1
    gone, come = short[start : len(short) - end], long[start : len(long) - end]
    if any(letter.isdigit() for letter in gone + come):
        return False
    return (len(gone), len(come)) in ((0, 1), (1, 1)) or (len(gone) == 2 and gone == come[::-1])
