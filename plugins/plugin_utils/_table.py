# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table as spreadsheets export it, and what its cells may become. PRIVATE to this collection."""

from __future__ import annotations

import csv
import io
import re
import typing as t
import unicodedata
from dataclasses import dataclass, field

from ..module_utils._domain.vendor import every_variable
from ._variables import declared

_HEAD = 50  # lines among which the names of the columns are looked for, to find out the delimiter
_SECRET = re.compile(r"pass\Z|password|private_?key\Z|secret", re.IGNORECASE)
_GIVES_RIGHTS = ("permissions_extra",)
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})


class TableError(ValueError):
    """What can't be read as a table; the text says where and why."""


class Row(t.NamedTuple):
    """``line`` is where the row begins, ``cells`` what is in it by column. An empty cell is an empty text."""

    line: int
    cells: t.Mapping[str, str]


@dataclass
class Table:
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_table(text: str, delimiter: str | None, wanted: str) -> Table:
    """The columns and rows of a text; cells outside of any column are ``faults``. Raises TableError.

    The header is the first line that contains ``wanted``. Lines above it, and columns and rows without any text, aren't
    part of the table.
    """
    found = list(_lines(text, delimiter or _delimiter(text, wanted)))
    start = next((at for at, (_line, cells) in enumerate(found) if wanted in cells), 0)
    table = Table(columns=found[start][1] if found else [])
    for line, cells in found[start + 1 :]:
        row: dict[str, str] = dict.fromkeys(filter(None, table.columns), "")
        for at, cell in enumerate(cells):
            if at < len(table.columns) and table.columns[at]:
                row[table.columns[at]] = cell
            elif cell:
                table.faults.append(f"line {line} has a cell in column {at + 1}, which has no name")
        table.rows.append(Row(line, row))
    table.columns = [name for name in table.columns if name]
    return table


def _lines(text: str, delimiter: str) -> t.Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as exc:
            raise TableError(f"line {line}: {exc}") from None
        if any(cells):
            yield line, cells


def _delimiter(text: str, wanted: str) -> str:
    lines = [line for line in text.splitlines()[:_HEAD] if line.strip()] or [""]
    for line in lines:
        for delimiter in sorted(",;\t", key=line.count, reverse=True):
            if wanted in (cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), ())):
                return delimiter
    return max(",;\t", key=lines[0].count)


def refusal(variable: str, named: bool, vendors: t.Iterable[str]) -> str:
    """Why a cell can't set this variable; empty if it can. ``named``: the source names it for the column.

    ``vendors`` are those whose options a cell can set.
    """
    options = _vendor_options(vendors)
    about = declared().get(variable, {})
    level = about.get("cell") or declared().get(str(about.get("from")), {}).get("cell")
    if _SECRET.search(variable):
        return "is for a secret, which belongs in a vaulted file or a store"
    if named and (level or variable in options):
        return ""
    if level or variable in options:
        return "" if level == "header" else f"can't be set by its header alone: name it in columns, as {variable}"
    why = f"would be {variable}, which no cell can set: cells hold only values"
    return f"{why}. Set it in group_vars or host_vars" if about else why


def _vendor_options(vendors: t.Iterable[str]) -> set[str]:
    return {variable for option, variable in every_variable(vendors) if option not in _GIVES_RIGHTS}


def host_name(company: str) -> str:
    """A host's name from a company's: "Büro & Co" becomes buro-co. It depends only on that text.

    A name with letters that have no Latin form is written as in domain names, beginning with xn--. Empty if a text has
    neither letters nor digits.
    """
    letters = unicodedata.normalize("NFKD", company.casefold().translate(_LETTERS))
    plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f'\u2019\u02bc`\u00b4]", "", letters))
    name = "-".join(re.findall(r"[^\W_]+", plain))
    return name if name.isascii() else f"xn--{name.encode('punycode').decode('ascii')}"
