# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the rows of a matrix from a table that a vendor publishes. PRIVATE to this collection.

Clear entries become rows. Ambiguous ones become questions, and their levels stay unknown: nothing is guessed, and
nothing is silently left out.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import typing as t
from dataclasses import dataclass, field

from .levels import VERBS
from .names import FunctionName, fold, near_misses, near_names

_COLUMNS: t.Mapping[str, t.Collection[str]] = {
    "module": ("module", "modules", "module name", "security module", "area", "category", "section"),
    "function": ("function", "functions", "function name", "module function", "security function", "feature", "name"),
    "add": ("add", "add level", "create", "insert"),
    "edit": ("edit", "edit level", "update", "modify", "change"),
    "delete": ("delete", "delete level", "remove"),
    "inquire": ("inquire", "inquire level", "inquiry", "enquire", "view", "read"),
    "levels": ("level", "levels", "access", "access level", "access levels", "rights", "permission level", "setting"),
    # the meaning of these depends on the other columns
    "permission": ("permission", "permissions", "required permission", "required permissions"),
}
_VERB_WORDS = {word: verb for verb in VERBS for word in _COLUMNS[verb] if " " not in word}
_LEVEL_WORDS = {
    **dict.fromkeys(("all", "all records"), "all"),
    **dict.fromkeys(("my", "mine", "my records"), "my"),
    **dict.fromkeys(("none", "no", "n", "false", "-", "n/a", "no access", "not required", "not needed"), "none"),
    **dict.fromkeys(("\u2717", "\u2718", "\u274c", "\u274e", "\u2610", "[ ]"), "none"),
}
_TICKS = frozenset(
    ("\u2713", "\u2714", "\u2705", "\u2611", "\u25cf", "\u2022", "yes", "y", "true", "[x]", "required", "enabled")
)
_CROSSES = ("x", "\u00d7")  # yes in some tables, no in others
_VARIATION = re.compile("[\ufe0e\ufe0f]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?\Z")
_HEADING = re.compile(r"\s*(?:#{1,6}\s+(.+?)\s*#*|\*\*(.+?)\*\*:?|__(.+?)__:?)\s*\Z")
_JOINTS = re.compile(r"\s*(?:[,/&+]|\band\b)\s*|\s+", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:/|>|\u2192|\u203a|:|-|\u2013)\s*")


class TableError(ValueError):
    """The input can't be read as a table of permissions; the text says where and why."""


@dataclass
class Row:
    """One function. ``levels`` is {verb: level}, ``assumed`` are ticked verbs, ``unknown`` ones need an answer."""

    name: FunctionName
    line: int
    levels: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


@dataclass
class Proposal:
    """What a table says: ``rows``, ``questions`` without a row, and ``passed``, the text outside any table."""

    rows: list[Row] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    without: int = 0  # rows that grant nothing

    @property
    def asked(self) -> list[str]:
        """All questions, in the order of the file."""
        return [*self.questions, *(question for row in self.rows for question in row.questions)]


@dataclass
class _Line:
    number: int
    cells: list[str]
    is_table: bool


def read(text: str, known: t.Iterable[FunctionName]) -> Proposal:
    """Read a CSV file or a Markdown table. ``known`` are the functions in vendors' lists.

    Raises TableError.
    """
    return _Reader(list(known)).read(_lines(text.removeprefix("\ufeff")))


