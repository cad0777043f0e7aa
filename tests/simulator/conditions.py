# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``conditions`` language: parse an expression and test rows with it.

Operators, quoting with single or double quotes, references by path, bracketed dates and booleans are as
seen in traffic and clients; comparisons ignore case and a backslash escapes a quote (both guesses).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import Any

from . import errors

Row = dict[str, Any]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<date>\[[^\]]*\])|(?P<op><=|>=|!=|=|<|>)
    |(?P<punct>[(),])|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w/]*))""",
    re.VERBOSE,
)
_LEVEL_FIELDS = {"addLevel", "editLevel", "deleteLevel", "inquireLevel"}
_KEYWORDS = {"and", "or", "not", "contains", "like", "in"}


def lookup(row: Row, path: str) -> Any:
    """The value at a path such as ``securityRole/name``; nothing below a null."""
    value: Any = row
    for part in path.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def paths_of(rows: list[Row]) -> set[str]:
    """All field paths that occur in rows, one level of references included."""
    found: set[str] = set()
    for row in rows:
        for name, value in row.items():
            found.add(name)
            if isinstance(value, dict):
                found.update(f"{name}/{inner}" for inner in value)
    return found


def compile_conditions(text: str, known: set[str]) -> Test:
    """Turn an expression into a test.  Raises the recorded ApiFindCondition answers."""
    return _Parser(_tokens(text), known).parse()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if not match:
            raise errors.bad_condition(f"Expression cannot be read at position {position}")
        kind = match.lastgroup or ""
        tokens.append((kind, match.group(kind)))
        position = match.end()
    return tokens


class _Parser:
    """A recursive descent over or, and, not, comparison."""

    def __init__(self, tokens: list[tuple[str, str]], known: set[str]) -> None:
        self.tokens = tokens
        self.known = known
        self.at = 0

    def parse(self) -> Test:
        """The whole expression."""
        test = self._or()
        if self.at != len(self.tokens):
            raise errors.bad_condition(f"Unexpected {self.tokens[self.at][1]}")
        return test

    def _peek(self, *words: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at][1].lower() in words

    def _next(self, *kinds: str) -> tuple[str, str]:
        if self.at >= len(self.tokens) or (kinds and self.tokens[self.at][0] not in kinds):
            raise errors.bad_condition("Expression is incomplete")
        self.at += 1
        return self.tokens[self.at - 1]

    def _or(self) -> Test:
        tests = [self._and()]
        while self._peek("or"):
            self.at += 1
            tests.append(self._and())
        return lambda row: any(test(row) for test in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._peek("and"):
            self.at += 1
            tests.append(self._not())
        return lambda row: all(test(row) for test in tests)

    def _not(self) -> Test:
        if self._peek("not"):
            self.at += 1
            inner = self._not()
            return lambda row: not inner(row)
        if self._peek("("):
            self.at += 1
            inner = self._or()
            if self._next("punct")[1] != ")":
                raise errors.bad_condition("Missing )")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        path = self._next("word")[1]
        if path.lower() in _KEYWORDS:
            raise errors.bad_condition(f"Unexpected {path}")
        if path not in self.known:
            raise errors.unknown_field(path)
        negate = self._peek("not")
        self.at += int(negate)
        operator = self._next("op", "word")[1].lower()
        value = self._values() if operator == "in" else self._value()
        test = _test(path, operator, value)
        return (lambda row: not test(row)) if negate else test

    def _values(self) -> list[Any]:
        if self._next("punct")[1] != "(":
            raise errors.bad_condition("Missing (")
        values = [self._value()]
        while self._next("punct")[1] == ",":
            values.append(self._value())
        return values

    def _value(self) -> Any:
        kind, text = self._next("string", "date", "number", "word")
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "date":
            return text[1:-1]
        if kind == "number":
            return float(text)
        if text.lower() not in ("true", "false", "null"):
            raise errors.bad_condition(f"{text} is not a value")
        return {"true": True, "false": False, "null": None}[text.lower()]


def _fold(value: Any) -> Any:
    """A value made comparable: text without case, numbers as float."""
    if isinstance(value, bool) or value is None:
        return value
    return float(value) if isinstance(value, (int, float)) else str(value).casefold()


def _like(value: Any, pattern: Any) -> bool:
    text = str(_fold(pattern)).replace("[", "[[]").replace("?", "[?]").replace("%", "*")
    return fnmatch.fnmatchcase(str(_fold(value)), text)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        return type(left) is type(right) and left is not None and compare(left, right)

    return run


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "contains": lambda left, right: left is not None and str(right) in str(left),
    "like": lambda left, right: left is not None and _like(left, right),
    "in": lambda left, right: left in right,
}


def _test(path: str, operator: str, value: Any) -> Test:
    """One comparison."""
    if operator not in _OPERATORS:
        raise errors.bad_condition(f"{operator} is not an operator")
    if path in _LEVEL_FIELDS and operator in ("=", "!=") and value not in ("None", "My", "All", None):
        raise errors.bad_enum()
    wanted = [_fold(item) for item in value] if isinstance(value, list) else _fold(value)
    return lambda row: _OPERATORS[operator](_fold(lookup(row, path)), wanted)
