# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the rows of all trials as the tables of docs/reliability.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from .fault_kinds import KINDS, MODES, Kind
from .trial import Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_PART = "<!-- begin {name}: written by tools/generate/reliability_table.py -->\n{text}\n<!-- end {name} -->"
_FOUND = re.compile(r"<!-- begin (\w+): .*? -->\n(.*?)\n?<!-- end \1 -->", re.DOTALL)
SIGNS = {"converged": "✓", "failed": "✗", "handed over": "✗"}
NOT_TRIED = "·"


def summary(rows: Sequence[Row]) -> str:
    """A line for each fault and mode."""
    lines = [
        "| Fault | When | Trials | Continued | Stopped with | Requests sent | Duplicates | Keys lost"
        " | Secrets shown | Next run |",
        "|---|---|--:|--:|---|--:|--:|--:|--:|---|",
    ]
    for kind in KINDS:
        for mode in MODES:
            lines.append(_summary_line(kind, mode, [row for row in rows if (row.kind, row.mode) == (kind.name, mode)]))
    return "\n".join(lines)


def _summary_line(kind: Kind, mode: str, rows: Sequence[Row]) -> str:
    went_on = sum(row.result == "converged" for row in rows)
    errors = Counter(row.error or row.result for row in rows if row.result != "converged")
    stopped = ", ".join(f"{count} {error}" for error, count in sorted(errors.items(), key=lambda item: -item[1]))
    sent = sorted(row.sent for row in rows)
    then = Counter(row.then for row in rows)
    cells = [
        kind.title, mode, len(rows), went_on, stopped or "0", f"{sent[0]} to {sent[-1]}",
        sum(row.duplicates for row in rows), sum(row.lost for row in rows), sum(row.leaks for row in rows),
        ", ".join(f"{count} {state}" for state, count in then.items()),
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def extent(rows: Sequence[Row], few: bool) -> str:
    """The number of trials in the tables."""
    which = "those of each build, a few requests for all" if few else "every request with every fault"
    return f"The tables show {len(rows)} trials: {which}."


def steps(rows: Sequence[Row]) -> str:
    """A line for each step, a column for each fault, for faults that occur once."""
    once = [row for row in rows if row.mode == "once"]
    labels: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        numbers = labels.setdefault(row.request, [])
        if row.number not in numbers:
            numbers.append(row.number)
    lines = [
        f"| Step | Requests | {' | '.join(kind.name for kind in KINDS)} |",
        f"|---|--:|{'|'.join(':-:' for _kind in KINDS)}|",
    ]
    for label, numbers in labels.items():
        signs = [_sign(row for row in once if row.request == label and row.kind == kind.name) for kind in KINDS]
        lines.append(f"| {label} | {len(numbers)} | {' | '.join(signs)} |")
    return "\n".join(lines)


def _sign(rows: Iterable[Row]) -> str:
    return "".join(sorted({SIGNS[row.result] for row in rows})) or NOT_TRIED


def render(page: str, parts: dict[str, str]) -> str:
    """The page with its generated parts replaced."""
    return _FOUND.sub(lambda match: _PART.format(name=match[1], text=parts.get(match[1], match[2])), page)


def parts_of(page: str) -> dict[str, str]:
    return dict(_FOUND.findall(page))


def cells_of(table: str) -> list[list[str]]:
    """The cells of a Markdown table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