def _lines(text: str) -> list[_Line]:
    numbered = list(enumerate(text.splitlines(), 1))
    piped = [number for number, line in numbered if _BAR.search(line)]
    if piped:
        return [
            _Line(number, _pipes(line), True) if number in piped and not _RULE.match(line.strip())
            else _Line(number, [line.strip()], False)
            for number, line in numbered
            if line.strip() and not _RULE.match(line.strip())
        ]  # fmt: skip
    delimiter = max(("\t", ";", ","), key=lambda mark: max((_fits(line, mark) for _n, line in numbered), default=0))
    found: list[_Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error as exc:
            raise TableError(f"line {number}: {exc}") from None
        if any(cell.strip() for cell in cells):
            found.append(_Line(number, cells, len(cells) > 1))


def _fits(line: str, delimiter: str) -> int:
    """How many known columns a line would have as a header with this delimiter."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0
    return sum(_column(cell) != "" for cell in cells) if len(cells) > 1 else 0


def _pipes(line: str) -> list[str]:
    """The cells of a line of Markdown, in which ``\\|`` is an escaped bar."""
    parts = _BAR.split(line.strip())
    parts = parts[1:] if not parts[0].strip() else parts
    parts = parts[:-1] if parts and not parts[-1].strip() and line.rstrip().endswith("|") else parts
    return [part.replace("\\|", "|") for part in parts]


def _plain(cell: str) -> str:
    """A cell's text on one line, without Markdown and HTML markup."""
    text = _TAG.sub("", _BREAK.sub("; ", cell.replace("\n", "; ")))
    text = re.sub(r"\[([^\[\]]+)\]\([^()]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", _VARIATION.sub("", text))
    return re.sub(r"\s+", " ", text.replace("&amp;", "&").replace("&nbsp;", " ")).strip()


def _column(cell: str) -> str:
    """The column that a header cell names; empty if unknown."""
    text = fold(_plain(cell)).strip(" :?")
    return next((column for column, words in _COLUMNS.items() if text in words), "")


class _Reader:
    def __init__(self, known: list[FunctionName]) -> None:
        self.known = {name.key: name for name in known}
        self.modules = {fold(name.module): name.module for name in known}
        self.proposal = Proposal()
        self.columns: list[str] = []
        self.typos: dict[int, str] = {}
        self.module, self.module_asked = "", ""
        self.crosses = "tick"

    def read(self, lines: list[_Line]) -> Proposal:
        texts = {fold(_plain(cell)) for line in lines for cell in line.cells}
        if texts & {*_TICKS, "all", "my", "mine"} and texts & set(_CROSSES):
            self.crosses = "unknown"
        for line in lines:
            cells = [_plain(cell) for cell in line.cells]
            if self._is_header(cells, line):
                continue
            self._heading(line) if not line.is_table or not self.columns else self._row(line.number, cells)
        if not self.columns:
            raise TableError(
                "no header found with a column for the function (Function) and columns for its levels (Add, Edit,"
                " Delete and Inquire, or Levels). Add one above the rows"
            )
        self._merge()
        return self.proposal

    def _is_header(self, cells: list[str], line: _Line) -> bool:
        found = [_column(cell) for cell in cells]
        if "permission" in found:
            at = found.index("permission")
            found[at] = "levels" if "function" in found else "function"
        verbs = [column for column in found if column in VERBS]
        if not line.is_table or "function" not in found or not (verbs or "levels" in found):
            return False
        twice = sorted({column for column in found if column and found.count(column) > 1})
        if twice:
            raise TableError(f"line {line.number}: the column {twice[0]} appears twice")
        self.columns, self.typos = found, {}
        for at, (column, cell) in enumerate(zip(found, cells)):
            near = difflib.get_close_matches(fold(cell), _VERB_WORDS, 1, 0.7) if cell and not column else []
            if near and _VERB_WORDS[near[0]] not in found:
                self.typos[at] = _VERB_WORDS[near[0]]
                self.proposal.questions.append(
                    f"line {line.number}: is the column {cell!r} {_VERB_WORDS[near[0]].title()}? Its levels are unknown"
                )
            elif cell and not column:
                self.proposal.passed.append(f"line {line.number}: the column {cell!r}")
        return True

    def _heading(self, line: _Line) -> None:
        """A line outside a table: the name of a module, or other text, which is passed over."""
        text = line.cells[0] if not line.is_table else " | ".join(line.cells)
        match = _HEADING.match(text)
        inner = next(filter(None, match.groups()), "") if match else ""
        named = _plain(inner or text).strip(" :")
        if fold(named) in self.modules:
            self.module, self.module_asked = self.modules[fold(named)], ""
        else:
            if match and self.columns:
                self.module, self.module_asked = "", ""  # the module above ends here
            self.proposal.passed.append(f"line {line.number}: {_short(_plain(text))}")

    def _row(self, number: int, cells: list[str]) -> None:
        at = {column: place for place, column in enumerate(self.columns) if column}

        def cell(column: str) -> str:
            place = at.get(column, len(cells))
            return cells[place] if place < len(cells) else ""

        filled = list(dict.fromkeys(text for text in cells if text))
        if not filled:
            return
        names = cells[0] or cell("module") or cell("function")
        if len(filled) == 1 and names and self._begins_module(number, filled[0], cell("function")):
            return
        over = [text for text in cells[len(self.columns) :] if text]
        if cell("module"):
            self.module, self.module_asked = self._module_of(number, cell("module"))
        function = cell("function").strip(" :")
        if not function:
            question = f"line {number}: which function has {_short(' | '.join(filled))}? It has no row"
            self.proposal.questions.append(question)
            return
        row = self._named(number, function)
        if over:
            row.questions.append(f"line {number}: there are more cells than columns: {_short(' | '.join(over))}")
            row.unknown += VERBS
        for verb in VERBS:
            if verb in at:
                self._level(row, verb, cell(verb))
        for place, verb in self.typos.items():
            if place < len(cells) and cells[place]:
                row.unknown.append(verb)
        if "levels" in at:
            self._levels(row, cell("levels"))
        self._add(row)

    def _begins_module(self, number: int, text: str, function: str) -> bool:
        """Whether a row with a single text is the heading of a module."""
        name = text.strip(" :")
        if fold(name) in self.modules:
            self.module, self.module_asked = self.modules[fold(name)], ""
            return True
        near = near_names([name], self.modules.values(), 0.75)
        if near and not any(fold(name) == function for _module, function in self.known):
            self.module = name
            self.module_asked = f"line {number}: is {name!r} the module {near[0]}?"
            return True
        if function:
            return False
        self.proposal.passed.append(f"line {number}: {_short(text)}")
        return True

    def _module_of(self, number: int, text: str) -> tuple[str, str]:
        """(module, question) of a cell."""
        name = text.strip(" :")
        if fold(name) in self.modules:
            return self.modules[fold(name)], ""
        near = near_names([name], self.modules.values(), 0.5)
        meant = f"is {name!r} the module {' or '.join(near)}?" if near else f"which module is {name!r}?"
        there = "" if near else f" There are {', '.join(sorted(self.modules.values()))}"
        return name, f"line {number}: {meant}{there}"

    def _named(self, number: int, text: str) -> Row:
        """A row with ConnectWise's spelling of its name, and a question if that is ambiguous."""
        module, asked, function = self.module, self.module_asked, text
        parts = _SPLIT.split(text, 1)
        if len(parts) == 2 and fold(parts[0]) in self.modules and FunctionName(module, text).key not in self.known:
            module, asked, function = self.modules[fold(parts[0])], "", parts[1]
        row = Row(FunctionName(module, function), number)
        if row.name.key in self.known:
            row.name = self.known[row.name.key]
        elif asked:
            row.questions.append(asked)
        elif not module:
            others = [name for name in self.known.values() if fold(name.function) == fold(function)]
            meant = f" Is it {' or '.join(map(str, others))}?" if others else ""
            row.questions.append(f"line {number}: which module has the function {function!r}?{meant}")
            row.name = others[0] if len(others) == 1 else row.name
        else:
            self._check_function(row)
        return row

    def _check_function(self, row: Row) -> None:
        near = near_misses(row.name, self.known.values())
        same = [name for name in near if fold(name.function) == fold(row.name.function)]
        alike = [
            name for name in near
            if fold(name.module) == fold(row.name.module)
            and difflib.SequenceMatcher(None, fold(name.function), fold(row.name.function)).ratio() >= 0.8
        ]  # fmt: skip
        meant = same or alike
        if meant:
            row.questions.append(f"line {row.line}: {row.name}: does it mean {' or '.join(map(str, meant))}?")
        else:
            self.proposal.notes.append(
                f"line {row.line}: no known list has {row.name}. Check its spelling in System > Security Roles"
            )

    def _level(self, row: Row, verb: str, text: str) -> None:
        """One cell in the column of a verb."""
        said = fold(text).strip(" .")
        if not said or said in ("\u2014", "\u2013"):
            return
        level = self._level_word(said)
        if level == "tick":
            row.assumed.append(verb)
            level = "all"
        if level == "unknown":
            row.unknown.append(verb)
            near = difflib.get_close_matches(said, ("all", "my", "none", "mine"), 1, 0.6)
            meant = f" Is it {_LEVEL_WORDS[near[0]].title()}?" if near else ""
            why = "is used with other marks and may mean yes or no" if said in _CROSSES else "isn't All, My or None"
            row.questions.append(f"line {row.line}: {verb.title()}: {_short(text)!r} {why}.{meant}")
        elif level != "none":
            row.levels[verb] = level

    def _level_word(self, said: str) -> str:
        if said in _CROSSES:
            return self.crosses
        return "tick" if said in _TICKS else _LEVEL_WORDS.get(said, "unknown")

    def _levels(self, row: Row, text: str) -> None:
        """A cell such as "Inquire All, Add My"."""
        said = fold(text).strip(" .")
        if not said or _LEVEL_WORDS.get(said) == "none":
            return
        for part in re.split(r"\s*;\s*", text):
            if part.strip():
                self._part(row, part.strip(" ."))
        if any(verb in row.unknown for verb in VERBS) or row.levels:
            return
        row.unknown += VERBS
        row.questions.append(f"line {row.line}: which levels are {_short(text)!r}?")

    def _part(self, row: Row, text: str) -> None:
        """Verbs with their levels, without a semicolon or a line break between them."""
        pieces = _pieces(text)
        if pieces is None:
            named = [verb for word, verb in _VERB_WORDS.items() if re.search(rf"\b{word}\b", fold(text))]
            row.unknown += named or VERBS
            row.questions.append(f"line {row.line}: which levels are {_short(text)!r}?")
            return
        for verbs, level, is_clear in pieces:
            if not is_clear:
                row.unknown += verbs
                row.questions.append(f"line {row.line}: which verbs have {level.title()} in {_short(text)!r}?")
            elif level == "":
                row.assumed += verbs
                row.levels.update(dict.fromkeys(verbs, "all"))
            elif level != "none":
                row.levels.update(dict.fromkeys(verbs, level))

    def _add(self, row: Row) -> None:
        row.unknown = [verb for verb in VERBS if verb in row.unknown]
        row.levels = {verb: row.levels[verb] for verb in VERBS if verb in row.levels and verb not in row.unknown}
        row.assumed = [verb for verb in VERBS if verb in row.assumed and verb in row.levels]
        if row.levels or row.unknown:
            self.proposal.rows.append(row)
            return
        self.proposal.without += 1
        if row.questions:
            self.proposal.passed.append(f"line {row.line}: {row.name} has no level")

    def _merge(self) -> None:
        """Merge rows of the same function; if they differ, a person decides."""
        rows: dict[tuple[str, str], Row] = {}
        for row in self.proposal.rows:
            first = rows.setdefault(row.name.key, row)
            if first is row:
                continue
            differing = [
                verb for verb in VERBS
                if first.levels.get(verb) != row.levels.get(verb) or verb in first.unknown or verb in row.unknown
            ]  # fmt: skip
            if differing:
                what = f"{row.name} is already in line {first.line}, with another"
                first.questions.append(f"line {row.line}: {what} {', '.join(verb.title() for verb in differing)}")
                first.unknown = [verb for verb in VERBS if verb in first.unknown or verb in differing]
                first.levels = {verb: level for verb, level in first.levels.items() if verb not in first.unknown}
                first.assumed = [verb for verb in first.assumed if verb in first.levels]
            first.questions += [question for question in row.questions if question not in first.questions]
        self.proposal.rows = list(rows.values())


def _pieces(text: str) -> list[tuple[list[str], str, bool]] | None:
    """(verbs, level, whether that is clear) for each part of a text; the level may be empty. None for other text.

    A level follows its verb, or precedes a colon and verbs. It may also apply to verbs that a comma separates from it.
    """
    before = re.fullmatch(r"\s*(all|my|mine|none)\s*[:=]\s*(.+)", text, re.IGNORECASE)
    words = [fold(word) for word in _JOINTS.split(before[2] if before else text.replace("=", " ")) if word]
    words = [word.strip(":-()[].") for word in words]
    words = [word for word in words if word and word not in ("level", "levels", "records")]
    kinds = [_VERB_WORDS.get(word) or (word if word in ("all", "my", "mine", "none") else None) for word in words]
    if None in kinds or not any(kind in VERBS for kind in kinds):
        return None
    parts = [str(kind).replace("mine", "my") for kind in kinds]
    if before:
        if any(part not in VERBS for part in parts):
            return None
        return [(parts, fold(before[1]).replace("mine", "my"), True)]
    if all(part in VERBS for part in parts):
        return [(parts, "", True)]
    if len(parts) == 2 and parts[0] not in VERBS and parts[1] in VERBS:
        return [([parts[1]], parts[0], True)]  # All Inquire
    return _behind(parts, re.split(r"\s*,\s*", text))


def _behind(parts: list[str], groups: list[str]) -> list[tuple[list[str], str, bool]] | None:
    found: list[tuple[list[str], str, bool]] = []
    waiting: list[str] = []
    for part in parts:
        if part in VERBS:
            waiting.append(part)
        elif not waiting:
            return None
        else:
            is_clear = len(waiting) == 1 or any(_is_joined(group, len(waiting)) for group in groups)
            found.append((waiting, part, is_clear))
            waiting = []
    if waiting:
        return None
    return found


def _is_joined(group: str, count: int) -> bool:
    """Whether a text between commas has exactly this many verbs, joined by a slash or the like, and a level."""
    words = [fold(word).strip(":-()[].") for word in _JOINTS.split(group) if word]
    return sum(word in _VERB_WORDS for word in words) == count


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}\u2026"
