# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reliability.md lists exactly the faults, steps and modes in the code."""

from __future__ import annotations

import re

from simulator.draw import EDITIONS, HABITS

from .fault_kinds import KINDS, MODES, Point
from .table import NOT_TRIED, PAGE, SIGNS, cells_of, parts_of, render
from .trial import label_of


def test_the_summary_has_a_line_for_each_fault_and_mode() -> None:
    lines = cells_of(parts_of(PAGE.read_text(encoding="utf-8"))["summary"])
    assert [(line[0], line[1]) for line in lines] == [(kind.title, mode) for kind in KINDS for mode in MODES]
    for line in lines:
        trials, went_on = int(line[2]), int(line[3])
        stopped = sum(int(part.split()[0]) for part in line[4].split(", "))
        assert went_on + stopped == trials > 0
        assert line[6:9] == ["0", "0", "0"], f"duplicates, keys lost or secrets shown: {line}"
        assert line[9] == f"{trials} converged"


def test_the_steps_are_those_of_an_onboarding(points: list[Point]) -> None:
    table = parts_of(PAGE.read_text(encoding="utf-8"))["steps"]
    assert [cell.strip() for cell in table.splitlines()[0].strip("|").split("|")][2:] == [kind.name for kind in KINDS]
    lines = cells_of(table)
    assert [line[0] for line in lines] == list(dict.fromkeys(label_of(point.method, point.path) for point in points))
    assert {sign for line in lines for cell in line[2:] for sign in cell} <= {*SIGNS.values(), NOT_TRIED}


def test_every_habit_ends_in_one_of_three_ways_and_with_one_key_at_most() -> None:
    lines = cells_of(parts_of(PAGE.read_text(encoding="utf-8"))["habits"])
    assert {(line[0], line[2]) for line in lines} == {(name, edition) for name in HABITS for edition in EDITIONS}
    for line in lines:
        assert all(re.match(r"converged|handed over|refused \(\w+\)", word) for word in line[3:6]), line
        assert line[-1] in ("0", "1"), line


def test_the_page_explains_every_fault_by_its_short_name() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{kind.name}` | {kind.title} |" in page for kind in KINDS)
    assert all(f"**{mode}**: {text}" in page for mode, text in MODES.items())


def test_writing_the_same_parts_changes_nothing() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert render(page, parts_of(page)) == page
